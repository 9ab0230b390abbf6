"""What the watches share: concerns they hand to the alarms, and the live look at a home's water. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.still_water import Finding, Judgement, StillWater

GRACE = timedelta(minutes=2)
"""How long a message may be under way."""
FRESH_INTERVALS = 2
"""A reading older than so many reporting intervals says nothing about now."""
FIRST_LOOK = timedelta(minutes=1)
"""How soon a home whose meter never spoke is looked at again, at first."""

UNKNOWN_HOME = "unknown-"
"""How what stands for a home begins when nobody knows who called."""


class ConcernKind(StrEnum):
    """What an alarm can be about."""

    STILL_WATER = "still_water"
    ROUTINE = "routine"
    DEVICE_SILENT = "device_silent"
    UNGUARDED = "unguarded"
    GAS = "gas"
    SMOKE = "smoke"
    FALL = "fall"
    ONE_KEY = "one_key"
    FOLLOW_UP = "follow_up"
    DRILL_MISSED = "drill_missed"


@dataclass(frozen=True, slots=True)
class Concern:
    """A reason to raise an alarm. `began_at` is the spell's start: the same spell is the same concern.

    `evidence` holds the figures a person is told, as numbers, ids and Unix seconds; the texts are made where
    it is read.
    """

    kind: ConcernKind
    community: str
    household: str
    began_at: datetime
    evidence: dict[str, int | str]
    drill: bool = False


@dataclass(frozen=True, slots=True)
class WaterWatch:
    """The still-water watch on one home: what it must know to look again, and nothing that readings change.

    `judged_until` is the newest reading already judged, `spell` the alarm of a quiet spell that no life sign
    has ended.
    """

    community: str
    household: str
    device: str
    rule: StillWater
    reports_every: timedelta
    armed_at: datetime
    judged_until: datetime | None = None
    spell: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The readings of one meter in time order, with what its messages say of themselves.

    `every` is the newest message's sampling interval, `received_at` when the newest message came.
    """

    readings: Sequence[RegisterReading]
    every: timedelta
    received_at: datetime


class Look(NamedTuple):
    """What a look at a home leads to: `quiet` when it must be raised now, and when to look again.

    `judged_until` and `ended` are what the watch must remember: `ended` when a life sign ended its spell.
    """

    finding: Finding
    look_again_at: datetime
    quiet: "QuietHome | None"
    judged_until: datetime | None
    ended: bool


class QuietHome(NamedTuple):
    """The evidence of a quiet home: `litres` drawn since `since`, when the meter had last moved, as far as it
    was read; the spell was first found at `began_at`.
    """

    began_at: datetime
    since: datetime
    litres: int
    newest_at: datetime
    heard_at: datetime


def settled(watch: WaterWatch, history: History, *, now: datetime) -> datetime | None:
    """The next deadline, when the readings at hand settle it alone:

    enough was drawn, and no spell is open.
    """
    if watch.spell is not None or not history.readings:
        return None
    deadline = watch.rule.deadline(history.readings, every=history.every)
    return deadline if deadline is not None and deadline > now else None


def surely_needed(watch: WaterWatch, *, now: datetime) -> datetime:
    """How far back a look must read, whatever it finds."""
    return now - FRESH_INTERVALS * watch.reports_every - watch.rule.window


def history_needed(watch: WaterWatch, history: History, *, now: datetime) -> datetime:
    """How far back a look must read, as far as `history` tells: past the last look only if there is news."""
    oldest = now - FRESH_INTERVALS * watch.reports_every
    if watch.judged_until is not None and history.readings and not is_stale(watch, history, now=now):
        oldest = min(oldest, watch.judged_until)
    return oldest - watch.rule.window - 2 * history.every


def is_stale(watch: WaterWatch, history: History, *, now: datetime) -> bool:
    """Whether the newest reading, if there is one, is too old to say how a home is now."""
    return bool(history.readings) and history.readings[-1].at < now - FRESH_INTERVALS * watch.reports_every


