"""Whom to dial, as the rota and the people's book have it; and the board that spares a press asking them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.onekey.items import Board
from chalicelib.onekey.model import KEPT, Contact, Line, Who, Window, dialled
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Community
from chalicelib.registry.people import Person
from chalicelib.rota.duty import Duty

HOUR = timedelta(hours=1)
HOURS_AHEAD = 3
"""So far the board reaches; made anew every hour, it may miss a time or two."""


class Duties(Protocol):
    """The rota's quick lookups."""

    def on_duty(self, community: str, grid: str, at: datetime) -> Duty: ...

    def everyone_on_duty(
        self, community: str, grids: Sequence[str], at: datetime, *, now: datetime
    ) -> list[Duty]: ...


class People(Protocol):
    """Names and numbers by id."""

    def get_many(self, community: str, people: Sequence[str]) -> dict[str, Person]: ...


class RotaDialing:
    """Who is on duty, with their numbers: two store calls."""

    def __init__(self, duties: Duties, people: People) -> None:
        self._duties = duties
        self._people = people

    def ranked(self, community: str, grid: str, at: datetime) -> Sequence[Contact]:
        """Who answers for a grid at an instant, first to last."""
        duty = self._duties.on_duty(community, grid, at)
        return contacts(duty, self._people.get_many(community, _asked(duty)))

    def board(self, community: str, grids: Sequence[str], now: datetime) -> Board:
        """Who answers for each grid, and under "" for the whole community, in the next hours."""
        hours = [now.replace(minute=0, second=0, microsecond=0) + n * HOUR for n in range(HOURS_AHEAD)]
        plans = [self._duties.everyone_on_duty(community, grids, max(hour, now), now=now) for hour in hours]
        ids = list(dict.fromkeys(person for plan in plans for duty in plan for person in _asked(duty)))
        people = self._people.get_many(community, ids)
        return Board(
            {
                grid: _windows(hours, [contacts(duty, people) for duty in duties])
                for grid, duties in zip([*grids, ""], zip(*plans, strict=True), strict=True)
            }
        )


class BoardKeeper:
    """Keeps boards up to date: to be called every hour, and whenever a rota changed."""

    def __init__(self, book: CallBook, dialing: RotaDialing) -> None:
        self._book = book
        self._dialing = dialing

    def renew(self, community: str, grids: Sequence[str], *, now: datetime) -> None:
        """Make a community's board anew."""
        self._book.put_board(community, self._dialing.board(community, grids, now))

    def keep_line(self, community: Community, *, alarms_kept: timedelta) -> None:
        """Keep a community's name and its own number; without one, the number that is known stays.

        With them lies how long calls are kept, since a press reads no more than it must.
        """
        known = self._book.line(community.id)
        number = dialled(community.phone) or (known.number if known else "")
        line = Line(community.id, community.name, number, min(KEPT, alarms_kept))
        if line != known:
            self._book.put_line(line)


def contacts(duty: Duty, people: Mapping[str, Person]) -> tuple[Contact, ...]:
    """Those on duty who have a phone, first to last."""
    first, *others = _asked(duty) or [""]
    ranked = [(Who.DUTY_FIRST, first), *((Who.DUTY_SECOND, other) for other in others)]
    return tuple(
        Contact(who, people[person].name, people[person].phone)
        for who, person in ranked
        if person in people and people[person].phone
    )


def _asked(duty: Duty) -> list[str]:
    return list(dict.fromkeys(person for person in (duty.first, duty.second) if person))


def _windows(hours: Sequence[datetime], found: Sequence[tuple[Contact, ...]]) -> list[Window]:
    """One window for hours in a row in which the same are on duty."""
    windows: list[Window] = []
    for hour, who in zip(hours, found, strict=True):
        if windows and windows[-1].contacts == who:
            windows[-1] = Window(windows[-1].start, hour + HOUR, who)
        else:
            windows.append(Window(hour, hour + HOUR, who))
    return windows
