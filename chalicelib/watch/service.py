"""Looking in: what happens when the deadline of a watch or of a roll has passed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Protocol

from chalicelib.aws.remembered import Remembered
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import Device, Household, Kind
from chalicelib.registry.service import effective
from chalicelib.registry.store import RegistryStore
from chalicelib.telemetry.model import Chunk, day_name, merged, register_readings, series_day
from chalicelib.telemetry.store import SeriesStore
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.model import (
    Concern,
    ConcernKind,
    History,
    Look,
    QuietHome,
    WaterWatch,
    after,
    history_needed,
    look,
    settled,
    surely_needed,
)
from chalicelib.watch.roll import MOST_DEVICES, Entry, Roll
from chalicelib.watch.still_water import StillWater
from chalicelib.watch.store import RollStore, until_undisturbed, watch_due, watch_key, water_watch

FIRST_ROLL = timedelta(minutes=10)
"""How soon a roll is called after a device joined it."""


class Alarms(Protocol):
    """What the watches need of the alarms."""

    def raise_once(self, concern: Concern, *, now: datetime) -> str:
        """Raise an alarm for a concern, or find the open one for the same home and kind. Returns its id."""

    def is_open(self, alarm_id: str) -> bool:
        """Whether an alarm still waits for an outcome."""

    def clear(self, alarm_id: str, *, now: datetime) -> None:
        """A life sign ended the spell that an alarm is about."""

    def add_remark(self, concern: Concern, *, now: datetime) -> None:
        """Note on the home's open alarm of that kind, if there is one, that its cause is gone."""


class Instead(Protocol):
    """Whoever may knock instead of the founding rule."""

    def stands_for(self, community: str, household: str, *, now: datetime) -> bool:
        """Whether a home is in its care now."""


class Pauses(Protocol):
    """Whoever knows when a home is declared to be away."""

    def resumes_at(
        self, community: str, household: str, *, window: timedelta, now: datetime
    ) -> datetime | None:
        """When a rule that judges the last `window` may judge again; None when nothing pauses it."""


