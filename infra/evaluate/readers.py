"""Reads a file of histories, whichever of three kinds it is, into homes. The header says which.

Register readings (household, read_at, register_litres), electricity (household, week, slot, watt_hours; or
household, read_at, watt_hours), event logs (household, at, kind). Rows may be unsorted or come twice.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from chalicelib.kernel.clock import epoch
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_signs import EnergyUse, Event
from chalicelib.watch.routine_spans import DOOR_AND_MOTION, POWER, WATER
from infra.evaluate.homes import EventLog, Home, Meter, PowerMeter
from infra.histories import FIRST_YEAR, LAST_YEAR, HistoryError, histories, opened

SLOT, SLOTS_A_WEEK = 900, 672
FIRST_WEEK = date(2026, 1, 5)
"""A file that gives weeks without a year is laid on the weeks of one: only the order of days matters."""
WATER_COLUMNS = ("household", "read_at", "register_litres")
POWER_COLUMNS = ("household", "read_at", "watt_hours")
WEEK_COLUMNS = ("household", "week", "slot", "watt_hours")
EVENT_COLUMNS = ("household", "at", "kind")


def read_homes(path: Path, zone: ZoneInfo, households: Path | None = None) -> list[Home]:
    """The homes of a file, by id. Sizes come from `households` (household, household_size), if there is one.

    Raises HistoryError, naming the line or the missing columns.
    """
    header = _header(path)
    sizes = _sizes(households or path.parent / "households.csv", needed=households is not None)
    calendar = Calendar(zone)
    for columns, read in _READERS.items():
        if set(columns) <= set(header):
            homes = read(path, calendar, sizes)
            if not homes:
                raise HistoryError(f"{path} has no rows under its header.")
            return homes
    kinds = "; or ".join(", ".join(columns) for columns in _READERS)
    if not header:
        raise HistoryError(f"{path} is empty; it needs {kinds}.")
    hint = " Separate them by commas." if len(header) == 1 else ""
    raise HistoryError(f"{path} has the columns {', '.join(header)}; it needs {kinds}.{hint}")


def _header(path: Path) -> list[str]:
    with opened(path) as file:
        return next(csv.reader(file), [])


def _sizes(path: Path, *, needed: bool) -> dict[str, int]:
    if not needed and not path.exists():
        return {}
    return {row[0]: _number(row[1], path, line) for line, row in _rows(path, ("household", "household_size"))}


def _water(path: Path, calendar: Calendar, sizes: dict[str, int]) -> list[Home]:
    found = sorted(histories(path).items())
    return [Home(name, WATER, calendar, Meter(readings), sizes.get(name)) for name, readings in found]


def _power(path: Path, calendar: Calendar, sizes: dict[str, int]) -> list[Home]:
    """Each row is what was used in the quarter hour that begins at read_at."""
    uses: dict[str, dict[int, int]] = {}
    for line, (home, at, amount) in _rows(path, POWER_COLUMNS):
        uses.setdefault(home, {})[_moment(at, path, line)] = _number(amount, path, line)
    for home, found in uses.items():
        _must_be_quarters(path, home, sorted(found))
    return _power_homes(uses, calendar, sizes)


def _must_be_quarters(path: Path, home: str, moments: list[int]) -> None:
    """Refuse what was read at other steps: taken for quarter hours, most of the time would be a gap."""
    steps = Counter(after - before for before, after in pairwise(moments))
    usual = steps.most_common(1)[0][0] if steps else SLOT
    if usual != SLOT:
        raise HistoryError(
            f"{path} has the electricity of '{home}' every {usual / 60:g} minutes; it takes quarter hours, "
            "each told by when it begins."
        )


def _weeks(path: Path, calendar: Calendar, sizes: dict[str, int]) -> list[Home]:
    uses: dict[str, dict[int, int]] = {}
    first: int | None = None
    for line, (home, week, slot, amount) in _rows(path, WEEK_COLUMNS):
        number, place = _number(week, path, line), _number(slot, path, line)
        if not 1 <= place <= SLOTS_A_WEEK:
            raise HistoryError(f"{path}, line {line}: slot {place} is none of 1 to {SLOTS_A_WEEK}.")
        first = number if first is None else min(first, number)
        uses.setdefault(home, {})[number * SLOTS_A_WEEK + place - 1] = _number(amount, path, line)
    monday = datetime(FIRST_WEEK.year, FIRST_WEEK.month, FIRST_WEEK.day, tzinfo=calendar.zone)
    begin = epoch(monday) - (first or 0) * SLOTS_A_WEEK * SLOT
    timed = {home: {begin + n * SLOT: wh for n, wh in slots.items()} for home, slots in uses.items()}
    return _power_homes(timed, calendar, sizes)


def _power_homes(uses: dict[str, dict[int, int]], calendar: Calendar, sizes: dict[str, int]) -> list[Home]:
    return [
        Home(
            home,
            POWER,
            calendar,
            PowerMeter([EnergyUse(at, at + SLOT, wh) for at, wh in sorted(slots.items())]),
            sizes.get(home),
        )
        for home, slots in sorted(uses.items())
    ]


def _events(path: Path, calendar: Calendar, sizes: dict[str, int]) -> list[Home]:
    """Rows of the kind `alive` say that a home's sensors were listening."""
    found: dict[str, set[Event]] = {}
    for line, (home, at, kind) in _rows(path, EVENT_COLUMNS):
        found.setdefault(home, set()).add(Event(_moment(at, path, line), kind.strip().lower()))
    mix, bits = DOOR_AND_MOTION, sensor_bits({e.kind for events in found.values() for e in events})
    return [
        Home(home, mix, calendar, _log(sorted(events), bits, mix.step), sizes.get(home))
        for home, events in sorted(found.items())
    ]


