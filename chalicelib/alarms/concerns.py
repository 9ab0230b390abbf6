"""From a concern to an alarm: raised once, told again when its cause comes again, cleared by a life sign."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.alarms.ladder import Ladder
from chalicelib.alarms.logbook import Happened, Via
from chalicelib.alarms.model import SYSTEM, Alarm, LogEntry
from chalicelib.alarms.moves import SEVERITY, State
from chalicelib.alarms.outcome import Verdict
from chalicelib.alarms.raising import climbs, raised
from chalicelib.alarms.store import AlarmStore, LadderStore
from chalicelib.aws.tables import ExpectationError
from chalicelib.watch.model import Concern

TRIES = 4
MOST_AGAIN = 100
"""So often an alarm tells that its cause came again. Of a "1" key that is stuck, or of a flood of made-up
names, the rest stand with the calls alone."""
SAID_AGAIN, STILL_SAID = timedelta(minutes=10), timedelta(minutes=30)
"""A detector that goes on saying the same is logged so often, and saying it after a longer pause is a new
call."""
SECOND_LOOK = timedelta(seconds=6)
"""Severity 1 is looked at once more so soon, by a message sent before the alarm is written: a crash on
the way, or a lost message, costs seconds then, and not the minute until the tick."""


class Waker(Protocol):
    """Comes back to an alarm sooner than the tick would."""

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        """Come back at `at`. May fail: the tick is the safety net."""


class Concerns:
    """Turns concerns into alarms: the watches' `Alarms`."""

    def __init__(
        self, alarms: AlarmStore, ladders: LadderStore | None = None, waker: Waker | None = None
    ) -> None:
        self._alarms = alarms
        self._ladders = ladders
        self._waker = waker

    def raise_once(self, concern: Concern, *, now: datetime, maybe: str = "") -> str:
        """Raise an alarm, once per spell, and one open per home and kind.

        `maybe` is an alarm that may well hold still: where it does, it need not be looked for. Returns the id
        of the alarm that holds.
        """
        severity = SEVERITY[concern.kind]
        alarm = raised(concern, now=now, ladder=self._own_ladder(concern))
        entry = LogEntry(concern.began_at, now, Happened.RAISED, SYSTEM, Via.WATCH)
        if maybe not in ("", alarm.id) and self._holds_still(maybe, concern, now):
            return maybe
        if severity == 1:
            self._wake(alarm.id, now + SECOND_LOOK, now)
        for _ in range(TRIES):
            with suppress(ExpectationError):
                self._alarms.create(alarm, entry)
                self._wake(alarm.id, now, now)
                return alarm.id
            if (known := self._alarms.get(alarm.id, consistent=True)) is not None:
                self._wake(known.id, now, now)  # whoever raised it may have crashed before they did
                return known.id
            with suppress(ExpectationError):  # closed or moved in this instant: look again
                open_id = self._open_one(concern)
                if open_id is not None and self._told_again(open_id, concern, now):
                    return open_id
        raise ExpectationError("This home's alarm is moving; its cause must be told again.")

    def ladder_of(self, concern: Concern) -> Ladder:
        """What an alarm climbs that is raised, or raised anew, now."""
        return climbs(concern, self._own_ladder(concern))

    def _own_ladder(self, concern: Concern) -> Ladder | None:
        return self._ladders.get(concern.community, SEVERITY[concern.kind]) if self._ladders else None

    def _wake(self, alarm_id: str, at: datetime, now: datetime) -> None:
        """Let its first rung be rung at a moment instead of at the next tick."""
        if self._waker is not None:
            self._waker.wake(alarm_id, at, now=now)

    def _holds_still(self, alarm_id: str, concern: Concern, now: datetime) -> bool:
        if SEVERITY[concern.kind] == 1:
            self._wake(alarm_id, now + SECOND_LOOK, now)
        with suppress(ExpectationError):  # somebody moved it in this instant: then it is looked for
            return self._told_again(alarm_id, concern, now)
        return False

    def _open_one(self, concern: Concern) -> str | None:
        return self._alarms.open_one(concern.community, concern.household, concern.kind, concern.drill)

    def _told_again(self, alarm_id: str, concern: Concern, now: datetime) -> bool:
        """Tell an alarm that its cause came again; False if it isn't that home's open one of that kind.

        It takes the new evidence and a new version, so that nobody closes it on the old facts unawares.
        """
        alarm, log = self._alarms.with_log(alarm_id)
        if alarm is None or not alarm.is_open or not _is_about(alarm, concern):
            return False
        if any(line.what is Happened.AGAIN and line.at == concern.began_at for line in log):
            return True  # delivered twice
        told = _after(alarm, log, concern, now)
        often = sum(line.what is Happened.AGAIN for line in log) >= MOST_AGAIN
        if told is alarm or (often and told.state is alarm.state):
            return True
        self._alarms.change(told, _again(alarm, told, concern, now), lines=len(log))
        self._wake(alarm.id, now, now)
        return True

    def is_open(self, alarm_id: str) -> bool:
        """Whether an alarm still waits for an outcome."""
        alarm = self._alarms.get(alarm_id, consistent=True)
        return alarm is not None and alarm.is_open

    def was_real(self, alarm_id: str) -> bool:
        """Whether an alarm was closed as a real one."""
        alarm = self._alarms.get(alarm_id, consistent=True)
        found = alarm.outcome if alarm is not None else None
        return found is not None and found.verdict is Verdict.REAL

    def clear(self, alarm_id: str, *, now: datetime) -> None:
        """A life sign ended the spell of an alarm: nobody is rung any more. Severity 1 never clears."""
        alarm = self._alarms.get(alarm_id, consistent=True)
        if alarm is None or State.CLEARED not in alarm.moves:
            return
        line = LogEntry(now, now, Happened.CLEARED, SYSTEM, Via.WATCH)
        self._alarms.change(alarm.cleared(at=now), line, lines=self._alarms.lines(alarm_id))

    def add_remark(self, concern: Concern, *, now: datetime, what: Happened = Happened.HEARD_AGAIN) -> None:
        """Note on the home's open alarm of that kind, if there is one, what became of its cause.

        That is not worth a long race: whoever goes on writing there keeps it out.
        """
        found = self._open_one(concern)
        for _ in range(TRIES):
            alarm, log = self._alarms.with_log(found) if found else (None, [])
            if alarm is None or any(line.what == what and line.at == concern.began_at for line in log):
                return  # delivered twice
            with suppress(ExpectationError):  # someone wrote a line this instant: look again
                line = LogEntry(concern.began_at, now, what, SYSTEM, Via.WATCH)
                self._alarms.remark(alarm, line, lines=len(log))
                return


