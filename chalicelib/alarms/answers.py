"""What people press on the phone: the notify capability's `Answers`."""

from contextlib import suppress
from datetime import datetime

from chalicelib.alarms.checking import CHECK, CheckAnswers
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.kernel.errors import NotFoundError


class CallAnswers:
    """A responder's "1" takes charge; a resident's answers to a check call count for the resident."""

    def __init__(self, desk: AlarmDesk, checks: CheckAnswers | None = None) -> None:
        self._desk = desk
        self._checks = checks

    def accepted(
        self, community: str, alarm_id: str, person: str, at: datetime, channel: str, *, now: datetime
    ) -> None:
        """Someone pressed "1": they take charge. Raises ConflictError when somebody else did first."""
        self._desk.acknowledge(alarm_id, by=Responder(person, community, Via(channel), said_at=at), now=now)

    def noted(
        self,
        community: str,
        alarm_id: str,
        person: str,
        digit: str,
        at: datetime,
        channel: str,
        *,
        now: datetime,
    ) -> None:
        """A relative who was told pressed a key, or anybody one that means nothing: the ladder goes on."""
        by = Responder(person, community, Via(channel), said_at=at)
        self._desk.note(alarm_id, f"pressed {digit}", by=by, now=now)

    def pressed(
        self,
        community: str,
        alarm_id: str,
        person: str,
        digit: str,
        at: datetime,
        channel: str,
        *,
        now: datetime,
    ) -> None:
        """A resident answered a check call: 1 fine, 2 help, 3 later. Any other key is noted."""
        if alarm_id == CHECK and self._checks is not None:
            self._checks.answered(community, person, digit, at, now=now)
            return
        by = Responder(person, community, Via(channel), said_at=at)
        match digit:
            case "1":
                self._is_fine(alarm_id, by, now)
            case "2":
                self._desk.call_for_help(alarm_id, by=by, now=now)
            case "3":
                self._desk.call_back(alarm_id, by=by, now=now)
            case _:
                self._desk.note(alarm_id, f"pressed {digit}", by=by, now=now)

    def unheard(self, community: str, alarm_id: str, person: str, at: datetime, channel: str) -> None:
        """Somebody who was rung wasn't reached. Nothing to do when the alarm is gone."""
        if alarm_id != CHECK:
            with suppress(NotFoundError):
                self._desk.unheard(alarm_id, by=Responder(person, community, Via(channel)), now=at)

    def _is_fine(self, alarm_id: str, by: Responder, now: datetime) -> None:
        """What they said stands in the log even when somebody is at their door by now."""
        try:
            self._desk.self_answer(alarm_id, by=by, now=now)
        except IllegalMoveError:
            self._desk.note(alarm_id, "said that all is well", by=by, now=now)
