"""A home as the evaluation sees it: its spans, and how it would have looked after a fall at any moment."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple, Protocol

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.routine_days import HOUR, Calendar
from chalicelib.watch.routine_signs import (
    LEAKS,
    QUIETEST,
    STEADY,
    EnergyUse,
    Event,
    event_spans,
    power_background,
    power_spans,
    water_spans,
)
from chalicelib.watch.routine_spans import Mix, Span

LEAST_LEAK = 1 / HOUR
"""Litres a second. Less than a litre an hour can't be told from somebody who is up at night."""
LITRES_A_DRAW = 8
"""About what one draw takes: those of the hour in which somebody falls came before or after it by chance."""
ALIVE_WITHIN = 2 * HOUR
"""A sensor that reports that it listens was listening so long before."""
LEAKED, LOOKED_BACK = 24 * HOUR, LEAKS + 3 * HOUR
FOLLOWED = 96 * HOUR
"""How long a fall is followed."""


class Step(NamedTuple):
    """A span and what was drawn in it, in litres (0 where no water is measured)."""

    span: Span
    litres: int = 0


class Source(Protocol):
    """Where a home's steps come from: what is measured, and what goes on by itself."""

    def steps(self) -> list[Step]:
        """Everything that was measured, in time order."""

    def after_fall(self, at: int, rng: Random) -> list[Step]:
        """The steps that end after `at` had the resident fallen then: no activity any more, but whatever runs
        by itself goes on running. As long as a fall is followed.
        """

    @property
    def begins(self) -> int:
        """The first moment of which anything is known."""

    def at_home(self, at: int) -> bool:
        """Whether the resident may have been at home then, as far as the whole of the data tells."""


