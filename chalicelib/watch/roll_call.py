"""Calling a grid's roll: which devices are late or silent, and which homes are unguarded."""

from datetime import datetime, timedelta

from chalicelib.kernel.clock import epoch
from chalicelib.telemetry.heard import HeardStore
from chalicelib.telemetry.store import SeriesStore, days
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.roll import Change, Roll, Standing
from chalicelib.watch.service import Alarms
from chalicelib.watch.store import RollStore, roll_of

HINTS_LAG = timedelta(minutes=1)
"""How much later than its time a hint may become visible."""


class RollCall:
    """Calls the roll of a grid: who is late, who is silent, which homes are unguarded."""

    def __init__(self, rolls: RollStore, heard: HeardStore, series: SeriesStore, alarms: Alarms) -> None:
        self._rolls = rolls
        self._heard = heard
        self._series = series
        self._alarms = alarms

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take a roll's deadline.

        Hints spare most devices a look; nobody is called silent on a missing hint alone. An old copy of the
        roll does no harm: it can't be written back, and the deadline comes again.
        """
        roll = self._rolls.get(*roll_of(due))
        if roll is None:
            return
        roll = roll.heard(self._heard.since(roll.community, roll.grid, roll.taken_at - HINTS_LAG))
        roll = roll.heard(
            {
                device: at
                for device in roll.suspects(now)
                if (at := self._last_message(device, roll.entries[device].heard_at, now))
            }
        )
        taken, changes = roll.taken(now)
        for change in changes:
            self._tell(taken, change, now)
        self._rolls.put(taken, call_again_at=taken.call_again_at(now))

    def _last_message(self, device: str, since: datetime, now: datetime) -> datetime | None:
        return self._series.last_heard(device, until=now, days=len(days(since, now)))

    def _tell(self, roll: Roll, change: Change, now: datetime) -> None:
        if change.entry.standing is Standing.SILENT:
            self._alarms.raise_once(_silence(roll, change), now=now)
        elif change.before is Standing.SILENT:
            for kind in (ConcernKind.DEVICE_SILENT, ConcernKind.UNGUARDED):
                self._alarms.add_remark(_concern(roll, change, kind), now=now)


def _silence(roll: Roll, change: Change) -> Concern:
    unguarded = roll.unguarded(change.entry.household)
    return _concern(roll, change, ConcernKind.UNGUARDED if unguarded else ConcernKind.DEVICE_SILENT)


def _concern(roll: Roll, change: Change, kind: ConcernKind) -> Concern:
    evidence: dict[str, int | str] = {"device": change.device, "heard_at": epoch(change.entry.heard_at)}
    return Concern(kind, roll.community, change.entry.household, change.entry.heard_at, evidence)
