"""Who lived where, and when: whose what a home said is. Pure.

What a home said belongs to whoever lived there. While nobody did, it belongs to the next who came, since
meters often hang before anybody is enrolled; what two lived through together, to both.
"""

from collections.abc import Iterable
from dataclasses import dataclass

FOREVER = 1 << 40
"""Later than any Unix second of ours."""
TOGETHER = 14 * 86_400
"""Who shared a home for so many seconds made one household; less, beside somebody's years, is a handover."""
Span = tuple[int, int]
"""From and until, in Unix seconds. The second of a move is of whoever left: they did something in it."""


ERASED = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's time in a home, in Unix seconds; `since` is 0 when nobody noted it.

    `resident` is ERASED once who it was is forgotten.
    """

    resident: str
    household: str
    since: int
    until: int = FOREVER


@dataclass(frozen=True, slots=True)
class Removed:
    """Somebody whose record was removed. The id is nobody else's until they were erased.

    `erasing` once that was asked for.
    """

    resident: str
    household: str
    at: int
    erasing: bool = False


def theirs(mine: Stay, others: Iterable[Stay]) -> tuple[Span, ...]:
    """The spans in which what a home said is about one alone, given how long the others were there."""
    left: list[Span] = [(0, mine.until)]
    for other in others:
        left = [piece for span in left for piece in _without(span, other)]
    before = [other.until for other in others if other.until <= mine.since]
    first = max(before, default=0)
    return tuple(span for span in left if span[0] >= first)


def theirs_since(came: int, others: Iterable[Stay]) -> int:
    """From when on what a home said is told to somebody who came there at `came` (Unix seconds): after the
    last of those left who were there before, and from the first day with those who stayed.
    """
    return max((min(other.until + 1, came) for other in others if other.since < came), default=0)


def household_since(living: Iterable[Stay], before: Iterable[Stay]) -> int:
    """When the household that lives in a home began there (Unix seconds), by its present and past stays.

    It goes on while one of those who made it up stays. 0 where nobody lived before it, since meters often
    hang before anybody is enrolled; FOREVER while nobody lives there any more.
    """
    here = {stay.resident for stay in living}
    came = min((stay.since for stay in living), default=FOREVER)
    for stay in sorted(before, key=lambda each: each.until, reverse=True):
        if stay.resident not in here - {ERASED} and not _shared(stay, came):
            return came
        here.add(stay.resident)
        came = min(came, stay.since)
    return 0


def _shared(stay: Stay, came: int) -> bool:
    """Whether somebody lived there as long with whoever `came` as before them; two weeks are enough."""
    return stay.until - came >= min(came - stay.since, TOGETHER)


def within(spans: Iterable[Span], at: int) -> bool:
    """Whether an instant lies in one of the spans."""
    return any(begins <= at <= ends for begins, ends in spans)


def _without(span: Span, other: Stay) -> list[Span]:
    begins, ends = span
    pieces = ((begins, min(ends, other.since)), (max(begins, other.until), ends))
    return [piece for piece in pieces if piece[0] < piece[1]]
