"""One home judged by one rule: learn before, judge after. Every alarm in the data counts as false.

The rule goes through the home's steps once. From the first judged day on its alarms are counted, by what it
knew the night before; and at random moments a copy of it meets a fall.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_spans import ABSENCE
from infra.evaluate.homes import FOLLOWED, Home, Step
from infra.evaluate.rules import Rule

LEARNS_DAYS = 60
LONGEST_STEP = 3 * HOUR
DAY_BEGINS, DAY_ENDS = 7 * 60, 22 * 60
"""Falls by day are those from 07:00 to 22:00, by local time."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a home is judged: how many falls, by which budgets, learning how long.

    `batch` is how many seconds of readings come in one message; an alarm waits for its message. `until_day`
    ends the judging, for a cold start.
    """

    budgets: tuple[float, ...]
    falls: int = 300
    seed: int = 1
    learns_days: int = LEARNS_DAYS
    until_day: int | None = None
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Fall:
    """A simulated fall: by day or night, and for each budget the hours until the alarm, None when there was
    none within four days. `met` are the budgets by which an alarm was open already: those don't count.
    """

    by_day: bool
    hours: tuple[float | None, ...]
    met: tuple[bool, ...]


@dataclass(slots=True)
class Judged:
    """What came of a home: years judged, alarms by budget (all false), those outside of absences, falls."""

    home: str
    size: int | None
    years: float = 0.0
    alarms: list[int] = field(default_factory=list)
    alarms_at_home: list[int] = field(default_factory=list)
    absences: int = 0
    falls: list[Fall] = field(default_factory=list)


def absences(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The silences over 36 hours: from the last life sign to the end of what is known to be silent."""
    found, sign, until = [], None, 0
    for step in steps:
        if step.span.signs or not step.span.heard:
            if sign is not None and until - sign > ABSENCE:
                found.append((sign, until))
            sign = step.span.end
        until = step.span.end
    if sign is not None and until - sign > ABSENCE:
        found.append((sign, until))
    return found


def judge_home(home: Home, steps: Sequence[Step], rule: Rule, trial: Trial) -> Judged:
    """Judge one home by one rule. `steps` are the home's own."""
    begin = steps[0].span.begin + trial.learns_days * 86400
    end = steps[-1].span.end
    if trial.until_day is not None:
        end = min(end, steps[0].span.begin + trial.until_day * 86400)
    away = absences(steps)
    judged = Judged(home.id, home.size, absences=sum(begin <= sign < end for sign, _ in away))
    falls = [t for t in _falls(steps, begin, end - FOLLOWED, away, trial) if home.source.at_home(t)]
    falls = _thinned(falls, min(len(falls), trial.falls))
    counter = _Alarms(len(trial.budgets), away)
    thresholds: list[float] = []
    today = None
    for step in steps:
        span = step.span
        if span.begin >= end:
            break
        while falls and falls[-1] <= span.end and thresholds:
            at = falls.pop()
            judged.falls.append(_fallen(home, rule, at, thresholds, counter.open, trial))
        rule.add(step)
        day = home.calendar.day(span.end)
        if day != today or not thresholds:
            today, thresholds = day, rule.thresholds(trial.budgets)
        if span.begin >= begin:
            judged.years += (span.end - span.begin) / (365.25 * 86400)
            if not _waits(span.begin, span.end, trial.batch):
                counter.look(rule.level(), thresholds, span.end)
    judged.alarms, judged.alarms_at_home = counter.all, counter.at_home
    return judged


def _falls(
    steps: Sequence[Step], begin: int, end: int, away: Sequence[tuple[int, int]], trial: Trial
) -> list[int]:
    """Random moments at which somebody may have fallen, the latest first: at home, and watched."""
    rng = Random(trial.seed)
    watched = [
        (max(s.span.begin, begin), min(s.span.end, end))
        for s in steps
        if s.span.heard and s.span.end > begin and s.span.begin < end
        and s.span.end - s.span.begin <= LONGEST_STEP and not _within(s.span.end, away)
    ]  # fmt: skip
    if not watched:
        return []
    weights = [stop - start for start, stop in watched]
    chosen = rng.choices(watched, weights, k=2 * trial.falls)
    return sorted((rng.randint(start + 1, stop) for start, stop in chosen), reverse=True)


def _thinned(falls: Sequence[int], count: int) -> list[int]:
    """So many of them, evenly through time."""
    return [falls[n * len(falls) // count] for n in range(count)]


def _within(at: int, away: Sequence[tuple[int, int]]) -> bool:
    return any(sign < at <= until for sign, until in away)


def _waits(begin: int, end: int, batch: int) -> bool:
    """Whether this reading is still in the meter: it comes with the last of its batch."""
    return bool(batch) and begin // batch == end // batch


def _fallen(
    home: Home, rule: Rule, at: int, thresholds: Sequence[float], already: Sequence[bool], trial: Trial
) -> Fall:
    """Let a copy of the rule live through a fall."""
    rng = Random(trial.seed * 1_000_003 + at)
    left = rule.copy()
    found: list[float | None] = [None] * len(thresholds)
    waiting = {n for n, is_open in enumerate(already) if not is_open}
    for step in home.source.after_fall(at, rng):
        left.add(step)
        level = left.level()
        if level is None or _waits(step.span.begin, step.span.end, trial.batch) or step.span.end < at:
            continue
        for n in [n for n in waiting if level >= thresholds[n]]:
            found[n] = (step.span.end - at) / HOUR
            waiting.discard(n)
        if not waiting:
            break
    by_day = DAY_BEGINS <= home.calendar.minute(at) < DAY_ENDS
    return Fall(by_day, tuple(found), tuple(already))


class _Alarms:
    """Counts alarms: one each time the level comes to the threshold, armed again when it falls below."""

    def __init__(self, budgets: int, away: Sequence[tuple[int, int]]) -> None:
        self.open = [False] * budgets
        self.all = [0] * budgets
        self.at_home = [0] * budgets
        self._away = away

    def look(self, level: float | None, thresholds: Sequence[float], at: int) -> None:
        if level is None:
            return
        for n, threshold in enumerate(thresholds):
            is_over = level >= threshold
            if is_over and not self.open[n]:
                self.all[n] += 1
                self.at_home[n] += not _within(at, self._away)
            self.open[n] = is_over
