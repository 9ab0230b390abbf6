"""When things go wrong: spells of days, visits, a machine's hour. Seeded; moments are Unix seconds."""

from collections.abc import Iterator
from random import Random

DAY = 86400


def bad_spells(begin: int, end: int, rng: Random) -> list[tuple[int, int]]:
    """About one day in five: spells of 3 to 14 days, with 20 to 48 days between them."""
    spells, at = [], begin + rng.randint(0, 40 * DAY)
    while at < end:
        length = rng.randint(3, 14) * DAY
        spells.append((at, at + length))
        at += length + rng.randint(20, 48) * DAY
    return spells


def visit_days(begin: int, end: int, rng: Random) -> set[int]:
    """Two days a month, by their number since 1970."""
    months = range(0, (end - begin) // DAY, 30)
    return {begin // DAY + day for first in months for day in _two(first + rng.randint(0, 28))}


def daily(first: int, begin: int, end: int) -> Iterator[int]:
    """The same time on every day in (begin, end]."""
    start = first + -(-(begin + 1 - first) // DAY) * DAY
    return iter(range(start, end + 1, DAY))


def _two(day: int) -> tuple[int, int]:
    return day, day + 1
