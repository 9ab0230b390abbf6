"""The rules that are compared: ours, and what others do.

Each takes steps in, and has a level that rises in a silence; it fires where the level is at a threshold. All
but the founding rule set their thresholds in the same way: from the home's own past silences, to a budget.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Protocol

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_habits import PEAK_YEARS, PEAKS_HALVE, YEAR
from chalicelib.watch.routine_spans import ABSENCE
from infra.evaluate.homes import Home, Meter, Step
from infra.evaluate.priors import Neighbours


class Rule(Protocol):
    """What a rule must do to be judged."""

    def add(self, step: Step) -> None:
        """Take a step in."""

    def level(self) -> float | None:
        """How far the present silence has gone; None when it isn't known."""

    def thresholds(self, budgets: Sequence[float]) -> list[float]:
        """Where it fires, for each budget of false alarms a year, by what it knows now."""

    def copy(self) -> "Rule":
        """Another one that goes on by itself."""


@dataclass(slots=True)
class OurRoutine:
    """The routine watch."""

    routine: Routine

    def add(self, step: Step) -> None:
        self.routine.add(step.span)

    def level(self) -> float | None:
        routine = self.routine
        if routine.silence is None or routine.is_out():
            return _past(routine, routine.mix.away_cap)
        return max(routine.silence.reached, _past(routine, routine.mix.cap) or 0.0)

    def thresholds(self, budgets: Sequence[float]) -> list[float]:
        return [self.routine.habits.threshold(budget, self.routine.prior) for budget in budgets]

    def copy(self) -> "OurRoutine":
        return OurRoutine(self.routine.copy())


def _past(routine: Routine, cap: int) -> float | None:
    silence = routine.silence
    if silence is None:
        return None
    return float("inf") if silence.until - silence.began >= cap else 0.0


KEPT_PEAKS = 400


@dataclass(slots=True)
class Past:
    """A home's past silences, each at the level it reached, fading as ours do; and a usual year next door."""

    neighbours: Sequence[float]
    peaks: list[tuple[float, int]] = field(default_factory=list)
    first: int = 0
    seconds: int = 0

    def record(self, peak: float, began: int, ended: int) -> None:
        """Count a silence that ended well, unless it was an absence."""
        if ended - began > ABSENCE:
            return
        self.first = self.first or began
        self.seconds += ended - began
        insort(self.peaks, (peak, ended))
        if len(self.peaks) > KEPT_PEAKS:
            self.peaks.pop(0)

    def thresholds(self, budgets: Sequence[float], now: int) -> list[float]:
        """The levels that silences ending well go over so many times a year."""
        half = PEAKS_HALVE * 86400
        weighed = [(peak, 0.5 ** ((now - at) / half)) for peak, at in self.peaks]
        weighed += [(peak, PEAK_YEARS) for peak in self.neighbours]
        weighed.sort(reverse=True)
        age = max(now - self.first, 1)
        seen = half / log(2) * (1 - 0.5 ** (age / half)) * min(1.0, self.seconds / age) / YEAR
        return [_above(weighed, budget * (seen + PEAK_YEARS)) for budget in budgets]


def _above(weighed: list[tuple[float, float]], allowed: float) -> float:
    above = 0.0
    for level, weight in weighed:
        above += weight
        if above > allowed:
            return level + 1e-9
    return weighed[-1][0] if weighed else 0.0


@dataclass(slots=True)
class Clock:
    """The plain no-use clock: so many hours without a life sign, whatever the time of day."""

    past: Past
    signed_at: int = 0
    until: int = 0

    def add(self, step: Step) -> None:
        span = step.span
        if not span.heard or span.signs:
            if span.heard and self.signed_at and self.until > self.signed_at:
                self.past.record(self.level() or 0.0, self.signed_at, span.end)
            self.signed_at = span.signed_at if span.signs else span.end
        self.until = span.end

    def level(self) -> float | None:
        return (self.until - self.signed_at) / HOUR if self.signed_at else None

    def thresholds(self, budgets: Sequence[float]) -> list[float]:
        return self.past.thresholds(budgets, self.until)

    def copy(self) -> "Clock":
        return Clock(Past(()), self.signed_at, self.until)


SLOTS, DAYS, SHARE, NEIGHBOURS = 48, 60, 0.97, 2


