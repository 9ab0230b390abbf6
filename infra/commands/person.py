"""`shouwang person`: everything that is known of a person, told or erased."""

from pathlib import Path

import click

from chalicelib.kernel import clock
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.sight import Part
from infra.commands.shared import community_option, connected, stdout, write_json


@click.group("person")
def command() -> None:
    """Everything that is known of a resident."""


@command.command("export")
@click.argument("person")
@community_option
@click.option("--out", type=click.Path(path_type=Path), help="A file instead of standard output.")
def export(person: str, community: str, out: Path | None) -> None:
    """Write everything about resident PERSON as JSON, every reading included. Their access log says so."""
    stack = connected()
    from chalicelib import wiring

    now = clock.now()
    told = wiring.privacy.everything().export(community, person, now=now)
    wiring.privacy.access_log().note_operator(
        community, stack.operator(), frozenset({Part.EVERYTHING}), residents=[person], now=now
    )
    write_json(told, out)


@command.command("erase")
@click.argument("person")
@community_option
@click.option("--confirm", required=True, help="PERSON once more: this can't be undone.")
def erase(person: str, community: str, confirm: str) -> None:
    """Erase everything about resident PERSON within a day; the tick does it."""
    if confirm != person:
        raise RefusedError(f"Confirm with --confirm {person}: this can't be undone.")
    connected()
    from chalicelib import wiring

    by = wiring.privacy.everything().request_erasure(community, person, now=clock.now())
    stdout.print(f"{person} is gone; every trace is by {clock.rfc3339(by)}.", highlight=False)
