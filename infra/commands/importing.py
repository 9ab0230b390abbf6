"""`shouwang import`: homes and residents, or staff and volunteers, from a file, with every bad row named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chalicelib.kernel import clock
from chalicelib.onekey.model import dialled
from chalicelib.registry.agreement import REMINDERS, reminder, without_agreement
from chalicelib.registry.import_people import is_of_people, read_people
from chalicelib.registry.importing import Known, changed, read
from chalicelib.registry.intake import Intake
from chalicelib.registry.model import Community, StillWaterSettings, must_be_id
from chalicelib.registry.sheets import RowError, Rows
from infra.commands.shared import as_json, connected, stderr, stdout, write_json
from infra.spreadsheets import rows_of

MOST_TOLD = 50
"""Errors that the terminal shows; --json tells all."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--community", required=True, help="The community's id; it is created when it isn't there yet.")
@click.option("--community-name", help="Its name, when it is new.")
@click.option(
    "--time-zone", default="Asia/Shanghai", show_default=True, help="Its time zone, when it is new."
)
@click.option("--line", default="", help="The community's own telephone number, such as +8655150000000.")
@click.option("--window-minutes", type=int, help="The community's still-water window; 720 unless set.")
@click.option("--least-litres", type=int, help="The community's least use in it; 10 unless set.")
@click.option("--dry-run", is_flag=True, help="Check every row, say what would change, and write nothing.")
@as_json
def command(
    file: Path,
    community: str,
    community_name: str | None,
    time_zone: str,
    line: str,
    window_minutes: int | None,
    least_litres: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE (.csv in UTF-8 or GB18030, or .xlsx); `shouwang export` writes one with every column.

    A row is a home or a resident in it: id (the home's), grid, name, building, address, steward; resident,
    phone, born, categories, tags, agreed_on, kin1, kin1_phone, kin1_wish and so on. With a column role, rows
    are staff and volunteers. Titles may be Chinese. A column that isn't there leaves what is stored as it is.
    If a row is bad, nothing is written. Residents without a day of agreement are taken, and counted.
    """
    must_be_id(community, "Community")
    default = StillWaterSettings(window_minutes, least_litres)
    rows = rows_of(file)
    connected()
    from chalicelib import wiring

    stored = wiring.registry.store().community(community)
    owner = stored or Community(community, community_name or community, time_zone)
    owner = replace(owner, phone=dialled(line) or owner.phone)
    taking = take_in_people if is_of_people(rows) else take_in_homes
    summary = taking(wiring.registry.intake(), owner, rows, dry_run=dry_run)
    if summary["written"]:
        _settle(owner, default)
    if as_json:
        write_json({**summary, "errors": [str(error) for error in summary["errors"]]})
    else:
        _tell(summary)
    if summary["errors"]:
        raise SystemExit(1)


def take_in_homes(intake: Intake, owner: Community, rows: Rows, *, dry_run: bool) -> dict[str, Any]:
    """Check homes and residents and, when no row is bad and it isn't a dry run, write them."""
    known = intake.known(owner.id)
    found = read(rows, known)
    new = changed(found, known)
    written = not dry_run and not found.errors
    if written:
        with _progress(new.count) as done:
            intake.write(owner, found, known, now=clock.now(), done=done)
    return {
        "households": _counted(found.households, new.households, known.households),
        "residents": _counted(found.residents, new.residents, known.residents),
        "kin": _counted(found.relatives, new.relatives, known.relatives),
        "errors": found.errors,
        "written": written,
        "without_agreement": without_agreement(found.residents.values()),
    }


def take_in_people(intake: Intake, owner: Community, rows: Rows, *, dry_run: bool) -> dict[str, Any]:
    """Check staff and volunteers and, when no row is bad and it isn't a dry run, write them."""
    known: Known = intake.known(owner.id)
    grids = frozenset(grid.id for grid in intake.homes.grids(owner.id))
    found = read_people(rows, owner.id, known.relatives, grids, known.names)
    new = [person for person in found.people.values() if known.relatives.get(person.id) != person]
    written = not dry_run and not found.errors
    if written:
        intake.registry.enrol(owner, now=clock.now())
        with _progress(len(new)) as done:
            intake.write_people(new, known, done=done)
    return {
        "people": _counted(found.people, new, known.relatives),
        "errors": found.errors,
        "written": written,
    }


def _settle(owner: Community, default: StillWaterSettings) -> None:
    """What an import says of the community itself."""
    from chalicelib import wiring

    wiring.onekey.card_keeper().community_changed(owner)
    wiring.rota.changed(owner.id, now=clock.now())
    if default not in (StillWaterSettings(), owner.still_water):
        wiring.registry.registry().set_still_water(owner.id, None, default, now=clock.now())


def _counted(found: Mapping[str, Any], new: Sequence[Any], known: Mapping[str, Any]) -> dict[str, int]:
    added = sum(1 for thing in new if thing.id not in known)
    return {"new": added, "changed": len(new) - added, "unchanged": len(found) - len(new)}


class _progress:  # noqa: N801 - read as a word in `with _progress(...):`
    """A bar on standard error that says how much is written, and how long it will still take."""

    def __init__(self, total: int) -> None:
        self._bar = Progress(
            TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=stderr, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("importing", total=total)

    def __enter__(self) -> "_progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, count: int) -> None:
        self._bar.advance(self._task, count)


def _tell(summary: Mapping[str, Any]) -> None:
    errors: Sequence[RowError] = summary["errors"]
    for error in errors[:MOST_TOLD]:
        stderr.print(str(error), style="red", highlight=False, markup=False)
    if len(errors) > MOST_TOLD:
        stderr.print(f"… and {len(errors) - MOST_TOLD} more; --json tells all.", highlight=False)
    counts = [
        f"{name}: {of['new']} new, {of['changed']} changed, {of['unchanged']} as they were"
        for name, of in summary.items()
        if isinstance(of, dict)
    ]
    for language in REMINDERS:
        if text := reminder(summary.get("without_agreement", 0), language=language):
            stderr.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)
    done = "Imported" if summary["written"] else "Checked, nothing written"
    stdout.print(f"{done}. {'; '.join(counts)}.", highlight=False)
