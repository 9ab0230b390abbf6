"""Use cases of the registry: enrolling homes and devices, and answering quickly who a device is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.registry.model import (
    FOUNDING,
    Community,
    Device,
    Grid,
    Household,
    Kind,
    StillWaterSettings,
)
from chalicelib.registry.needs import InUseError
from chalicelib.registry.store import RegistryStore, moved_on


class Watchers(Protocol):
    """Who must hear that a home's devices or settings changed. The watch capability implements it."""

    def devices_added(self, devices: Sequence[Device], *, now: datetime) -> None:
        """Devices were registered; watches on them begin."""

    def device_revoked(self, device: Device, *, now: datetime) -> None:
        """A device may speak no more; watches on it end."""

    def devices_moved(self, devices: Sequence[Device], *, to: str, now: datetime) -> None:
        """Devices are another grid's from now on. Raises RefusedError when it can't hold them."""

    def settings_changed(self, household: Household, *, now: datetime) -> None:
        """The household's effective settings may differ now."""


class Neighbours(Protocol):
    """Who must hear that homes changed: what is made of their residents names the home, too."""

    def homes_changed(self, changes: Sequence[tuple[Household, Household]]) -> None:
        """Homes, as they were stored and as they are to be, are about to change."""


class Agreements(Protocol):
    """Who knows what those who live in a home agreed to."""

    def covers(self, community: str, household: str, kind: Kind) -> bool:
        """Whether a device of a kind may watch a home."""


class Nobody:
    """For a registry without residents, whom nobody has to ask."""

    def covers(self, community: str, household: str, kind: Kind) -> bool:
        """Nobody objects."""
        return True

    def homes_changed(self, changes: Sequence[tuple[Household, Household]]) -> None:
        """Nobody lives there."""


class Registry:
    """Enrols communities, households and devices. Everything here may be repeated without harm."""

    def __init__(
        self,
        store: RegistryStore,
        watchers: Watchers,
        neighbours: Neighbours | None = None,
        agreements: Agreements | None = None,
    ) -> None:
        self._store = store
        self._watchers = watchers
        self._neighbours = neighbours or Nobody()
        self._agreements = agreements or Nobody()

    def enrol(
        self,
        community: Community,
        grids: Sequence[Grid] = (),
        households: Sequence[Household] = (),
        *,
        now: datetime,
    ) -> None:
        """Create or replace a community, its grids and households, whatever their versions.

        Changed settings take effect at once in the homes that are named; homes whose grid changed move there
        with their devices. Raises RefusedError when a grid can't hold them: no home of these was changed.
        """
        before = self._store.community(community.id)
        if before != community:
            self._store.put_community(replace(community, version=before.version if before else 0))
        known = {grid.id: grid for grid in self._store.grids(community.id)} if grids else {}
        for grid in grids:
            if (old := known.get(grid.id)) != grid:
                self._store.put_grid(replace(grid, version=old.version if old else 0))
        stored = self._store.some_households(community.id, [home.id for home in households])
        kept = [replace(h, version=stored[h.id].version if h.id in stored else 0) for h in households]
        rule_changed = before is not None and before.still_water != community.still_water
        changes = [(stored[home.id], home) for home in kept if home.id in stored]
        self._before_homes_change(changes, all_rules=rule_changed, now=now)
        self._store.put_households([home for home in kept if stored.get(home.id) != home])

    def change_community(self, community: Community, *, now: datetime) -> Community:
        """Write a community as it was read and changed; new numbers hold at once. Raises ConflictError."""
        known = self._community(community.id)
        stored = self._store.change_community(community)
        if known.still_water != community.still_water:
            for home in self._store.households(community.id):
                self._watchers.settings_changed(home, now=now)
        return stored

    def change_household(self, home: Household, *, now: datetime) -> Household:
        """Write a home as it was read and changed, or a new one. Its residents and devices come along.

        Raises NotFoundError for an unknown grid, ConflictError when the home changed since it was read.
        """
        if self._store.grid(home.community, home.grid) is None:
            raise RefusedError(
                f"There is no grid '{home.grid}' in '{home.community}'.",
                pointer="/grid",
                zh=f"没有网格“{home.grid}”。",
            )
        known = self._store.household(home.community, home.id)
        if (known.version if known else 0) != home.version:
            raise moved_on(home.id, home.version)
        if known is not None:
            self._before_homes_change([(known, home)], now=now)
        return self._store.change_household(home)

    def remove_household(self, home: Household) -> None:
        """Remove a home in which nobody lives any more. Raises ConflictError."""
        devices = self._store.household_devices(home.community, home.id)
        if any(device.revoked_at is None for device in devices):
            raise InUseError(f"Household '{home.id}' has devices; revoke them first.")
        self._store.remove_household(home)

    def _before_homes_change(
        self, changes: Sequence[tuple[Household, Household]], *, all_rules: bool = False, now: datetime
    ) -> None:
        """What follows from a change, before it is written: what a crash leaves, the next try does."""
        for old, new in changes:
            if old.grid != new.grid:
                self._move(new, now=now)
        self._neighbours.homes_changed([change for change in changes if change[0] != change[1]])
        for old, new in changes:
            if all_rules or old.still_water != new.still_water:
                self._watchers.settings_changed(new, now=now)

    def _move(self, home: Household, *, now: datetime) -> None:
        devices = self._store.household_devices(home.community, home.id)
        moving = [d for d in devices if d.revoked_at is None and d.grid != home.grid]
        if moving:
            self._watchers.devices_moved(moving, to=home.grid, now=now)
            self._store.move_devices(moving, grid=home.grid)

    def add_device(self, device: Device, *, now: datetime) -> None:
        """Register a device and begin to watch it; withheld, if those who live there don't agree to it.

        Raises NotFoundError for an unknown household, ConflictError for an id in use, RefusedError for a
        second water meter in a home: two registers can't be judged as one (swap meters with revoke, then
        add).
        """
        household = self._store.household(device.community, device.household)
        if household is None:
            raise NotFoundError(
                f"There is no household '{device.household}' in '{device.community}'; import it first."
            )
        others = [m for m in self._water_meters(household) if m.id != device.id]
        if device.kind is Kind.WATER_METER and others:
            raise RefusedError(
                f"Household '{household.id}' has water meter '{others[0].id}'; if swapped, revoke it first."
            )
        covered = self._agreements.covers(device.community, device.household, device.kind)
        device = replace(device, withheld=not covered)
        known = self._store.device(device.community, device.id)
        if known is not None and (known.revoked_at or replace(known, added_at=device.added_at) != device):
            raise ConflictError(f"A device '{device.id}' is registered already; choose another id.")
        # The watch first: a device that is registered is always watched, whatever fails in between.
        if covered:
            self._watchers.devices_added([device], now=now)
        if known is None:
            try:
                self._store.add_device(device)
            except ConflictError:  # another community has that id
                self._watchers.device_revoked(device, now=now)
                raise

    def revoke_device(self, community: str, device: str, *, now: datetime) -> Device:
        """Let a device speak no more. Raises NotFoundError."""
        known = self._store.device(community, device)
        if known is None:
            raise NotFoundError(f"There is no device '{device}' in '{community}'.")
        revoked = self._store.revoke_device(known, at=now)
        self._watchers.device_revoked(revoked, now=now)
        return revoked

    def set_still_water(
        self, community: str, household: str | None, settings: StillWaterSettings, *, now: datetime
    ) -> None:
        """Change the founding rule's numbers for a household, or (None) the community's default, with effect
        at once.
        """
        owner = self._community(community)
        if household is None:
            self.change_community(replace(owner, still_water=settings), now=now)
            return
        home = self._store.household(community, household)
        if home is None:
            raise NotFoundError(f"There is no household '{household}' in '{community}'.")
        self.change_rule(home, settings, now=now)

    def change_rule(self, home: Household, settings: StillWaterSettings, *, now: datetime) -> None:
        """Change the founding rule's numbers for a home as it was read, with effect at once.

        Raises ConflictError when the home changed since it was read.
        """
        changed = replace(home, still_water=settings)
        self._store.change_household(changed)
        self._watchers.settings_changed(changed, now=now)

    def _community(self, community: str) -> Community:
        found = self._store.community(community)
        if found is None:
            raise NotFoundError(f"There is no community '{community}'.")
        return found

    def _water_meters(self, household: Household) -> list[Device]:
        devices = self._store.household_devices(household.community, household.id)
        return [d for d in devices if d.kind is Kind.WATER_METER and d.revoked_at is None]


