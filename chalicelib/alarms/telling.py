"""Telling people of alarms: the climber's `Teller`, through the notify capability."""

from contextlib import suppress
from datetime import datetime
from typing import Protocol

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import CheckCall
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import TASK
from chalicelib.alarms.moves import State as AlarmState
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.caller import Role
from chalicelib.notify import texts
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.boxes import box_of_resident
from chalicelib.notify.delivery import State
from chalicelib.notify.model import Channel, Message, Recipient
from chalicelib.notify.service import Notifier, Standing, always
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.model import ConcernKind

_KINDS = {
    ConcernKind.GAS: MessageKind.GAS,
    ConcernKind.SMOKE: MessageKind.SMOKE,
    ConcernKind.STILL_WATER: MessageKind.LOOK_IN,
    ConcernKind.ROUTINE: MessageKind.LOOK_IN,
}
_UNANSWERED = {ConcernKind.GAS: MessageKind.GAS_119, ConcernKind.SMOKE: MessageKind.SMOKE_119}
"""What the coordinator is told to call for when nobody answered, if it isn't 120."""
_BY_SEVERITY = {1: MessageKind.URGENT, 2: MessageKind.LOOK_IN, 3: MessageKind.TASK}
_BECAME = {
    State.PENDING: CheckCall.WAITS,
    State.HELD: CheckCall.WAITS,
    State.SENT: CheckCall.RANG,
    State.DELIVERED: CheckCall.ANSWERED,
    State.UNREACHABLE: CheckCall.UNANSWERED,
}
_ON_DUTY = frozenset({Who.DUTY_FIRST, Who.DUTY_SECOND, Who.TEAM, Who.BACKUP})
_LOUD = _ON_DUTY | {Who.DESK}
"""Whom quiet hours don't spare: who is on duty, and the desk, behind which there is nobody else. Of a task
they spare the desk, too."""
_DRILLED = _ON_DUTY - {Who.TEAM}
_REMINDED = frozenset({AlarmState.ON_SITE, AlarmState.CLEARED})
"""Where nobody is called any more: whoever is told is to see that it is closed."""


class Nights(Protocol):
    """Who keeps count of nights in which people were rung: the rota."""

    def woken(self, community: str, person: str, *, at: datetime) -> None:
        """Somebody on duty was rung; it counts by night, and once."""