def look(watch: WaterWatch, history: History, *, alarm_open: bool, now: datetime) -> Look:
    """Judge every reading that came since the last look, and say what follows."""
    if not history.readings:
        pause = min(max(now - watch.armed_at, FIRST_LOOK), watch.reports_every)
        return Look(Finding.UNKNOWN, now + pause, None, watch.judged_until, ended=False)
    if is_stale(watch, history, now=now):
        again = next_arrival(watch, history, now=now)
        return Look(Finding.UNKNOWN, again, None, watch.judged_until, ended=False)
    judged = _since_last_look(watch, history)
    ended = any(j.finding is Finding.ACTIVE for j in judged)
    begun = _open_spell(judged, already=watch.spell is not None)
    finding = judged[-1].finding if judged else Finding.UNKNOWN
    in_spell = begun is not None or (watch.spell is not None and not ended)
    again = _look_again(
        watch, history, in_spell=in_spell, alarm_open=alarm_open or begun is not None, now=now
    )
    quiet = None if begun is None else _evidence(history, begun, judged)
    known = [j.at for j in judged if j.finding is not Finding.UNKNOWN]  # late data may yet settle the others
    return Look(finding, again, quiet, known[-1] if known else watch.judged_until, ended)


def next_arrival(watch: WaterWatch, history: History, *, now: datetime) -> datetime:
    """When the next message should be here.

    While a meter is still sending what it had kept back, in a moment.
    """
    if history.received_at > now - GRACE and history.readings[-1].at < now - watch.reports_every:
        return history.received_at + GRACE
    expected = history.received_at + watch.reports_every
    if now < expected + GRACE:
        return expected + GRACE
    overdue = now - expected  # soon again, then ever later: it may come any moment, or be gone for days
    return now + min(max(overdue, GRACE), watch.reports_every)


def after(watch: WaterWatch, seen: Look, *, alarm: str | None) -> WaterWatch:
    """The watch after a look; `alarm` is the one raised for the spell that the look found."""
    spell = alarm or (None if seen.ended else watch.spell)
    return replace(watch, judged_until=seen.judged_until, spell=spell)


def _since_last_look(watch: WaterWatch, history: History) -> list[Judgement]:
    judgements = watch.rule.judgements(history.readings, every=history.every)
    return [j for j in judgements if watch.judged_until is None or j.at > watch.judged_until]


def _open_spell(judged: Sequence[Judgement], *, already: bool) -> Judgement | None:
    """The judgement that began a spell which is still on, if it began among `judged`."""
    begun: Judgement | None = None
    for judgement in judged:
        if judgement.finding is Finding.ACTIVE:
            begun, already = None, False
        elif judgement.finding is Finding.INACTIVE and begun is None and not already:
            begun = judgement
    return begun


def _look_again(
    watch: WaterWatch, history: History, *, in_spell: bool, alarm_open: bool, now: datetime
) -> datetime:
    if in_spell and alarm_open:
        return next_arrival(watch, history, now=now)
    rule, readings, every = watch.rule, history.readings, history.every
    wanted = rule.earliest_next_spell if in_spell else rule.deadline
    deadline = wanted(readings, every=every)
    return deadline if deadline is not None and deadline > now else next_arrival(watch, history, now=now)


def _evidence(history: History, begun: Judgement, judged: Sequence[Judgement]) -> QuietHome:
    told = next(j for j in reversed(judged) if j.finding is Finding.INACTIVE)
    newest = history.readings[-1].at
    since = _still_since(history.readings, told.since) if told.since else begun.at
    return QuietHome(begun.at, since, told.used_litres or 0, newest, history.received_at)


def _still_since(readings: Sequence[RegisterReading], base_at: datetime) -> datetime:
    """Since when the register stood as it did at the base, as far as it was read. Whoever goes there must
    know how long nothing was drawn, and of a backlog that comes at once the rule's window is only the end.
    """
    before = [reading for reading in readings if reading.at <= base_at]
    still = takewhile(lambda reading: reading.litres == before[-1].litres, reversed(before))
    return min(reading.at for reading in still)


@dataclass(frozen=True, slots=True)
class HomeState:
    """What staff are shown of a home:

    the finding now, when water was last seen to be drawn, and how much lately.
    """

    finding: Finding = Finding.UNKNOWN
    last_drawn_at: datetime | None = None
    used_litres: int | None = None


def home_state(watch: WaterWatch, history: History, *, now: datetime) -> HomeState:
    """A home's state from the readings that a look needs."""
    if not history.readings:
        return HomeState()
    judgement = watch.rule.judge(history.readings, every=history.every)
    finding = Finding.UNKNOWN if is_stale(watch, history, now=now) else judgement.finding
    return HomeState(finding, _last_drawn(history.readings), judgement.used_litres)


def _last_drawn(readings: Sequence[RegisterReading]) -> datetime | None:
    later = readings[-1]
    for reading in reversed(readings):
        if later.litres > reading.litres:
            return later.at
        later = reading
    return None
