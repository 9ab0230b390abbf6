"""How a message gets on: each leg tries its addresses in turn until one of them works. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.notify.model import Address, Channel, Message, Recipient

KEPT = timedelta(days=400)
"""How long delivery logs are kept, or as long as alarms if that is less."""
LEASE = timedelta(seconds=10)
"""How long a try may take: longer than a provider's 3 s to connect and 5 s to answer. Who finds an older one
knows that its process died, and repeats it."""
TRIES = 2
"""How often one address is tried."""
PAUSE = {1: timedelta(0), 2: timedelta(seconds=15), 3: timedelta(seconds=60)}
"""Before the second try, by severity."""
LONGEST_LOG = 60
LOUD = (Channel.VOICE, Channel.SMS)
"""Channels that a person in need of waking has."""


class Stage(StrEnum):
    """Where a leg stands."""

    WAITING = "waiting"
    TRYING = "trying"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class State(StrEnum):
    """What became of a message."""

    PENDING = "pending"
    HELD = "held"
    SENT = "sent"
    DELIVERED = "delivered"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of the delivery log."""

    at: datetime
    channel: Channel
    provider: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of a message: addresses in order, and how far it is.

    `due` is, by stage: not before (waiting), given up as crashed (trying), counted as undelivered if nothing
    proves the contrary (sent; None where a provider never proves anything). `reference` names the try to the
    provider; it stays the same when the same address is tried again.
    """

    routes: tuple[Address, ...]
    due: datetime | None
    route: int = 0
    tries: int = 0
    stage: Stage = Stage.WAITING
    reference: str = ""

    @property
    def address(self) -> Address:
        """The address that is being tried, or was tried last."""
        return self.routes[min(self.route, len(self.routes) - 1)]

    def may_try(self, now: datetime) -> bool:
        """Whether its address is to be tried now."""
        return self.stage is Stage.WAITING and (self.due is None or self.due <= now)

    def is_over(self, now: datetime) -> bool:
        """Whether it waited long enough: for a process that died, or for a proof that never came."""
        return self.stage in (Stage.TRYING, Stage.SENT) and self.due is not None and self.due <= now

    def woken(self, now: datetime, *, pause: timedelta) -> "Leg":
        """The leg when it `is_over`: the same address again after a crash and a `pause`, the next one without
        a proof.
        """
        if self.stage is Stage.TRYING and self.tries <= TRIES:
            return replace(self, stage=Stage.WAITING, due=now + pause)
        return self.passed(now)

    def begun(self, now: datetime, new_reference: Callable[[], str]) -> "Leg":
        """The leg whose address is being tried."""
        reference = self.reference or new_reference()
        return replace(self, stage=Stage.TRYING, tries=self.tries + 1, due=now + LEASE, reference=reference)

    def sent(self, now: datetime, proves_within: timedelta | None) -> "Leg":
        """The leg that a provider took."""
        return replace(self, stage=Stage.SENT, due=now + proves_within if proves_within else None)

    def delivered(self) -> "Leg":
        """The leg that is proven to have arrived."""
        return replace(self, stage=Stage.DELIVERED, due=None)

    def failed(self, now: datetime, *, pause: timedelta) -> "Leg":
        """The leg whose try failed: the same address once more, then the next."""
        if self.tries >= TRIES:
            return self.passed(now)
        return replace(self, stage=Stage.WAITING, due=now + pause)

    def passed(self, now: datetime) -> "Leg":
        """The leg at its next address, or failed when there is none."""
        if self.route + 1 >= len(self.routes):
            return replace(self, stage=Stage.FAILED, due=None)
        return replace(self, stage=Stage.WAITING, route=self.route + 1, tries=0, due=now, reference="")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message so far.

    PENDING, SENT, HELD: send it again at `next_at`, if there is one and nobody answered meanwhile. HELD is
    quiet hours, or a phone that rang a moment ago for something else. DELIVERED: proven. UNREACHABLE: nothing
    worked, or no provider's proof came. With HELD or UNREACHABLE (`goes_on`), turn to the next person now.
    """

    key: str
    person: str
    state: State
    channels: tuple[Channel, ...]
    next_at: datetime | None

    @property
    def reached(self) -> bool:
        """Whether some channel took it and nothing says that it was lost."""
        return self.state in (State.SENT, State.DELIVERED)

    @property
    def goes_on(self) -> bool:
        """Whether the next person should be told at once, without waiting for this one."""
        return self.state in (State.HELD, State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message on its way, with its delivery log. `version` is what a change is conditional on."""

    community: str
    key: str
    person: str
    severity: int
    kind: str
    alarm: str
    opened_at: datetime
    legs: tuple[Leg, ...]
    held_until: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    version: int = 1
    kept: timedelta = KEPT

    @property
    def is_delivered(self) -> bool:
        """Whether it is proven to have arrived, so that nothing more is tried."""
        return any(leg.stage is Stage.DELIVERED for leg in self.legs)

    def with_leg(self, index: int, leg: Leg, *, what: str, at: datetime, detail: str = "") -> "Notice":
        """Its next version, with a leg changed and a line about why."""
        address = self.legs[index].address
        line = Attempt(at, address.channel, address.provider, what, detail[:300])
        legs = (*self.legs[:index], leg, *self.legs[index + 1 :])
        return replace(
            self, legs=legs, attempts=(*self.attempts, line)[-LONGEST_LOG:], version=self.version + 1
        )

    def throttled(self, index: int, *, until: datetime, at: datetime) -> "Notice":
        """Its next version, when a phone may not sound yet: the next channel, or, without one, then.

        In severity 1 the next person is told at once as well: a message alone may lie unread.
        """
        leg = self.legs[index]
        if leg.route + 1 < len(leg.routes):
            after = self.held(until) if self.severity == 1 else self
            return after.with_leg(index, leg.passed(at), what="throttled", at=at)
        return self.held(until).with_leg(index, replace(leg, due=until), what="throttled", at=at)

    def held(self, until: datetime) -> "Notice":
        """The notice while a phone may not sound: the next person is told meanwhile."""
        return replace(self, held_until=max(until, self.held_until or until))

    def receipt(self, now: datetime) -> Receipt:
        """What to tell the sender."""
        state = self._state(now)
        took = (Stage.SENT, Stage.DELIVERED)
        channels = tuple(leg.address.channel for leg in self.legs if leg.stage in took)
        waits = [leg.due for leg in self.legs if leg.stage is not Stage.FAILED and leg.due is not None]
        over = state in (State.DELIVERED, State.UNREACHABLE)
        return Receipt(self.key, self.person, state, channels, None if over or not waits else min(waits))

    def _state(self, now: datetime) -> State:
        if self.is_delivered:
            return State.DELIVERED
        stages = {leg.stage for leg in self._that_count()}
        held = self.held_until is not None and now < self.held_until
        if Stage.SENT in stages:
            return State.HELD if held and self.severity == 1 else State.SENT
        if stages & {Stage.WAITING, Stage.TRYING}:
            return State.HELD if held else State.PENDING
        return State.DELIVERED if self.severity == 3 else State.UNREACHABLE  # a task may wait in the inbox

    def _that_count(self) -> list[Leg]:
        """In severity 1, a push that was taken means nothing while the phone isn't answered."""
        loud = [leg for leg in self.legs if any(route.channel in LOUD for route in leg.routes)]
        return loud if self.severity == 1 and loud else list(self.legs)


def opened(message: Message, to: Recipient, now: datetime) -> Notice:
    """A message's notice before anything was tried."""
    held_until = to.quiet_until(message, now)
    return Notice(
        community=message.community,
        key=message.key,
        person=message.person,
        severity=message.severity,
        kind=message.kind,
        alarm=message.alarm,
        opened_at=now,
        legs=tuple(Leg(routes, due=held_until or now) for routes in to.routes(message)),
        held_until=held_until,
    )
