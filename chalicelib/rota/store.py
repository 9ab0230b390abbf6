"""Where a community's rota is kept: one partition, few items, so that one call reads all that decides a duty.

`settings`; `teams#{grid}`, the teams of a grid; `month#{grid}#{yyyy-mm}`, what was arranged there otherwise,
in every month of UTC that it touches; `*` stands for the whole community, whose months hold all leave. A
lookup reads five items: settings, and teams and month of the grid and of the whole community. Each has a
version, on which its next one is conditional. Swaps and woken nights, which no lookup needs, have items of
their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Put, Table, Write, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.rota.duty import Sheet
from chalicelib.rota.model import COMMON, Settings, Team
from chalicelib.rota.packing import (
    Month,
    in_order,
    month_of,
    month_text,
    months,
    settings_of,
    settings_text,
    teams_of,
    teams_text,
)
from chalicelib.rota.swaps import Swap, SwapState

_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A month of a grid as it should be, if it is still at `version` (0: there was none)."""

    grid: str
    month: str
    content: Month
    version: int


class RotaStore:
    """A community's rota. What isn't there is empty, never an error."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def sheet(self, community: str, grid: str, at: datetime) -> Sheet:
        """All that decides who is on duty in a grid at an instant: one BatchGetItem of at most five items."""
        return self.sheets(community, [grid], at, at + _MOMENT)[0]

    def sheets(self, community: str, grids: Sequence[str], start: datetime, end: datetime) -> list[Sheet]:
        """What decides duty in each of `grids` throughout `[start, end)`."""
        named, touched = dict.fromkeys([*grids, COMMON]), months(start, end)
        keys = ["settings", *(_teams_key(g) for g in named)]
        keys += [_month_key(g, m) for g in named for m in touched]
        found = self._table.get_many([(_pk(community), key) for key in keys])
        texts = {item["sk"]: str(item["body"]) for item in found}
        settings = settings_of(texts["settings"]) if "settings" in texts else Settings()
        teams = {g: _teams(texts, g) for g in named}
        arranged = {
            g: [month_of(texts[k]) for m in touched if (k := _month_key(g, m)) in texts] for g in named
        }
        return [_sheet(settings, g, teams, arranged) for g in grids]

    def settings(self, community: str) -> tuple[Settings | None, int]:
        """The settings, if any were made, and their version; consistent."""
        item = self._table.get(_pk(community), "settings", consistent=True)
        return (settings_of(item["body"]), item["version"]) if item else (None, 0)

    def put_settings(self, community: str, settings: Settings, *, version: int) -> None:
        """Write the settings that follow `version`. Raises ExpectationError."""
        self._table.write(_put(community, "settings", settings_text(settings), version))

    def teams(self, community: str, grid: str) -> tuple[tuple[Team, ...], int]:
        """The teams of a grid, and their version; consistent."""
        item = self._table.get(_pk(community), _teams_key(grid), consistent=True)
        return (teams_of(item["body"], grid), item["version"]) if item else ((), 0)

    def put_teams(self, community: str, teams: Mapping[str, tuple[tuple[Team, ...], int]]) -> None:
        """Write the teams of up to 100 grids, each following its version, all or none.

        Raises ExpectationError.
        """
        writes: list[Write] = [
            _put(community, _teams_key(grid), teams_text(those), version)
            for grid, (those, version) in teams.items()
        ]
        self._table.write_all(writes)

    def all_teams(self, community: str) -> list[Team]:
        """Every team of a community: one query."""
        ask = Ask(_pk(community), first="teams#", last="teams$")
        items = every_item(self._table, ask)
        return [team for item in items for team in teams_of(item["body"], _grid(item["sk"]))]

    def month(self, community: str, grid: str, month: str) -> tuple[Month, int]:
        """What was arranged in a grid for a month, and its version; consistent."""
        item = self._table.get(_pk(community), _month_key(grid, month), consistent=True)
        return (month_of(item["body"]), item["version"]) if item else (Month(), 0)

    def put_months(self, community: str, changes: Iterable[Change], *, swap: Swap | None = None) -> None:
        """Write months, and with them a swap's next version: all or none. Raises ExpectationError."""
        writes: list[Write] = [
            _put(community, _month_key(c.grid, c.month), month_text(c.content), c.version) for c in changes
        ]
        if swap is not None:
            writes.append(Put(_swap_item(community, swap), {"version": swap.version - 1}))
        self._table.write_all(writes)

    def create_swap(self, community: str, swap: Swap) -> None:
        """Write a new swap. Raises ExpectationError when it exists."""
        self._table.write(Put(_swap_item(community, swap), NEW))

    def put_swap(self, community: str, swap: Swap) -> None:
        """Write a swap's next version. Raises ExpectationError."""
        self._table.write(Put(_swap_item(community, swap), {"version": swap.version - 1}))

    def swaps(self, community: str, *, ending_after: datetime) -> list[Swap]:
        """Swaps of shifts that end after an instant, by when they end; consistent."""
        first = f"swap#{epoch(ending_after):010d}$"
        ask = Ask(_pk(community), first=first, last="swap$", consistent=True)
        return [_swap(item) for item in every_item(self._table, ask)]

    def woken(self, community: str, person: str, night: date) -> None:
        """Note that somebody was woken in a night: once, however often it is told."""
        self._table.write(Put({"pk": _woken(community), "sk": f"{night.isoformat()}#{person}"}))

    def woken_nights(self, community: str, first: date, last: date) -> dict[str, int]:
        """On how many nights of `first` to `last` each person was woken."""
        ask = Ask(_woken(community), first=f"{first.isoformat()}#", last=f"{last.isoformat()}$")
        counts: dict[str, int] = {}
        for item in every_item(self._table, ask):
            person = item["sk"].partition("#")[2]
            counts[person] = counts.get(person, 0) + 1
        return counts