@dataclass(frozen=True, slots=True)
class Home:
    """A household with its source; `size` is how many live there, if it is known."""

    id: str
    mix: Mix
    calendar: Calendar
    source: Source
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A water meter's register readings in time order.

    After a fall what ran by itself goes on: a leak, that is the least that flowed in any six hours of the day
    before, or a cistern that ran evenly in the last readings. `kept` is known to be drawn by nobody, by the
    end of a reading.
    """

    readings: list[RegisterReading]
    kept: dict[int, int] = field(default_factory=dict)
    _ends: list[int] = field(default_factory=list, init=False, repr=False)

    @property
    def begins(self) -> int:
        return int(self.readings[0].at.timestamp())

    def steps(self) -> list[Step]:
        return _water_steps(self.readings)

    def after_fall(self, at: int, rng: Random) -> list[Step]:
        if not self._ends:
            self._ends.extend(int(r.at.timestamp()) for r in self.readings)
        here = bisect_left(self._ends, at)
        last = bisect_left(self._ends, at + FOLLOWED)
        before = self.readings[bisect_left(self._ends, at - LOOKED_BACK) : here]
        lately = self._without_kept(self.readings[bisect_left(self._ends, at - LEAKED) : here])
        leak = max(leak_flow(lately), running_flow(lately[-STEADY - 1 :]))
        drawn = max(self._drawn_before(here, at, rng), leak * (self._ends[here] - self._ends[here - 1]))
        total = self.readings[here - 1].litres + drawn
        fallen = [RegisterReading(self.readings[here].at, int(total))]
        for n in range(here + 1, last):
            total += leak * (self._ends[n] - self._ends[n - 1]) + self.kept.get(self._ends[n], 0)
            fallen.append(RegisterReading(self.readings[n].at, int(total)))
        return [step for step in _water_steps([*before, *fallen]) if step.span.end >= at]

    def at_home(self, at: int) -> bool:
        return True

    def _without_kept(self, readings: list[RegisterReading]) -> list[RegisterReading]:
        totals = accumulate(self.kept.get(int(r.at.timestamp()), 0) for r in readings)
        return [RegisterReading(r.at, r.litres - kept) for r, kept in zip(readings, totals, strict=True)]

    def _drawn_before(self, here: int, at: int, rng: Random) -> int:
        """What the reading in which somebody fell still counts: each of its draws came before by chance."""
        used = max(0, self.readings[here].litres - self.readings[here - 1].litres)
        begin, end = self._ends[here - 1], self._ends[here]
        draws = max(1, round(used / LITRES_A_DRAW))
        came = sum(rng.random() < (at - begin) / (end - begin) for _ in range(draws))
        return used * came // draws


@dataclass(frozen=True, slots=True)
class PowerMeter:
    """What a home drew from the grid. After a fall, what runs in the quietest hours goes on, and what is
    `kept`: known to be drawn by nobody, by the end of a use.
    """

    uses: list[EnergyUse]
    kept: dict[int, int] = field(default_factory=dict)

    @property
    def begins(self) -> int:
        return self.uses[0].begin

    def steps(self) -> list[Step]:
        return [Step(span) for span in power_spans(self.uses)]

    def after_fall(self, at: int, rng: Random) -> list[Step]:
        here = bisect_left([use.end for use in self.uses], at)
        near = self.uses[max(0, here - 200) : bisect_left([use.begin for use in self.uses], at + FOLLOWED)]
        day = [u for u in near if u.end <= at][-96:]
        level = power_background([(u.begin, u.watt_hours * HOUR / (u.end - u.begin)) for u in day])
        quiet = [u if u.end < at else self._nobodys(u, level) for u in near]
        return [Step(span) for span in power_spans(quiet) if span.end >= at]

    def at_home(self, at: int) -> bool:
        return True

    def _nobodys(self, use: EnergyUse, level: float) -> EnergyUse:
        kept = self.kept.get(use.end, 0)
        return use._replace(watt_hours=min(use.watt_hours - kept, _at_most(level, use)) + kept)


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events of door, motion and other sensors in time order; `bits` says which sensor each kind is.

    `alive` are the moments at which the sensors reported that they listen; without any they always did.
    `kept` are those of the events that nobody made: they come after a fall, too.
    """

    events: list[Event]
    bits: dict[str, int]
    step: int
    alive: list[int] = field(default_factory=list)
    kept: list[Event] = field(default_factory=list)

    @property
    def begins(self) -> int:
        return self.events[0].at

    def steps(self) -> list[Step]:
        if not self.events:
            return []
        begin = self.events[0].at // self.step * self.step - self.step
        end = (self.events[-1].at // self.step + 1) * self.step
        return self._steps(self.events, begin, end)

    def after_fall(self, at: int, rng: Random) -> list[Step]:
        begin = at // self.step * self.step
        first = bisect_left(self.events, Event(begin, ""))
        last = bisect_left(self.events, Event(at, ""))
        kept = self.kept[bisect_left(self.kept, Event(at, "")) :]
        goes_on = kept[: bisect_left(kept, Event(begin + FOLLOWED, ""))]
        return self._steps([*self.events[first:last], *goes_on], begin, begin + FOLLOWED)

    def at_home(self, at: int) -> bool:
        """Not between two movements of the door with nothing inside."""
        place = bisect_left(self.events, Event(at, ""))
        around = self.events[max(0, place - 1) : place + 1]
        return any(event.kind != "door" for event in around)

    def _steps(self, events: list[Event], begin: int, end: int) -> list[Step]:
        spans = event_spans(events, begin=begin, end=end, step=self.step, bits=self.bits)
        return [
            Step(span if span.signs or self._heard(span.end) else span._replace(heard=0)) for span in spans
        ]

    def _heard(self, at: int) -> bool:
        if not self.alive:
            return True
        place = bisect_left(self.alive, at)
        return place < len(self.alive) and self.alive[place] - at <= ALIVE_WITHIN


def _water_steps(readings: list[RegisterReading]) -> list[Step]:
    begins = {int(r.at.timestamp()): r.litres for r in readings}
    ends = {int(r.at.timestamp()): r.litres for r in reversed(readings)}
    return [Step(span, ends[span.end] - begins[span.begin]) for span in water_spans(readings)]


def leak_flow(readings: Sequence[RegisterReading]) -> float:
    """The least flow, in litres a second, over any six hours of these readings, if that is a leak: it shows
    in every reading, where a cistern flushed at night shows in one.
    """
    if any(b.litres <= a.litres for a, b in pairwise(readings)):
        return 0.0
    flows, first = [], 0
    for n, reading in enumerate(readings):
        while first + 1 < n and (reading.at - readings[first + 1].at).total_seconds() >= QUIETEST:
            first += 1
        seconds = (reading.at - readings[first].at).total_seconds()
        if seconds >= QUIETEST:
            flows.append(max(0, reading.litres - readings[first].litres) / seconds)
    least = min(flows, default=0.0)
    return least if least >= LEAST_LEAK else 0.0


def running_flow(readings: Sequence[RegisterReading]) -> float:
    """The flow, in litres a second, that ran evenly through these readings: within a fifth and a litre."""
    used = [(b.litres - a.litres, (b.at - a.at).total_seconds()) for a, b in pairwise(readings)]
    if len(used) < STEADY or min(litres for litres, _ in used) <= 0:
        return 0.0
    rates = [litres / seconds for litres, seconds in used if seconds]
    return min(rates) if max(rates) - min(rates) <= min(rates) / 5 + 1 / HOUR else 0.0


def _at_most(watts: float, use: EnergyUse) -> int:
    return round(min(watts, 1e6) * (use.end - use.begin) / HOUR)
