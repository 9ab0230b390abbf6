"""The evaluation as JSON: every figure, how it was come by, and who was left out."""

from collections.abc import Callable, Sequence
from typing import Any

from infra.evaluate.judging import Judged
from infra.evaluate.measures import measures
from infra.evaluate.run import BUDGETS, FOLDS, SHOWN_BUDGETS, Evaluation
from infra.evaluate.week import week

NOTE = (
    "Figures for how rules behave on such homes, and no medical claim: nobody here is known to be old and "
    "alone, no emergency is labelled, and every alarm on the data counts as false."
)
METHOD = {
    "order": "learned before, judged after: each home's first days only teach, and what every night knows "
    "judges the next day",
    "priors": f"from other homes only, in {FOLDS} folds, and from their learning days only: no judged day "
    "of any home teaches",
    "constants": "the routine's few weights were chosen on the homes of several people in Alicante: there "
    "the figures for all homes are not free of that choice, those for one-person homes are",
    "falls": "at random moments when somebody may be at home (outside silences over 36 h) and readings come "
    "every three hours or better; activity after it removed; leaks, running cisterns, timers and fridges "
    "kept; followed for 96 h; one that meets an open alarm doesn't count; a fifth as many "
    "where things go wrong",
    "delays": "to the end of the reading or the step that proves the silence; what a message waits is in the "
    "rows of late ones alone",
    "false_alarms": "every alarm on the data; without absences: those outside silences over 36 h",
    "intervals": "95 %, bootstrap over homes",
}
FOUNDING = {
    True: "less than 10 litres in 12 hours; it has no budget",
    False: "no water is measured here, so what comes nearest: no life sign in 12 hours; it has no budget",
}
FOUNDING_ZH = {
    True: "12小时用水不到10升；没有预算",
    False: "这里没有水表，取最接近的：12小时没有动静；没有预算",
}
RULES = ("routine", "line", "clock", "founding")


def as_json(found: Evaluation, source: str, zone: str) -> dict[str, Any]:
    """Everything that was found. `source` names the data, `zone` the homes' time zone."""
    groups: dict[str, Callable[[Judged], bool]] = {"all": lambda _: True}
    if any(home.size == 1 for home in found.homes):
        groups["one_person"] = lambda judged: judged.size == 1
    return {
        "source": source,
        "note": NOTE,
        "zone": zone,
        "method": {
            **METHOD,
            "founding": FOUNDING[found.is_water],
            "founding_zh": FOUNDING_ZH[found.is_water],
            "learning_days": found.trial.learns_days,
            "falls_a_home": found.trial.falls,
        },
        "homes_judged": [home.id for home in found.homes],
        "homes_apart": [{"household": a.home, "reason": a.reason, "reason_zh": a.zh} for a in found.apart],
        "groups": {name: _group(found, chosen) for name, chosen in groups.items()},
        "homes": [_home(judged) for judged in found.by_rule.get("routine", [])],
        "week": _week(found),
    }


def _group(found: Evaluation, chosen: Callable[[Judged], bool]) -> dict[str, Any]:
    rules = {
        name: {
            _name(budget): measures([j for j in found.by_rule[name] if chosen(j)], BUDGETS.index(budget))
            for budget in (BUDGETS if name != "founding" else BUDGETS[:1])
        }
        for name in RULES
        if name in found.by_rule
    }
    if "founding" in rules:
        rules["founding"] = {"as it is": rules["founding"][_name(BUDGETS[0])]}
    return {
        "by_rule_and_budget": rules,
        "shown_budgets": [_name(budget) for budget in SHOWN_BUDGETS],
        "stress_at_12": {
            stress: {
                name: measures([j for j in by_rule[name] if chosen(j)], 0)
                for name in RULES
                if name in by_rule
            }
            for stress, by_rule in found.by_stress.items()
        },
    }


def _home(judged: Judged) -> dict[str, Any]:
    return {
        "household": judged.home,
        "size": judged.size,
        "absences_over_36h": judged.absences,
        "at_12": measures([judged], BUDGETS.index(12.0)),
    }


def _week(found: Evaluation) -> dict[str, Any] | None:
    """Of a one-person home, or the first: the one whose false alarms are the median."""
    judged: Sequence[Judged] = found.by_rule.get("routine", [])
    alone = [j for j in judged if j.size == 1] or list(judged)
    if not alone:
        return None
    chosen = sorted(alone, key=lambda j: j.alarms[BUDGETS.index(12.0)] / max(j.years, 1e-9))[len(alone) // 2]
    place = next(n for n, home in enumerate(found.homes) if home.id == chosen.home)
    return week(found.homes[place], found.neighbours[place % FOLDS])


def _name(budget: float) -> str:
    return f"{budget:g}"
