"""How routines are kept: a home's habits, what its watch knows, and the rule its community chose."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Kind
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_habits import CELLS, Prior
from chalicelib.watch.routine_look import RoutineWatched
from chalicelib.watch.routine_packing import packed, unpacked
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy, young_and_old
from chalicelib.watch.routine_senses import Sensor
from chalicelib.watch.routine_spans import Mix, Stay
from chalicelib.watch.store import until_undisturbed

ROUTINE = "routine"
HABITS, ANSWER, RULE, BUDGET = "habits", "answer", "rule", "budget"
RULES_KEPT_FOR = timedelta(minutes=5)


def routine_key(community: str, household: str) -> tuple[str, str]:
    """The key of a home's routine watch."""
    return f"routine#{community}#{household}", ROUTINE


def routine_due(watch: RoutineWatched, *, at: datetime) -> Due:
    """A routine watch waiting until `at`."""
    state = {
        "sensors": [[s.id, s.kind.value, s.reports_every] for s in watch.sensors],
        "learn": watch.learn_at,
        "spell": watch.spell,
        "began": watch.spell_began,
        "checked": watch.checked,
        "rang": watch.rang_at,
        "call": watch.call_at,
        "spared": [[stay.begin, stay.end] for stay in watch.unlearned] or None,
        "ready": watch.ready or None,
        "budget": [watch.budget.checks_a_year, watch.budget.knocks_a_year] if watch.budget else None,
        "since": watch.since,
    }
    text = json.dumps({k: v for k, v in state.items() if v is not None}, separators=(",", ":"))
    return Due(*routine_key(*watch.home), at, text)


def routine_watched(due: Due) -> RoutineWatched:
    """The routine watch that a deadline belongs to."""
    _, community, household = due.pk.split("#")
    state: dict[str, Any] = json.loads(due.state)
    return RoutineWatched(
        community=community,
        household=household,
        sensors=tuple(Sensor(name, Kind(kind), every) for name, kind, every in state["sensors"]),
        learn_at=state["learn"],
        spell=state.get("spell"),
        spell_began=state.get("began"),
        checked=state.get("checked"),
        rang_at=state.get("rang"),
        call_at=state.get("call"),
        unlearned=tuple(Stay(begin, end, visitor=True) for begin, end in state.get("spared", ())),
        ready=state.get("ready", False),
        budget=Budget(*state["budget"]) if "budget" in state else None,
        since=state.get("since"),
    )


class HabitsStore:
    """Homes' habits, under 3 kB each, and the answers of residents that count as life signs."""

    def __init__(self, table: Table, deadlines: DeadlineStore) -> None:
        self._table = table
        self._deadlines = deadlines

    def get(self, watch: RoutineWatched, *, mix: Mix, calendar: Calendar, prior: Prior) -> Routine:
        """A home's routine; one that knows nothing yet, if there is none of this mix of sensors, or only that
        of another household: a look that began before they left may have written it after.
        """
        item = self._table.get(routine_key(*watch.home)[0], HABITS)
        if item is None or int(item.get("since", 0)) != (watch.since or 0):
            return Routine(mix, calendar, prior)
        return unpacked(json.loads(item["kept"]), mix=mix, calendar=calendar, prior=prior)

    def kept(self, community: str, household: str) -> Any:
        """What is kept of a home's habits; None without any."""
        item = self._table.get(routine_key(community, household)[0], HABITS)
        return json.loads(item["kept"]) if item else None

    def beside(self, community: str, household: str) -> list[Item]:
        """What else is kept of how a home is watched, each as plain values under its name, `what`."""
        items = every_item(self._table, Ask(routine_key(community, household)[0], consistent=True))
        apart = ("pk", "sk", "due", "expires")
        return [
            {"what": item["sk"], **{name: told for name, told in item.items() if name not in apart}}
            for item in items
            if item["sk"] != HABITS
        ]

    def put(self, watch: RoutineWatched, routine: Routine) -> None:
        """Keep a home's routine. Whoever learned from the same readings writes the same."""
        text, pk = json.dumps(packed(routine), separators=(",", ":")), routine_key(*watch.home)[0]
        self._table.write(Put({"pk": pk, "sk": HABITS, "kept": text, "since": watch.since or 0}))

    def answered(self, community: str, household: str, *, at: datetime) -> None:
        """A resident answered the phone: a life sign."""
        item = {"pk": routine_key(community, household)[0], "sk": ANSWER, "at": epoch(at)}
        self._table.write(Put(item))

    def answer(self, community: str, household: str) -> int | None:
        """When a resident last answered, in Unix seconds."""
        item = self._table.get(routine_key(community, household)[0], ANSWER, consistent=True)
        return int(item["at"]) if item else None

    def watch_of(self, community: str, household: str) -> tuple[RoutineWatched, Due] | None:
        """A home's routine watch and its deadline, if it has one."""
        due = self._deadlines.get(*routine_key(community, household))
        return (routine_watched(due), due) if due else None

    def arm(self, watch: RoutineWatched, *, at: datetime, instead_of: Due | None = None) -> None:
        """Let the watch wait until `at`. Raises ExpectationError when another look came first."""
        self._deadlines.arm(routine_due(watch, at=at), instead_of=instead_of)

    def unlearn(self, community: str, household: str, begin: datetime, end: datetime) -> None:
        """Let a home's watch learn nothing of a time. Again changes nothing."""
        until_undisturbed(partial(self._unlearn, community, household, epoch(begin), epoch(end)))

    def _unlearn(self, community: str, household: str, begin: int, end: int) -> None:
        if (known := self.watch_of(community, household)) is not None:
            watch, due = known
            if (changed := watch.unlearning(begin, end)) is not watch:
                self.arm(changed, at=due.due_at, instead_of=due)

    def begin_anew(self, community: str, household: str, *, since: int, now: datetime) -> None:
        """Forget what was learned of a home, and watch it as that of a household that began at `since`."""
        until_undisturbed(partial(self._begin_anew, community, household, since, now))

    def _begin_anew(self, community: str, household: str, since: int, now: datetime) -> None:
        if (known := self.watch_of(community, household)) is not None:
            self._forget(community, household, BUDGET, ROUTINE)  # first: what a crash cuts off begins again
            fresh = RoutineWatched(community, household, known[0].sensors, epoch(now), since=since)
            self.arm(fresh, at=now, instead_of=known[1])

    def forget(self, community: str, household: str, *, settings: bool = True) -> None:
        """Keep nothing of a home that nobody watches any more; its settings too, unless told otherwise."""
        self._forget(community, household, *(() if settings else (BUDGET,)))

    def _forget(self, community: str, household: str, *spared: str) -> None:
        pk = routine_key(community, household)[0]
        for item in every_item(self._table, Ask(pk, consistent=True)):
            if not item["sk"].startswith(spared):
                self._table.write(Delete(pk, item["sk"]))


