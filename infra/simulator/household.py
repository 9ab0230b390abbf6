"""How one invented person who lives alone draws water: a day's draws by the minute, seeded.

Amounts are millilitres, times are minutes since local midnight. The appliances are those of an older Chinese
flat: a 6-litre cistern, a basin, an electric kettle, a kitchen tap, a shower some days, a top-loading washing
machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

MINUTES_A_DAY = 1440
Draw = tuple[int, int]  # minute of the day, millilitres


@dataclass(frozen=True, slots=True)
class Habits:
    """What stays the same from day to day in one home."""

    wakes: int
    sleeps: int
    naps: bool
    flush_ml: int
    flushes: int
    night_visits: int
    bath_days: frozenset[int]
    bath_ml: int
    laundry_days: frozenset[int]
    laundry_ml: int
    out_percent: int
    leak_ml_per_hour: int

    @classmethod
    def of(cls, rng: Random) -> "Habits":
        """Somebody's habits; three in ten rise before half past five, one in eight has a tap or a cistern
        that drips.

        A drip stays below 0.01 m³ in twelve hours, so that it can't hide a quiet home from the founding rule.
        """
        early = rng.random() < 0.3
        return cls(
            wakes=rng.randint(280, 325) if early else rng.randint(340, 430),
            sleeps=rng.randint(1230, 1275) if early else rng.randint(1260, 1350),
            naps=rng.random() < 0.7,
            flush_ml=rng.randint(4_600, 7_200),
            flushes=rng.randint(4, 7),
            night_visits=rng.choice((0, 1, 1, 1, 2)),
            bath_days=_weekdays(rng, rng.randint(2, 5)),
            bath_ml=rng.randint(22_000, 48_000),
            laundry_days=_weekdays(rng, rng.randint(1, 2)),
            laundry_ml=rng.randint(50_000, 85_000),
            out_percent=rng.randint(3, 20),
            leak_ml_per_hour=rng.randint(60, 600) if rng.random() < 0.125 else 0,
        )


def draws(habits: Habits, day: date, rng: Random) -> list[Draw]:
    """Everything drawn on one day, in time order; the drip isn't among it."""
    up = _near(rng, habits.wakes, 15)
    bed = _near(rng, habits.sleeps, 20)
    found = [
        *_night(habits, up, bed, rng),
        *_waking(habits, up, bed, rng),
        *_meals(up, rng),
        *_chores(habits, day, up, bed, rng),
    ]
    if rng.randrange(100) < habits.out_percent:
        found = _without(found, up + rng.randint(150, 210), rng.randint(240, 500), habits, rng)
    return sorted((minute, ml) for minute, ml in found if 0 <= minute < MINUTES_A_DAY)


def _night(habits: Habits, up: int, bed: int, rng: Random) -> Iterator[Draw]:
    """Visits to the toilet in the dark, before getting up and after going to bed."""
    for _ in range(habits.night_visits):
        asleep = rng.randint(bed + 60, up + MINUTES_A_DAY - 60) % MINUTES_A_DAY
        yield asleep, habits.flush_ml
        yield asleep + 1, rng.randint(200, 900)


def _waking(habits: Habits, up: int, bed: int, rng: Random) -> Iterator[Draw]:
    """Toilet, basin and kettle: on getting up, through the day but for the siesta, and before bed."""
    siesta = range(775, 775 + 75) if habits.naps else range(0)
    through_the_day = (rng.randint(up + 60, bed - 60) for _ in range(habits.flushes - 2))
    for minute in (up + 2, *(each for each in through_the_day if each not in siesta), bed - 3):
        yield minute, habits.flush_ml
        yield minute + 1, rng.randint(300, 1_500)
    for minute in (up + 6, bed - 12):
        yield minute, rng.randint(1_800, 4_500)
    yield bed - 20, rng.randint(3_000, 6_500)  # soaking the feet, as one does
    for minute in (up + 15, _near(rng, 570, 40), _near(rng, 900, 45)):
        yield minute, rng.randint(500, 1_300)  # a thermos of tea


def _meals(up: int, rng: Random) -> Iterator[Draw]:
    """Washing rice and vegetables before, bowls and the wok after."""
    for minute, ml in ((up + 35, 3_500), (_near(rng, 690, 20), 8_500), (_near(rng, 1065, 25), 7_500)):
        yield minute, _about(rng, ml)
        yield minute + 9, _about(rng, ml // 3)
        yield minute + 50, _about(rng, ml // 2)


def _chores(habits: Habits, day: date, up: int, bed: int, rng: Random) -> Iterator[Draw]:
    if day.weekday() in habits.bath_days:
        yield from _spread(_near(rng, bed - 75, 20), rng.randint(6, 11), _about(rng, habits.bath_ml))
    if day.weekday() in habits.laundry_days:
        for fill in range(3):  # a wash and two rinses
            yield from _spread(up + 95 + 18 * fill, 5, _about(rng, habits.laundry_ml) // 3)
    if rng.random() < 0.4:
        yield from _spread(_near(rng, 555, 30), 3, rng.randint(6_000, 12_000))  # mop and flower pots


def _without(found: list[Draw], leaves: int, minutes: int, habits: Habits, rng: Random) -> list[Draw]:
    """A day with an outing, to the park or a daughter's; then the toilet, the basin and the kettle."""
    back = leaves + minutes
    kept = [(minute, ml) for minute, ml in found if not leaves <= minute < back]
    return [
        *kept,
        (back, habits.flush_ml),
        (back + 1, rng.randint(1_500, 3_000)),
        (back + 20, rng.randint(3_000, 6_000)),
    ]


def _spread(start: int, minutes: int, ml: int) -> Iterator[Draw]:
    yield from ((start + minute, ml // minutes) for minute in range(minutes))


def _near(rng: Random, minute: int, give: int) -> int:
    return minute + rng.randint(-give, give)


def _about(rng: Random, ml: int) -> int:
    return ml * rng.randint(80, 120) // 100


def _weekdays(rng: Random, count: int) -> frozenset[int]:
    return frozenset(rng.sample(range(7), count))
