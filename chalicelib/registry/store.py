"""Where the registry is kept.

A device has three items, written together: the claim on its id (ids are unique in an account, since IoT
Core's are), its record in the community's list, and its link in the household.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.aws.items import Item
from chalicelib.aws.tables import (
    NEW,
    Add,
    Ask,
    Delete,
    ExpectationError,
    Page,
    Put,
    Table,
    Write,
    every_item,
    put_all,
)
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.items import (
    community_item,
    device_item,
    grid_item,
    household_item,
    stored_community,
    stored_device,
    stored_grid,
    stored_household,
)
from chalicelib.registry.model import Community, Device, Grid, Household
from chalicelib.registry.retention import Retention

MOVED_ON = "Somebody else changed this in the meantime; read it again."


def moved_on(thing_id: str, version: int) -> ConflictError:
    """What to say to whoever writes a thing that isn't as they read it in a `version`; in none, it was to be
    new, and its id is taken.
    """
    if version:
        return ConflictError(MOVED_ON)
    return ConflictError(
        f"'{thing_id}' is taken already. Choose another id, or read what has it and change that.",
        zh=f"编号“{thing_id}”已经有了，请换一个；要修改的话，请先读取再改。",
    )


def home_partition(community: str, household: str) -> str:
    """The partition of what belongs to a home: links to its devices and residents, and past stays."""
    return f"household#{community}#{household}"


Versioned = TypeVar("Versioned", Community, Grid, Household)


class RegistryStore:
    """Communities, grids, households and devices. What isn't there is None, never an error."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_community(self, community: Community) -> None:
        """Create or replace a community."""
        self._table.write(Put(community_item(community)))

    def change_community(self, community: Community) -> Community:
        """Write a community as it was read and changed. Raises ConflictError."""
        return self._change(community, community_item(community))

    def community(self, community: str) -> Community | None:
        """A community by its id."""
        item = self._table.get("communities", community)
        return stored_community(item) if item else None

    def communities(self) -> list[Community]:
        """All communities."""
        return [stored_community(item) for item in every_item(self._table, Ask("communities"))]

    def put_grid(self, grid: Grid) -> None:
        """Create or replace a grid."""
        self._table.write(Put(grid_item(grid)))

    def change_grid(self, grid: Grid) -> Grid:
        """Write a grid as it was read and changed, or a new one. Raises ConflictError."""
        return self._change(grid, grid_item(grid))

    def remove_grid(self, grid: Grid) -> None:
        """Remove a grid as it was read. Raises ConflictError."""
        self._remove(f"grids#{grid.community}", grid.id, grid.version)

    def grid(self, community: str, grid: str) -> Grid | None:
        """A grid by its id."""
        item = self._table.get(f"grids#{community}", grid)
        return stored_grid(item, community) if item else None

    def grids(self, community: str) -> list[Grid]:
        """The grids of a community."""
        items = every_item(self._table, Ask(f"grids#{community}"))
        return [stored_grid(item, community) for item in items]

    def grid_workers(self, community: str, grid: str) -> tuple[str, ...]:
        """The ids of a grid's workers, in the order in which to ask."""
        found = self.grid(community, grid)
        return found.workers if found else ()

    def put_households(self, households: Sequence[Household]) -> None:
        """Create or replace households, in batches."""
        self._put_many([household_item(household) for household in households])

    def change_household(self, household: Household) -> Household:
        """Write a household as it was read and changed, or a new one. Raises ConflictError."""
        return self._change(household, household_item(household))

    def remove_household(self, household: Household) -> None:
        """Remove a household as it was read. Raises ConflictError."""
        self._remove(f"households#{household.community}", household.id, household.version)

    def household(self, community: str, household: str) -> Household | None:
        """A household by its id."""
        item = self._table.get(f"households#{community}", household)
        return stored_household(item, community) if item else None

    def households(self, community: str) -> list[Household]:
        """The households of a community."""
        items = every_item(self._table, Ask(f"households#{community}"))
        return [stored_household(item, community) for item in items]

    def some_households(self, community: str, households: Collection[str]) -> dict[str, Household]:
        """Those of several households that exist, by id: one read for up to a hundred."""
        keys = [(f"households#{community}", household) for household in households]
        found = self._table.get_many(keys) if keys else []
        return {item["sk"]: stored_household(item, community) for item in found}

    def household_page(
        self, community: str, *, limit: int, after: Item | None
    ) -> tuple[list[Household], Page]:
        """One page of households by id, and the page itself for its position."""
        page = self._table.query(Ask(f"households#{community}", limit=limit, after=after))
        return [stored_household(item, community) for item in page.items], page

    def add_device(self, device: Device) -> None:
        """Register a device under an id that was never used. Raises ConflictError."""
        writes: list[Write] = [
            Put({"pk": f"device#{device.id}", "sk": "device", "community": device.community}, NEW),
            Put(device_item(device), NEW),
            Put({"pk": home_partition(device.community, device.household), "sk": f"device#{device.id}"}),
            _touched(device.community),
        ]
        try:
            self._table.write_all(writes)
        except ExpectationError as error:
            raise ConflictError(
                f"A device '{device.id}' is registered already; choose another id."
            ) from error

    def revoke_device(self, device: Device, *, at: datetime) -> Device:
        """Note that a device may speak no more. Revoking twice changes nothing."""
        if device.revoked_at is not None:
            return device
        revoked = replace(device, revoked_at=at)
        self._table.write_all([Put(device_item(revoked)), _touched(device.community)])
        return revoked

    def withhold(self, device: Device, *, withheld: bool) -> None:
        """Note whether those who live with a device agree to it. Again changes nothing."""
        known = self.device(device.community, device.id, consistent=True)
        if known is not None and known.withheld is not withheld:
            changed = replace(known, withheld=withheld)
            self._table.write_all([Put(device_item(changed)), _touched(device.community)])

    def device(self, community: str, device: str, *, consistent: bool = False) -> Device | None:
        """A device of a community by its id, revoked or not."""
        item = self._table.get(f"devices#{community}", device, consistent=consistent)
        return stored_device(item, community) if item else None

    def devices(self, community: str, *, consistent: bool = False) -> list[Device]:
        """All devices of a community, revoked or not: one query."""
        items = every_item(self._table, Ask(f"devices#{community}", consistent=consistent))
        return [stored_device(item, community) for item in items]

    def household_devices(self, community: str, household: str) -> list[Device]:
        """The devices of a household, revoked or not."""
        links = every_item(
            self._table, Ask(home_partition(community, household), first="device#", last="device$")
        )
        keys = [(f"devices#{community}", link["sk"].partition("#")[2]) for link in links]
        found = [stored_device(item, community) for item in self._table.get_many(keys)] if keys else []
        return sorted(found, key=lambda device: device.id)

    def community_of_device(self, device: str) -> str | None:
        """The community that a device id is registered in."""
        item = self._table.get(f"device#{device}", "device")
        return str(item["community"]) if item else None

    def roster_facts(self, community: str) -> tuple[int, int]:
        """The devices' version and how many days readings are kept: one read, maybe a moment late."""
        item = self._table.get("devices_version", community) or {}
        return item.get("version", 0), item.get("series_days", Retention().series_days)

    def retention(self, community: str) -> Retention:
        """How long a community keeps what. Its version is of all that the roster must hear of."""
        item = self._table.get("devices_version", community) or {}
        usual = Retention()
        return Retention(
            item.get("series_days", usual.series_days),
            item.get("alarm_days", usual.alarm_days),
            item.get("retention", 0),
        )

    def put_retention(self, community: str, retention: Retention) -> None:
        """Change how long a community keeps what. Raises ConflictError when it changed since it was read.

        It stands beside the devices' version, so that a running ingest hears of it without a read more.
        """
        item = self._table.get("devices_version", community, consistent=True) or {}
        if item.get("retention", 0) != retention.version:
            raise ConflictError(MOVED_ON)
        changed = {
            "pk": "devices_version", "sk": community, "version": item.get("version", 0) + 1,
            "series_days": retention.series_days, "alarm_days": retention.alarm_days,
            "retention": retention.version + 1,
        }  # fmt: skip
        try:
            self._table.write(Put(changed, {"version": item["version"]} if "version" in item else NEW))
        except ExpectationError as error:
            raise ConflictError(MOVED_ON) from error

    def move_devices(self, devices: Sequence[Device], *, grid: str) -> list[Device]:
        """Note that devices of one home are of another grid now: all or none."""
        moved = [replace(device, grid=grid) for device in devices]
        if moved:
            writes: list[Write] = [Put(device_item(device)) for device in moved]
            self._table.write_all([*writes, _touched(moved[0].community)])
        return moved

    def _change(self, thing: Versioned, item: Item) -> Versioned:
        """Write what was read in a version; what has none is new. Returns it as stored."""
        try:
            self._table.write(Put(item, {"version": thing.version} if thing.version else NEW))
        except ExpectationError as error:
            raise moved_on(thing.id, thing.version) from error
        return replace(thing, version=item["version"])

    def _remove(self, pk: str, sk: str, version: int) -> None:
        try:
            self._table.write(Delete(pk, sk, {"version": version}))
        except ExpectationError as error:
            raise ConflictError(MOVED_ON) from error

    def _put_many(self, items: Sequence[Item]) -> None:
        put_all(self._table, list({(item["pk"], item["sk"]): item for item in items}.values()))


def _touched(community: str) -> Write:
    return Add("devices_version", community, {"version": 1})
