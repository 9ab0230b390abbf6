"""The desk where people answer alarms."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.alarms.concerns import Concerns, Waker
from chalicelib.alarms.logbook import RELIEVES, Happened, Via
from chalicelib.alarms.model import Alarm, IllegalMoveError, LogEntry
from chalicelib.alarms.moves import INACTIVITY, TASK
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.items import Item
from chalicelib.aws.tables import ExpectationError, Page
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.routine_advice import FalseKnock

TRIES = 4


class AlarmNotFoundError(NotFoundError):
    """There is no such alarm, or it is another community's."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Who acts on an alarm, and through what; `said_at` is when, if it took a while to be known."""

    name: str
    community: str
    channel: Via = Via.API
    on_behalf_of: str | None = None
    said_at: datetime | None = None

    def line(self, what: Happened, now: datetime, *, note: str = "") -> LogEntry:
        """What they did, as it stands in the log."""
        happened = min(self.said_at or now, now)
        return LogEntry(happened, now, what, self.name, self.channel, self.on_behalf_of, note)


class Lessons(Protocol):
    """Who learns from outcomes."""

    def learn(
        self, community: str, household: str, alarm: str, knock: FalseKnock, *, began: datetime
    ) -> None:
        """Note a knock that found all well, at a silence that `began` then; an alarm again is the same."""

    def spare(self, community: str, household: str, *, began: datetime, ended: datetime) -> None:
        """Learn nothing of a time that ended in a real outcome. Again changes nothing."""


class Relief(Protocol):
    """Who lets people know that they are relieved."""

    def relieved(self, alarm: Alarm, giver: str, *, now: datetime) -> None:
        """Somebody took over what the giver had in hand."""


class News(Protocol):
    """Who lets those know who wait for what comes of an alarm."""

    def moved(self, alarm: Alarm, *, now: datetime) -> None:
        """Somebody took an alarm, or closed it."""


