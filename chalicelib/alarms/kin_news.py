"""Kin who heard that somebody is being asked hear what came of it: that somebody went, and that it is closed.

It is written to them, never rung: what they wait for is an answer, not another alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.alarms.calling import People
from chalicelib.alarms.errands import Errand, post
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import Happened
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.moves import TASK, State
from chalicelib.alarms.outcome import Verdict
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.clock import epoch
from chalicelib.notify.texts import MessageKind
from chalicelib.watch.deadlines import DeadlineStore, Due

KIN_NEWS = "kin_news"
"""The kind of their deadlines."""
TOLD_FOR = timedelta(hours=12)
_GOING = frozenset({State.ACKNOWLEDGED, State.EN_ROUTE, State.ON_SITE})
_HARMLESS = frozenset({Verdict.FALSE, Verdict.DEVICE})


@dataclass(frozen=True, slots=True)
class KinNews:
    """Lets the tick look whether an alarm that moved is news for kin: the desk itself needn't know them."""

    deadlines: DeadlineStore

    def moved(self, alarm: Alarm, *, now: datetime) -> None:
        """Somebody took an alarm, or closed it. Again is harmless."""
        if alarm.drill or alarm.severity == TASK or (alarm.is_open and alarm.state not in _GOING):
            return
        what = "going" if alarm.is_open else "closed"
        self.deadlines.arm(Due(f"{KIN_NEWS}#{alarm.id}", f"{KIN_NEWS}#{what}", now, alarm.id))


@dataclass(frozen=True, slots=True)
class KinTeller:
    """Takes the deadlines of `KinNews`: tells kin how it stands by then, once for each time they were told of
    an alarm.
    """

    alarms: AlarmStore
    people: People
    deadlines: DeadlineStore

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Post what there is to tell."""
        alarm, log = self.alarms.with_log(due.state)
        told_at = _kin_told_at(log)
        if alarm is not None and told_at is not None and (kind := _news(alarm)):
            for person in self.people.asked(alarm, Who.KIN, now=now):
                post(self.deadlines, _errand(alarm, person, kind, told_at, now), now=now)
        self.deadlines.disarm(due.pk, due.sk)


def _kin_told_at(log: Sequence[LogEntry]) -> datetime | None:
    """When kin were last told that somebody is being asked."""
    rung = (line.known_at for line in log if line.what is Happened.RUNG and Who.KIN in line.note.split(", "))
    return max(rung, default=None)


def _news(alarm: Alarm) -> MessageKind | None:
    """What to tell; nothing of what was given back, or opened again, meanwhile."""
    if alarm.is_open:
        return MessageKind.KIN_GOING if alarm.state in _GOING else None
    found = alarm.outcome
    return MessageKind.KIN_FALSE if found and found.verdict in _HARMLESS else MessageKind.KIN_CLOSED


def _errand(alarm: Alarm, person: str, kind: MessageKind, told_at: datetime, now: datetime) -> Errand:
    return Errand(
        alarm.community,
        person,
        kind,
        f"{alarm.id}/{kind}-{epoch(told_at)}/{person}",
        now + TOLD_FOR,
        severity=alarm.severity,
        alarm=alarm.id,
        on_duty=False,
    )
