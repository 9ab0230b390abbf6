"""`shouwang import`: households and their residents from a CSV file, with every bad row named."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from rich.progress import track

from chalicelib.kernel import clock
from chalicelib.kernel.errors import RefusedError, ShouwangError
from chalicelib.registry.model import Community, Grid, Household, Resident, StillWaterSettings, must_be_id
from infra.commands.shared import as_json, connected, stderr, stdout, write_json

REQUIRED = ("id", "name", "grid")
OPTIONAL = ("building", "address", "steward", "resident", "phone", "window_minutes", "least_litres")
_PLAIN = ("building", "address", "steward")
_NUMBERS = ("window_minutes", "least_litres")
BATCH = 100


class ImportFileError(ShouwangError):
    """The file can't be imported; the text says why."""


@dataclass(slots=True)
class Import:
    """What a file holds: good rows as households and residents, and a sentence per bad row."""

    households: list[Household] = field(default_factory=list)
    residents: list[Resident] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    absent: frozenset[str] = frozenset()

    def kept(self, home: Household, known: Household | None) -> Household:
        """A household with what is stored where the file has no such column."""
        if known is None:
            return home
        fields = {name: getattr(known, name) for name in _PLAIN if name in self.absent}
        numbers = {name: getattr(known.still_water, name) for name in _NUMBERS if name in self.absent}
        return replace(home, **fields, still_water=replace(home.still_water, **numbers))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--community", required=True, help="The community's id; it is created when it isn't there yet.")
@click.option("--community-name", help="Its name, when it is new.")
@click.option(
    "--time-zone", default="Asia/Shanghai", show_default=True, help="Its time zone, when it is new."
)
@click.option("--window-minutes", type=int, help="The community's still-water window; 720 unless set.")
@click.option("--least-litres", type=int, help="The community's least use in it; 10 unless set.")
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@as_json
def command(
    file: Path,
    community: str,
    community_name: str | None,
    time_zone: str,
    window_minutes: int | None,
    least_litres: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import households from FILE.csv: id, name, grid; and, if you like, building, address, steward,
    resident, phone, window_minutes, least_litres. If a row is bad, nothing is written."""
    must_be_id(community, "Community")
    default = StillWaterSettings(window_minutes, least_litres)
    found = read_households(file, community)
    if not dry_run and not found.errors:
        connected()
        _write(found, community, community_name, time_zone, default)
    summary = {
        "households": len(found.households),
        "residents": len(found.residents),
        "errors": found.errors,
        "written": not dry_run and not found.errors,
    }
    if as_json:
        write_json(summary)
    else:
        _tell(summary)
    if found.errors:
        raise SystemExit(1)


def read_households(file: Path, community: str) -> Import:
    """Read and check a file. Raises ImportFileError when it isn't such a file at all."""
    rows = csv.DictReader(io.StringIO(_text(file), newline=""))
    missing = [name for name in REQUIRED if name not in (rows.fieldnames or ())]
    if missing:
        raise ImportFileError(
            f"{file} lacks the column {', '.join(missing)}; it needs {', '.join(REQUIRED)}."
        )
    found = Import(absent=frozenset(OPTIONAL) - frozenset(rows.fieldnames or ()))
    seen: dict[str, int] = {}
    for number, row in enumerate(_rows(rows, file), start=2):
        try:
            home, resident = _row(row, community)
            if home.id in seen:
                raise RefusedError(f"household '{home.id}' stands in row {seen[home.id]} already.")
        except RefusedError as error:
            found.errors.append(f"row {number}: {error}")
            continue
        seen[home.id] = number
        found.households.append(home)
        found.residents += [resident] if resident else []
    return found


def _rows(rows: Iterable[dict[str, str | None]], file: Path) -> Iterator[dict[str, str | None]]:
    try:
        yield from rows
    except csv.Error as error:
        raise ImportFileError(f"{file} is no CSV that can be read: {error}.") from error


def _row(row: dict[str, str | None], community: str) -> tuple[Household, Resident | None]:
    told = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    settings = StillWaterSettings(_number(told, "window_minutes"), _number(told, "least_litres"))
    home = Household(
        id=told["id"],
        community=community,
        grid=told["grid"],
        name=told["name"],
        building=told["building"],
        address=told["address"],
        steward=told["steward"],
        still_water=settings,
    )
    resident = (
        Resident(home.id, community, home.id, told["resident"], told["phone"]) if told["resident"] else None
    )
    return home, resident


def _number(told: dict[str, str], name: str) -> int | None:
    if not told[name]:
        return None
    try:
        return int(told[name])
    except ValueError:
        raise RefusedError(f"{name} '{told[name]}' is not a whole number.") from None


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ImportFileError(f"{file} can't be read: {error.strerror}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")  # what spreadsheets in China save as CSV
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{file} is neither UTF-8 nor GB18030 text.") from error


def _write(
    found: Import, community: str, name: str | None, time_zone: str, default: StillWaterSettings
) -> None:
    from chalicelib import wiring

    known = wiring.registry.store().community(community)
    owner = known or Community(community, name or community, time_zone)
    have = {grid.id for grid in wiring.registry.store().grids(community)}
    grids = [Grid(g, community, g) for g in sorted({h.grid for h in found.households} - have)]
    now = clock.now()
    wiring.registry.registry().enrol(owner, grids, now=now)
    stored = {home.id: home for home in wiring.registry.store().households(community)} if known else {}
    homes = [found.kept(home, stored.get(home.id)) for home in found.households]
    batches = range(0, len(homes), BATCH)
    for start in track(batches, description="importing", console=stderr, transient=True):
        wiring.registry.registry().enrol(owner, households=homes[start : start + BATCH], now=now)
    wiring.registry.residents().enrol(found.residents)
    if default != StillWaterSettings() and default != owner.still_water:
        wiring.registry.registry().set_still_water(community, None, default, now=now)


def _tell(summary: dict[str, object]) -> None:
    errors = summary["errors"]
    for error in errors if isinstance(errors, Iterable) else ():
        stderr.print(str(error), style="red", highlight=False)
    done = "imported" if summary["written"] else "checked, nothing written"
    stdout.print(
        f"{summary['households']} households, {summary['residents']} residents: {done}.", highlight=False
    )
