"""The whole evaluation: priors from other homes, every rule on every home, the stresses; on all cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from itertools import product
from random import Random

from chalicelib.watch.routine import Routine
from infra.evaluate.homes import Home, Meter, Step
from infra.evaluate.judging import Judged, Trial, judge_home
from infra.evaluate.priors import NOTHING, Neighbours, Taught, neighbours
from infra.evaluate.rules import Clock, Line, rule
from infra.evaluate.stress import stresses_of
from infra.evaluate.town import Apart, why_apart

BUDGETS = (1.0, 2.0, 4.0, 8.0, 12.0, 24.0, 52.0, 104.0, 184.0)
SHOWN_BUDGETS = (24.0, 12.0, 4.0, 1.0)
STRESS_BUDGET = 12.0
FOLDS = 2


@dataclass(slots=True)
class Evaluation:
    """Everything found: judged homes by rule, and by stress and rule; those apart; each fold's neighbours."""

    trial: Trial
    homes: list[Home]
    apart: list[Apart]
    by_rule: dict[str, list[Judged]] = field(default_factory=dict)
    by_stress: dict[str, dict[str, list[Judged]]] = field(default_factory=dict)
    neighbours: list[Neighbours] = field(default_factory=list)

    @property
    def is_water(self) -> bool:
        """Whether litres are known."""
        return any(isinstance(home.source, Meter) for home in self.homes)


def evaluate(
    homes: Sequence[Home],
    trial: Trial,
    *,
    rules: Sequence[str],
    stresses: Sequence[str] = (),
    workers: int | None = None,
    begun: Callable[[int], None] = lambda _: None,
    done: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Judge homes by rules. `begun` hears how many pieces of work there are, `done` of each that is done."""
    with _pool(homes, workers) as pool:
        apart = list(pool.map(_apart, range(len(homes)), [trial.learns_days] * len(homes)))
        kept = [n for n, reason in enumerate(apart) if reason is None]
        begun(len(kept) * (2 + len(rules) + len(stresses)))
        known = _priors(pool, kept, trial.learns_days, done)
        found = Evaluation(trial, [homes[n] for n in kept], [a for a in apart if a], neighbours=known)
        jobs = {
            pool.submit(_judge, n, *what, known[place % FOLDS], _under(what[1], trial)): (what, n)
            for what in [*(((name,), None) for name in rules), *((tuple(rules), name) for name in stresses)]
            for place, n in enumerate(kept)
        }
        results: dict[tuple[str, str | None], dict[int, Judged]] = {}
        for job in as_completed(jobs):
            (names, stress), n = jobs[job]
            for name, judged in zip(names, job.result(), strict=True):
                results.setdefault((name, stress), {})[n] = judged
            done()
    for name, stress in product(rules, [None, *stresses]):
        target = found.by_rule if stress is None else found.by_stress.setdefault(stress, {})
        target[name] = [results[name, stress][n] for n in kept] if kept else []
    return found


def _priors(
    pool: ProcessPoolExecutor, kept: Sequence[int], learns_days: int, done: Callable[[], None]
) -> list[Neighbours]:
    """For each fold what the others' homes have in common in the days in which they only learn: no judged
    day of any home teaches. Twice: habits first, then silences by them.
    """
    known = [Neighbours()] * FOLDS
    for _ in range(2):
        taught = []
        by = [known[place % FOLDS] for place in range(len(kept))]
        for home in pool.map(_teach, kept, by, [learns_days] * len(kept)):
            taught.append(home)
            done()
        known = [
            neighbours(home for place, home in enumerate(taught) if place % FOLDS != fold)
            for fold in range(FOLDS)
        ]
    return known


def _under(stress: str | None, trial: Trial) -> Trial:
    """How a stress is judged: at one budget; late batches wait; a cold start from day 4 to day 28."""
    if stress is None:
        return trial
    plain = replace(trial, budgets=(STRESS_BUDGET,), falls=-(-trial.falls // 5))
    if stress.startswith("batches_"):
        hours = int(stress.removeprefix("batches_").removesuffix("h"))
        return replace(plain, batch=hours * 3600)
    return replace(plain, learns_days=3, until_day=28) if stress == "cold_start" else plain


_homes: list[Home] = []
_steps: dict[int, list[Step]] = {}


def _pool(homes: Sequence[Home], workers: int | None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers or os.cpu_count() or 1, initializer=_begin, initargs=(list(homes),))


def _begin(homes: list[Home]) -> None:
    _homes[:] = homes
    _steps.clear()


def _known_steps(n: int) -> list[Step]:
    if n not in _steps:
        _steps[n] = _homes[n].source.steps()
    return _steps[n]


def _apart(n: int, learns_days: int) -> Apart | None:
    return why_apart(_homes[n], _known_steps(n), learns_days)


def _teach(n: int, known: Neighbours, learns_days: int) -> Taught:
    home, steps = _homes[n], _known_steps(n)
    until = steps[0].span.begin + learns_days * 86400
    steps = [step for step in steps if step.span.end <= until]
    ours = Routine(home.mix, home.calendar, known.prior)
    others = {name: rule(name, home, Neighbours(NOTHING)) for name in ("clock", "line")}
    for step in steps:
        ours.add(step.span)
        for other in others.values():
            other.add(step)
    years = (steps[-1].span.end - steps[0].span.begin) / (365.25 * 86400)
    peaks = {
        name: [peak for peak, _ in other.past.peaks]
        for name, other in others.items()
        if isinstance(other, Clock | Line)
    }
    return Taught(ours.habits, peaks, years)


def _judge(n: int, names: Sequence[str], stress: str | None, known: Neighbours, trial: Trial) -> list[Judged]:
    home, steps = _homes[n], _known_steps(n)
    if stress is not None:
        home = stresses_of(home)[stress](home, Random(f"{stress}/{home.id}"))
        steps = home.source.steps() if home is not _homes[n] else steps
    return [judge_home(home, steps, rule(name, home, known), trial) for name in names]
