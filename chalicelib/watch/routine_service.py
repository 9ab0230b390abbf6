"""Watching a home by its routine: ring its phone first, send somebody then, and learn every night."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol
from zlib import crc32

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import KEPT, Sample, merged
from chalicelib.telemetry.store import SeriesStore
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_fusion import Told, learned, said_since, spans_after
from chalicelib.watch.routine_homes import kept_routine
from chalicelib.watch.routine_look import (
    LEARNS_AFTER,
    Heard,
    RoutineLook,
    RoutineWatched,
    is_ready,
    look,
)
from chalicelib.watch.routine_rule import RoutineRule, Thresholds, WatchedBy, thresholds
from chalicelib.watch.routine_senses import Sensor
from chalicelib.watch.routine_spans import Stay
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


CONTEXT = {Kind.ELECTRICITY_METER: timedelta(hours=26)}
SHORT_CONTEXT = timedelta(hours=6)
"""How far before the newest thing known readings are read again; for electricity's background, a day."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a home at a moment: its routine up to now, and what its sensors said for it."""

    routine: Routine
    told: Told
    heard: Heard
    now: datetime

    @property
    def silent(self) -> list[Sensor]:
        """The sensors that nobody waits for any more."""
        return self.told.silent(epoch(self.now))

    def why(self, threshold: float) -> Why | None:
        """Why the home is, or will be, looked at."""
        silent = {s.id for s in self.silent}
        senses = {s.sense for s in self.told.sensors} - {
            s.sense for s in self.told.sensors if s.id not in silent
        }
        return why(self.routine, threshold, sensors=sum(senses))


