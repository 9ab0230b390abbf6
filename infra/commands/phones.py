"""`shouwang phones`: what each person's phone would show, and answering in their stead."""

from datetime import datetime
from typing import Any

import click

from chalicelib.alarms.service import Responder
from chalicelib.kernel import clock
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.people import Person
from infra.commands.shared import as_json, community_option, connected, listing, stdout, write_json

TITLES = {"at": "at", "person": "whose phone", "name": "name", "title": "shows", "body": "", "alarm": "alarm"}


@click.command("phones")
@community_option
@click.option(
    "--last", type=click.IntRange(1, 50), default=3, show_default=True, help="So many of each person."
)
@click.option(
    "--take", metavar="PERSON", help="Take charge of the newest alarm that this person was told of."
)
@click.option("--decline", metavar="PERSON", help="Give it back: the next is asked.")
@as_json
def command(community: str, last: int, take: str | None, decline: str | None, as_json: bool) -> None:
    """Show what people were told, newest first; take charge or decline in somebody's stead."""
    connected()
    from chalicelib import wiring

    now = clock.now()
    zone = wiring.registry.community(community).zone
    people = {person.id: person for person in wiring.registry.people().of(community)}
    rows = [row for person in people.values() for row in _rows(person, last)]
    rows.sort(key=lambda row: str(row["at"]), reverse=True)
    for person, answer in ((take, wiring.alarms.desk().acknowledge), (decline, wiring.alarms.desk().decline)):
        if person is not None:
            answer(_newest(rows, person), by=Responder(person, community, "phones"), now=now)
    if as_json:
        write_json(rows)
        return
    shown = [
        {**row, "at": datetime.fromisoformat(row["at"]).astimezone(zone).strftime("%H:%M:%S")} for row in rows
    ]
    stdout.print(listing(shown, TITLES) if shown else "Nobody was told anything yet.")


def _rows(person: Person, last: int) -> list[dict[str, Any]]:
    from chalicelib import wiring

    entries, _ = wiring.notify.inbox().page(person.community, person.id, limit=last)
    words = [(entry, entry.in_language(person.language)) for entry in entries]
    return [
        {
            "at": rfc3339(entry.at),
            "person": person.id,
            "name": person.name,
            "title": told.title,
            "body": told.body,
            "alarm": entry.alarm,
        }
        for entry, told in words
    ]


def _newest(rows: list[dict[str, Any]], person: str) -> str:
    for row in rows:
        if row["person"] == person and row["alarm"]:
            return str(row["alarm"])
    raise NotFoundError(f"'{person}' was told of no alarm.")
