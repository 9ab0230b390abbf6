"""Whether the times of a file can be those of homes in one time zone; what is in UTC may be anybody's."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from infra.histories import FIRST_YEAR, LAST_YEAR, HistoryError, opened

TIMES = ("read_at", "at")
"""The columns that hold times, whichever there is."""


class Told(NamedTuple):
    """A row's line, home, and time."""

    line: int
    home: str
    at: datetime

    def __str__(self) -> str:
        return f"line {self.line} has '{self.home}' at {self.at.isoformat()}"


def must_be_in_one_zone(path: Path, zone: ZoneInfo, *, said: bool) -> None:
    """Refuse times at offsets that the zone doesn't have then: by its days and nights, such homes would be
    judged asleep while they are awake, and no figure would show it.

    A zone that was `said` is taken at its word where the whole file is at one offset, as from a logger that
    knows no summer time. Raises HistoryError, naming the line.
    """
    first: dict[timedelta | None, Told] = {}
    strange: Told | None = None
    for told in _told(path):
        first.setdefault(told.at.utcoffset(), told)
        if strange is None and told.at.utcoffset() != told.at.astimezone(zone).utcoffset():
            strange = told
    if strange is None or (said and len(first) == 1):
        return
    other = next((one for offset, one in first.items() if offset != strange.at.utcoffset()), None)
    if other is None:
        raise HistoryError(
            f"{path}: {strange}, which isn't {zone.key}'s time: say where the homes are, such as "
            "--zone Asia/Shanghai."
        )
    raise HistoryError(
        f"{path} mixes time zones: {other}, and {strange}, which isn't {zone.key}'s time. Say where the "
        "homes are, such as --zone Asia/Shanghai; those of another zone need a file of their own, and a "
        "stray row has to be put right."
    )


def _told(path: Path) -> Iterator[Told]:
    """The rows whose times have an offset from UTC; what is no time at all is for the readers to tell."""
    with opened(path) as file:
        rows = csv.reader(file)
        header = next(rows, [])
        place = next((header.index(name) for name in TIMES if name in header), None)
        if place is None or "household" not in header:
            return
        home = header.index("household")
        for row in rows:
            if len(row) > max(place, home) and not row[place].endswith(("Z", "+00:00")):
                at = _offset(row[place])
                if at is not None:
                    yield Told(rows.line_num, row[home], at)


def _offset(cell: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return at if at.utcoffset() and FIRST_YEAR <= at.year <= LAST_YEAR else None