def _after(alarm: Alarm, log: Sequence[LogEntry], concern: Concern, now: datetime) -> Alarm:
    """The alarm after its cause came again; the very same one when that is nothing new."""
    said = [line.at for line in log if line.what in (Happened.RAISED, Happened.AGAIN)]
    since = concern.began_at - max(said, default=alarm.began_at)
    if alarm.is_still_said(concern) and since < STILL_SAID:
        return alarm if since < SAID_AGAIN else alarm.goes_on(concern.evidence)
    if alarm.is_of_another(concern) and len(said) <= MOST_AGAIN:
        return alarm.for_another(concern.evidence, at=now)
    return alarm.again(concern.evidence, at=now)


def _again(alarm: Alarm, told: Alarm, concern: Concern, now: datetime) -> LogEntry:
    """What the log says of it. Who called before, when it was somebody else, stands there alone from now."""
    other = f"before: {alarm.evidence.get('subject', '')}" if alarm.is_of_another(concern) else ""
    notes = ("" if told.state is alarm.state else "raised anew", other)
    return LogEntry(
        concern.began_at, now, Happened.AGAIN, SYSTEM, Via.WATCH, note="; ".join(filter(None, notes))
    )


def _is_about(alarm: Alarm, concern: Concern) -> bool:
    """Whether an alarm is about a concern's home, and of its kind."""
    about = (alarm.community, alarm.household, alarm.kind, alarm.drill)
    return about == (concern.community, concern.household, concern.kind, concern.drill)