def _log(events: list[Event], bits: dict[str, int], step: int) -> EventLog:
    alive = [event.at for event in events if event.kind == "alive"]
    return EventLog([event for event in events if event.kind != "alive"], bits, step, alive)


def sensor_bits(kinds: set[str]) -> dict[str, int]:
    """Which sensor each kind of event is: doors are 2, all that sees life inside is 1, heartbeats none."""
    inside = sorted(kinds - {"door", "alive"})
    return {"door": DOOR_AND_MOTION.doors, **dict.fromkeys(inside, 1)}


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The wanted columns of each row, with the row's line."""
    with opened(path) as file:
        rows = csv.reader(file)
        header = next(rows, [])
        missing = [name for name in columns if name not in header]
        if missing:
            raise HistoryError(f"{path} lacks the column {', '.join(missing)}.")
        places = [header.index(name) for name in columns]
        for row in filter(any, rows):  # editors and Excel leave blank lines behind
            if len(row) <= max(places):
                raise HistoryError(f"{path}, line {rows.line_num}: the row is too short.")
            yield rows.line_num, [row[place] for place in places]


def _number(text: str, path: Path, line: int) -> int:
    try:
        return round(float(text))
    except (ValueError, OverflowError) as error:
        raise HistoryError(f"{path}, line {line}: '{text}' is no number.") from error


def _moment(text: str, path: Path, line: int) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise HistoryError(
            f"{path}, line {line}: '{text}' is no time; write it like 2026-01-05T08:00:00+08:00."
        ) from error
    if at.tzinfo is None:
        raise HistoryError(
            f"{path}, line {line}: {text} has no time zone; write Z or an offset such as +08:00."
        )
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise HistoryError(f"{path}, line {line}: nothing was told in the year {at.year}.")
    return epoch(at)


_READERS: dict[tuple[str, ...], Callable[[Path, Calendar, dict[str, int]], list[Home]]] = {
    WATER_COLUMNS: _water,
    POWER_COLUMNS: _power,
    WEEK_COLUMNS: _weeks,
    EVENT_COLUMNS: _events,
}
