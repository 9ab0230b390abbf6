"""How homes are just now, for people who ask: worked out of what the watch knows and the readings since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.aws.remembered import Remembered
from chalicelib.registry.model import Device, Household
from chalicelib.telemetry.store import SeriesStore, days
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import History, HomeState, WaterWatch, home_state, is_stale
from chalicelib.watch.roll import Entry, Standing, asked_since, standing_of
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import RollStore

QUIET = (Standing.LATE, Standing.SILENT)


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


class HomeStates:
    """Answers how a home is, and how its devices are."""

    def __init__(self, water: StillWaterWatch, rolls: RollStore, series: SeriesStore) -> None:
        self._water = water
        self._rolls = rolls
        self._series = series
        self._known: Remembered[HomeNow] = Remembered()

    def of(self, community: str, household: str, *, now: datetime) -> HomeNow:
        """How a home is now."""
        found = self._water.watch_of(community, household)
        if found is None:
            return HomeNow()
        watch, due = found
        history = self._water.history(watch, now=now)
        stale = is_stale(watch, history, now=now)  # all that the time of the look decides
        told = (watch, due.due_at, history, stale)
        return self._known.of((community, household), told, lambda: _home_now(watch, due, history, now))

    def of_devices(
        self, home: Household, devices: Sequence[Device], known: HomeNow, *, now: datetime
    ) -> list[DeviceNow]:
        """How a home's devices are now, by their own series; `known` is what was found of the home.

        The grid's roll, which is long, is read only where one doesn't seem to speak: it may have heard what
        the last days of that one's series don't tell.
        """
        found = [self._by_series(device, known, now) for device in devices]
        quiet = [each.device.id for each in found if each.standing in QUIET]
        if not quiet:
            return found
        entries = self._rolls.entries(home.community, home.grid, quiet)
        return [_by_roll(each, entries.get(each.device.id), now) for each in found]

    def _by_series(self, device: Device, known: HomeNow, now: datetime) -> DeviceNow:
        if device.revoked_at is not None:
            return DeviceNow(device)
        heard_at = known.heard_at if device.id == known.device else None
        if heard_at is None:
            asked = days(asked_since(device.added_at, device.reports_every, now), now)
            heard_at = self._series.last_heard(device.id, until=now, days=len(asked)) or device.added_at
        return DeviceNow(device, standing_of(heard_at, device.reports_every, now), heard_at)


def _by_roll(found: DeviceNow, entry: Entry | None, now: datetime) -> DeviceNow:
    if found.standing not in QUIET:
        return found
    if entry is None or found.heard_at is None:
        return DeviceNow(found.device)
    heard_at = max(found.heard_at, entry.heard_at)
    return DeviceNow(found.device, standing_of(heard_at, entry.reports_every, now), heard_at)


def _home_now(watch: WaterWatch, due: Due, history: History, now: datetime) -> HomeNow:
    heard_at = history.received_at if history.readings else None
    return HomeNow(home_state(watch, history, now=now), due.due_at, watch.device, heard_at)
