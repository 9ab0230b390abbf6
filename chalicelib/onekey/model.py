"""The one-key call: who presses, whom they may dial, and which presses are one call. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest, is_id
from chalicelib.kernel.phones import international
from chalicelib.watch.model import UNKNOWN_HOME, Concern, ConcernKind

KEPT = timedelta(days=400)
"""How long a call is kept: a year and the month of its report, or as long as alarms if that is less."""
ONE_CALL = timedelta(seconds=60)
"""Presses within this of a call's first are that call."""
MOST_PRESSES = 100
"""So many presses of one call are kept one by one; of a key that is stuck, the rest are only counted."""


NOBODYS_WINDOW = timedelta(minutes=10)
"""Presses for residents whom nobody knows, by one caller within this, ring for one alarm."""


class PressKind(StrEnum):
    """What the press is for: help, or the monthly proof that help would come."""

    CALL = "call"
    TEST = "test"


class Channel(StrEnum):
    """How the press reached us."""

    PAGE = "page"
    PENDANT = "pendant"
    PHONE = "phone"
    DRILL = "drill"


class Session(StrEnum):
    """What the caller's token was worth. None of them stops a press; only GOOD is told anything."""

    GOOD = "good"
    EXPIRED = "expired"
    NONE = "none"


class Who(StrEnum):
    """Whom one may dial, first to last."""

    DUTY_FIRST = "duty_first"
    DUTY_SECOND = "duty_second"
    GRID_WORKER = "grid_worker"
    KIN = "kin"
    COMMUNITY = "community"


