"""From what sensors report to spans with or without a life sign. Pure; times are Unix seconds.

What no person made is taken off first: flow that goes on evenly (a leak, a cistern that runs), and the
background of an electricity meter (standby, fridge, boiler). Where nothing is known, there is no span.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from chalicelib.kernel.clock import epoch
from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_spans import Span

STEADY = 4
"""Flow that has gone on evenly over so many readings is nobody's."""
LEAST_LITRES = 1
SHORTEST = 60
"""Readings closer together, in seconds, are one."""
BACKGROUND, QUIETEST = 24 * HOUR, 6 * HOUR
MARGIN_WATTS = 40


class Event(NamedTuple):
    """A door that moved, a motion seen, a bed left: a life sign at an instant."""

    at: int
    kind: str


def water_spans(readings: Iterable[RegisterReading], *, least_litres: int = LEAST_LITRES) -> Iterator[Span]:
    """A span for each two readings in time order; none where the register fell (swapped or reset).

    A gap in which the register stood still is known to be silent: a register counts on while nobody reads it.
    """
    rates: deque[float] = deque(maxlen=STEADY)
    for before, after in pairwise(_apart(readings)):
        begin, end = epoch(before.at), epoch(after.at)
        used = after.litres - before.litres
        if used < 0:
            rates.clear()
            continue
        rate = used / (end - begin)
        rates.append(rate)
        steady = min(rates) * (end - begin) if len(rates) == STEADY else 0.0
        yield Span(begin, end, signs=int(used - steady >= least_litres))


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


def power_spans(uses: Iterable[EnergyUse]) -> Iterator[Span]:
    """A span for each use, in time order: a life sign where the power is over what runs by itself.

    That is the highest power in the quietest six hours of the last day: fridges and boilers come and go in
    them too. In the first day nothing is known of it, and every change of power counts.
    """
    recent: deque[tuple[int, float]] = deque()
    level, before, hour = float("inf"), 0.0, -1
    for use in uses:
        watts = use.watt_hours * HOUR / (use.end - use.begin)
        if use.begin // HOUR != hour:
            hour = use.begin // HOUR
            while recent and recent[0][0] < use.begin - BACKGROUND:
                recent.popleft()
            level = _background(list(recent))
        known = len(recent) and use.begin - recent[0][0] >= BACKGROUND - HOUR
        active = watts > level + MARGIN_WATTS if known else abs(watts - before) > MARGIN_WATTS
        yield Span(use.begin, use.end, signs=int(active))
        recent.append((use.begin, watts))
        before = watts


def _background(recent: list[tuple[int, float]]) -> float:
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
