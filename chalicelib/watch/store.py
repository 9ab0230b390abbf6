"""How watches and rolls are written down.

A watch is its deadline and a small text; nothing else is kept of it.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.remembered import Remembered
from chalicelib.aws.tables import NEW, ExpectationError, Put, Table
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.telemetry.heard import roll_partition
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.model import WaterWatch
from chalicelib.watch.roll import Entry, Roll, Standing
from chalicelib.watch.still_water import StillWater

STILL_WATER = "still_water"
ROLL = "roll"
TRIES = 4


def watch_key(community: str, household: str) -> tuple[str, str]:
    """The key of a home's still-water watch."""
    return f"watch#{community}#{household}", STILL_WATER


def watch_due(watch: WaterWatch, *, at: datetime) -> Due:
    """A still-water watch waiting until `at`."""
    state = {
        "device": watch.device,
        "window": _seconds(watch.rule.window),
        "least": watch.rule.least_litres,
        "reports": _seconds(watch.reports_every),
        "armed": epoch(watch.armed_at),
        "judged": epoch(watch.judged_until) if watch.judged_until else None,
        "spell": watch.spell,
    }
    text = json.dumps({k: v for k, v in state.items() if v is not None}, separators=(",", ":"))
    return Due(*watch_key(watch.community, watch.household), at, text)


def water_watch(due: Due) -> WaterWatch:
    """The still-water watch that a deadline belongs to."""
    _, community, household = due.pk.split("#")
    state: dict[str, Any] = json.loads(due.state)
    return WaterWatch(
        community=community,
        household=household,
        device=state["device"],
        rule=StillWater(timedelta(seconds=state["window"]), state["least"]),
        reports_every=timedelta(seconds=state["reports"]),
        armed_at=from_epoch(state["armed"]),
        judged_until=from_epoch(state["judged"]) if "judged" in state else None,
        spell=state.get("spell"),
    )


class RollStore:
    """The rolls, one item a grid, which waits in the index like everything else."""

    def __init__(self, table: Table, deadlines: DeadlineStore) -> None:
        self._table = table
        self._deadlines = deadlines
        self._read: Remembered[dict[str, Any]] = Remembered(most=20)

    def get(self, community: str, grid: str, *, consistent: bool = False) -> Roll | None:
        """The roll of a grid."""
        item = self._table.get(roll_partition(community, grid), ROLL, consistent=consistent)
        if item is None:
            return None
        entries = {device: _entry(fields) for device, fields in json.loads(item["entries"]).items()}
        return Roll(community, grid, from_epoch(item["taken_at"]), entries, item["version"])

    def entries(self, community: str, grid: str, devices: Sequence[str]) -> dict[str, Entry]:
        """What a grid's roll, as it was a moment ago, has of some devices."""
        item = self._table.get(roll_partition(community, grid), ROLL)
        if item is None:
            return {}
        told = item["entries"]
        fields: dict[str, Any] = self._read.of((community, grid), told, lambda: json.loads(told))
        return {device: _entry(fields[device]) for device in devices if device in fields}

    def put(self, roll: Roll, *, call_again_at: datetime) -> None:
        """Write a roll down, and when to call it again.

        Raises ExpectationError if it changed since it was read.
        """
        due = Due(roll_partition(roll.community, roll.grid), ROLL, call_again_at)
        entries = {device: _fields(entry) for device, entry in roll.entries.items()}
        item = {
            **self._deadlines.item(due),
            "entries": json.dumps(entries, separators=(",", ":")),
            "taken_at": epoch(roll.taken_at),
            "version": roll.version + 1,
        }
        expect = {"version": roll.version} if roll.version else NEW
        self._table.write(Put(item, expect))


def roll_of(due: Due) -> tuple[str, str]:
    """The community and grid that a roll's deadline belongs to."""
    _, community, grid = due.pk.split("#")
    return community, grid


def until_undisturbed(change: Callable[[], None]) -> None:
    """Read, change and write once more when somebody else wrote in between: each must come out in the end."""
    for _ in range(TRIES):
        with suppress(ExpectationError):
            return change()
    return change()


def _entry(fields: Sequence[Any]) -> Entry:
    household, every, heard, standing = fields
    return Entry(household, timedelta(seconds=every), from_epoch(heard), Standing(standing))


def _fields(entry: Entry) -> list[Any]:
    return [entry.household, _seconds(entry.reports_every), epoch(entry.heard_at), entry.standing.value]


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
