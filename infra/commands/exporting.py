"""`shouwang export`: a community's homes and residents, or its staff and volunteers, into a file."""

from pathlib import Path

import click

from chalicelib.kernel import clock
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.kernel.sight import Part
from chalicelib.registry.exporting import homes_table, people_table
from infra.commands.shared import community_option, connected, stdout
from infra.spreadsheets import write_table

HOMES = frozenset({Part.STATUS, Part.ADDRESS, Part.CONTACTS})
CARE = frozenset({Part.DOOR, Part.HEALTH})


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
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
def command(file: Path, community: str, of_people: bool, care: bool, titles: str, encoding: str) -> None:
    """Write FILE (.csv or .xlsx). `shouwang import` takes it in again; cells are safe to open in Excel.

    Residents' access logs say that you took it.
    """
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    if of_people:
        table = people_table(wiring.registry.people().of(community), language=titles)
    else:
        parts = HOMES | CARE if care else HOMES
        wiring.privacy.access_log().note_operator(community, stack.operator(), parts, now=clock.now())
        table = homes_table(wiring.registry.intake().known(community), language=titles, care=care)
    write_table(file, table, encoding=encoding)
    stdout.print(f"{len(table) - 1} rows are in {file}.", highlight=False)
