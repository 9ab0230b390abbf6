"""From what sensors report to spans with or without a life sign. Pure; times are Unix seconds.

What no person made is taken off first: flow that goes on evenly (a leak, a cistern that runs), and the
background of an electricity meter (standby, fridge, boiler). Where nothing is known, there is no span.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from chalicelib.kernel.clock import epoch
from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_spans import Span

STEADY = 4
"""Flow that has gone on evenly over so many readings is nobody's."""
LEAST_LITRES = 1
TIMER_DAYS, TIMER_LITRES = 7, 12
"""A cistern flushed at the same hour every day is a habit; so much water, to the litre, is a timer."""
UNSURE = 0.2
"""How unevenly, as a share, what runs by itself may run."""
MOST_LEAST = 12
SHORTEST = 60
"""Readings closer together, in seconds, are one."""
BACKGROUND, LEAKS, QUIETEST = 24 * HOUR, 7 * 24 * HOUR, 6 * HOUR
MARGIN_WATTS = 40


class Event(NamedTuple):
    """A door that moved, a motion seen, a bed left: a life sign at an instant."""

    at: int
    kind: str


def water_spans(
    readings: Iterable[RegisterReading], *, least_litres: int = LEAST_LITRES, flow: "Flow | None" = None
) -> Iterator[Span]:
    """A span for each two readings in time order; none where the register fell (swapped or reset), or shows
    two figures at one instant.

    A gap in which the register stood still is known to be silent: a register counts on while nobody reads it.
    `flow` is what is known of what flows by itself, and learns along.
    """
    flow = flow or Flow()
    for before, after in pairwise(_apart(readings)):
        begin, end = epoch(before.at), epoch(after.at)
        used = after.litres - before.litres
        if used < 0 or begin == end:  # swapped, or two that contradict each other
            flow.forget()
            continue
        by_itself = flow.by_itself(begin, end, used)
        unsure = 1 + UNSURE * by_itself if by_itself else 0.0
        yield Span(begin, end, signs=int(used - by_itself >= least_litres + unsure))


class Flow:
    """What flows by itself: a tap or a cistern left running, a slow leak, a machine with a timer.

    The first is the least of the last four readings; the second the least of any six hours of the last seven
    days, which a register that counts whole litres shows as a litre now and then; the third the same litres
    in the same hour on six of the last seven days.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know nothing: the meter was swapped."""
        self._rates: deque[float] = deque(maxlen=STEADY)
        self._begun = 0
        self._window: deque[tuple[int, int, int]] = deque()
        self._least: deque[tuple[int, float]] = deque()
        self._daily: dict[int, deque[int]] = {}

    def kept(self) -> dict[str, Any]:
        """What is known, as plain values."""
        daily = [[hour, *days] for hour, days in sorted(self._daily.items())]
        return {
            "rates": list(self._rates), "begun": self._begun, "window": [list(w) for w in self._window],
            "least": [list(at) for at in self._least], "daily": daily,
        }  # fmt: skip

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Flow":
        """The same again, from what `kept` gave."""
        flow = cls()
        flow._rates.extend(kept["rates"])
        flow._begun = kept["begun"]
        flow._window.extend((begin, end, used) for begin, end, used in kept["window"])
        flow._least.extend((at, least) for at, least in kept["least"])
        flow._daily = {hour: deque(days, maxlen=TIMER_DAYS) for hour, *days in kept["daily"]}
        return flow

    def by_itself(self, begin: int, end: int, used: int) -> float:
        """Of what was used between two readings, the litres that nobody drew."""
        self._begun = self._begun or begin
        self._rates.append(used / (end - begin))
        steady = min(self._rates) if len(self._rates) == STEADY else 0.0
        flowed = max(steady, self._leak(begin, end, used)) * (end - begin)
        return flowed + self._timer(end, used) if end - begin < 2 * HOUR else flowed

    def _timer(self, end: int, used: int) -> int:
        days = self._daily.setdefault(round(end / HOUR) % 24, deque(maxlen=TIMER_DAYS))
        known = sorted(days)
        days.append(used)
        for few in range(len(known) - TIMER_DAYS + 2):
            least, most = known[few], known[few + TIMER_DAYS - 2]
            if least >= TIMER_LITRES and most - least <= 1:
                return least
        return 0

    def _leak(self, begin: int, end: int, used: int) -> float:
        self._window.append((begin, end, used))
        while len(self._window) > 1 and self._window[1][0] <= end - QUIETEST:
            self._window.popleft()
        if self._window[0][0] <= end - QUIETEST and (flow := _seems_to_leak(self._window)) is not None:
            while self._least and self._least[-1][1] >= flow:
                self._least.pop()
            if len(self._least) < MOST_LEAST:  # what is kept of a home must stay small
                self._least.append((end, flow))
        while self._least and self._least[0][0] <= end - LEAKS:
            self._least.popleft()
        return self._least[0][1] if end - self._begun >= LEAKS and self._least else 0.0


