"""Relieving those whose shift has ended: the rota's `OpenCases`.

The next on duty is asked to take an alarm over. Until they acknowledge it, whoever has it stays responsible.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.alarms.errands import Errand, post
from chalicelib.alarms.listing import all_open
from chalicelib.alarms.logbook import HANDED_TO, Happened, Via
from chalicelib.alarms.model import SYSTEM, Alarm, LogEntry
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.handoff import Handoff, OpenCase
from chalicelib.watch.deadlines import DeadlineStore

ASKED_FOR = timedelta(hours=12)
"""So long the next on duty is asked: then their own shift is over."""


class Relief:
    """Offers open alarms to those who are on duty now, and says so in their logs."""

    def __init__(self, alarms: AlarmStore, registry: RegistryStore, deadlines: DeadlineStore) -> None:
        self._alarms = alarms
        self._registry = registry
        self._deadlines = deadlines

    def open_cases(self, community: str) -> Sequence[OpenCase]:
        """The alarms that somebody has in hand and may hand on."""
        held = [alarm for alarm in all_open(self._alarms, community) if alarm.may_be_offered]
        homes = self._registry.some_households(community, {alarm.household for alarm in held})
        return [
            OpenCase(
                alarm.id,
                homes[alarm.household].grid if alarm.household in homes else "",
                alarm.acknowledged_by or "",
                alarm.acknowledged_at or alarm.raised_at,
            )
            for alarm in held
        ]

    def hand_over(self, community: str, handoff: Handoff, *, now: datetime) -> None:
        """Offer an alarm to the taker, log it, and let them be told. Again is harmless."""
        alarm = self._alarms.get(handoff.case, consistent=True)
        if alarm is None or not alarm.may_be_offered or alarm.acknowledged_by != handoff.giver:
            return
        offered = alarm.offered(handoff.taker, at=now)
        if offered is not alarm:
            note = f"{handoff.giver}{HANDED_TO}{handoff.taker}"
            line = LogEntry(now, now, Happened.OFFERED, SYSTEM, Via.ROTA, note=note)
            self._alarms.change(offered, line, lines=self._alarms.lines(alarm.id))
        self._ask(offered, handoff.taker, now)

    def relieved(self, alarm: Alarm, giver: str, *, now: datetime) -> None:
        """Let somebody know that their alarm was taken over."""
        key = f"{alarm.id}/relieved-{epoch(alarm.acknowledged_at or now)}/{giver}"
        post(self._deadlines, self._errand(alarm, giver, MessageKind.RELIEVED, key, now, severity=3), now=now)

    def _ask(self, alarm: Alarm, taker: str, now: datetime) -> None:
        key = f"{alarm.id}/offered-{epoch(alarm.offered_at or now)}/{taker}"
        post(
            self._deadlines,
            self._errand(alarm, taker, MessageKind.HANDOFF, key, now, alarm.severity),
            now=now,
        )

    def _errand(
        self, alarm: Alarm, person: str, kind: MessageKind, key: str, now: datetime, severity: int
    ) -> Errand:
        home = self._registry.household(alarm.community, alarm.household)
        place = dict.fromkeys(LANGUAGES, home.building if home else "")
        return Errand(
            alarm.community,
            person,
            kind,
            key,
            now + ASKED_FOR,
            severity=severity,
            place=place,
            alarm=alarm.id,
        )
