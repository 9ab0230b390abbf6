"""What the routine watch is told: spans of time with or without a life sign, from a mix of sensors. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.watch.routine_days import HOUR

ABSENCE = 36 * HOUR
"""A silence so long is an absence, or an alarm: no habit is learned from it."""


class Span(NamedTuple):
    """What the sensors said about a stretch of time, in Unix seconds; spans come in time order.

    Sensors are bits of a mask. `signs` are those with a life sign in it, the last of them at `last_at` by
    `last` (0: at its end); `heard` are those that would have noticed one: 0 when nobody listened. `learn` is
    false while a visitor is there. `since` is set where a register shows no more than that the sign lies
    between `since` and `last_at`.
    """

    begin: int
    end: int
    signs: int = 0
    heard: int = 1
    last_at: int = 0
    last: int = 0
    learn: bool = True
    since: int = 0

    @property
    def signed_at(self) -> int:
        return self.last_at or self.end


class Stay(NamedTuple):
    """A declared time, `[begin, end)`: nobody is at home, or a visitor is there too."""

    begin: int
    end: int
    visitor: bool = False


@dataclass(frozen=True, slots=True)
class Mix:
    """What a home is watched by. Seconds: the step in which its sensors are counted, the ages at which a
    silence is another one (at the first it is young no more, from the last on it is old), and the cap.

    `doors` are the sensors that see somebody leave: when one of them was the last to speak and those `inside`
    would have noticed life, the resident is out; the clock stops, up to `away_cap`. What is `drawn` after
    that brings them home too, where it is to be believed; nothing else does. `weighs` says whether life signs
    are believed only as far as their senses have proved reliable, `senses` which there are, if that is known.
    """

    name: str
    step: int = HOUR
    ages: tuple[int, ...] = (3 * HOUR,)
    cap: int = ABSENCE
    doors: int = 0
    inside: int = 0
    drawn: int = 0
    away_cap: int = 72 * HOUR
    weighs: bool = False
    senses: int = 0

    @property
    def old(self) -> int:
        """From this age on all silences grow alike."""
        return self.ages[-1]

    def is_long(self, span: Span) -> bool:
        """Whether a span holds more than one step, so that its life sign may have been at several moments."""
        return span.end - span.begin >= 1.5 * self.step

    def steps(self, begin: int, end: int) -> list[int]:
        """The ends of the steps in (begin, end], as far back as they aren't old."""
        first = max(begin, end - self.old - self.step)
        return [*range(first + self.step, end, self.step), end]


WATER = Mix("water")
POWER = Mix("power", step=HOUR // 2)
HALF_HOURS = (HOUR // 2, HOUR, 3 * HOUR // 2, 2 * HOUR)
"""Who moves about is seen every few minutes: by day an hour of silence is seldom, two hardly ever are. Chosen
on the logs of other invented homes than those whose figures are told.
"""
DOOR_AND_MOTION = Mix("door_and_motion", step=HOUR // 4, ages=HALF_HOURS, cap=24 * HOUR, doors=2, inside=1)
"""Bit 1 is motion, bit 2 the door."""


def bits(mask: int) -> Iterator[int]:
    """The single sensors of a mask."""
    return (1 << place for place in range(mask.bit_length()) if mask >> place & 1)