class AlarmDesk:
    """Where people answer alarms. Whoever asks sees their own community's and no other."""

    def __init__(
        self,
        alarms: AlarmStore,
        concerns: Concerns | None = None,
        lessons: Lessons | None = None,
        relief: Relief | None = None,
        waker: Waker | None = None,
        news: News | None = None,
    ) -> None:
        self._alarms = alarms
        self._waker = waker
        self._news = news
        self._concerns = concerns or Concerns(alarms)
        self._lessons = lessons
        self._relief = relief

    def get(self, alarm_id: str, *, community: str) -> Alarm:
        """An alarm. Raises AlarmNotFoundError."""
        alarm = self._alarms.get(alarm_id, consistent=True)
        if alarm is None or alarm.community != community:
            raise AlarmNotFoundError(f"There is no alarm '{alarm_id}'.")
        return alarm

    def log(self, alarm: Alarm) -> list[LogEntry]:
        """An alarm's log, oldest first."""
        return self._alarms.log(alarm.id)

    def page(
        self, community: str, *, is_open: bool, limit: int, after: Item | None
    ) -> tuple[list[Alarm], Page]:
        """A page of open or closed alarms, newest first."""
        return self._alarms.page(community, is_open=is_open, limit=limit, after=after)

    def open_of(self, community: str, household: str) -> list[Alarm]:
        """A home's open alarms."""
        return self._alarms.open_alarms(community, household)

    def acknowledge(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Take charge, or relieve who has it if it was offered, or who should be there by now: they may be on
        the way still, so they aren't told to rest. Raises IllegalMoveError if another did.
        """
        before = self.get(alarm_id, community=by.community)
        giver, offered = before.acknowledged_by, before.offered_to == by.name
        line = by.line(Happened.ACKNOWLEDGED, now, note=_relieves(giver, by))
        taken = self._move(alarm_id, lambda alarm: alarm.acknowledged(by=by.name, at=now), line, by)
        if taken.is_open and taken.acknowledged_by != by.name:
            self.note(alarm_id, "heard the drill", by=by, now=now)  # of a team that is not theirs
        elif self._relief is not None and giver is not None and giver != by.name and offered:
            self._relief.relieved(taken, giver, now=now)
        self._tell_of(taken, now)
        return taken

    def decline(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Give an alarm back: somebody else is asked."""
        return self._move(
            alarm_id, lambda alarm: alarm.given_back(by=by.name, at=now), by.line(Happened.DECLINED, now), by
        )

    def set_out(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Be on the way."""
        line = by.line(Happened.EN_ROUTE, now)
        return self._move(alarm_id, lambda alarm: alarm.set_out(by=by.name, at=now), line, by)

    def arrive(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Be at the door, whoever else is on the way: they are told that somebody is there."""
        giver = self.get(alarm_id, community=by.community).acknowledged_by
        line = by.line(Happened.ON_SITE, now, note=_relieves(giver, by))
        there = self._move(alarm_id, lambda alarm: alarm.arrived(by=by.name, at=now), line, by)
        if self._relief is not None and giver is not None and giver != by.name:
            self._relief.relieved(there, giver, now=now)
        self._tell_of(there, now)
        return there

    def unheard(self, alarm_id: str, *, by: Responder, now: datetime) -> None:
        """A provider says that `by` wasn't reached: what else there is for them is tried at once."""
        line = by.line(Happened.NOT_ANSWERED, now, note=by.name)
        self._move(alarm_id, lambda alarm: alarm.hurried(by.name, at=now), line, by)

    def self_answer(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Note that the resident answered that all is well."""
        line = by.line(Happened.SELF_ANSWERED, now)
        return self._move(alarm_id, lambda alarm: alarm.self_answered(at=now), line, by)

    def call_for_help(self, alarm_id: str, *, by: Responder, now: datetime) -> None:
        """The resident asked for help: that is a one-key call, and goes its own, faster way.

        Told again, however late, it is the same call.
        """
        alarm = self.get(alarm_id, community=by.community)
        said = min(by.said_at or now, now)
        evidence: dict[str, int | str] = {"at": epoch(said), "alarm": alarm.id}
        concern = Concern(ConcernKind.ONE_KEY, alarm.community, alarm.household, said, evidence)
        self._concerns.raise_once(concern, now=now)
        self.note(alarm_id, "asked for help", by=by, now=now)

    def call_back(self, alarm_id: str, *, by: Responder, now: datetime) -> None:
        """The resident asked to be rung later: once more, while nobody has taken charge; noted anyhow."""
        before = self.get(alarm_id, community=by.community)
        line = by.line(Happened.ASKED_TO_BE_CALLED_BACK, now)
        after = self._move(alarm_id, lambda alarm: alarm.to_be_called_back(by.name, at=now), line, by)
        if after.version == before.version:
            self.note(alarm_id, "asked to be called back", by=by, now=now)

    def note(self, alarm_id: str, note: str, *, by: Responder, now: datetime) -> None:
        """Write a line into an alarm's log, after whatever is written there in the same instant."""
        alarm = self.get(alarm_id, community=by.community)
        line = by.line(Happened.NOTED, now, note=note)
        for _ in range(TRIES - 1):
            with suppress(ExpectationError):
                self._alarms.remark(alarm, line, lines=self._alarms.lines(alarm_id))
                return
        self._alarms.remark(alarm, line, lines=self._alarms.lines(alarm_id))

    def resolve(
        self, alarm_id: str, outcome: Outcome, *, by: Responder, now: datetime, seen: int | None = None
    ) -> Alarm:
        """Say what was found, which closes the alarm; a real one opens a follow-up for the days after, unless
        somebody died.

        `seen` is the version that the outcome is about: when more has happened since, it is not closed.
        """
        line = by.line(Happened.RESOLVED, now, note=outcome.note)
        moved = self._move(
            alarm_id, lambda alarm: alarm.resolved(outcome, by=by.name, at=now, seen=seen), line, by
        )
        if outcome.verdict is Verdict.REAL and not moved.drill and moved.kind is not ConcernKind.FOLLOW_UP:
            if outcome.cause is not Cause.DIED:  # nobody asks the dead how they are now
                self._concerns.raise_once(_follow_up(moved), now=now)
            if self._lessons and moved.severity < TASK:
                ended = moved.resolved_at or now
                self._lessons.spare(moved.community, moved.household, began=moved.began_at, ended=ended)
        if self._lessons and outcome.verdict is Verdict.FALSE and moved.kind in INACTIVITY:
            knock = FalseKnock(moved.resolved_at or now, outcome.cause)
            home = moved.community, moved.household
            self._lessons.learn(*home, moved.id, knock, began=moved.began_at)
        self._tell_of(moved, now)
        return moved

    def reopen(self, alarm_id: str, *, note: str, by: Responder, now: datetime) -> Alarm:
        """Raise a closed alarm again; more than two hours after its outcome as a new one, linked to it."""
        alarm = self.get(alarm_id, community=by.community)
        again = alarm.reopened(self._concerns.ladder_of(alarm.concern), at=now)
        line = by.line(Happened.REOPENED, now, note=note)
        try:
            if again.id != alarm.id:
                self._alarms.create(again, line)
            elif again is not alarm:
                self._alarms.change(again, line, lines=self._alarms.lines(alarm.id), reopens=True)
        except ExpectationError as error:
            if (known := self._reopened_as(alarm)) is not None:
                return known
            raise IllegalMoveError(
                f"This home has an open {alarm.kind} alarm already, or somebody reopened this one just now."
            ) from error
        if again is not alarm:
            self._wake(again, now=now)
        return again

    def _reopened_as(self, alarm: Alarm) -> Alarm | None:
        """The open alarm that this one was reopened as before, if it was."""
        open_id = self._alarms.open_one(alarm.community, alarm.household, alarm.kind, alarm.drill)
        known = self._alarms.get(open_id, consistent=True) if open_id else None
        return known if known is not None and known.linked_to == alarm.id else None

    def _move(self, alarm_id: str, move: Callable[[Alarm], Alarm], line: LogEntry, by: Responder) -> Alarm:
        """Move an alarm. When somebody wrote in the same instant, look again: they may have been first."""
        for _ in range(TRIES):
            with suppress(ExpectationError):
                return self._try_to_move(alarm_id, move, line, by)
        return self._try_to_move(alarm_id, move, line, by)

    def _try_to_move(
        self, alarm_id: str, move: Callable[[Alarm], Alarm], line: LogEntry, by: Responder
    ) -> Alarm:
        alarm = self.get(alarm_id, community=by.community)
        moved = move(alarm)
        if moved is not alarm:
            self._alarms.change(moved, line, lines=self._alarms.lines(alarm.id))
            self._wake(moved, now=line.known_at)
        return moved

    def _tell_of(self, alarm: Alarm, now: datetime) -> None:
        if self._news is not None:
            self._news.moved(alarm, now=now)

    def _wake(self, alarm: Alarm, *, now: datetime) -> None:
        """What is due soon doesn't wait for the tick."""
        if self._waker is not None and alarm.climb is not None:
            self._waker.wake(alarm.id, max(alarm.climb.next_at, now), now=now)


def _relieves(giver: str | None, by: Responder) -> str:
    return f"{RELIEVES}{giver}" if giver not in (None, by.name) else ""


def _follow_up(alarm: Alarm) -> Concern:
    evidence: dict[str, int | str] = {"alarm": alarm.id}
    began_at = alarm.resolved_at or alarm.raised_at
    return Concern(ConcernKind.FOLLOW_UP, alarm.community, alarm.household, began_at, evidence)
