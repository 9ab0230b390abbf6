"""Telling people: once, through what reaches them, and saying so when nothing does."""

import time
from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Protocol

from chalicelib.notify.courier import (
    Courier,
    DeliveryError,
    Letter,
    UnclearError,
    UndeliverableError,
)
from chalicelib.notify.delivery import PAUSE, Leg, Notice, Receipt, Stage, opened
from chalicelib.notify.model import Address, Channel, Message, Recipient
from chalicelib.notify.store import QUIET_GAP, NoticeStore, StaleNoticeError

BUDGET = timedelta(seconds=20)
"""No new try begins later than this in one call of `send`; the rest is for the next call."""
Clock = Callable[[], datetime]


Standing = Callable[[], None]
"""Raises when nobody is to be told any more."""


def always() -> None:
    """The standing of what is told whatever happens."""


class Subscriptions(Protocol):
    """Where addresses are kept that may end."""

    def forget(self, community: str, person: str, address: Address) -> None:
        """An address has ended: its provider says so."""


def new_reference() -> str:
    """15 characters of base 32: 75 random bits, and as long as Aliyun's OutId may be."""
    return b32encode(token_bytes(10)).decode().lower()[:15]


@dataclass(frozen=True, slots=True)
class _Sending:
    """One call of `send`: what its steps need to know. `first` is the notice as it stood when it began."""

    message: Message
    to: Recipient
    clock: Clock
    until: datetime
    must_stand: Standing
    first: Notice


class Notifier:
    """Sends messages. Sending one again goes on where it stood, and never sends what has a receipt.

    For each try an intent is stored, then the provider is called, then the outcome is stored. A crash in
    between is noticed after `LEASE`: the try is repeated under the same reference, which a provider with a
    dedupe token (`Courier.dedupes`) takes as one; for the others, twice is better than never.
    """

    def __init__(
        self,
        notices: NoticeStore,
        couriers: Mapping[str, Courier],
        subscriptions: Subscriptions,
        *,
        references: Callable[[], str] = new_reference,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notices = notices
        self._couriers = couriers
        self._subscriptions = subscriptions
        self._references = references
        self._stopwatch = stopwatch

    def send(
        self, message: Message, to: Recipient, now: datetime, *, must_stand: Standing = always
    ) -> Receipt:
        """Tell `to`, or go on telling them; see `Receipt` for what to do next.

        `now` is when this call begins; `must_stand` is asked before every try but the first, and whatever it
        raises ends this call. Raises StoreUnavailableError, too, when calling again is safe.
        """
        begun = self._stopwatch()

        def clock() -> datetime:
            return now + timedelta(seconds=self._stopwatch() - begun)

        notice = self._notices.get(message) or self._notices.open(opened(message, to, now), message)
        sending = _Sending(message, to, clock, now + BUDGET, must_stand, notice)
        moved = True
        while moved:  # one try each in turn: a slow push service must not keep a phone from ringing
            before = notice
            for index in range(len(notice.legs)):
                notice = self._step(notice, index, sending)
            moved = notice is not before
        return notice.receipt(clock())

    def _step(self, notice: Notice, index: int, sending: _Sending) -> Notice:
        """Do the next thing that a leg needs now; the very same notice when there is none."""
        leg, now = notice.legs[index], sending.clock()
        if notice.is_delivered or now > sending.until:
            return notice
        try:
            if leg.is_over(now):
                return self._notices.save(self._woken(notice, index, now))
            if not leg.may_try(now):
                return notice
            if notice is not sending.first:
                sending.must_stand()
            return self._try(notice, index, sending)
        except StaleNoticeError:
            return self._notices.reread(notice)

    def _woken(self, notice: Notice, index: int, now: datetime) -> Notice:
        """The notice after a leg waited in vain: for a process that died, or for a proof."""
        leg = notice.legs[index]
        if leg.stage is not Stage.TRYING:
            return notice.with_leg(index, leg.passed(now), what="unproven", at=now)
        pause = self._pause_after_crash(leg)
        woken = notice.with_leg(index, leg.woken(now, pause=pause), what="died", at=now)
        waits = pause and woken.legs[index].stage is Stage.WAITING
        return woken.held(now + pause) if waits else woken

    def _try(self, notice: Notice, index: int, sending: _Sending) -> Notice:
        message, to, clock = sending.message, sending.to, sending.clock
        leg, now = notice.legs[index], clock()
        courier = self._couriers.get(leg.address.provider)
        if courier is None:
            return self._pass(notice, index, "unconfigured", now)
        if (busy := self._notices.busy_until(leg.address, notice, now)) is not None:
            return self._notices.save(notice.throttled(index, until=busy, at=now))
        if self._notices.was_said(leg.address, notice, now):
            return self._notices.save(notice.with_leg(index, leg.sent(now, None), what="said", at=now))
        begun = leg.begun(now, self._references)
        notice = self._notices.begin(notice.with_leg(index, begun, what="trying", at=now), index)
        letter = Letter(message, message.in_language(to.language), to.language, begun.reference)
        after, what, detail = self._hand_over(courier, letter, begun, clock)
        settled = self._notices.settle(notice, index, after, what=what, detail=detail, at=clock())
        if after.stage is Stage.SENT:
            self._notices.note_said(leg.address, notice, clock())
        return settled

    def _pause_after_crash(self, leg: Leg) -> timedelta:
        """A phone that may have rung isn't rung again within a minute: meanwhile the next person is."""
        courier = self._couriers.get(leg.address.provider)
        sure = courier is None or courier.dedupes or leg.address.channel is not Channel.VOICE
        return timedelta(0) if sure else QUIET_GAP[Channel.VOICE]

    def _pass(self, notice: Notice, index: int, why: str, now: datetime) -> Notice:
        return self._notices.save(notice.with_leg(index, notice.legs[index].passed(now), what=why, at=now))

    def _hand_over(self, courier: Courier, letter: Letter, leg: Leg, clock: Clock) -> tuple[Leg, str, str]:
        """The leg after the courier was asked, and what the log says about it."""
        pause = PAUSE[letter.message.severity]
        try:
            known_as = courier.send(letter, leg.address, clock())
        except UndeliverableError as error:
            if error.gone:
                self._subscriptions.forget(letter.message.community, letter.message.person, leg.address)
            return leg.passed(clock()), "refused", str(error)
        except UnclearError as error:
            again = courier.dedupes or leg.address.channel is not Channel.VOICE
            # A phone that may be ringing isn't rung again: the next channel instead.
            after = leg.failed(clock(), pause=pause) if again else leg.passed(clock())
            return after, "unclear", str(error)
        except DeliveryError as error:
            return leg.failed(clock(), pause=pause), "failed", str(error)
        return leg.sent(clock(), courier.proves_within), "sent", known_as
