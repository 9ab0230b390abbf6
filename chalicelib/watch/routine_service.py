"""Watching a home by its routine: ring its phone first, send somebody then, and learn every night."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol
from zlib import crc32

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.model import KEPT, RegisterReading, merged, register_readings
from chalicelib.telemetry.store import SeriesStore
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_look import (
    CONTEXT,
    LEARNS_AFTER,
    RoutineLook,
    RoutineWatched,
    is_ready,
    learned,
    look,
)
from chalicelib.watch.routine_rule import RoutineRule, Thresholds, WatchedBy, thresholds
from chalicelib.watch.routine_signs import water_spans
from chalicelib.watch.routine_spans import Span
from chalicelib.watch.routine_store import HabitsStore, Rules, routine_watched
from chalicelib.watch.routine_why import Why, why

NIGHT = 3
"""The local hour from which habits are learned, spread over two hours: few people are up."""
SPREAD_MINUTES = 120
TRUSTED_FOR = timedelta(hours=1)
"""A routine watch whose deadline has passed for so long is broken: the founding rule stands again."""


class RoutineAlarms(Protocol):
    """What the routine watch needs of the alarms."""

    def raise_once(self, concern: Concern, *, now: datetime) -> str:
        """Raise an alarm for a concern, once. Returns its id."""

    def is_open(self, alarm_id: str) -> bool:
        """Whether an alarm still waits for an outcome."""

    def was_real(self, alarm_id: str) -> bool:
        """Whether an alarm was closed as a real one."""

    def clear(self, alarm_id: str, *, now: datetime) -> None:
        """A life sign ended the spell that an alarm is about."""


class CheckCalls(Protocol):
    """Rings a home's residents."""

    def ring(self, community: str, household: str, *, key: str, now: datetime) -> datetime | None:
        """Ask how they are, or go on with it; the same key never twice. Returns when to go on, if at all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a home at a moment: its routine up to now, and when its newest message came."""

    routine: Routine
    heard_at: datetime | None
    spans: Sequence[Span]


