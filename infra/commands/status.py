"""`shouwang status`: how every home of a community is, and what was refused today."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import click

from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch, rfc3339
from chalicelib.kernel.sight import Part
from chalicelib.registry.model import Household
from chalicelib.telemetry.model import utc_day
from infra.commands.shared import as_json, community_option, connected, listing, stdout, write_json

TITLES = {
    "household": "home",
    "name": "who",
    "steward": "steward",
    "last_drawn": "last water",
    "used": "litres in window",
    "deadline": "look again",
    "finding": "finding",
    "alarms": "open alarms",
}
SHOWN = frozenset({Part.STATUS, Part.HISTORY, Part.SERIES})


@click.command("status")
@community_option
@as_json
def command(community: str, as_json: bool) -> None:
    """Show a community's homes:

    last water, next deadline, open alarms; the quarantine's counts of today; and drills. Residents' access
    logs say that you looked.
    """
    stack = connected()
    from chalicelib import wiring

    now = clock.now()
    owner = wiring.registry.community(community)
    wiring.privacy.access_log().note_operator(community, stack.operator(), SHOWN, now=now)
    states = home_rows(community, now=now)
    refused = wiring.telemetry.quarantine().counts(community, utc_day(epoch(now)))
    beat = wiring.watch.deadline_store().last_beat()
    if as_json:
        tick_at, drills = rfc3339(beat) if beat else None, drill_rows(community, now=now)
        write_json({"households": states, "quarantine": refused, "drills": drills, "tick_at": tick_at})
        return
    stdout.print(listing([readable(row, owner.zone) for row in states], TITLES))
    told = ", ".join(f"{reason} {times}" for reason, times in sorted(refused.items())) or "nothing"
    stdout.print(f"Refused today: {told}.", highlight=False)
    stdout.print(drills_told(drill_rows(community, now=now)), highlight=False)


def drill_rows(community: str, *, now: datetime) -> list[dict[str, Any]]:
    """Every resident's and team's drill, with its last proof, as the API shows them."""
    from chalicelib import wiring
    from chalicelib.onekey.routes import drill_views

    rows: list[dict[str, Any]] = []
    after = None
    while True:
        plans, page = wiring.onekey.drill_book().page(community, limit=100, after=after)
        rows += [view.model_dump(mode="json") for view in drill_views(community, plans, now)]
        if (after := page.after) is None:
            return rows


def drills_told(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many are proven, and who is not."""
    by_standing = {
        standing: [row["id"] for row in rows if row["standing"] == standing]
        for standing in ("proven", "waiting", "missed")
    }
    said = ", ".join(f"{len(ids)} {standing}" for standing, ids in by_standing.items())
    missed = ", ".join(by_standing["missed"])
    return f"Drills: {said}." + (f" Nobody answered for: {missed}." if missed else "")


def home_rows(community: str, *, now: datetime) -> list[dict[str, Any]]:
    """The state of every home of a community, with times in RFC 3339."""
    from chalicelib import wiring

    return [_row(home, now) for home in wiring.registry.store().households(community)]


def readable(row: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """A row with its times as a person in `zone` reads them, and its alarms as kinds."""
    short = {
        name: datetime.fromisoformat(row[name]).astimezone(zone).strftime("%d. %H:%M") if row[name] else ""
        for name in ("last_drawn", "deadline")
    }
    return {**row, **short, "alarms": ", ".join(f"{a['kind']} ({a['state']})" for a in row["alarms"])}


def _row(home: Household, now: datetime) -> dict[str, Any]:
    from chalicelib import wiring
    from chalicelib.watch.model import home_state

    found = wiring.watch.still_water().watch_of(home.community, home.id)
    state = deadline = None
    if found is not None:
        watch, due = found
        state, deadline = (
            home_state(watch, wiring.watch.still_water().history(watch, now=now), now=now),
            due.due_at,
        )
    alarms = wiring.alarms.desk().open_of(home.community, home.id)
    return {
        "household": home.id,
        "name": home.name,
        "steward": home.steward,
        "last_drawn": rfc3339(state.last_drawn_at) if state and state.last_drawn_at else None,
        "used": state.used_litres if state else None,
        "deadline": rfc3339(deadline) if deadline else None,
        "finding": state.finding.value if state else "no meter",
        "alarms": [{"id": a.id, "kind": a.kind.value, "state": a.state.value} for a in alarms],
    }
