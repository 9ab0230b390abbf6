"""Erasing what a device has said, a few items at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.aws.items import Item
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


@dataclass(frozen=True, slots=True)
class RefusedEraser:
    """Erases refused messages."""

    quarantine: Table

    def erase(self, community: str, after: str, is_theirs: Callable[[Item], bool]) -> str | None:
        """Look through a page of a community's and erase what is theirs; where to go on, if anywhere."""
        position = {"pk": community, "sk": after} if after else None
        page = self.quarantine.query(Ask(community, limit=AT_ONCE, after=position))
        for item in page.items:
            if is_theirs(item):
                self.quarantine.write(Delete(item["pk"], item["sk"]))
        return page.after["sk"] if page.after else None


GRACE = timedelta(minutes=10)
"""How long a process may still store what it believes to be allowed: twice what the roster lives."""
