"""The roll-call hints: which devices spoke lately, noted together instead of one by one.

A hint only spares the roll call a look into a device's own series, so a hint that is lost costs a read and
nothing else. That is why they may be gathered in memory: one small write per grid every half hour, however
many messages came.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Put, StoreUnavailableError, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.ids import digest
from chalicelib.registry.model import Device

Heard = dict[str, datetime]
"""When each device was last heard, by device id."""

KEPT = timedelta(days=2)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=10), timedelta(minutes=30)
"""A grid's hints are gathered as long as its devices' shortest reporting interval, within these bounds.

A device is silent after four intervals, so the roll call knows of a newer message before it has to ask.
"""


def roll_partition(community: str, grid: str) -> str:
    """The partition of a grid's roll and of the hints for it."""
    return f"roll#{community}#{grid}"


class HeardStore:
    """The hints of all processes, by grid and time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, community: str, grid: str, heard: Heard, *, now: datetime) -> None:
        """Note when devices of a grid were heard."""
        text = json.dumps({device: epoch(at) for device, at in heard.items()}, separators=(",", ":"))
        at = epoch(now)
        item: Item = {
            "pk": roll_partition(community, grid),
            "sk": f"heard#{at:010d}#{digest(text, length=6)}",
            "heard": text,
            "expires": at + int(KEPT.total_seconds()),
        }
        self._table.write(Put(item))

    def since(self, community: str, grid: str, since: datetime) -> Heard:
        """When each device of a grid was last heard, from the hints written since then."""
        ask = Ask(roll_partition(community, grid), first=f"heard#{epoch(since):010d}", last="heard$")
        heard: Heard = {}
        for item in every_item(self._table, ask):
            for device, at in json.loads(item["heard"]).items():
                heard[device] = max(from_epoch(at), heard.get(device, from_epoch(0)))
        return heard


@dataclass(slots=True)
class _Gathered:
    note_at: datetime
    heard: Heard = field(default_factory=dict)


@dataclass(slots=True)
class HeardBook:
    """Gathers what this process heard, and notes it grid by grid, each at most once per pause."""

    store: HeardStore
    _grids: dict[tuple[str, str], _Gathered] = field(default_factory=dict)
    _next: datetime | None = None

    def add(self, device: Device, at: datetime, *, now: datetime) -> None:
        """A message of the device was received and kept."""
        note_at = now + min(max(device.reports_every, SHORTEST_PAUSE), LONGEST_PAUSE)
        grid = self._grids.setdefault((device.community, device.grid), _Gathered(note_at))
        grid.note_at = min(grid.note_at, note_at)
        grid.heard[device.id] = max(at, grid.heard.get(device.id, at))
        self._next = grid.note_at if self._next is None else min(self._next, grid.note_at)

    def note(self, *, now: datetime) -> None:
        """Write down what was gathered long enough."""
        if self._next is None or now < self._next:
            return
        with suppress(StoreUnavailableError):  # the hints wait for the next batch; the readings are safe
            for key in [key for key, grid in self._grids.items() if grid.note_at <= now]:
                self.store.put(*key, self._grids[key].heard, now=now)
                del self._grids[key]
        self._next = min((grid.note_at for grid in self._grids.values()), default=None)
