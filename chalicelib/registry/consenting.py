"""Giving and taking back consent, and what follows for the devices of a home."""

from datetime import datetime
from typing import Protocol

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.consent import Choice, Consents, may_be_kept
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Device, Kind
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.service import Watchers
from chalicelib.registry.store import RegistryStore

BY_THE_LIST = "registry"
"""Who ended a proxy that ended with the list of kin."""


class Later(Protocol):
    """Comes back to what must be done soon, whatever fails meanwhile. The deadline index does."""

    def settle_soon(self, community: str, household: str, *, at: datetime) -> None:
        """Settle a home's devices at `at`."""

    def forget_series(self, community: str, device: str, *, at: datetime) -> None:
        """Erase what a device has said so far, from `at` on."""


class Consenting:
    """Residents' consents. Also the registry's `Agreements`."""

    def __init__(
        self,
        consents: ConsentStore,
        residents: ResidentStore,
        registry: RegistryStore,
        watchers: Watchers,
        later: Later,
    ) -> None:
        self._consents = consents
        self._residents = residents
        self._registry = registry
        self._watchers = watchers
        self._later = later

    def of(self, community: str, resident: str) -> Consents:
        """What a resident chose."""
        return self._consents.get(community, resident, consistent=True)

    def living_in(self, community: str, household: str) -> list[Consents]:
        """What those who live in a home chose."""
        ids = [resident.id for resident in self._residents.of_household(community, household)]
        return self._consents.get_many(community, ids)

    def choose(self, community: str, resident: str, choice: Choice, *, now: datetime) -> Consents:
        """Write a choice down, and let it take effect: here at once, in running processes in five minutes.

        Raises NotFoundError for an unknown resident. The same choice again changes nothing, and mends what a
        crash left undone.
        """
        home = self._home(community, resident)
        known = self.of(community, resident)
        chosen = known.chosen(choice)
        self._later.settle_soon(community, home, at=now)  # the tick goes on with what fails now
        if chosen is not known:
            self._consents.put(chosen, what=choice, at=epoch(now), by=choice.recorded_by)
        self.settle(community, home, now=now)
        return chosen

    def name_proxy(self, community: str, resident: str, proxy: str, *, by: str, now: datetime) -> Consents:
        """Name who may choose for a resident, or (empty) nobody. Raises NotFoundError."""
        self._home(community, resident)
        known = self.of(community, resident)
        changed = known.represented_by(proxy)
        if changed is not known:
            self._consents.put(changed, what=proxy, at=epoch(now), by=by)
        return changed

    def strike_off(self, community: str, resident: str, person: str, *, now: datetime) -> None:
        """A relative was struck off a resident's list: never again a proxy by an old choice."""
        if self.of(community, resident).proxy == person:
            self.name_proxy(community, resident, "", by=BY_THE_LIST, now=now)

    def covers(self, community: str, household: str, kind: Kind) -> bool:
        """Whether a device of a kind may watch a home."""
        return may_be_kept(kind, self.living_in(community, household))

    def settle(self, community: str, household: str, *, now: datetime) -> None:
        """Let every device of a home speak, or not, as those who live there chose. Again changes nothing.

        What a device said that may speak no more is erased.
        """
        living = self.living_in(community, household)
        for device in self._registry.household_devices(community, household):
            may = may_be_kept(device.kind, living)
            if device.revoked_at is None and may is device.withheld:
                self._turn(device, may=may, now=now)

    def _turn(self, device: Device, *, may: bool, now: datetime) -> None:
        if may:
            self._watchers.devices_added([device], now=now)
        else:
            self._later.forget_series(device.community, device.id, at=now)
            self._watchers.device_revoked(device, now=now)
        self._registry.withhold(device, withheld=not may)

    def _home(self, community: str, resident: str) -> str:
        found = self._residents.get(community, resident)
        if found is None:
            raise NotFoundError(f"There is no resident '{resident}'.")
        return found.household