@dataclass(slots=True)
class Line:
    """An alert line by the time of day, after Cuddihy, Weisenberg, Graichen and Ganesh (GE Global Research,
    HealthNet 2007): for each half hour, the 97th percentile of how long the home had been quiet at that time
    on the last 60 days, buffered by the half hours around it; and a margin on top, set to the budget.
    """

    past: Past
    home: Home
    clock: Clock
    days: list[deque[float]] = field(default_factory=lambda: [deque(maxlen=DAYS) for _ in range(SLOTS)])
    line: list[float] = field(default_factory=lambda: [12.0] * SLOTS)
    today: int = 0
    peak: float = -1e9
    goes_on: bool = True

    def add(self, step: Step) -> None:
        span, calendar = step.span, self.home.calendar
        if self.goes_on and calendar.day(span.end) != self.today:
            self.today = calendar.day(span.end)
            self._draw()
        if (not span.heard or span.signs) and self.clock.signed_at:
            if span.heard and self.peak > -1e9:
                self.past.record(self.peak, self.clock.signed_at, span.end)
            self.peak = -1e9
        self.clock.add(step)
        level = self.level()
        if span.heard and not span.signs and level is not None:
            self.peak = max(self.peak, level)
        for at in range(-(-span.begin // 1800) * 1800, span.end, 1800):
            if span.heard and self.clock.signed_at:
                self.days[self._slot(at)].append(max(0.0, (at - self.clock.signed_at) / HOUR))

    def level(self) -> float | None:
        silent = self.clock.level()
        return None if silent is None else silent - self.line[self._slot(self.clock.until)]

    def thresholds(self, budgets: Sequence[float]) -> list[float]:
        return self.past.thresholds(budgets, self.clock.until)

    def copy(self) -> "Line":
        return Line(Past(()), self.home, self.clock.copy(), line=self.line, peak=self.peak, goes_on=False)

    def _slot(self, at: int) -> int:
        return self.home.calendar.minute(at) // 30

    def _draw(self) -> None:
        raw = [sorted(day)[int(SHARE * len(day))] if len(day) >= 7 else 12.0 for day in self.days]
        around = range(-NEIGHBOURS, NEIGHBOURS + 1)
        self.line = [max(raw[(slot + n) % SLOTS] for n in around) for slot in range(SLOTS)]


@dataclass(slots=True)
class Founding:
    """The founding rule, still water: less than 10 litres in 12 hours. It has no budget.

    Where no water is measured it is what comes nearest: no life sign in 12 hours.
    """

    drawn: Callable[[Step], int]
    window: int = 12 * HOUR
    least_litres: int = 10
    register: deque[tuple[int, int]] = field(default_factory=deque)

    def add(self, step: Step) -> None:
        if not step.span.heard:
            self.register.clear()
            return
        if not self.register or self.register[-1][0] != step.span.begin:
            self.register.clear()  # the register fell
            self.register.append((step.span.begin, 0))
        self.register.append((step.span.end, self.register[-1][1] + self.drawn(step)))
        opening = step.span.end - self.window
        while len(self.register) > 1 and self.register[1][0] <= opening:
            self.register.popleft()

    def level(self) -> float | None:
        if not self.register:
            return None
        (base_at, base), (at, now) = self.register[0], self.register[-1]
        if base_at > at - self.window or base_at < at - self.window - 2 * HOUR:
            return None
        return float(now - base < self.least_litres)

    def thresholds(self, budgets: Sequence[float]) -> list[float]:
        return [1.0] * len(budgets)

    def copy(self) -> "Founding":
        return Founding(self.drawn, self.window, self.least_litres, self.register.copy())


def _litres(step: Step) -> int:
    return step.litres


def _ten_for_a_sign(step: Step) -> int:
    return 10 if step.span.signs else 0


def rule(name: str, home: Home, neighbours: Neighbours) -> Rule:
    """A rule that knows nothing of the home yet, and what the other homes have in common."""
    if name == "routine":
        return OurRoutine(Routine(home.mix, home.calendar, neighbours.prior))
    if name == "founding":
        return Founding(_litres if isinstance(home.source, Meter) else _ten_for_a_sign)
    past = Past(neighbours.peaks.get(name, ()))
    return Clock(past) if name == "clock" else Line(past, home, Clock(Past(())))
