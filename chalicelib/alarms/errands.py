"""Telling people what can wait for the tick: one deadline a message, pursued until it is told or too late."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.ids import digest
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify import texts
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.model import Channel, Message, Words
from chalicelib.notify.service import Notifier
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.deadlines import DeadlineStore, Due

ERRAND = "errand"
"""The kind of their deadlines."""
SOON = timedelta(seconds=1)
_WRITTEN = ((Channel.WEB_PUSH, Channel.SMS),)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to tell one person until `until`. `place` is what the words name, in every language.

    With `alarm` it is about an alarm that is offered to them, and is dropped once that holds no more.
    """

    community: str
    person: str
    kind: MessageKind
    key: str
    until: datetime
    severity: int = 3
    place: Mapping[str, str] = field(default_factory=dict)
    alarm: str = ""
    on_duty: bool = True


class Errands:
    """Runs errands: posted where there are neither rights nor time to tell people, run by the tick."""

    def __init__(
        self,
        deadlines: DeadlineStore,
        alarms: AlarmStore,
        registry: RegistryStore,
        people: PeopleStore,
        book: AddressBook,
        notifier: Notifier,
    ) -> None:
        self._deadlines = deadlines
        self._alarms = alarms
        self._registry = registry
        self._people = people
        self._book = book
        self._notifier = notifier

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Run an errand, or go on with it: what was told is not told again."""
        errand = unpacked(due)
        again_at = self._told(errand, now) if now < errand.until and self._holds(errand) else None
        if again_at is None:
            self._deadlines.disarm(due.pk, due.sk)
        else:
            self._deadlines.arm(packed(errand, at=max(again_at, now + SOON)), instead_of=due)

    def _told(self, errand: Errand, now: datetime) -> datetime | None:
        """When to go on with it; None once there is nothing more to try."""
        known = self._people.get(errand.community, errand.person)
        community = self._registry.community(errand.community)
        if known is None or community is None:
            return None
        (recipient,) = self._book.recipients(community, [known])
        return self._notifier.send(message_of(errand), recipient, now).next_at

    def _holds(self, errand: Errand) -> bool:
        if errand.kind != MessageKind.HANDOFF:
            return True
        alarm = self._alarms.get(errand.alarm, consistent=True)
        return alarm is not None and alarm.may_be_offered and alarm.offered_to == errand.person


def post(deadlines: DeadlineStore, errand: Errand, *, now: datetime) -> None:
    """Let an errand be run by the next tick. Again is harmless."""
    deadlines.arm(packed(errand, at=now))


def message_of(errand: Errand) -> Message:
    """An errand as the notifier takes it."""
    return Message(
        key=errand.key,
        community=errand.community,
        person=errand.person,
        severity=errand.severity,
        kind=errand.kind,
        words={language: _words(errand, language) for language in LANGUAGES},
        alarm=errand.alarm,
        place=errand.place.get(LANGUAGES[0], ""),
        on_duty=errand.on_duty,
        steps=_WRITTEN if errand.kind in texts.KIN_NEWS else (),
    )


def _words(errand: Errand, language: str) -> Words:
    return texts.words(errand.kind, place=errand.place.get(language, ""))[language]


def packed(errand: Errand, *, at: datetime) -> Due:
    """An errand as a deadline that waits until `at`."""
    fields = {
        "person": errand.person,
        "kind": errand.kind,
        "key": errand.key,
        "until": epoch(errand.until),
        "severity": errand.severity,
        "place": dict(errand.place),
        "alarm": errand.alarm,
        "on_duty": errand.on_duty,
    }
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return Due(
        f"errand#{errand.community}", f"{ERRAND}#{digest(errand.key, errand.person, length=16)}", at, text
    )


def unpacked(due: Due) -> Errand:
    """The errand that a deadline belongs to."""
    fields: dict[str, Any] = json.loads(due.state)
    until = from_epoch(fields.pop("until"))
    kind = MessageKind(fields.pop("kind"))
    return Errand(community=due.pk.partition("#")[2], kind=kind, until=until, **fields)
