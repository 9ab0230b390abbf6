"""The registry as items of the table, and back."""

from datetime import timedelta
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.remembered import remembered
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Community, Device, Grid, Household, Kind, StillWaterSettings


def _settings(settings: StillWaterSettings) -> dict[str, Any]:
    return {"window_minutes": settings.window_minutes, "least_litres": settings.least_litres}


def _read_settings(item: Item) -> StillWaterSettings:
    return StillWaterSettings(item.get("window_minutes"), item.get("least_litres"))


def community_item(community: Community) -> Item:
    """A community as it is stored, its version one on."""
    return {
        "pk": "communities",
        "sk": community.id,
        "name": community.name,
        "time_zone": community.time_zone,
        "phone": community.phone,
        **_settings(community.still_water),
        "version": community.version + 1,
    }


@remembered
def stored_community(item: Item) -> Community:
    """A community out of the store."""
    numbers = _read_settings(item)
    return Community(
        item["sk"], item["name"], item["time_zone"], numbers, item["phone"], version=item["version"]
    )


def grid_item(grid: Grid) -> Item:
    """A grid as it is stored, its version one on."""
    fields = {"name": grid.name, "workers": list(grid.workers), "version": grid.version + 1}
    return {"pk": f"grids#{grid.community}", "sk": grid.id, **fields}


@remembered
def stored_grid(item: Item, community: str) -> Grid:
    """A grid out of the store."""
    return Grid(item["sk"], community, item["name"], tuple(item["workers"]), version=item["version"])


def household_item(household: Household) -> Item:
    """A household as it is stored, its version one on."""
    return {
        "pk": f"households#{household.community}",
        "sk": household.id,
        "grid": household.grid,
        "name": household.name,
        "building": household.building,
        "address": household.address,
        "steward": household.steward,
        **_settings(household.still_water),
        "version": household.version + 1,
    }


@remembered
def stored_household(item: Item, community: str) -> Household:
    """A household out of the store."""
    return Household(
        id=item["sk"],
        community=community,
        grid=item["grid"],
        name=item["name"],
        building=item["building"],
        address=item["address"],
        steward=item["steward"],
        still_water=_read_settings(item),
        version=item["version"],
    )


def device_item(device: Device) -> Item:
    """A device as it is stored."""
    return {
        "pk": f"devices#{device.community}",
        "sk": device.id,
        "grid": device.grid,
        "household": device.household,
        "kind": device.kind.value,
        "reports_every": int(device.reports_every.total_seconds()),
        "added_at": epoch(device.added_at),
        "certificate": device.certificate,
        "revoked_at": epoch(device.revoked_at) if device.revoked_at else None,
        "withheld": device.withheld or None,
    }


@remembered
def stored_device(item: Item, community: str) -> Device:
    """A device out of the store."""
    return Device(
        id=item["sk"],
        community=community,
        grid=item["grid"],
        household=item["household"],
        kind=Kind(item["kind"]),
        reports_every=timedelta(seconds=item["reports_every"]),
        added_at=from_epoch(item["added_at"]),
        certificate=item["certificate"],
        revoked_at=from_epoch(item["revoked_at"]) if "revoked_at" in item else None,
        withheld=item.get("withheld", False),
    )
