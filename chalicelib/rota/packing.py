"""How a rota's parts are written down: short JSON texts, one an item.

A lookup reads few items and must be quick, so lists of people and days are one text each, not DynamoDB's own
nested lists, which are larger and slow to take apart; a long text is compressed. Instants are Unix seconds,
days ISO dates.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zlib import compress, decompress

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.rota.hours import Calendar, Days, Hours, Period
from chalicelib.rota.model import (
    Confirmation,
    Cycle,
    Entry,
    EntryKind,
    Holders,
    Leave,
    Rotation,
    Settings,
    Team,
)

HALF_UNIT = 4000
"""Bytes of text that, with keys, still cost half a read unit."""


@dataclass(frozen=True, slots=True)
class Month:
    """What was arranged in one grid that touches a month of UTC, in the order in which it was made."""

    entries: tuple[Entry, ...] = ()
    leaves: tuple[Leave, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()


def settings_text(settings: Settings) -> str:
    """Settings as text."""
    calendar, holders = settings.calendar, settings.holders
    return _text(
        {
            "zone": settings.time_zone,
            "hours": [settings.hours.day.isoformat("minutes"), settings.hours.night.isoformat("minutes")],
            "confirm": settings.confirm_minutes,
            "country": settings.country,
            "rest": [day.isoformat() for day in sorted(calendar.rest)],
            "work": [day.isoformat() for day in sorted(calendar.work)],
            "holders": [list(holders.coordinator), list(holders.desk), list(holders.secretary)],
        }
    )


def settings_of(text: str) -> Settings:
    """Settings out of their text."""
    told = json.loads(plain(text))
    return Settings(
        time_zone=told["zone"],
        hours=Hours(*(time.fromisoformat(at) for at in told["hours"])),
        confirm_minutes=told["confirm"],
        country=told["country"],
        calendar=Calendar(*(frozenset(map(date.fromisoformat, told[kind])) for kind in ("rest", "work"))),
        holders=Holders(*(tuple(people) for people in told["holders"])),
    )


def teams_text(teams: tuple[Team, ...]) -> str:
    """A grid's teams as text."""
    return _text(
        [
            [
                team.id, team.name, team.period, team.leader, list(team.members), team.days, team.backup,
                [
                    [0 if r.order == team.members else list(r.order), r.starts.isoformat(), r.every, r.days]
                    for r in team.rotations
                ],
                _cycle_row(team.cycle),
            ]
            for team in teams
        ]
    )  # fmt: skip


def teams_of(text: str, grid: str) -> tuple[Team, ...]:
    """A grid's teams out of their text."""
    return tuple(_team(row, grid) for row in json.loads(plain(text)))


def _team(row: list[Any], grid: str) -> Team:
    members = tuple(row[4])
    return Team(
        id=row[0],
        name=row[1],
        grid=grid,
        period=Period(row[2]),
        leader=row[3],
        members=members,
        days=Days(row[5]),
        backup=row[6],
        rotations=tuple(
            Rotation(tuple(r[0]) if r[0] else members, date.fromisoformat(r[1]), r[2], Days(r[3]))
            for r in row[7]
        ),
        cycle=Cycle(date.fromisoformat(row[8][0]), *row[8][1:]) if row[8] else None,
    )


def month_text(month: Month) -> str:
    """A month as text."""
    return _text(
        [
            [
                [e.kind, e.grid, epoch(e.start), epoch(e.end), list(e.people), e.team, int(e.taken)]
                for e in month.entries
            ],
            [[leave.person, epoch(leave.start), epoch(leave.end)] for leave in month.leaves],
            [[c.grid, epoch(c.shift_start), c.person] for c in month.confirmations],
        ]
    )


def month_of(text: str) -> Month:
    """A month out of its text."""
    entries, leaves, confirmations = json.loads(plain(text))
    return Month(
        tuple(
            Entry(EntryKind(e[0]), e[1], from_epoch(e[2]), from_epoch(e[3]), tuple(e[4]), e[5], bool(e[6]))
            for e in entries
        ),
        tuple(Leave(row[0], from_epoch(row[1]), from_epoch(row[2])) for row in leaves),
        tuple(Confirmation(row[0], from_epoch(row[1]), row[2]) for row in confirmations),
    )


def in_order(found: Sequence[Month]) -> tuple[Entry, ...]:
    """The entries of several months, each once, in the order in which they were made.

    Each month has its own in that order, and two that overlap in time share a month.
    """
    made: list[Entry] = []
    for month in found:
        known, place = set(made), 0
        for entry in month.entries:
            if entry in known:
                place = max(place, made.index(entry) + 1)
            else:
                made.insert(place, entry)
                known.add(entry)
                place += 1
    return tuple(made)


def months(start: datetime, end: datetime) -> list[str]:
    """The months of UTC that `[start, end)` touches, such as 2026-01."""
    found: list[str] = []
    first = start.astimezone(UTC)
    year, month = first.year, first.month
    while not found or datetime(year, month, 1, tzinfo=UTC) < end:
        found.append(f"{year:04d}-{month:02d}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _cycle_row(cycle: Cycle | None) -> list[Any] | None:
    return [cycle.starts.isoformat(), cycle.every, cycle.of, cycle.place] if cycle else None


def _text(value: object) -> str:
    return short(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def short(text: str) -> str:
    """A text as it is stored: one of more than a read unit's half, 4 KB, is compressed."""
    raw = text.encode()
    return text if len(raw) <= HALF_UNIT else "z" + b64encode(compress(raw)).decode()


def plain(stored: str) -> str:
    """A text as it was before it was stored."""
    return decompress(b64decode(stored[1:])).decode() if stored.startswith("z") else stored
