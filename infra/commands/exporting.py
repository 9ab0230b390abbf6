"""`shouwang export`: a community's homes and residents, or its staff and volunteers, into a file."""

from pathlib import Path

import click

from chalicelib.kernel import clock
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.kernel.sight import Part
from chalicelib.registry.exporting import homes_table, people_table
from infra.commands.shared import community_option, connected, stdout
from infra.spreadsheets import must_be_table, write_table

HOMES = frozenset({Part.STATUS, Part.ADDRESS, Part.CONTACTS})
CARE = frozenset({Part.DOOR, Part.HEALTH})


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@community_option
@click.option("--people", "of_people", is_flag=True, help="Staff and volunteers instead of homes.")
@click.option("--care", is_flag=True, help="With health notes, medication, routines and door packs.")
@click.option(
    "--titles", type=click.Choice(LANGUAGES), default="zh-CN", show_default=True,
    help="The language of titles and categories.",
)  # fmt: skip
@click.option(
    "--encoding", type=click.Choice(["utf-8-sig", "gb18030"]), default="utf-8-sig", show_default=True
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def command(
    file: Path | None, community: str, of_people: bool, care: bool, titles: str, encoding: str, force: bool
) -> None:
    """Write FILE (.csv or .xlsx), or one named after the community and today, in this folder.

    `shouwang import` takes it in again; cells are safe to open in Excel. Residents' access logs say that you
    took it.
    """
    stack = connected()
    from chalicelib import wiring

    known = wiring.registry.community(community)
    today = f"{clock.now().astimezone(known.zone):%Y-%m-%d}"
    file = file or Path(f"{community}-{'people' if of_people else 'homes'}-{today}.csv")
    must_be_table(file)
    if file.exists() and not force:
        raise RefusedError(f"{file} is there already; --force overwrites it.")
    if of_people:
        table = people_table(wiring.registry.people().of(community), language=titles)
    else:
        parts = HOMES | CARE if care else HOMES
        wiring.privacy.access_log().note_operator(community, stack.operator(), parts, now=clock.now())
        table = homes_table(wiring.registry.intake().known(community), language=titles, care=care)
    write_table(file, table, encoding=encoding)
    stdout.print(f"{len(table) - 1} rows are in {file}.", highlight=False)