_RANK = {who: rank for rank, who in enumerate(Who)}


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone to dial. `phone` is E.164 where it can be, else as it was written."""

    who: Who
    name: str
    phone: str

    @property
    def tel(self) -> str:
        """The link that dials them (RFC 3966)."""
        return f"tel:{self.phone}"


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept ready for a resident's press. `numbers` are those that no shift changes.

    `kin` are the ids of their relatives; None on a card that was written before it told.
    """

    community: str
    resident: str
    household: str
    grid: str
    name: str
    phone: str = ""
    numbers: tuple[Contact, ...] = ()
    kin: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A community's name and its own number, and how long it keeps calls: no longer than its alarms."""

    community: str
    name: str
    number: str
    calls_kept: timedelta = KEPT

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The number as somebody to dial, if there is one."""
        return (Contact(Who.COMMUNITY, self.name, self.number),) if self.number else ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where the caller was, in millionths of a degree (WGS 84), give or take `accuracy_m` metres."""

    latitude_e6: int
    longitude_e6: int
    accuracy_m: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Press:
    """One press. `at` is by our clock; `told_at` by the device's or browser's, which may be wrong."""

    id: str
    at: datetime
    channel: Channel
    session: Session
    told_at: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A press as it came, before it is known whose it is; any of the words may be missing or wrong.

    `origin` is who pressed, or from where: as far as it can be told whatever the words say.
    """

    press: Press
    kind: PressKind = PressKind.CALL
    community: str = ""
    resident: str = ""
    household: str = ""
    phone: str = ""
    location: Location | None = None
    origin: str = ""

    @property
    def subject(self) -> str:
        """Whose presses are counted together: a resident's, a home's pendant's, or a stranger's phone's."""
        if self.resident:
            return self.resident if is_id(self.resident) else f"unknown-{digest(self.resident)}"
        if self.household:
            return f"home-{self.household}"
        return f"phone-{digest(self.phone)}" if self.phone else f"unknown-{self.press.id}"

    @property
    def unknown_home(self) -> str:
        """What stands for the home of whoever nobody knows. Names are easily made up, and each would ring
        for an alarm of its own: by one origin it is one home, for as long as a window lasts.
        """
        window = str(epoch(self.press.at) // int(NOBODYS_WINDOW.total_seconds()))
        about = (self.origin, window) if self.origin else (self.subject,)
        return f"{UNKNOWN_HOME}{digest(*about, length=12)}"


@dataclass(frozen=True, slots=True)
class Call:
    """A one-key call. `version` counts its changes and is what a change is conditional on.

    `alarm` is the alarm that rings for it. `pressed` counts its presses, of which `presses` keeps the first.
    `caller` is an unknown caller's number (E.164), to ring back; a resident's stands in their record.
    """

    community: str
    subject: str
    household: str
    kind: PressKind
    began_at: datetime
    presses: tuple[Press, ...]
    pressed: int = 1
    alarm: str = ""
    location: Location | None = None
    cancel_asked_at: datetime | None = None
    cancel_asked_by: str = ""
    caller: str = ""
    version: int = 1
    kept: timedelta = KEPT

    @property
    def id(self) -> str:
        """Its name among its subject's calls: a subject begins at most one of a kind in a minute."""
        return f"{self.kind}-{minute_of(self.began_at)}"

    def takes(self, press: Press) -> bool:
        """Whether a press belongs to this call."""
        return self.began_at <= press.at < self.began_at + ONE_CALL or self.knows(press)

    def knows(self, press: Press) -> bool:
        """Whether a press is among those logged."""
        return any(known.id == press.id for known in self.presses)

    def pressed_again(self, asked: Asked) -> "Call":
        """The call with another press in it; the same press twice changes nothing.

        Who presses after they asked to cancel asks for help after all: the newest word counts.
        """
        if self.knows(asked.press):
            return self
        kept = self.presses if len(self.presses) >= MOST_PRESSES else (*self.presses, asked.press)
        found = asked.location or self.location
        after_all = self.cancel_asked_at is not None and asked.press.at >= self.cancel_asked_at
        told = replace(self, cancel_asked_at=None, cancel_asked_by="") if after_all else self
        return replace(told, presses=kept, pressed=self.pressed + 1, location=found, version=self.version + 1)

    def found_at(self, location: Location) -> "Call":
        """The call with a newer location."""
        return replace(self, location=location, version=self.version + 1)

    def cancel_asked(self, *, by: str, at: datetime) -> "Call":
        """Somebody asked to cancel: it is noted, and a human still looks. Again changes nothing."""
        if self.cancel_asked_at is not None:
            return self
        return replace(self, cancel_asked_at=at, cancel_asked_by=by, version=self.version + 1)

    @property
    def concern(self) -> Concern:
        """Why somebody must be rung; the same call is the same concern."""
        evidence: dict[str, int | str] = {
            "at": epoch(self.began_at),
            "call": self.id,
            "subject": self.subject,
            "channel": self.presses[0].channel.value,
            "session": self.presses[0].session.value,
        }
        drill = self.kind is PressKind.TEST
        return Concern(
            ConcernKind.ONE_KEY, self.community, self.household, self.began_at, evidence, drill=drill
        )


def new_call(asked: Asked, *, community: str, household: str) -> Call:
    """The call that a press begins. Without a household it is about a home that nobody knows yet."""
    return Call(
        community=community,
        subject=asked.subject,
        household=household or asked.unknown_home,
        kind=asked.kind,
        began_at=asked.press.at,
        presses=(asked.press,),
        location=asked.location,
        caller="" if asked.resident else asked.phone,
    )


def minute_of(at: datetime) -> int:
    """The minute since 1970 that an instant lies in."""
    return epoch(at) // 60


def ranked(*sources: Iterable[Contact]) -> tuple[Contact, ...]:
    """Whom to dial, first to last; nobody twice, and nobody without a number."""
    found: dict[str, Contact] = {}
    for contact in sorted((c for source in sources for c in source if c.phone), key=lambda c: _RANK[c.who]):
        found.setdefault(contact.phone, contact)
    return tuple(found.values())


def dialled(phone: str) -> str:
    """A number in E.164 (`+8613800000000`), as far as it can be made of what a telephone system told."""
    told = "".join(char for char in phone if char in "+0123456789")
    return international(told) if told != "+" else ""


@dataclass(frozen=True, slots=True)
class Window:
    """Who is to be dialled in a grid in `[start, end)`."""

    start: datetime
    end: datetime
    contacts: tuple[Contact, ...]


def on_board(windows: Sequence[Window], at: datetime) -> tuple[Contact, ...] | None:
    """Who is on duty at an instant as the board has it, or None when it doesn't reach there."""
    return next((w.contacts for w in windows if w.start <= at < w.end), None)