class RuleStore:
    """The rule each community chose, and every one before it: who approved it, and on what figures."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, community: str) -> RoutineRule | None:
        """The rule that holds; None where the founding rule was never left."""
        item = self._table.get(_rules(community), RULE)
        return _rule(item) if item else None

    def put(self, community: str, rule: RoutineRule) -> RoutineRule:
        """Change the rule, and log the change. Raises ExpectationError when another change came first."""
        changed = replace(rule, version=rule.version + 1)
        item = _item(community, changed)
        expect = {"version": rule.version} if rule.version else NEW
        self._table.write_all([Put(item, expect), Put({**item, "sk": f"{RULE}#{changed.version:06d}"}, NEW)])
        return changed

    def changes(self, community: str) -> list[RoutineRule]:
        """Every rule there was, oldest first."""
        asked = Ask(_rules(community), first=f"{RULE}#", last=f"{RULE}$")
        return [_rule(item) for item in every_item(self._table, asked)]


@dataclass(slots=True)
class Rules:
    """The communities' rules from memory, read again every five minutes."""

    store: RuleStore
    _known: dict[str, tuple[datetime, RoutineRule | None]] = field(default_factory=dict)

    def get(self, community: str, *, now: datetime) -> RoutineRule | None:
        """The rule that holds, or held five minutes ago."""
        known = self._known.get(community)
        if known is None or now - known[0] >= RULES_KEPT_FOR:
            known = self._known[community] = (now, self.store.get(community))
        return known[1]


def _rules(community: str) -> str:
    return f"routine-rules#{community}"


def _item(community: str, rule: RoutineRule) -> Item:
    return {
        "pk": _rules(community),
        "sk": RULE,
        "by": rule.by.value,
        "checks": rule.budget.checks_a_year,
        "knocks": rule.budget.knocks_a_year,
        "chances": _numbers(rule.prior.chances),
        "peaks": _numbers(rule.prior.peaks_a_year),
        "others": json.dumps(
            {
                step: [_numbers(prior.chances), _numbers(prior.peaks_a_year)]
                for step, prior in rule.others.items()
            }
        ),
        "approved_by": rule.approved_by,
        "approved_at": epoch(rule.approved_at),
        "rehearsed": json.dumps(rule.rehearsed, sort_keys=True),
        "version": rule.version,
    }


def _rule(item: Item) -> RoutineRule:
    return RoutineRule(
        WatchedBy(item["by"]),
        Budget(int(item["checks"]), int(item["knocks"])),
        _prior(item["chances"], item["peaks"]),
        item["approved_by"],
        from_epoch(item["approved_at"]),
        json.loads(item["rehearsed"]),
        int(item["version"]),
        {
            int(step): _prior(chances, peaks)
            for step, (chances, peaks) in json.loads(item.get("others", "{}")).items()
        },
    )


def _prior(chances: str, peaks: str) -> Prior:
    """As it is kept; rules approved when fewer ages were told apart hold on."""
    known = tuple(json.loads(chances))
    return Prior(known if len(known) == CELLS else young_and_old(known), tuple(json.loads(peaks)))


def _numbers(numbers: Sequence[float]) -> str:
    return json.dumps([float(f"{number:.4g}") for number in numbers], separators=(",", ":"))
