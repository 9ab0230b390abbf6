"""Raising alarms, and the desk where people answer them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.alarms.model import Alarm, LogEntry, Outcome, raised
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.tables import ExpectationError, Item, Page
from chalicelib.kernel.clock import from_epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.model import Sample
from chalicelib.watch.model import Concern, ConcernKind

SYSTEM = "shouwang"
"""Who the log names when no person acted."""


class AlarmNotFoundError(NotFoundError):
    """There is no such alarm, or it is another community's."""


@dataclass(frozen=True, slots=True)
class Responder:
    """Who acts on an alarm, and through what."""

    name: str
    community: str
    channel: str = "api"


class Concerns:
    """Turns concerns into alarms: the watches' `Alarms`."""

    def __init__(self, alarms: AlarmStore) -> None:
        self._alarms = alarms

    def raise_once(self, concern: Concern, *, now: datetime) -> str:
        """Raise an alarm, once per spell, and one open per home and kind.

        Returns the id of the alarm that holds.
        """
        alarm = raised(concern, now=now)
        entry = LogEntry(concern.began_at, now, "raised", SYSTEM, "watch")
        try:
            self._alarms.create(alarm, entry)
        except ExpectationError:
            if (known := self._alarms.get(alarm.id, consistent=True)) is not None:
                return known.id
            if (other := self._alarms.open_one(concern.community, concern.household, concern.kind)) is None:
                raise  # closed in between: the deadline is still due and comes again
            self.add_remark(concern, now=now, what="again")
            return other
        return alarm.id

    def is_open(self, alarm_id: str) -> bool:
        """Whether an alarm still waits for an outcome."""
        alarm = self._alarms.get(alarm_id, consistent=True)
        return alarm is not None and alarm.is_open

    def add_remark(self, concern: Concern, *, now: datetime, what: str = "heard_again") -> None:
        """Note on the home's open alarm of that kind, if there is one, what became of its cause."""
        found = self._alarms.open_one(concern.community, concern.household, concern.kind)
        if found is None or (alarm := self._alarms.get(found)) is None:
            return
        log = self._alarms.log(alarm.id)
        if any(line.what == what and line.at == concern.began_at for line in log):
            return  # delivered twice
        with suppress(ExpectationError):  # someone wrote a line this instant; a remark is not worth a race
            line = LogEntry(concern.began_at, now, what, SYSTEM, "watch")
            self._alarms.remark(alarm, line, lines=len(log))


_DANGERS = {
    Kind.GAS_ALARM: ConcernKind.GAS,
    Kind.SMOKE_ALARM: ConcernKind.SMOKE,
    Kind.ONE_KEY: ConcernKind.ONE_KEY,
    Kind.CAMERA: ConcernKind.FALL,
    Kind.BED_RADAR: ConcernKind.FALL,
    Kind.WATCH: ConcernKind.FALL,
}


class UrgentConcerns:
    """What can't wait for a tick: gas, smoke, a fall, a press. The ingest's `UrgentRules`."""

    def __init__(self, concerns: Concerns) -> None:
        self._concerns = concerns

    def happened(
        self, device: Device, samples: Sequence[Sample], *, received_at: datetime, now: datetime
    ) -> None:
        """Raise an alarm for the first danger in a message, however many there are.

        A detector that is clear or faulty, or a test press, raises none.
        """
        danger = next((sample for sample in samples if _is_danger(sample)), None)
        if danger is None:
            return
        evidence: dict[str, int | str] = {"device": device.id, "at": danger["at"]}
        kind = _DANGERS[device.kind]
        concern = Concern(kind, device.community, device.household, from_epoch(danger["at"]), evidence)
        self._concerns.raise_once(concern, now=now)


def _is_danger(sample: Sample) -> bool:
    return bool(sample.get("state", "alarm") == "alarm" and sample.get("press", "call") == "call")


class AlarmDesk:
    """Where people answer alarms. Whoever asks sees their own community's and no other."""

    def __init__(self, alarms: AlarmStore) -> None:
        self._alarms = alarms

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
        found = [self._alarms.get(i, consistent=True) for i in self._alarms.open_of(community, household)]
        return [alarm for alarm in found if alarm is not None]

    def acknowledge(self, alarm_id: str, *, by: Responder, now: datetime) -> Alarm:
        """Take charge of an alarm. Raises AlarmNotFoundError, or IllegalMoveError once somebody else did."""
        entry = LogEntry(now, now, "acknowledged", by.name, by.channel)
        return self._move(alarm_id, lambda alarm: alarm.acknowledged(by=by.name, at=now), entry, by)

    def resolve(self, alarm_id: str, outcome: Outcome, *, by: Responder, now: datetime) -> Alarm:
        """Say what was found, which closes the alarm. Raises AlarmNotFoundError or IllegalMoveError."""
        entry = LogEntry(now, now, "resolved", by.name, by.channel, note=outcome.note)
        return self._move(alarm_id, lambda alarm: alarm.resolved(outcome, by=by.name, at=now), entry, by)

    def _move(self, alarm_id: str, move: Callable[[Alarm], Alarm], entry: LogEntry, by: Responder) -> Alarm:
        """Move an alarm. When somebody wrote in the same instant, look again: they may have been first."""
        with suppress(ExpectationError):
            return self._try_to_move(alarm_id, move, entry, by)
        return self._try_to_move(alarm_id, move, entry, by)

    def _try_to_move(
        self, alarm_id: str, move: Callable[[Alarm], Alarm], entry: LogEntry, by: Responder
    ) -> Alarm:
        alarm = self.get(alarm_id, community=by.community)
        moved = move(alarm)
        if moved is not alarm:
            self._alarms.change(moved, entry, lines=len(self._alarms.log(alarm.id)))
        return moved
