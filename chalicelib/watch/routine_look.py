"""A look at a home that is watched by its routine: what a moment calls for, and when to look again. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.stays import FOREVER
from chalicelib.watch.model import FRESH_INTERVALS, GRACE
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_fusion import SLOW, silent_after
from chalicelib.watch.routine_rule import LEAST_DAYS, Budget, Thresholds
from chalicelib.watch.routine_senses import Sensor
from chalicelib.watch.routine_spans import Stay

LEARNS_AFTER = timedelta(hours=24)
"""Habits are learned so much later: until then what a meter had kept back may still come."""
MOST_TIMES = 4
LEAD = timedelta(minutes=10)
"""How long the phone has rung, and been waited for, before anybody walks."""


@dataclass(frozen=True, slots=True)
class RoutineWatched:
    """What the watch on one home must know to look again. Moments are Unix seconds.

    `learn_at` is the next nightly update. `spell` is the alarm of the silence that began at `spell_began`,
    `checked` the silence for which the phone rang at `rang_at`, `call_at` when that call is gone on with, and
    `unlearned` the times that ended in real outcomes. `ready` says whether the home's past suffices,
    `budget` is the home's own, where it has one. `since` is when the household that lives there began, as
    `household_since` has it: nothing older is read or learned. None until that was asked.
    """

    community: str
    household: str
    sensors: tuple[Sensor, ...]
    learn_at: int
    spell: str | None = None
    spell_began: int | None = None
    checked: int | None = None
    rang_at: int | None = None
    call_at: int | None = None
    unlearned: tuple[Stay, ...] = ()
    ready: bool = False
    budget: Budget | None = None
    since: int | None = 0

    @property
    def home(self) -> tuple[str, str]:
        """Its community and household."""
        return self.community, self.household

    @property
    def is_left(self) -> bool:
        """Whether nobody lives there any more."""
        return self.since == FOREVER

    def unlearning(self, begin: int, end: int) -> "RoutineWatched":
        """The same, which learns nothing of a time that ended in a real outcome; the last few are known."""
        told = Stay(begin, max(end, begin + 1), visitor=True)
        return (
            self if told in self.unlearned else replace(self, unlearned=(*self.unlearned, told)[-MOST_TIMES:])
        )


class RoutineLook(NamedTuple):
    """What a look leads to: whether the phone should ring or somebody should go, for the silence that
    `began`; whether a life sign ended the silence of the watch's alarm; and when to look again.
    """

    began: int | None
    check: bool
    knock: bool
    ended: bool
    look_again_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """When each sensor's newest message came, by its id."""

    at: Mapping[str, datetime]

    @property
    def newest(self) -> datetime | None:
        """When the home was last heard."""
        return max(self.at.values(), default=None)

    def speaking(self, sensors: tuple[Sensor, ...], now: datetime) -> list[Sensor]:
        """Those that aren't silent; all, where all are."""
        return [
            s for s in sensors if s.id in self.at and epoch(now) - epoch(self.at[s.id]) <= silent_after(s)
        ] or list(sensors)


def look(live: Routine, at: Thresholds, watch: RoutineWatched, *, heard: Heard, now: datetime) -> RoutineLook:
    """Judge the home at the newest thing known of it.

    Only what is proved counts: a deadline that has passed while nothing was heard calls for nobody. The phone
    rings first, always: whoever answers spares somebody the walk, and themselves the knock.
    """
    silence, arrival = live.silence, _next_arrival(watch, heard, now)
    if silence is None or silence.until < epoch(now) - _fresh_for(live, watch, heard, now):
        return RoutineLook(None, False, False, False, _capped(watch, arrival, now))
    check_at, knock_at = live.deadline(at.check) or 0, live.deadline(at.knock) or 0
    ended = watch.spell_began is not None and silence.began > watch.spell_began
    if watch.spell is not None and not ended:
        return RoutineLook(silence.began, False, False, False, _capped(watch, arrival, now))
    checked = watch.checked == silence.began
    check = check_at <= silence.until and not checked
    walks_at = max(from_epoch(knock_at), from_epoch(watch.rang_at or 0) + LEAD if checked else now + LEAD)
    knock = checked and knock_at <= silence.until and walks_at <= now
    again = walks_at if checked or check else from_epoch(check_at)
    again = again if again > now and not knock else arrival
    return RoutineLook(silence.began, check, knock, ended, _capped(watch, again, now))


def is_ready(routine: Routine) -> bool:
    """Whether the home's own past suffices."""
    return routine.habits.days >= LEAST_DAYS


def _fresh_for(live: Routine, watch: RoutineWatched, heard: Heard, now: datetime) -> int:
    """For how many seconds what is known says something about now: two intervals of those that are waited
    for, and a step where several are put together.
    """
    speaking = heard.speaking(watch.sensors, now)
    quick = [s.reports_every for s in speaking if s.reports_every <= SLOW] or [
        s.reports_every for s in speaking
    ]
    together = 0 if len(watch.sensors) == 1 else live.mix.step
    return FRESH_INTERVALS * max(quick, default=HOUR) + together


def _next_arrival(watch: RoutineWatched, heard: Heard, now: datetime) -> datetime:
    """When the next message should be here."""
    speaking = heard.speaking(watch.sensors, now)
    return min(_arrival(s, heard.at.get(s.id), now) for s in speaking)


def _arrival(sensor: Sensor, heard_at: datetime | None, now: datetime) -> datetime:
    """When a sensor should report; soon again while it is overdue, then ever later."""
    every = timedelta(seconds=sensor.reports_every)
    if heard_at is None:
        return now + every
    expected = heard_at + every + GRACE
    if now < expected:
        return expected
    return now + min(max(now - expected, GRACE), every)


def _capped(watch: RoutineWatched, again: datetime, now: datetime) -> datetime:
    waits = [again, from_epoch(watch.learn_at)]
    if watch.call_at is not None:
        waits.append(from_epoch(watch.call_at))
    return max(min(waits), now + timedelta(seconds=1))
