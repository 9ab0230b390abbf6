"""Placing one-key calls: ring somebody, write it down, say whom to dial; and never lose a press."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.alarms.logbook import Happened
from chalicelib.aws.tables import BUSY, ExpectationError, StoreUnavailableError
from chalicelib.kernel.errors import NotFoundError, ShouwangError
from chalicelib.onekey.model import (
    ONE_CALL,
    Asked,
    Call,
    Card,
    Contact,
    Location,
    PressKind,
    new_call,
    on_board,
    ranked,
)
from chalicelib.onekey.store import CASE_MINUTES, CallBook, Found
from chalicelib.watch.model import Concern

TRIES = 3
"""How often a change is tried when somebody wrote in the same instant."""
REMEMBERED = 1000
"""How many cards a process keeps in mind, for when the table can't be read."""


class CallNotFoundError(NotFoundError):
    """There is no such call, or it is another community's."""


class LaneDownError(ShouwangError):
    """The urgent queue took nothing."""

    code = "queue_unavailable"


class NotPlacedError(ShouwangError):
    """Neither table nor queue took a press, so nobody is rung: the caller must dial.

    `dial` holds the numbers that are known for them.
    """

    code = "not_placed"

    def __init__(self, message: str, found: Found | None, dial: Sequence[Contact]) -> None:
        super().__init__(message)
        self.found = found
        self.dial = tuple(dial)


class Alarms(Protocol):
    """What a call needs of the alarms."""

    def raise_once(self, concern: Concern, *, now: datetime, maybe: str = ...) -> str:
        """Raise an alarm, once per concern; the id of the alarm that holds, maybe that one."""

    def is_open(self, alarm_id: str) -> bool:
        """Whether an alarm still waits for an outcome."""

    def add_remark(self, concern: Concern, *, now: datetime, what: Happened = ...) -> None:
        """Note on the home's open alarm what became of its cause."""


class Lane(Protocol):
    """The urgent queue, for what the table didn't take."""

    def send(self, asked: Asked) -> None:
        """Keep a press until it is taken up. Raises LaneDownError."""


class Dialing(Protocol):
    """Who is on duty. Asked only when the board doesn't know."""

    def ranked(self, community: str, grid: str, at: datetime) -> Sequence[Contact]:
        """Who answers for a grid at an instant, first to last."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that rings, and whom to dial. `is_new` is False for a press that was merged.

    When `queued`, it rings as soon as the queue is taken up, and `found` is only what the process remembers.
    """

    call: Call
    dial: tuple[Contact, ...]
    found: Found
    is_new: bool = True
    queued: bool = False


