"""When duty changes: day and night in the community's own time, working days and days of rest. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from chalicelib.kernel.errors import RefusedError

ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Period(StrEnum):
    """The half of a day that a team serves."""

    DAY = "day"
    NIGHT = "night"


class Days(StrEnum):
    """On which days a team or a rotation serves: a night belongs to the date on which it begins."""

    ALL = "all"
    WORK = "work"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Shift:
    """One duty period, half-open `[start, end)`, in UTC; `day` is the local date on which it begins."""

    period: Period
    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """When day and night duty begin, by the clock on the wall: by default 08:00 and 20:00.

    On a night when the clocks change, a shift from 20:00 to 08:00 lasts 11 or 13 real hours. A beginning that
    the clocks skip counts by the offset before the change; one that comes twice counts the first time.
    """

    day: time = time(8)
    night: time = time(20)

    def __post_init__(self) -> None:
        if not self.day < self.night:
            raise RefusedError(
                f"Day duty at {self.day} must begin before night duty at {self.night}.",
                zh="白班要早于夜班开始。",
            )

    def shift_at(self, at: datetime, zone: tzinfo) -> Shift:
        """The shift that holds at an instant: there is always exactly one."""
        local = at.astimezone(zone).date()
        first = local - ONE_DAY
        return next(s for s in self._from(first, zone) if s.start <= at < s.end)

    def shifts(self, start: datetime, end: datetime, zone: tzinfo) -> list[Shift]:
        """Every shift that overlaps `[start, end)`, in order, whole."""
        found: list[Shift] = []
        for shift in self._from(start.astimezone(zone).date() - ONE_DAY, zone):
            if shift.start >= end:
                return found
            if shift.end > start:
                found.append(shift)
        return found

    def shift_on(self, day: date, period: Period, zone: tzinfo) -> Shift:
        """The day or night that begins on a local date."""
        if period is Period.DAY:
            return Shift(period, day, _instant(day, self.day, zone), _instant(day, self.night, zone))
        return Shift(period, day, _instant(day, self.night, zone), _instant(day + ONE_DAY, self.day, zone))

    def _from(self, day: date, zone: tzinfo) -> Iterator[Shift]:
        while True:
            for period in (Period.DAY, Period.NIGHT):
                yield self.shift_on(day, period, zone)
            day += ONE_DAY


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are of rest: weekends, but for the exceptions that are known.

    `rest` are weekdays off (public holidays), `work` weekend days worked for them (调休).
    """

    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()

    def is_rest(self, day: date) -> bool:
        """Whether people rest on this day."""
        return day in self.rest or (day.weekday() >= _SATURDAY and day not in self.work)

    def matches(self, day: date, days: Days) -> bool:
        """Whether a day is of the kind asked for."""
        return days is Days.ALL or self.is_rest(day) is (days is Days.REST)

    def count(self, start: date, end: date, days: Days) -> int:
        """How many days of a kind lie in `[start, end)`, `start` not after `end`, without walking them."""
        whole = (end - start).days
        if days is Days.ALL:
            return whole
        weeks, left = divmod(whole, 7)
        tail = sum((start.weekday() + n) % 7 >= _SATURDAY for n in range(left))
        more = sum(start <= d < end and d.weekday() < _SATURDAY for d in self.rest)
        fewer = sum(start <= d < end and d.weekday() >= _SATURDAY for d in self.work)
        rest = weeks * 2 + tail + more - fewer
        return rest if days is Days.REST else whole - rest


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
