"""Teams and planned shifts out of a table of rows, as spreadsheets hold them: every bad row is named.

Rows are numbered as a spreadsheet shows them: the titles are row 1. Nothing here writes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TypeVar

from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import must_be_id
from chalicelib.registry.sheets import Row, Rows
from chalicelib.rota.hours import Days, Period
from chalicelib.rota.model import COMMON, Entry, EntryKind, Rotation, Settings, Team

TEAM_COLUMNS = ("team", "period", "members")
"""Needed of a file of teams; name, grid, leader, days, backup, rotation_starts, rotation_days are welcome."""
SHIFT_COLUMNS = ("team", "start", "end", "first")
"""Needed of a file of shifts; it may have second too. Times are the community's, such as 2026-01-15 20:00."""
_SEPARATORS = re.compile(r"[\s,;、，；]+")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are checked against."""

    settings: Settings
    grids: frozenset[str]
    people: frozenset[str]
    teams: Mapping[str, Team]


@dataclass(slots=True)
class Found:
    """What a file holds, and a sentence for each bad row; if there is one, nothing may be written."""

    teams: list[Team] = field(default_factory=list)
    shifts: list[Entry] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def read(rows: Rows, known: Known) -> Found:
    """Teams or shifts, by the columns there are. Raises RefusedError when it is neither."""
    columns = set(rows[0][1]) if rows else set()
    if set(SHIFT_COLUMNS) <= columns:
        return read_shifts(rows, known)
    if set(TEAM_COLUMNS) <= columns:
        return read_teams(rows, known)
    raise RefusedError(
        f"The file needs the columns {', '.join(TEAM_COLUMNS)} for teams, "
        f"or {', '.join(SHIFT_COLUMNS)} for shifts, and at least one row."
    )


def read_teams(rows: Rows, known: Known) -> Found:
    """Check rows as teams."""
    found = Found()
    seen: dict[str, int] = {}
    for number, row in rows:
        try:
            team = _team(row, known)
            if team.id in seen:
                raise RefusedError(f"team '{team.id}' stands in row {seen[team.id]} already.")
        except RefusedError as error:
            found.errors.append(f"row {number}: {error}")
            continue
        seen[team.id] = number
        found.teams.append(team)
    return found


def read_shifts(rows: Rows, known: Known) -> Found:
    """Check rows as shifts: each by itself, then each team's for overlaps and gaps."""
    found = Found()
    placed: list[tuple[int, Entry]] = []
    for number, row in rows:
        try:
            placed.append((number, _shift(row, known)))
        except RefusedError as error:
            found.errors.append(f"row {number}: {error}")
    if not found.errors:
        found.errors += _overlaps_and_gaps(placed, known)
    found.shifts = [entry for _, entry in placed]
    return found


def _overlaps_and_gaps(placed: Sequence[tuple[int, Entry]], known: Known) -> list[str]:
    errors: dict[int, str] = {}
    last: dict[str, tuple[int, Entry]] = {}
    for number, entry in sorted(placed, key=lambda p: (p[1].team, p[1].start, p[0])):
        before = last.get(entry.team)
        if before is not None and entry.start < before[1].end:
            errors[number] = (
                f"row {number}: overlaps row {before[0]}, which ends {_local(before[1].end, known)}."
            )
        elif before is not None and (missing := _unserved(entry.team, before[1].end, entry.start, known)):
            errors[number] = (
                f"row {number}: leaves a gap after row {before[0]}, "
                f"from {_local(missing, known)} to {_local(entry.start, known)}."
            )
        if before is None or entry.end > before[1].end:
            last[entry.team] = (number, entry)
    return [errors[number] for number in sorted(errors)]


def _unserved(team: str, start: datetime, end: datetime, known: Known) -> datetime | None:
    """When a team's own hours first go unserved in `[start, end)`."""
    if start >= end:
        return None
    settings, of = known.settings, known.teams[team]
    for shift in settings.hours.shifts(start, end, settings.zone):
        if of.serves(shift, settings.calendar):
            return max(start, shift.start)
    return None


def _team(row: Row, known: Known) -> Team:
    told = _Cells(row)
    grid = told["grid"]
    if grid not in known.grids and grid != COMMON:
        raise RefusedError(f"there is no grid '{grid}'.")
    members = told.names("members")
    team = Team(
        id=must_be_id(told["team"], "Team"),
        name=told["name"] or told["team"],
        grid=grid,
        period=_choice(Period, told["period"], "period"),
        leader=told["leader"] or (members[0] if members else ""),
        members=members,
        days=_choice(Days, told["days"] or Days.ALL, "days"),
        backup=told["backup"],
        rotations=_rotations(told, members),
    )
    _must_be_known(sorted(team.people), known)
    return team


def _rotations(told: "_Cells", members: tuple[str, ...]) -> tuple[Rotation, ...]:
    if not told["rotation_starts"]:
        return ()
    starts = _time(told["rotation_starts"], UTC, "rotation_starts").date()
    every = told["rotation_days"] or "1"
    if not every.isdecimal():
        raise RefusedError(f"rotation_days '{every}' is not a whole number.")
    return (Rotation(members, starts, int(every)),)


def _shift(row: Row, known: Known) -> Entry:
    told = _Cells(row)
    team = known.teams.get(told["team"])
    if team is None:
        raise RefusedError(f"there is no team '{told['team']}'.")
    zone = known.settings.zone
    people = tuple(dict.fromkeys(filter(None, (told["first"], told["second"]))))
    if not told["first"]:
        raise RefusedError("first is empty.")
    _must_be_known(people, known)
    start, end = (_time(told[name], zone, name).astimezone(UTC) for name in ("start", "end"))
    return Entry(EntryKind.PLAN, team.grid, start, end, people, team.id)


class _Cells:
    """A row's cells without the blanks around them; empty where there is none."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getitem__(self, name: str) -> str:
        return (self._row.get(name) or "").strip()

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, _SEPARATORS.split(self[name])))


def _must_be_known(people: Iterable[str], known: Known) -> None:
    for person in people:
        if person not in known.people:
            raise RefusedError(f"there is nobody '{person}'.")


def _choice(kind: type[Choice], text: str, name: str) -> Choice:
    try:
        return kind(text)
    except ValueError:
        raise RefusedError(f"{name} '{text}' is none of {', '.join(kind)}.") from None


def _time(text: str, zone: tzinfo, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"{name} '{text}' is no time such as 2026-01-15 20:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _local(at: datetime, known: Known) -> str:
    return f"{at.astimezone(known.settings.zone):%Y-%m-%d %H:%M}"