@dataclass(slots=True)
class RoutineWatch:
    """Takes the deadlines of routine watches."""

    series: SeriesStore
    habits: HabitsStore
    rules: Rules
    alarms: RoutineAlarms
    calls: CheckCalls
    calendar_of: Callable[[str], Calendar]

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Look at the home, act, learn if it is night, and wait on: a day where no rule is chosen."""
        watch = routine_watched(due)
        rule = self.rules.get(watch.community, now=now)
        if rule is None:
            self.habits.arm(watch, at=now + timedelta(days=1), instead_of=due)
            return
        kept = self._kept(watch, rule)
        seen = self.seen(watch, kept, now=now)
        if epoch(now) >= watch.learn_at:
            watch = self._learn(watch, kept, seen, now=now)
        at = thresholds(kept.habits, rule.budget, rule.prior)
        found = look(seen.routine, at, watch, heard_at=seen.heard_at, now=now)
        if rule.by is WatchedBy.ROUTINE and watch.ready:
            if found.knock:  # before anybody is sent to a door: once more, past any replica's lag
                seen = self.seen(watch, kept, now=now, consistent=True)
                found = look(seen.routine, at, watch, heard_at=seen.heard_at, now=now)
            watch = self._act(watch, found, seen, at, now=now)
            found = look(seen.routine, at, watch, heard_at=seen.heard_at, now=now)
        self.habits.arm(watch, at=found.look_again_at, instead_of=due)

    def stands_for(self, community: str, household: str, *, now: datetime) -> bool:
        """Whether a home is watched by its routine now, so that the founding rule need not knock."""
        rule = self.rules.get(community, now=now)
        if rule is None or rule.by is not WatchedBy.ROUTINE:
            return False
        found = self.habits.watch_of(community, household)
        return found is not None and found[0].ready and found[1].due_at > now - TRUSTED_FOR

    def explain(self, community: str, household: str, *, now: datetime) -> tuple[Why, Routine] | None:
        """Why a home is, or will be, looked at; None where nothing is known yet."""
        rule, found = self.rules.get(community, now=now), self.habits.watch_of(community, household)
        if rule is None or found is None:
            return None
        kept = self._kept(found[0], rule)
        seen = self.seen(found[0], kept, now=now)
        told = why(seen.routine, thresholds(kept.habits, rule.budget, rule.prior).knock)
        return (told, seen.routine) if told else None

    def seen(self, watch: RoutineWatched, kept: Routine, *, now: datetime, consistent: bool = False) -> Seen:
        """What is known of a home now: what it learned, and what came in since."""
        oldest = now - KEPT
        since = max(from_epoch(kept.silence.until) - CONTEXT, oldest) if kept.silence else oldest
        chunks = self.series.between(watch.device, since, now, consistent=consistent)
        readings = register_readings(merged(chunks))
        spans = list(water_spans(readings))
        live = kept.copy()
        live.add_all(spans)
        self._answered(watch, live, now)
        heard_at = max((chunk.received_at for chunk in chunks), default=None)
        return Seen(live, heard_at, spans)

    def begin(self, device: Device, *, now: datetime, history: Sequence[RegisterReading] = ()) -> None:
        """Watch a home by its routine from now on; `history` is its past. Again changes nothing."""
        if device.kind is not Kind.WATER_METER or (rule := self.rules.get(device.community, now=now)) is None:
            return
        known = self.habits.watch_of(device.community, device.household)
        if known is not None and known[0].device == device.id:
            return
        watch = RoutineWatched(
            device.community, device.household, device.id, device.reports_every, learn_at=epoch(now)
        )
        if history:
            fresh = Routine(self._kept(watch, rule).mix, self.calendar_of(device.community), rule.prior)
            until = epoch(now - LEARNS_AFTER)
            grown = learned(fresh, water_spans(history), until=until, unlearned=None)
            self.habits.put(device.community, device.household, grown)
        self.habits.arm(watch, at=now)

    def end(self, device: Device) -> None:
        """Watch a home by this device no more."""
        known = self.habits.watch_of(device.community, device.household)
        if known is not None and known[0].device == device.id:
            self.habits.forget(device.community, device.household)

    def _kept(self, watch: RoutineWatched, rule: RoutineRule) -> Routine:
        calendar = self.calendar_of(watch.community)
        return self.habits.get(watch.community, watch.household, calendar=calendar, prior=rule.prior)

    def _answered(self, watch: RoutineWatched, live: Routine, now: datetime) -> None:
        """An answered call is a life sign; it teaches nothing about how the home usually is."""
        if watch.checked is None or live.silence is None:
            return
        answer = self.habits.answer(watch.community, watch.household)
        if answer is not None and live.silence.began < answer <= epoch(now):
            silence, until = live.silence, max(answer, live.silence.until)
            live.add(Span(silence.until, until + 1, signs=1, last_at=answer, learn=False))

    def _act(
        self, watch: RoutineWatched, found: RoutineLook, seen: Seen, at: Thresholds, *, now: datetime
    ) -> RoutineWatched:
        if found.ended and watch.spell is not None:
            self.alarms.clear(watch.spell, now=now)
            if not self.alarms.is_open(watch.spell):
                watch = replace(watch, spell=None, spell_began=None)
        told = why(seen.routine, at.knock) if found.knock else None
        if told is not None:
            alarm = self.alarms.raise_once(_concern(watch, told, seen.heard_at or now), now=now)
            return replace(watch, spell=alarm, spell_began=found.began, call_at=None)
        if found.check:
            watch = replace(watch, checked=found.began, rang_at=epoch(now), call_at=epoch(now))
        return self._ring(watch, found, now=now)

    def _ring(self, watch: RoutineWatched, found: RoutineLook, *, now: datetime) -> RoutineWatched:
        """Ring the home's phone, or go on with it, while it is quiet."""
        if watch.call_at is None or watch.call_at > epoch(now):
            return watch
        if found.began != watch.checked:
            return replace(watch, call_at=None)
        key = f"check/{watch.household}/{watch.checked}"
        again = self.calls.ring(watch.community, watch.household, key=key, now=now)
        return replace(watch, call_at=epoch(again) if again else None)

    def _learn(self, watch: RoutineWatched, kept: Routine, seen: Seen, *, now: datetime) -> RoutineWatched:
        """The nightly update: one write."""
        if watch.spell is not None and not self.alarms.is_open(watch.spell):
            real = self.alarms.was_real(watch.spell)
            watch = replace(watch, unlearned=watch.spell_began if real else None)
        until = epoch(now - LEARNS_AFTER)
        grown = learned(kept, seen.spans, until=until, unlearned=watch.unlearned)
        self.habits.put(watch.community, watch.household, grown)
        at = next_night(watch.household, self.calendar_of(watch.community).zone, now)
        return replace(watch, learn_at=epoch(at), ready=is_ready(grown))


def next_night(household: str, zone: tzinfo, now: datetime) -> datetime:
    """The next moment at which a home's habits are learned: each home has its own minute of the night."""
    minute = crc32(household.encode()) % SPREAD_MINUTES
    local = now.astimezone(zone).replace(hour=NIGHT, minute=0, second=0, microsecond=0, fold=0)
    for days in range(3):
        at = (local + timedelta(days=days)).astimezone(UTC) + timedelta(minutes=minute)
        if at > now:
            return at
    raise AssertionError("a night comes every day")


def _concern(watch: RoutineWatched, told: Why, heard_at: datetime) -> Concern:
    evidence = {**told.figures(), "device": watch.device, "heard_at": epoch(heard_at)}
    began = from_epoch(told.last_sign_at)
    return Concern(ConcernKind.ROUTINE, watch.community, watch.household, began, evidence)