@dataclass(slots=True)
class RoutineWatch:
    """Takes the deadlines of routine watches."""

    series: SeriesStore
    habits: HabitsStore
    rules: Rules
    alarms: RoutineAlarms
    calls: CheckCalls
    calendar_of: Callable[[str], Calendar]
    stays_of: Callable[[str, str], tuple[Stay, ...]] = lambda community, household: ()
    """What was declared of a home lately: asked only when it would be rung at, or learned from."""
    settled: Callable[[str, str, datetime], bool] = lambda community, household, now: False
    """Sees to who lives in a home, and says whether that changed its watch: asked where nobody did."""

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Look at the home, act, learn if it is night, and wait on: a day where no rule is, or nobody."""
        watch = routine_watched(due)
        if (watch.since is None or watch.is_left) and self.settled(*watch.home, now):
            return
        rule = self.rules.get(watch.community, now=now)
        if rule is None or watch.is_left:
            self.habits.arm(watch, at=now + timedelta(days=1), instead_of=due)
            return
        kept = self._kept(watch, rule)
        seen = self.seen(watch, kept, now=now)
        if epoch(now) >= watch.learn_at or self._asks(watch, kept, rule, seen, now):
            seen = self._declared(watch, kept, seen)
        if epoch(now) >= watch.learn_at:
            watch, kept = self._learn(watch, kept, seen, now=now)
        at = thresholds(kept.habits, watch.budget or rule.budget, kept.prior)
        found = look(seen.routine, at, watch, heard=seen.heard, now=now)
        if rule.by is WatchedBy.ROUTINE and watch.ready:
            if found.knock:  # before anybody is sent to a door: once more, past any replica's lag
                seen = self._declared(watch, kept, self.seen(watch, kept, now=now, consistent=True))
                found = look(seen.routine, at, watch, heard=seen.heard, now=now)
            watch = self._act(watch, found, seen, at, now=now)
            found = look(seen.routine, at, watch, heard=seen.heard, now=now)
        self.habits.arm(watch, at=found.look_again_at, instead_of=due)

    def stands_for(self, community: str, household: str, *, now: datetime) -> bool:
        """Whether a home is watched by its routine now, so that the founding rule need not knock."""
        rule = self.rules.get(community, now=now)
        if rule is None or rule.by is not WatchedBy.ROUTINE:
            return False
        found = self.habits.watch_of(community, household)
        return found is not None and found[0].ready and found[1].due_at > now - TRUSTED_FOR

    def explain(self, community: str, household: str, *, now: datetime) -> tuple[Seen, Why | None] | None:
        """What is known of a home, and why it is, or will be, looked at; None where nobody watches it."""
        rule, found = self.rules.get(community, now=now), self.habits.watch_of(community, household)
        if rule is None or found is None or found[0].is_left:
            return None
        kept = self._kept(found[0], rule)
        seen = self._declared(found[0], kept, self.seen(found[0], kept, now=now))
        return seen, seen.why(thresholds(kept.habits, found[0].budget or rule.budget, kept.prior).knock)

    def seen(self, watch: RoutineWatched, kept: Routine, *, now: datetime, consistent: bool = False) -> Seen:
        """What is known of a home now: what it learned, and what came in since."""
        samples: dict[str, Sequence[Sample]] = {}
        heard: dict[str, datetime] = {}
        for each in watch.sensors:
            since = max(_since(kept, each, now), from_epoch(watch.since or 0))
            chunks = self.series.between(each.id, since, now, consistent=consistent)
            samples[each.id] = said_since(merged(chunks), watch.since or 0)
            if chunks:
                heard[each.id] = max(chunk.received_at for chunk in chunks)
        told = Told(watch.sensors, samples)
        return Seen(self._live(watch, kept, told, now), told, Heard(heard), now)

    def _live(self, watch: RoutineWatched, kept: Routine, told: Told, now: datetime) -> Routine:
        live = kept.copy()
        live.add_all(spans_after(kept, told, now=epoch(now)))
        self._answered(watch, live, now)
        return live

    def _declared(self, watch: RoutineWatched, kept: Routine, seen: Seen) -> Seen:
        """The same with what was declared of the home."""
        stays = self.stays_of(*watch.home)
        if not stays:
            return seen
        told = replace(seen.told, stays=stays)
        return replace(seen, told=told, routine=self._live(watch, kept, told, seen.now))

    def _asks(
        self, watch: RoutineWatched, kept: Routine, rule: RoutineRule, seen: Seen, now: datetime
    ) -> bool:
        """Whether the home would be rung or knocked at."""
        at = thresholds(kept.habits, watch.budget or rule.budget, kept.prior)
        found = look(seen.routine, at, watch, heard=seen.heard, now=now)
        return found.check or found.knock

    def _kept(self, watch: RoutineWatched, rule: RoutineRule) -> Routine:
        calendar = self.calendar_of(watch.community)
        return kept_routine(self.habits, watch, rule, calendar)

    def _answered(self, watch: RoutineWatched, live: Routine, now: datetime) -> None:
        """An answered call is a life sign."""
        if watch.checked is None or live.silence is None:
            return
        answer = self.habits.answer(*watch.home)
        if answer is not None and answer <= epoch(now):
            live.answered(answer)

    def _act(
        self, watch: RoutineWatched, found: RoutineLook, seen: Seen, at: Thresholds, *, now: datetime
    ) -> RoutineWatched:
        if found.ended and watch.spell is not None:
            self.alarms.clear(watch.spell, now=now)
            if not self.alarms.is_open(watch.spell):
                watch = replace(self._sparing(watch, until=now), spell=None, spell_began=None)
        told = seen.why(at.knock) if found.knock else None
        if told is not None:
            alarm = self.alarms.raise_once(_concern(watch, told, seen.heard.newest or now), now=now)
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

    def _learn(
        self, watch: RoutineWatched, kept: Routine, seen: Seen, *, now: datetime
    ) -> tuple[RoutineWatched, Routine]:
        """The nightly update: one write."""
        if watch.spell is not None and not self.alarms.is_open(watch.spell):
            watch = self._sparing(watch, until=now)
        until = epoch(now - LEARNS_AFTER)
        grown = learned(kept, seen.told, until=until, now=epoch(now), unlearned=watch.unlearned)
        self.habits.put(watch, grown)
        at = next_night(watch.household, self.calendar_of(watch.community).zone, now)
        return replace(watch, learn_at=epoch(at), ready=is_ready(grown)), grown

    def _sparing(self, watch: RoutineWatched, *, until: datetime) -> RoutineWatched:
        """The same, which learns nothing of its alarm's silence if that was real."""
        if watch.spell is None or watch.spell_began is None or not self.alarms.was_real(watch.spell):
            return watch
        return watch.unlearning(watch.spell_began, epoch(until))


def next_night(household: str, zone: tzinfo, now: datetime) -> datetime:
    """The next moment at which a home's habits are learned: each home has its own minute of the night."""
    minute = crc32(household.encode()) % SPREAD_MINUTES
    local = now.astimezone(zone).replace(hour=NIGHT, minute=0, second=0, microsecond=0, fold=0)
    for days in range(3):
        at = (local + timedelta(days=days)).astimezone(UTC) + timedelta(minutes=minute)
        if at > now:
            return at
    raise AssertionError("a night comes every day")


def _since(kept: Routine, sensor: Sensor, now: datetime) -> datetime:
    """From when on a sensor's readings are needed."""
    oldest = now - KEPT
    if kept.silence is None:
        return oldest
    return max(from_epoch(kept.silence.until) - CONTEXT.get(sensor.kind, SHORT_CONTEXT), oldest)


def _concern(watch: RoutineWatched, told: Why, heard_at: datetime) -> Concern:
    evidence = {**told.figures(), "device": watch.sensors[0].id, "heard_at": epoch(heard_at)}
    began = from_epoch(told.last_sign_at)
    return Concern(ConcernKind.ROUTINE, watch.community, watch.household, began, evidence)