class OneKey:
    """One-key calls. A press costs three store calls: read, ring, write."""

    def __init__(self, book: CallBook, alarms: Alarms, lane: Lane, dialing: Dialing) -> None:
        self._book = book
        self._alarms = alarms
        self._lane = lane
        self._dialing = dialing
        self._remembered: dict[tuple[str, str], Found] = {}

    def press(self, asked: Asked, *, now: datetime) -> Placed:
        """Place a call by table, or else by queue. Raises NotPlacedError when neither takes it."""
        found: Found | None = None
        try:
            found = self._look_up(asked)
            return self._take_up(asked, found, now)
        except NotPlacedError:
            raise
        except ShouwangError:
            found = found or self._remembered.get((asked.community, asked.subject))
        dial = _in_mind(found, now)
        try:
            self._lane.send(_with_community(asked, found))
        except LaneDownError as error:
            raise NotPlacedError("Nobody could be rung; please dial.", found, dial) from error
        where = found or Found(asked.community)
        return Placed(_call(asked, where), dial, where, queued=True)

    def take_up(self, asked: Asked, *, now: datetime) -> Placed:
        """Place a call by table alone, such as one out of the queue, which brings it again after an error.

        Raises ShouwangError. The same press twice is one press.
        """
        return self._take_up(asked, self._look_up(asked), now, requeue=False)

    def stored_card(self, community: str, resident: str) -> Card:
        """A resident's card as it is kept. Raises CallNotFoundError."""
        if (found := self._book.card(community, resident)) is None:
            raise CallNotFoundError(f"There is no resident '{resident}' here.")
        return found

    def card(self, community: str, resident: str, *, press: Asked, now: datetime) -> Placed:
        """What a resident's card shows now. Raises CallNotFoundError."""
        found = self._book.look_up(community, press)
        if found.card is None:
            raise CallNotFoundError(f"There is no resident '{resident}' here.")
        return Placed(_call(press, found), self._dial(found, now), found)

    def call(self, community: str, subject: str, call_id: str) -> Call:
        """A call by its id. Raises CallNotFoundError."""
        kind, _, minute = call_id.partition("-")
        if kind in set(PressKind) and minute.isascii() and minute.isdigit() and len(minute) <= 10:
            found = self._book.call(community, subject, PressKind(kind), int(minute))
            if found is not None:
                return found
        raise CallNotFoundError(f"There is no one-key call '{call_id}'.")

    def locate(self, call: Call, location: Location, *, now: datetime) -> Call:
        """Add where the caller is, or a better place. Raises ExpectationError.

        The alarm's log tells that it is known, and not of each step that they walk.
        """
        located = call.found_at(location)
        self._book.put(located)
        if call.location is None or location.at - call.location.at >= ONE_CALL:
            self._tell(located, Happened.LOCATION, now)
        return located

    def ask_to_cancel(self, call: Call, *, by: str, now: datetime) -> Call:
        """Note that the caller asked to cancel: a human still looks. Raises ExpectationError."""
        asked = call.cancel_asked(by=by, at=now)
        if asked is not call:
            self._book.put(asked)
            self._tell(asked, Happened.CANCEL_ASKED, now)
        return asked

    def _tell(self, call: Call, what: Happened, now: datetime) -> None:
        """Note it on the alarm, at the time at which it happened."""
        self._alarms.add_remark(replace(call.concern, began_at=now), now=now, what=what)

    def _look_up(self, asked: Asked) -> Found:
        """Read what is known, if need be by looking for where the resident lives."""
        found = (
            self._book.look_up(asked.community, asked, back=CASE_MINUTES) if asked.community else Found("")
        )
        if not (found.line or found.card or asked.household):
            found = self._look_elsewhere(asked) or found
        if found.card is not None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[asked.community, asked.subject] = found
        return found

    def _look_elsewhere(self, asked: Asked) -> Found | None:
        """The resident's only community; or any, since anybody's volunteer is better than nobody.

        Two residents of one id can't be told apart, so then it is about neither's home.
        """
        communities = self._book.communities_of(asked.subject) if asked.resident else []
        community = communities[0] if communities else self._book.any_community()
        if community is None:
            return None
        found = self._book.look_up(community, asked, back=CASE_MINUTES)
        return found if len(communities) == 1 else replace(found, card=None)

    def _take_up(self, asked: Asked, found: Found, now: datetime, *, requeue: bool = True) -> Placed:
        if not found.community:
            raise NotPlacedError("No community is set up, so nobody can be rung.", None, ())
        known = next((call for call in found.calls if call.takes(asked.press)), None)
        if known is None:  # people first: it rings before it is written down, and ringing twice is harmless
            call, earlier = _call(asked, found), next((call.alarm for call in found.calls if call.alarm), "")
            call = replace(call, alarm=self._alarms.raise_once(call.concern, now=now, maybe=earlier))
            call = self._begin(call, asked, requeue)
        else:
            call = self._merge(known, asked, now)
        return Placed(call, self._dial(found, now), found, is_new=known is None)

    def _begin(self, call: Call, asked: Asked, requeue: bool) -> Call:
        """Write a call down. It rings already: what can't be written now goes through the queue."""
        try:
            self._book.put(call)
        except ExpectationError:  # another press of this minute was first
            return self._log(call, asked, again=True)
        except ShouwangError:
            if not requeue:
                raise
            with suppress(LaneDownError):
                self._lane.send(_named(asked, call.community))
        return call

    def _merge(self, known: Call, asked: Asked, now: datetime) -> Call:
        """Write a press into its call. If the call was closed meanwhile, it rings anew; if it was to be
        cancelled, the alarm's log says that help is asked for after all.
        """
        goes_on = known.cancel_asked_at is None and self._alarms.is_open(known.alarm)
        if goes_on or known.knows(asked.press):
            return self._log(known, asked)
        anew = replace(known.concern, began_at=asked.press.at)
        alarm = self._alarms.raise_once(anew, now=now, maybe=known.alarm)
        return self._log(known, asked, alarm=alarm)

    def _log(self, call: Call, asked: Asked, *, alarm: str = "", again: bool = False) -> Call:
        for _ in range(TRIES):
            if again:
                call = self.call(call.community, call.subject, call.id)
            pressed = call.pressed_again(asked)
            if pressed is call:
                return call
            pressed = replace(pressed, alarm=alarm or call.alarm)
            with suppress(ExpectationError):
                self._book.put(pressed)
                return pressed
            again = True
        raise StoreUnavailableError(BUSY)

    def _dial(self, found: Found, at: datetime) -> tuple[Contact, ...]:
        """Whom to dial: who is on duty, by the board or else the rota, and the numbers that always hold."""
        grid = _grid(found)
        if on_board(found.board.grids.get(grid, ()), at) is None:
            with suppress(ShouwangError):  # it rings already; the stored numbers hold
                return ranked(self._dialing.ranked(found.community, grid, at), _in_mind(found, at))
        return _in_mind(found, at)


def _grid(found: Found) -> str:
    return found.card.grid if found.card else ""


def _in_mind(found: Found | None, at: datetime) -> tuple[Contact, ...]:
    """Whom to dial as far as it was read already: by the board, and the numbers that always hold."""
    if found is None:
        return ()
    duty = on_board(found.board.grids.get(_grid(found), ()), at) or _anybody(found, at)
    return ranked(duty, found.card.numbers if found.card else (), found.line.contacts if found.line else ())


def _anybody(found: Found, at: datetime) -> tuple[Contact, ...]:
    """Whoever is on duty anywhere in the community: better than nobody."""
    return next((who for windows in found.board.grids.values() if (who := on_board(windows, at))), ())


def _call(asked: Asked, found: Found) -> Call:
    household = found.card.household if found.card else asked.household
    call = new_call(asked, community=found.community, household=household)
    return replace(call, kept=found.line.calls_kept) if found.line else call


def _named(asked: Asked, community: str) -> Asked:
    return replace(asked, community=community)


def _with_community(asked: Asked, found: Found | None) -> Asked:
    return _named(asked, found.community) if found and found.community else asked
