"""Small builders for the routine watch: a home by the hour, and a learned routine."""

from collections.abc import Iterable
from random import Random
from zoneinfo import ZoneInfo

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR, Calendar
from chalicelib.watch.routine_habits import BINS, CELLS, Prior
from chalicelib.watch.routine_spans import WATER, Mix, Span

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
MONDAY = 1_767_542_400
"""Midnight in China at the beginning of Monday, 5 January 2026."""
NOBODY = Prior((0.3,) * CELLS, (0.0,) * BINS)


def hours(active: Iterable[int], *, begin: int = MONDAY) -> list[Span]:
    """A span an hour: 1 with a life sign, 0 without, -1 when nobody listened."""
    return [
        Span(begin + n * HOUR, begin + (n + 1) * HOUR, int(a > 0), int(a >= 0)) for n, a in enumerate(active)
    ]


def usual_day(rng: Random) -> list[int]:
    """Asleep from eleven to seven, up and about with a quiet hour now and then."""
    return [int(7 <= hour < 23 and rng.random() < 0.8) for hour in range(24)]


def learned(days: int = 60, *, seed: int = 1, mix: Mix = WATER, prior: Prior = NOBODY) -> Routine:
    """The routine of a home of early nights, learned up to a midnight."""
    rng = Random(seed)
    routine = Routine(mix, CALENDAR, prior)
    routine.add_all(hours([a for _ in range(days) for a in usual_day(rng)]))
    return routine