class AlarmTeller:
    """Says in a message where somebody is needed: the building, never a name, never what may be wrong."""

    def __init__(
        self,
        registry: RegistryStore,
        residents: ResidentStore,
        people: PeopleStore,
        book: AddressBook,
        notifier: Notifier,
        nights: Nights | None = None,
    ) -> None:
        self._registry = registry
        self._residents = residents
        self._people = people
        self._book = book
        self._notifier = notifier
        self._nights = nights

    def tell(
        self,
        alarm: Alarm,
        person: str,
        who: Who,
        *,
        key: str,
        now: datetime,
        must_stand: Standing = always,
    ) -> tuple[bool, datetime | None]:
        """Tell a person, or go on with it. Someone who isn't known can't be reached."""
        known = self._people.get(alarm.community, person)
        community = self._registry.community(alarm.community)
        if known is None or community is None:
            return False, None
        (recipient,) = self._book.recipients(community, [known])
        receipt = self._notifier.send(
            self._message(alarm, recipient, who, key), recipient, now, must_stand=must_stand
        )
        if not recipient.addresses and not self._has_phones(alarm.community):
            return True, None  # a community without any provider has the app's inbox, and that is its way
        if receipt.reached and who in _ON_DUTY:
            self._note_woken(alarm.community, person, now)
        written = alarm.state in _REMINDED and Channel.SMS in receipt.channels  # a reminder may be read
        waits = alarm.severity == TASK and receipt.state is State.HELD  # for the morning, and so do the next
        return written or waits or not receipt.goes_on, receipt.next_at

    def own_up(self, alarm: Alarm, resident: str, *, key: str, now: datetime) -> None:
        """Tell a resident that kin were told against their wish: in writing, and never by a call."""
        found = self._resident(alarm, resident)
        if found is None:
            return
        message = Message(
            key=key,
            community=alarm.community,
            person=box_of_resident(resident),
            severity=3,
            kind=MessageKind.WISH_BROKEN,
            words=texts.words(MessageKind.WISH_BROKEN),
            alarm=alarm.id,
            steps=((Channel.WEB_PUSH,), (Channel.SMS,)),
        )
        self._notifier.send(message, found, now)

    def check(
        self, alarm: Alarm, resident: str, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[CheckCall, datetime | None]:
        """Ring a resident, at any hour: a phone at night is gentler than the knock that would come.

        Only a call will do, since only in a call can they answer.
        """
        message, found = self._question(alarm, resident, key), self._resident(alarm, resident)
        if found is None or not found.routes(message):
            return CheckCall.IMPOSSIBLE, None
        receipt = self._notifier.send(message, found, now, must_stand=must_stand)
        return _BECAME[receipt.state], receipt.next_at

    def _resident(self, alarm: Alarm, resident: str) -> Recipient | None:
        """A resident as somebody to be told."""
        known = self._residents.get(alarm.community, resident)
        community = self._registry.community(alarm.community)
        if known is None or community is None:
            return None
        person = Person(
            known.id, known.community, known.name, Role.RESIDENT, known.phone, language=known.language
        )
        return self._book.recipients(community, [person])[0]

    def _question(self, alarm: Alarm, resident: str, key: str) -> Message:
        return Message(
            key=key,
            community=alarm.community,
            person=box_of_resident(resident),
            severity=alarm.severity,
            kind=MessageKind.CHECK_CALL,
            words=texts.words(MessageKind.CHECK_CALL),
            alarm=alarm.id,
            at_any_hour=True,
            steps=((Channel.VOICE,),),
        )

    def _note_woken(self, community: str, person: str, now: datetime) -> None:
        """For the fair sharing of duty. The next on the ladder doesn't wait for a count."""
        if self._nights is not None:
            with suppress(StoreUnavailableError):
                self._nights.woken(community, person, at=now)

    def _has_phones(self, community: str) -> bool:
        habits = self._book.habits(community)
        return bool(habits.sms or habits.voice)

    def _message(self, alarm: Alarm, recipient: Recipient, who: Who, key: str) -> Message:
        """A drill takes the channels of its severity, but ranks below a real call: it takes no phone from
        one, and in quiet hours it reaches only who answers first, so that it never wakes a whole team."""
        home = self._registry.household(alarm.community, alarm.household)
        place, kind = home.building if home else "", kind_of(alarm, who)
        return Message(
            key=key,
            community=alarm.community,
            person=recipient.id,
            severity=max(alarm.severity, 2) if alarm.drill else alarm.severity,
            kind=kind,
            words=texts.words(kind, place=place),
            alarm=alarm.id,
            place=place,
            on_duty=who in (_DRILLED if alarm.drill else _LOUD if alarm.severity < TASK else _ON_DUTY),
            steps=recipient.steps.get(alarm.severity, ()) if alarm.drill else (),
        )


def kind_of(alarm: Alarm, who: Who) -> MessageKind:
    """Which words fit an alarm and whom they are for."""
    if alarm.drill:
        return MessageKind.DRILL_KIN if who is Who.KIN else MessageKind.DRILL
    if who is Who.KIN:
        return MessageKind.KIN_TOLD
    if (
        who is Who.DESK or alarm.state in _REMINDED
    ):  # whoever goes there, or sends somebody, must know of gas and smoke
        return _KINDS[alarm.kind] if alarm.kind in _UNANSWERED else MessageKind.DESK
    if who is Who.COORDINATOR and alarm.severity == 1:
        return _UNANSWERED.get(alarm.kind, MessageKind.CALL_120)
    return _KINDS.get(alarm.kind, _BY_SEVERITY[alarm.severity])