class StillWaterWatch:
    """Looks at a home when its deadline has passed: waits on, or raises.

    A home that is in another watch's care is looked at all the same, and nobody is sent.
    """

    def __init__(
        self,
        series: SeriesStore,
        deadlines: DeadlineStore,
        alarms: Alarms,
        instead: Instead | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self._series = series
        self._deadlines = deadlines
        self._alarms = alarms
        self._instead = instead
        self._pauses = pauses
        self._read_before: Remembered[History] = Remembered(most=256)
        self._watches: Remembered[WaterWatch] = Remembered()

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take a deadline that has passed.

        The alarm is raised first and the watch re-armed then, so none is lost.
        """
        watch = water_watch(due)
        history = self._read(watch, now=now, enough=lambda read: settled(watch, read, now=now) is not None)
        early = settled(watch, history, now=now)
        if early is not None:
            seen = replace(watch, judged_until=history.readings[-1].at)
            self._deadlines.arm(watch_due(seen, at=early), instead_of=due)
            return
        seen_now = self._look(watch, history, now=now)
        if seen_now.quiet is not None:  # before anybody is sent to a door: once more, past any replica's lag
            seen_now = self._look(watch, self._read(watch, now=now, consistent=True), now=now)
        resumed = self._resumes_at(watch, now) if seen_now.quiet is not None else None
        if resumed is not None:  # nobody is at home: only what is read after that counts again
            paused = replace(watch, judged_until=resumed)
            self._deadlines.arm(watch_due(paused, at=resumed), instead_of=due)
            return
        alarm = None
        if seen_now.ended and watch.spell is not None and seen_now.quiet is None:
            self._alarms.clear(watch.spell, now=now)
        if seen_now.quiet is not None and not self._cared_for(watch, now):
            alarm = self._alarms.raise_once(_still_water(watch, seen_now.quiet), now=now)
        self._deadlines.arm(
            watch_due(after(watch, seen_now, alarm=alarm), at=seen_now.look_again_at), instead_of=due
        )

    def _resumes_at(self, watch: WaterWatch, now: datetime) -> datetime | None:
        if self._pauses is None:
            return None
        window = watch.rule.window
        return self._pauses.resumes_at(watch.community, watch.household, window=window, now=now)

    def _cared_for(self, watch: WaterWatch, now: datetime) -> bool:
        return self._instead is not None and self._instead.stands_for(
            watch.community, watch.household, now=now
        )

    def history(self, watch: WaterWatch, *, now: datetime) -> History:
        """The readings that a whole look at a home needs."""
        return self._read(watch, now=now)

    def look(self, watch: WaterWatch, *, now: datetime) -> Look:
        """Look at a home without touching its watch."""
        return self._look(watch, self.history(watch, now=now), now=now)

    def watch_of(self, community: str, household: str) -> tuple[WaterWatch, Due] | None:
        """A home's watch and its deadline, if it has one."""
        due = self._deadlines.get(*watch_key(community, household))
        if due is None:
            return None
        return self._watches.of(due.pk, due.state, lambda: water_watch(due)), due

    def _look(self, watch: WaterWatch, history: History, *, now: datetime) -> Look:
        alarm_open = watch.spell is not None and self._alarms.is_open(watch.spell)
        return look(watch, history, alarm_open=alarm_open, now=now)

    def _read(
        self,
        watch: WaterWatch,
        *,
        now: datetime,
        consistent: bool = False,
        enough: Callable[[History], bool] | None = None,
    ) -> History:
        """Read day by day, newest first, until `enough`, or as far back as a look ever needs."""
        days: list[tuple[Chunk, ...]] = []
        day = series_day(epoch(now))
        surely = series_day(epoch(surely_needed(watch, now=now)))
        while True:
            days.append(self._series.day(watch.device, day_name(day), consistent=consistent))
            day -= 1
            if enough is None and day >= surely:
                continue
            history = self._history(tuple(days), watch)
            needed = series_day(epoch(history_needed(watch, history, now=now)))
            if day < needed or (enough and enough(history)):
                return history

    def _history(self, days: tuple[tuple[Chunk, ...], ...], watch: WaterWatch) -> History:
        if not any(days):
            return _history([], watch)
        chunks = chain.from_iterable(days)
        return self._read_before.of((watch.device, len(days)), days, lambda: _history(list(chunks), watch))


class Watchkeeper:
    """Begins and ends watches as the registry changes: the registry's `Watchers`."""

    def __init__(self, registry: RegistryStore, deadlines: DeadlineStore, rolls: RollStore) -> None:
        self._registry = registry
        self._deadlines = deadlines
        self._rolls = rolls

    def devices_added(self, devices: Sequence[Device], *, now: datetime) -> None:
        """Put devices on their grids' rolls, and watch over homes with a water meter.

        Again changes nothing.
        """
        for community, grid in {(d.community, d.grid) for d in devices}:
            here = _new([d for d in devices if (d.community, d.grid) == (community, grid)])
            until_undisturbed(partial(self._enter, community, grid, here, now))
        for device in devices:
            if device.kind is Kind.WATER_METER:
                self._begin(device, now=now)

    def device_revoked(self, device: Device, *, now: datetime) -> None:
        """Take a device off the roll and end the watch on it. Its series stays."""
        until_undisturbed(partial(self._leave, device, now))
        due = self._deadlines.get(*watch_key(device.community, device.household))
        if due is not None and water_watch(due).device == device.id:
            self._deadlines.disarm(due.pk, due.sk)

    def devices_moved(self, devices: Sequence[Device], *, to: str, now: datetime) -> None:
        """Put a home's devices on another grid's roll, with what is known of them, then off the old one's."""
        for device in devices:
            old = self._rolls.get(device.community, device.grid, consistent=True)
            entries = (
                {device.id: old.entries[device.id]} if old and device.id in old.entries else _new([device])
            )
            until_undisturbed(partial(self._enter, device.community, to, entries, now))
            until_undisturbed(partial(self._leave, device, now))

    def settings_changed(self, household: Household, *, now: datetime) -> None:
        """Give a home's watch the rule that holds now, and look at once."""
        rule = self._rule(household)
        until_undisturbed(partial(self._change_rule, household, rule, now))

    def look_now(self, community: str, household: str, *, now: datetime) -> None:
        """Let the next tick look at a home, whatever its deadline: early is always allowed."""
        due = self._deadlines.get(*watch_key(community, household))
        if due is not None and due.due_at > now:
            self._deadlines.arm(replace(due, due_at=now), instead_of=due)

    def _enter(self, community: str, grid: str, entries: Mapping[str, Entry], now: datetime) -> None:
        roll = self._rolls.get(community, grid, consistent=True) or Roll(community, grid, now)
        joined = roll.joined(entries)
        if len(joined.entries) > MOST_DEVICES:
            raise RefusedError(f"Grid '{grid}' would have over {MOST_DEVICES} devices; split the grid.")
        if joined.entries != roll.entries:
            self._rolls.put(joined, call_again_at=min(now + FIRST_ROLL, joined.call_again_at(now)))

    def _leave(self, device: Device, now: datetime) -> None:
        roll = self._rolls.get(device.community, device.grid, consistent=True)
        if roll is not None and device.id in roll.entries:
            left = roll.left([device.id])
            self._rolls.put(left, call_again_at=left.call_again_at(now))

    def _change_rule(self, household: Household, rule: StillWater, now: datetime) -> None:
        due = self._deadlines.get(*watch_key(household.community, household.id))
        if due is not None and (watch := water_watch(due)).rule != rule:
            changed = replace(watch, rule=rule)
            if changed.spell is None:  # what was judged by the old rule is judged anew by this one
                changed = replace(changed, judged_until=None)
            self._deadlines.arm(watch_due(changed, at=now), instead_of=due)

    def _begin(self, device: Device, *, now: datetime) -> None:
        known = self._deadlines.get(*watch_key(device.community, device.household))
        if known is not None and water_watch(known).device == device.id:
            return
        household = self._registry.household(device.community, device.household)
        if household is None:
            raise RefusedError(f"There is no household '{device.household}' to watch over.")
        watch = WaterWatch(
            device.community,
            device.household,
            device.id,
            self._rule(household),
            device.reports_every,
            armed_at=now,
        )
        self._deadlines.arm(watch_due(watch, at=now))

    def _rule(self, household: Household) -> StillWater:
        community = self._registry.community(household.community)
        if community is None:
            raise RefusedError(f"There is no community '{household.community}'.")
        numbers = effective(community, household)
        return StillWater(timedelta(minutes=numbers.window_minutes or 0), numbers.least_litres or 0)


def _new(devices: Sequence[Device]) -> dict[str, Entry]:
    return {d.id: Entry(d.household, d.reports_every, d.added_at) for d in devices}


def _history(chunks: Sequence[Chunk], watch: WaterWatch) -> History:
    if not chunks:
        return History([], watch.reports_every, watch.armed_at)
    newest = max(chunks, key=lambda chunk: chunk.samples[-1]["at"])
    received_at = max(chunk.received_at for chunk in chunks)
    return History(register_readings(merged(chunks)), timedelta(seconds=newest.every), received_at)


def _still_water(watch: WaterWatch, quiet: QuietHome) -> Concern:
    evidence: dict[str, int | str] = {
        "used_litres": quiet.litres,
        "since": epoch(quiet.since),
        "newest_at": epoch(quiet.newest_at),
        "heard_at": epoch(quiet.heard_at),
        "device": watch.device,
        "window_minutes": int(watch.rule.window.total_seconds()) // 60,
        "least_litres": watch.rule.least_litres,
    }
    return Concern(ConcernKind.STILL_WATER, watch.community, watch.household, quiet.began_at, evidence)
