"""Erasing what a device has said, a few items at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.aws.tables import Ask, Delete, Table
from chalicelib.kernel.clock import epoch
from chalicelib.registry.retention import LONGEST_SERIES_DAYS
from chalicelib.telemetry.model import AHEAD, day_name, series_day

AT_ONCE = 200
"""How many items one step erases: a second or two of the tick's time."""


@dataclass(frozen=True, slots=True)
class SeriesEraser:
    """Erases series, day by day."""

    series: Table

    def first_day(self, until: datetime) -> int:
        """The oldest day that may hold anything of a device at `until`."""
        return series_day(epoch(until - timedelta(days=LONGEST_SERIES_DAYS))) - 1

    def days_kept(self, now: datetime) -> range:
        """The numbers of all days that may hold anything."""
        return range(self.first_day(now), series_day(epoch(now + AHEAD)) + 1)

    def erase(
        self, device: str, day: int, until: datetime, *, since: int = 0, ahead: timedelta = AHEAD
    ) -> int | None:
        """Erase from the series' day number `day` on what begins before `until`, and not before `since` (Unix
        seconds); the day to go on with. What a clock that was `ahead` stamped goes, too.
        """
        budget, last = AT_ONCE, epoch(until + ahead)
        end = f"{last:010d}{'$' if ahead else ''}"
        while day <= series_day(last):
            page = self.series.query(
                Ask(f"{device}#{day_name(day)}", first=f"{since:010d}", last=end, limit=budget)
            )
            for item in page.items:
                self.series.write(Delete(item["pk"], item["sk"]))
            budget -= len(page.items) + 1  # an empty day costs a read, too
            if budget <= 0:
                return day
            if page.after is None:
                day += 1
        return None


GRACE = timedelta(minutes=10)
"""How long a process may still store what it believes to be allowed: twice what the roster lives."""
