"""How homes are just now, for people who ask: worked out of what the watch knows and the readings since."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.registry.model import Device, Household
from chalicelib.telemetry.store import SeriesStore, days
from chalicelib.watch.model import HomeState, home_state
from chalicelib.watch.roll import Entry, Standing
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import RollStore


@dataclass(frozen=True, slots=True)
class HomeNow:
    """A home's state and when its watch looks again. `heard_at` is when the watch's `device` last spoke."""

    state: HomeState = field(default_factory=HomeState)
    look_again_at: datetime | None = None
    device: str = ""
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """How a device has been heard; nothing is known of one that was revoked."""

    device: Device
    standing: Standing | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HomeStates:
    """Answers how a home is, and how its devices are."""

    water: StillWaterWatch
    rolls: RollStore
    series: SeriesStore

    def of(self, community: str, household: str, *, now: datetime) -> HomeNow:
        """How a home is now."""
        found = self.water.watch_of(community, household)
        if found is None:
            return HomeNow()
        watch, due = found
        history = self.water.history(watch, now=now)
        heard_at = history.received_at if history.readings else None
        return HomeNow(home_state(watch, history, now=now), due.due_at, watch.device, heard_at)

    def of_devices(
        self, home: Household, devices: Sequence[Device], known: HomeNow, *, now: datetime
    ) -> list[DeviceNow]:
        """How a home's devices are now, by their own series: the roll needs not know of their latest message.

        `known` is what was found of the home.
        """
        entries = self.rolls.entries(home.community, home.grid, [device.id for device in devices])
        return [self._of_device(device, entries.get(device.id), known, now) for device in devices]

    def _of_device(self, device: Device, entry: Entry | None, known: HomeNow, now: datetime) -> DeviceNow:
        if entry is None:
            return DeviceNow(device)
        heard_at = known.heard_at if device.id == known.device else None
        if heard_at is None:
            asked = days(entry.asked_since(now), now)
            heard_at = self.series.last_heard(device.id, until=now, days=len(asked))
        if heard_at is not None and heard_at > entry.heard_at:
            entry = replace(entry, heard_at=heard_at)
        return DeviceNow(device, entry.standing_at(now), entry.heard_at)
