"""A community of real size: 77 teams and 800 volunteers, with what people arrange in a month."""

from datetime import date, datetime, timedelta

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import Table
from chalicelib.registry.model import Grid
from chalicelib.rota.hours import Days, Period
from chalicelib.rota.model import COMMON, Rotation, Team
from tests.rota.builders import Office, at, person

TEAMS, VOLUNTEERS, GRIDS = 77, 800, 38
NOW = at("01-15 12:00")


def people() -> list[str]:
    """The ids of the volunteers."""
    return [f"volunteer-{n:04d}" for n in range(VOLUNTEERS)]


def teams(*, spread: bool = True) -> list[Team]:
    """Day and night teams of 38 grids and one of the whole community; or all 77 of the whole community."""
    found = []
    for n in range(TEAMS):
        members = tuple(people()[n * VOLUNTEERS // TEAMS : (n + 1) * VOLUNTEERS // TEAMS])
        grid = f"grid-{n // 2 + 1}" if spread and n < 2 * GRIDS else COMMON
        turns = tuple(Rotation(members, date(2026, 1, 1), days=days) for days in (Days.WORK, Days.REST))
        period = Period.NIGHT if n % 2 else Period.DAY
        found.append(
            Team(f"team-{n}", f"第{n}志愿服务队", grid, period, members[0], members, rotations=turns)
        )
    return found


def office(table: Table | None = None, *, spread: bool = True) -> Office:
    """The community in the middle of a month: confirmations twice a day, overrides, leave."""
    made = Office(table or MemoryTable(REGISTRY))
    for n in range(GRIDS):
        made.registry.put_grid(grid(f"grid-{n + 1}"))
    made.people.put_many([person(name) for name in people()])
    made.staff(*teams(spread=spread), now=NOW)
    arrange = made.rota.arrangements
    for n in range(60):
        made.rota.arrangements.away("xinghe", people()[n * 13], *days(NOW, n % 15, 7), now=NOW)
    post = "grid-1" if spread else COMMON
    begin = at("01-01 09:00")
    for n in range(28):
        shift = begin + n * timedelta(hours=12)
        first = made.rota.duties.on_duty("xinghe", post, shift).first
        if first:
            arrange.confirm("xinghe", post, first, now=shift)
    for n in range(6):
        arrange.override("xinghe", post, *days(NOW, n, 1), [people()[785 + n]])
    return made


def grid(name: str) -> Grid:
    """A grid of Xinghe."""
    return Grid(name, "xinghe", name)


def days(start: datetime, after: int, length: int) -> tuple[datetime, datetime]:
    """A span of days."""
    begin = start + timedelta(days=after)
    return begin, begin + timedelta(days=length)
