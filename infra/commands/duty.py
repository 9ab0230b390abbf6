"""`shouwang duty`: who is on duty, what will go wrong in 14 days, and taking in a rota from a file."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from chalicelib.kernel import clock
from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.people import Person
from chalicelib.rota.duty import Duty
from chalicelib.rota.importing import Found, Known, read
from chalicelib.rota.outlook import RotaWarning, Trouble
from chalicelib.rota.service import Rota
from infra.commands.shared import as_json, community_option, connected, listing, stderr, stdout, write_json
from infra.spreadsheets import rows_of

DUTY_TITLES = {
    "grid": "grid", "shift": "shift", "until": "until", "first": "first", "second": "second",
    "confirm_by": "to confirm by", "leader": "leader", "team": "people",
}  # fmt: skip
PERSONS, INSTANTS = (
    ("first", "second", "leader", "stood_in_for", "person"),
    ("until", "confirm_by", "start", "end"),
)
IN_WORDS = {
    Trouble.GAP: "nobody on duty",
    Trouble.NO_PHONE: "no phone",
    Trouble.ON_LEAVE: "on leave",
    Trouble.UNKNOWN: "unknown person",
    Trouble.NO_DESK: "nobody at the desk",
    Trouble.NOTHING_RINGS: "no phone rings: set a provider (shouwang channels)",
    Trouble.NOT_RUNG: "reached by push only, no call or SMS",
    Trouble.APP_ONLY: "reached only by the app",
}
WARNING_TITLES = {
    "trouble": "trouble", "grid": "grid", "person": "who", "start": "from", "end": "until", "times": "times",
}  # fmt: skip


@click.command("duty")
@community_option
@click.option("--at", "moment", help="At this instant instead of now, such as 2026-01-15T20:00.")
@click.option(
    "--import", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take in teams or shifts from FILE.csv or FILE.xlsx.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="With --import: check every row and write nothing.")
@as_json
def command(community: str, moment: str | None, file: Path | None, dry_run: bool, as_json: bool) -> None:
    """Show who is on duty in each grid of a community, and gaps and people who can't be reached in the next
    14 days."""
    connected()
    from chalicelib import wiring

    rota: Rota = wiring.rota.rota()
    people = {person.id: person for person in wiring.registry.people().of(community)}
    if file is not None:
        take_in(rota, community, file, frozenset(people), dry_run=dry_run, as_json=as_json)
        if not dry_run:
            wiring.rota.changed(community, now=clock.now())
        return
    show(rota, community, moment, people, as_json=as_json)


def show(
    rota: Rota, community: str, moment: str | None, people: Mapping[str, Person], *, as_json: bool
) -> None:
    """Print who is on duty, and the outlook."""
    zone = rota.settings(community).zone
    now = clock.now()
    at = instant(moment, zone) if moment else now
    duties = rota.duties.everyone_on_duty(community, rota.grids(community), at, now=now)
    troubles = rota.warnings(community, now=now)
    names = {person.id: person.name for person in people.values()}
    now_rows = [duty_row(duty, zone) for duty in duties]
    to_mend = [warning_row(trouble, zone) for trouble in troubles]
    if as_json:
        write_json({"at": rfc3339(at.astimezone(zone)), "duty": now_rows, "warnings": to_mend})
        return
    stdout.print(listing([readable(row, names) for row in now_rows], DUTY_TITLES))
    if troubles:
        stdout.print(f"\nIn the next 14 days, {len(troubles)} to mend:", style="bold", highlight=False)
        told = [{**readable(row, names), "trouble": IN_WORDS[row["trouble"]]} for row in to_mend]
        stdout.print(listing(told, WARNING_TITLES))
    else:
        stdout.print("\nNo gaps in the next 14 days, and everyone on duty can be rung.", highlight=False)


def instant(text: str, zone: tzinfo) -> datetime:
    """An instant as typed; without an offset, by the community's clock. Raises click.BadParameter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is no time such as 2026-01-15T20:00.", param_hint="--at"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def duty_row(duty: Duty, zone: tzinfo) -> dict[str, Any]:
    """A duty as data: ids of people, times in the community's zone."""
    return {
        "grid": duty.grid or None,
        "served_by": duty.served_by or None,
        "shift": duty.shift.period.value,
        "from": rfc3339(duty.shift.start.astimezone(zone)),
        "until": rfc3339(duty.shift.end.astimezone(zone)),
        "first": duty.first,
        "second": duty.second,
        "leader": duty.leader,
        "backup": duty.backup,
        "team": list(duty.team),
        "stood_in_for": duty.stood_in_for,
        "confirm_by": rfc3339(duty.confirm_by.astimezone(zone)) if duty.confirm_by else None,
        "gap": duty.is_gap,
    }


def warning_row(trouble: RotaWarning, zone: tzinfo) -> dict[str, Any]:
    """A warning as data."""
    return {
        "trouble": trouble.trouble.value,
        "grid": trouble.grid or None,
        "person": trouble.person or None,
        "start": rfc3339(trouble.start.astimezone(zone)),
        "end": rfc3339(trouble.end.astimezone(zone)),
        "times": trouble.times,
    }


def readable(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A row with names in place of ids, the whole community where there is no grid, and short times."""
    who = {key: names.get(row[key], row[key]) for key in PERSONS if row.get(key)}
    when = {
        key: datetime.fromisoformat(row[key]).strftime("%a %d. %H:%M") for key in INSTANTS if row.get(key)
    }
    shown = {**row, **who, **when, "grid": row["grid"] or "(all)"}
    if "team" in row:
        shown["team"] = len(row["team"])
    if row.get("stood_in_for"):
        shown["first"] = f"{shown['first']} (for {shown['stood_in_for']})"
    if row.get("gap"):
        shown["first"] = "[red]nobody[/red]"
    return shown


def take_in(
    rota: Rota, community: str, file: Path, people: frozenset[str], *, dry_run: bool, as_json: bool
) -> None:
    """Check a file and, when no row is bad and it isn't a dry run, write what it holds."""
    known = Known(
        settings=rota.settings(community),
        grids=frozenset(rota.grids(community)),
        people=people,
        teams={team.id: team for team in rota.teams(community)},
    )
    found = read(rows_of(file), known)
    written = not dry_run and not found.errors
    if written:
        write(rota, community, found)
    told = {
        "teams": len(found.teams), "shifts": len(found.shifts), "errors": found.errors, "written": written
    }  # fmt: skip
    if as_json:
        write_json(told)
    else:
        tell(told)
    if found.errors:
        raise SystemExit(1)


def write(rota: Rota, community: str, found: Found) -> None:
    """Write teams, and shifts grid by grid; and look up holidays that were published since."""
    rota.refresh(community, now=clock.now())
    if found.teams:
        rota.put_teams(community, found.teams, now=clock.now())
    by_grid = sorted(found.shifts, key=lambda entry: entry.grid)
    for grid, entries in groupby(by_grid, key=lambda entry: entry.grid):
        rota.arrangements.plan(community, grid, list(entries))


def tell(told: Mapping[str, Any]) -> None:
    """Say what came of an import."""
    for error in told["errors"]:
        stderr.print(error, style="red", highlight=False)
    done = "taken in" if told["written"] else "checked, nothing written"
    stdout.print(f"{told['teams']} teams, {told['shifts']} shifts: {done}.", highlight=False)
