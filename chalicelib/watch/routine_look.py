"""A look at a home that is watched by its routine: what a moment calls for, and when to look again. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.watch.model import FRESH_INTERVALS, GRACE
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_rule import LEAST_DAYS, Thresholds
from chalicelib.watch.routine_spans import Span

LEARNS_AFTER = timedelta(hours=24)
"""Habits are learned so much later: until then what a meter had kept back may still come."""
CONTEXT = timedelta(hours=6)
"""How far before the newest thing known the readings are read again: even flow needs a few to be told."""
LEAD = timedelta(minutes=10)
"""How long the phone has rung, and been waited for, before anybody walks."""


@dataclass(frozen=True, slots=True)
class RoutineWatched:
    """What the watch on one home must know to look again. Moments are Unix seconds.

    `learn_at` is the next nightly update. `spell` is the alarm of the silence that began at `spell_began`,
    `checked` the silence for which the phone rang at `rang_at`, `call_at` when that call is gone on with, and
    `unlearned` a silence that ended in a real outcome. `ready` says whether the home's past suffices.
    """

    community: str
    household: str
    device: str
    reports_every: timedelta
    learn_at: int
    spell: str | None = None
    spell_began: int | None = None
    checked: int | None = None
    rang_at: int | None = None
    call_at: int | None = None
    unlearned: int | None = None
    ready: bool = False


class RoutineLook(NamedTuple):
    """What a look leads to: whether the phone should ring or somebody should go, for the silence that
    `began`; whether a life sign ended the silence of the watch's alarm; and when to look again.
    """

    began: int | None
    check: bool
    knock: bool
    ended: bool
    look_again_at: datetime


def look(
    live: Routine, at: Thresholds, watch: RoutineWatched, *, heard_at: datetime | None, now: datetime
) -> RoutineLook:
    """Judge the home at the newest thing known of it; `heard_at` is when its newest message came.

    Only what is proved counts: a deadline that has passed while nothing was heard calls for nobody. The phone
    rings first, always: whoever answers spares somebody the walk, and themselves the knock.
    """
    silence, arrival = live.silence, _next_arrival(watch, heard_at, now)
    if silence is None or silence.until < epoch(now - FRESH_INTERVALS * watch.reports_every):
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


def learned(routine: Routine, spans: Iterable[Span], *, until: int, unlearned: int | None) -> Routine:
    """The routine with all spans that end by `until`. The silence `unlearned` teaches nothing."""
    grown = routine.copy()
    for span in spans:
        if span.end > until:
            break
        if unlearned is not None and grown.silence is not None and grown.silence.began == unlearned:
            grown.forget_silence()
        grown.add(span)
    return grown


def is_ready(routine: Routine) -> bool:
    """Whether the home's own past suffices."""
    return routine.habits.days >= LEAST_DAYS


def _next_arrival(watch: RoutineWatched, heard_at: datetime | None, now: datetime) -> datetime:
    """When the next message should be here; soon again while it is overdue, then ever later."""
    if heard_at is None:
        return now + watch.reports_every
    expected = heard_at + watch.reports_every + GRACE
    if now < expected:
        return expected
    return now + min(max(now - expected, GRACE), watch.reports_every)


def _capped(watch: RoutineWatched, again: datetime, now: datetime) -> datetime:
    waits = [again, from_epoch(watch.learn_at)]
    if watch.call_at is not None:
        waits.append(from_epoch(watch.call_at))
    return max(min(waits), now + timedelta(seconds=1))
