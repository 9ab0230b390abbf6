"""Who hears that homes change, and begins or ends watches: the registry's `Watchers`, several as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.registry.model import Device, Household
from chalicelib.registry.service import Watchers
from chalicelib.watch.routine_homes import RoutineHomes


class RoutineKeeper:
    """Begins and ends routine watches."""

    def __init__(self, homes: RoutineHomes) -> None:
        self._homes = homes

    def devices_added(self, devices: Sequence[Device], *, now: datetime) -> None:
        """Watch their homes by their routine, where their community has chosen a rule."""
        for device in devices:
            self._homes.begin(device, now=now)

    def device_revoked(self, device: Device, *, now: datetime) -> None:
        """End the watch on a device."""
        self._homes.end(device, now=now)

    def devices_moved(self, devices: Sequence[Device], *, to: str, now: datetime) -> None:
        """A routine knows no grids."""

    def settings_changed(self, household: Household, *, now: datetime) -> None:
        """A routine knows no litres."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """Tells each in turn. The first hears first: a home is never without its founding watch."""

    each: tuple[Watchers, ...]

    def devices_added(self, devices: Sequence[Device], *, now: datetime) -> None:
        """Devices were registered."""
        for keeper in self.each:
            keeper.devices_added(devices, now=now)

    def device_revoked(self, device: Device, *, now: datetime) -> None:
        """A device may speak no more."""
        for keeper in self.each:
            keeper.device_revoked(device, now=now)

    def devices_moved(self, devices: Sequence[Device], *, to: str, now: datetime) -> None:
        """Devices are another grid's."""
        for keeper in self.each:
            keeper.devices_moved(devices, to=to, now=now)

    def settings_changed(self, household: Household, *, now: datetime) -> None:
        """A household's settings may differ."""
        for keeper in self.each:
            keeper.settings_changed(household, now=now)
