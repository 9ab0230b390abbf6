"""A small rota: who serves in grid g1 of Xinghe, and the pieces that tests add."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import Table
from chalicelib.kernel.caller import Role
from chalicelib.registry.model import Community, Grid
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.duty import Duty, Sheet, on_duty
from chalicelib.rota.hours import Period
from chalicelib.rota.model import Entry, EntryKind, Holders, Settings, Team
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
PEOPLE = ("li", "wang", "zhao", "chen", "liu", "sun")
UNASKED = Settings(confirm_minutes=0)
"""Settings that ask for no confirmation."""


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """An instant by the wall's clock, such as `01-15 20:00` of 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=zone).astimezone(UTC)


def day_team(*members: str, **fields: Any) -> Team:
    """The day team of g1, led by its first member."""
    return team("g1-day", Period.DAY, *members, **fields)


def night_team(*members: str, **fields: Any) -> Team:
    """The night team of g1."""
    return team("g1-night", Period.NIGHT, *members, **fields)


def team(name: str, period: Period, *members: str, **fields: Any) -> Team:
    """A team of g1."""
    usual = {"name": name, "grid": "g1", "leader": members[0]}
    return Team(**{"id": name, "period": period, "members": members, **usual, **fields})


def sheet(*teams: Team, **fields: Any) -> Sheet:
    """What decides duty in g1; nobody is asked to confirm unless settings are given."""
    return Sheet(**{"settings": UNASKED, "grid": "g1", "teams": teams, **fields})


def entry(kind: EntryKind, start: str, end: str, *people: str, **fields: Any) -> Entry:
    """An entry of g1."""
    return Entry(
        **{"kind": kind, "grid": "g1", "start": at(start), "end": at(end), "people": people, **fields}
    )


def override(start: str, end: str, *people: str, **fields: Any) -> Entry:
    """An override of g1."""
    return entry(EntryKind.OVERRIDE, start, end, *people, **fields)


def swap(start: str, end: str, *people: str) -> Entry:
    """A confirmed swap of g1."""
    return entry(EntryKind.SWAP, start, end, *people)


def duty(of: Sheet, when: datetime, now: datetime | None = None) -> Duty:
    """Who is on duty, as known then unless told otherwise."""
    return on_duty(of, when, now=now or when)


def ranks(of: Sheet, when: str) -> Sequence[str]:
    """The team in order at an instant of Shanghai's clock."""
    return duty(of, at(when)).team


@dataclass
class Office:
    """A community's rota over a table: Xinghe with two grids and six people."""

    table: Table = field(default_factory=lambda: MemoryTable(REGISTRY))
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        self.registry = RegistryStore(self.table)
        self.people = PeopleStore(self.table)
        self.store = RotaStore(self.table)
        self.rota = Rota(self.store, self.registry, self.people)
        self.registry.put_community(Community("xinghe", "星禾里社区", time_zone=self.zone))
        for grid in ("g1", "g2"):
            self.registry.put_grid(Grid(grid, "xinghe", grid))
        self.people.put_many([person(name) for name in PEOPLE])
        self.people.put_many([person("zhao", role=Role.GRID_WORKER)])

    def staff(self, *teams: Team, now: datetime, **settings: Any) -> None:
        """Set settings and teams. Sun sits at the desk."""
        made = Settings(**{"holders": Holders(desk=("sun",)), **settings})
        self.rota.put_settings("xinghe", made, now=now)
        self.rota.put_teams("xinghe", teams, now=now)

    def first(self, when: datetime, grid: str = "g1") -> str | None:
        """Who is first on duty."""
        return self.rota.duties.on_duty("xinghe", grid, when).first


def person(name: str, **fields: Any) -> Person:
    """A volunteer of Xinghe with a phone."""
    usual = {"community": "xinghe", "name": name.title(), "role": Role.VOLUNTEER, "phone": "+8613800000000"}
    return Person(**{"id": name, **usual, **fields})


def dates(*texts: str) -> frozenset[date]:
    """Dates of ISO texts."""
    return frozenset(date.fromisoformat(text) for text in texts)
