"""A neighbourhood of invented households with a water meter each: who lives where, and what the meters say.

Everything follows from the seed; nobody and no address is real. A meter knows nothing of the wall clock's
jumps, so its register never falls, not even on the night the clocks go back.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import accumulate
from random import Random
from typing import Any

from infra.simulator.household import Habits, draws
from infra.simulator.people import resident_name, steward_of
from infra.simulator.schedule import Schedule

COMMUNITY = "xinghe"
COMMUNITY_NAME = "星禾里社区"
ROOMS_A_FLOOR = 4
FLOORS = 6


@dataclass(frozen=True, slots=True)
class Household:
    """A home, the person who lives alone in it, and its meter."""

    id: str
    resident: str
    born: int
    building: int
    room: str
    grid: str
    steward: str
    meter: str
    first_index_litres: int
    habits: Habits
    quiet_since: datetime | None = None

    @property
    def address(self) -> str:
        """As it is written on the door: 星禾里 3 号楼 402 室."""
        return f"星禾里 {self.building} 号楼 {self.room} 室"


@dataclass(frozen=True, slots=True)
class _Days:
    """One home's days so far: where each begins in total, and within it the minutes and the running sums."""

    begins_ml: list[int]
    minutes: list[list[int]]
    sums_ml: list[list[int]]


class Town:
    """Households, and their meters at any time from `start`'s local midnight on."""

    def __init__(self, seed: int, households: tuple[Household, ...], start: datetime, tz: tzinfo) -> None:
        self.seed = seed
        self.households = households
        self.tz = tz
        self._first_day = start.astimezone(tz).date()
        self._midnights = [_midnight(self._first_day, tz)]
        self._days = {home.id: _Days([0], [], []) for home in households}

    @classmethod
    def make(
        cls, seed: int, households: int, start: datetime, tz: tzinfo, *, quiet_since: datetime | None = None
    ) -> "Town":
        """So many households, `h001` with meter `wm-001` and so on; times are aware.

        With `quiet_since` one of them, the same for the same seed, draws nothing from then on; `last_night`
        gives a fitting moment.
        """
        homes = [_household(seed, number) for number in range(1, households + 1)]
        if quiet_since is not None:
            chosen = Random(f"{seed}/quiet").randrange(households)
            homes[chosen] = _silenced(homes[chosen], quiet_since)
        return cls(seed, tuple(homes), start, tz)

    @property
    def begins(self) -> datetime:
        """The first moment that has a register."""
        return datetime.fromtimestamp(self._midnights[0], UTC)

    @property
    def quiet(self) -> Household | None:
        """The one who has drawn no water for half a day."""
        return next((home for home in self.households if home.quiet_since is not None), None)

    def register(self, household: Household, at: datetime) -> int:
        """The meter's cumulative index in litres. Raises ValueError before the town begins."""
        return self._register(household, int(at.timestamp()))

    def messages(
        self, household: Household, since: datetime, until: datetime, every_seconds: int, report_seconds: int
    ) -> Iterator[tuple[datetime, dict[str, Any]]]:
        """What the meter sends in [since, until), and when: wire format 1, oldest first.

        It samples every `every_seconds` and sends each `report_seconds`, at its own phase, with some seconds
        of jitter. Adjoining spans give every sample once. `every` is the sampling interval, `seq` counts from
        the town's beginning. Raises ValueError unless the report is a whole number of samples.
        """
        meter = Schedule.of(household.meter, every_seconds, report_seconds)
        first = meter.message_at(self._midnights[0])
        number = max(first, meter.message_at(since.timestamp()) - 2)
        while (send_at := meter.sends(number)) < until.timestamp():
            taken = [at for at in meter.samples(number) if at >= self._midnights[0]]
            if send_at >= since.timestamp() and taken:
                samples = [{"at": at, "register_litres": self._register(household, at)} for at in taken]
                payload = {"v": 1, "kind": "water_meter", "seq": number - first, "every": every_seconds}
                yield datetime.fromtimestamp(send_at, UTC), {**payload, "samples": samples}
            number += 1

    def _register(self, household: Household, at: int) -> int:
        if at < self._midnights[0]:
            raise ValueError(f"the town begins at {self.begins.isoformat()}")
        while at >= self._midnights[-1]:
            self._midnights.append(_midnight(self._first_day + timedelta(days=len(self._midnights)), self.tz))
        day = bisect_right(self._midnights, at) - 1
        days = self._days[household.id]
        while len(days.minutes) <= day:
            self._live(household, days)
        passed = bisect_left(days.minutes[day], (at - self._midnights[day]) // 60)
        drawn = days.begins_ml[day] + (days.sums_ml[day][passed - 1] if passed else 0)
        dripped = household.habits.leak_ml_per_hour * (at - self._midnights[0]) // 3600
        return household.first_index_litres + (drawn + dripped) // 1000

    def _live(self, household: Household, days: _Days) -> None:
        """Add the next day to a home's life."""
        number = len(days.minutes)
        day = self._first_day + timedelta(days=number)
        drawn = draws(household.habits, day, Random(f"{self.seed}/{household.id}/{day.isoformat()}"))
        if household.quiet_since is not None:
            minutes_left = (household.quiet_since.timestamp() - _midnight(day, self.tz)) / 60
            drawn = [(minute, ml) for minute, ml in drawn if minute + 1 <= minutes_left]
        sums = list(accumulate(ml for _, ml in drawn))
        days.minutes.append([minute for minute, _ in drawn])
        days.sums_ml.append(sums)
        days.begins_ml.append(days.begins_ml[-1] + (sums[-1] if sums else 0))


def last_night(now: datetime, tz: tzinfo) -> datetime:
    """The latest 21:30, local time, or earlier when that is less than 13 hours before `now`.

    Whoever draws nothing from then on has been still for the founding rule's twelve hours, and one more.
    """
    local = now.astimezone(tz)
    evening = local.replace(hour=21, minute=30, second=0, microsecond=0)
    evening = evening if evening <= local else evening - timedelta(days=1)
    return min(evening.astimezone(UTC), now.astimezone(UTC) - timedelta(hours=13))


def _household(seed: int, number: int) -> Household:
    rng = Random(f"{seed}/h{number:03}")
    building = 1 + (number - 1) // (FLOORS * ROOMS_A_FLOOR)
    place = (number - 1) % (FLOORS * ROOMS_A_FLOOR)
    grid = f"g{1 + (building - 1) // 2}"
    return Household(
        id=f"h{number:03}",
        resident=resident_name(rng),
        born=rng.randint(1934, 1956),
        building=building,
        room=f"{1 + place // ROOMS_A_FLOOR}{1 + place % ROOMS_A_FLOOR:02}",
        grid=grid,
        steward=steward_of(seed, building),
        meter=f"wm-{number:03}",
        first_index_litres=rng.randint(40_000, 900_000),
        habits=Habits.of(rng),
    )


def _silenced(home: Household, since: datetime) -> Household:
    """The home without a drip, and quiet from then on."""
    return replace(home, habits=replace(home.habits, leak_ml_per_hour=0), quiet_since=since)


def _midnight(day: date, tz: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=tz).timestamp())