def _sheet(
    settings: Settings, grid: str, teams: Mapping[str, tuple[Team, ...]], arranged: Mapping[str, list[Month]]
) -> Sheet:
    whole = arranged[COMMON]
    both = whole if grid == COMMON else [*arranged[grid], *whole]
    return Sheet(
        settings=settings,
        grid=grid,
        teams=teams[grid],
        common=() if grid == COMMON else teams[COMMON],
        entries=in_order(arranged[grid]) if grid == COMMON else in_order(arranged[grid]) + in_order(whole),
        leaves=tuple(dict.fromkeys(leave for m in whole for leave in m.leaves)),
        confirmations=tuple(dict.fromkeys(c for m in both for c in m.confirmations)),
    )


def _teams(texts: Mapping[str, str], grid: str) -> tuple[Team, ...]:
    text = texts.get(_teams_key(grid))
    return teams_of(text, grid) if text else ()


def _put(community: str, sk: str, body: str, version: int) -> Put:
    item = {"pk": _pk(community), "sk": sk, "body": body, "version": version + 1}
    return Put(item, {"version": version} if version else NEW)


def _pk(community: str) -> str:
    return f"rota#{community}"


def _woken(community: str) -> str:
    return f"rota#{community}#woken"


def _teams_key(grid: str) -> str:
    return f"teams#{grid or '*'}"


def _grid(teams_key: str) -> str:
    grid = teams_key.removeprefix("teams#")
    return COMMON if grid == "*" else grid


def _month_key(grid: str, month: str) -> str:
    return f"month#{grid or '*'}#{month}"


def _swap_item(community: str, swap: Swap) -> Item:
    item: dict[str, Any] = {
        "pk": _pk(community),
        "sk": f"swap#{epoch(swap.end):010d}#{swap.id}",
        "grid": swap.grid,
        "owner": swap.owner,
        "start": epoch(swap.start),
        "end": epoch(swap.end),
        "requested_at": epoch(swap.requested_at),
        "swap_state": swap.state.value,
        "to": swap.to,
        "confirmed_at": epoch(swap.confirmed_at) if swap.confirmed_at else None,
        "version": swap.version,
    }
    return item


def _swap(item: Item) -> Swap:
    return Swap(
        grid=item["grid"],
        owner=item["owner"],
        start=from_epoch(item["start"]),
        end=from_epoch(item["end"]),
        requested_at=from_epoch(item["requested_at"]),
        state=SwapState(item["swap_state"]),
        to=item["to"],
        confirmed_at=from_epoch(item["confirmed_at"]) if "confirmed_at" in item else None,
        version=item["version"],
    )