def effective(community: Community, household: Household) -> StillWaterSettings:
    """The numbers that hold for a household: its own, else the community's, else the founding ones."""
    return household.still_water.over(community.still_water).over(FOUNDING)


@dataclass(slots=True)
class _Known:
    devices: dict[str, Device]
    version: int
    series_days: int
    checked_at: datetime


@dataclass(slots=True)
class Roster:
    """Who a device is, from memory: a community's devices are read once, and again when one was added or
    revoked.

    A revocation reaches a running process within `refresh`; a device added is known at its first message.
    """

    store: RegistryStore
    refresh: timedelta = timedelta(minutes=5)
    _known: dict[str, _Known] = field(default_factory=dict)

    def device(self, community: str, device: str, *, now: datetime) -> Device | None:
        """The device of that id in that community, revoked or not, or None."""
        devices = self._fresh(community, now).devices
        if device not in devices and (found := self.store.device(community, device, consistent=True)):
            devices[device] = found
        return devices.get(device)

    def series_days(self, community: str, *, now: datetime) -> int:
        """How many days a community keeps readings."""
        return self._fresh(community, now).series_days

    def elsewhere(self, device: str) -> bool:
        """Whether some community has a device of that id."""
        return self.store.community_of_device(device) is not None

    def _fresh(self, community: str, now: datetime) -> _Known:
        known = self._known.get(community)
        if known is not None and now - known.checked_at < self.refresh:
            return known
        version, series_days = self.store.roster_facts(community)
        if known is None or known.version != version:
            # Past any replica's lag: a revocation must not hide behind one.
            found = self.store.devices(community, consistent=True)
            by_id = {device.id: device for device in found}
            known = self._known[community] = _Known(by_id, version, series_days, now)
        known.checked_at = now
        return known
