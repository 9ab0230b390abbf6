"""People with phones, and providers that behave as a test tells them to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Table
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.callbacks import Callbacks
from chalicelib.notify.courier import Letter
from chalicelib.notify.delivery import Receipt
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.model import Address, Channel, Message, Recipient
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.notify.texts import MessageKind, words
from tests.builders import NOON

LI_PHONE = "+8613800000001"
KEY = "a key for callbacks, for tests alone"
SHANGHAI = ZoneInfo("Asia/Shanghai")


class CrashError(BaseException):
    """The process ends here: nothing catches this."""


@dataclass
class Line:
    """A provider. `says` are the errors it raises, in order; None, and when there are no more, it takes the
    message. `meanwhile` happens while it is asked.
    """

    dedupes: bool = False
    proves_within: timedelta | None = None
    says: list[BaseException | None] = field(default_factory=list)
    meanwhile: Callable[[Letter], object] | None = None
    asked: list[Letter] = field(default_factory=list)
    taken: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        self.asked.append(letter)
        if self.meanwhile is not None:
            self.meanwhile(letter)
        trouble = self.says.pop(0) if self.says else None
        if trouble is not None:
            raise trouble
        self.taken.append(letter)
        return f"id-{len(self.taken)}"


@dataclass
class Heard:
    """The alarms, as far as callbacks need them: who pressed what."""

    answers: list[tuple[str, ...]] = field(default_factory=list)
    unreached: list[tuple[str, ...]] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)

    def accepted(
        self, community: str, alarm_id: str, person: str, at: datetime, channel: str, *, now: datetime
    ) -> None:
        self._note(at, community, alarm_id, person, "1", channel)

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
        self._note(at, community, alarm_id, person, f"noted {digit}", channel)

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
        self._note(at, community, alarm_id, person, f"digit {digit}", channel)

    def unheard(self, community: str, alarm_id: str, person: str, at: datetime, channel: str) -> None:
        self.unreached.append((alarm_id, person, channel))

    def _note(self, at: datetime, *answer: str) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.answers.append(answer)
        self.at.append(at)


@dataclass
class Desk:
    """A notifier with a push, an SMS and a voice line, on a clock that tests set."""

    table: Table = field(default_factory=lambda: MemoryTable(DEADLINES))
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.push = Line(dedupes=True)
        self.sms = Line(proves_within=timedelta(minutes=2))
        self.voice = Line(proves_within=timedelta(seconds=75))
        self.notices = NoticeStore(self.table)
        self.addresses = AddressBook(self.table)
        self.inbox = Inbox(self.table)
        self.book = CallbackBook(self.table)
        self.heard = Heard()
        self.callbacks = Callbacks(self.notices, self.book, self.heard, lambda: KEY)
        self.seconds = 0.0
        couriers = {"push": self.push, "sms": self.sms, "voice": self.voice}
        self.notifier = Notifier(self.notices, couriers, self.addresses, stopwatch=lambda: self.seconds)

    def send(self, message: Message | None = None, to: Recipient | None = None) -> Receipt:
        return self.notifier.send(message or urgent(), to or li(), self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def log(self, message: Message | None = None) -> list[str]:
        """The delivery log of a message: channel and what happened."""
        notice = self.notices.get(message or urgent())
        return [f"{a.channel} {a.what}" for a in notice.attempts] if notice else []


def urgent(key: str = "m1", **fields: Any) -> Message:
    """A severity 1 message to Li about alarm al-1."""
    usual: dict[str, Any] = {
        "community": "xinghe", "person": "li", "severity": 1, "kind": MessageKind.URGENT,
        "words": words(MessageKind.URGENT, place="3号楼"), "alarm": "al-1", "place": "3号楼",
    }  # fmt: skip
    return Message(**{"key": key, **usual, **fields})


def address(channel: Channel, to: str = LI_PHONE) -> Address:
    """Li's address on one of the desk's lines."""
    return Address(channel, {Channel.WEB_PUSH: "push"}.get(channel, channel.value), to)


ALL = (address(Channel.WEB_PUSH, "browser"), address(Channel.SMS), address(Channel.VOICE))


def li(**fields: Any) -> Recipient:
    """Li, with push, SMS and a phone, unless told otherwise."""
    usual: dict[str, Any] = {"id": "li", "community": "xinghe", "zone": SHANGHAI, "addresses": ALL}
    return Recipient(**{**usual, **fields})