def _seems_to_leak(window: Sequence[tuple[int, int, int]]) -> float | None:
    """The flow of these readings if it may be a leak's: a litre an hour, or never more than a litre at once.

    None when it can't be told: five litres in the night are somebody who was up, and may hide a drip.
    """
    drawn, seconds = sum(used for _, _, used in window), window[-1][1] - window[0][0]
    if not drawn:
        return 0.0
    drips = max(used for _, _, used in window) <= 1
    return (drawn + 1) / seconds if drips or drawn * HOUR >= seconds else None


def _apart(readings: Iterable[RegisterReading]) -> Iterator[RegisterReading]:
    """Without repeated readings and those closer together than a minute: the later says all."""
    held: RegisterReading | None = None
    for reading in readings:
        if held is not None and (reading.at - held.at).total_seconds() < SHORTEST:
            if reading.litres == held.litres:
                continue
            yield held
        elif held is not None:
            yield held
        held = reading
    if held is not None:
        yield held


class EnergyUse(NamedTuple):
    """What a home drew between two instants, in watt-hours."""

    begin: int
    end: int
    watt_hours: int


def power_spans(uses: Iterable[EnergyUse], *, after: int = 0) -> Iterator[Span]:
    """A span for each use, in time order: a life sign where the power is over what runs by itself.

    That is the highest power in the quietest six hours of the last day: fridges and boilers come and go in
    them too. In the first day nothing is known of it, and every change of power counts. Of uses that end by
    `after` only the background is learned.
    """
    background, before, hour = Background(), 0.0, -1
    for use in uses:
        watts = use.watt_hours * HOUR / (use.end - use.begin)
        if use.begin // HOUR != hour:
            hour = use.begin // HOUR
            background.forget(use.begin - BACKGROUND)
            level = background.level
        if use.end > after:
            known = background.since is not None and use.begin - background.since >= BACKGROUND - HOUR
            active = watts > level + MARGIN_WATTS if known else abs(watts - before) > MARGIN_WATTS
            yield Span(use.begin, use.end, signs=int(active))
        background.add(use.begin, watts)
        before = watts


class Background:
    """The least, over windows of six hours, of the highest power in each: in one sweep, at O(1) a use."""

    def __init__(self) -> None:
        self._known: deque[int] = deque()
        self._highest: deque[tuple[int, float]] = deque()
        self._least: deque[tuple[int, float]] = deque()

    @property
    def since(self) -> int | None:
        """The first moment of what is known."""
        return self._known[0] if self._known else None

    @property
    def level(self) -> float:
        """Watts; infinite, while less than six hours are known."""
        return self._least[0][1] if self._least else float("inf")

    def add(self, at: int, watts: float) -> None:
        """Take in what was drawn from a moment on."""
        self._known.append(at)
        while self._highest and self._highest[-1][1] <= watts:
            self._highest.pop()
        self._highest.append((at, watts))
        while self._highest[0][0] <= at - QUIETEST:
            self._highest.popleft()
        if at - self._known[0] >= QUIETEST:
            high = self._highest[0][1]
            while self._least and self._least[-1][1] >= high:
                self._least.pop()
            self._least.append((at, high))

    def forget(self, before: int) -> None:
        """Let go what was drawn before a moment."""
        while self._known and self._known[0] < before:
            self._known.popleft()
        first = self._known[0] + QUIETEST if self._known else before + BACKGROUND
        while self._least and self._least[0][0] < first:
            self._least.popleft()


def power_background(recent: list[tuple[int, float]]) -> float:
    """The least, over windows of six hours, of the highest power in each."""
    highest: deque[tuple[int, float]] = deque()
    least = float("inf")
    for at, watts in recent:
        while highest and highest[-1][1] <= watts:
            highest.pop()
        highest.append((at, watts))
        while highest[0][0] <= at - QUIETEST:
            highest.popleft()
        if at - recent[0][0] >= QUIETEST:
            least = min(least, highest[0][1])
    return least


def event_spans(
    events: Iterable[Event],
    *,
    begin: int,
    end: int,
    step: int,
    bits: dict[str, int],
    heard: int | None = None,
) -> Iterator[Span]:
    """A span for each step from `begin` to `end`. `bits` says which sensor each kind of event is.

    `heard` are the sensors that were listening throughout; all of them, unless told otherwise.
    """
    listening = sum(set(bits.values())) if heard is None else heard
    known = iter(sorted(e for e in events if begin < e.at <= end and e.kind in bits))
    event = next(known, None)
    for start in range(begin, end, step):
        stop, signs, last_at, last = min(start + step, end), 0, 0, 0
        while event is not None and event.at <= stop:
            last_at, last = event.at, bits[event.kind]
            signs |= last
            event = next(known, None)
        yield Span(start, stop, signs, listening, last_at, last)
