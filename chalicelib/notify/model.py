"""What is told, to whom, and through what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from chalicelib.kernel.errors import RefusedError

FALLBACK = "zh-CN"
"""The language that every message has."""
LONGEST_KEY = 200


class Channel(StrEnum):
    """A way to reach a person, or a group's chat. Whose service it is, is the address's `provider`."""

    INBOX = "inbox"
    WEB_PUSH = "web_push"
    SMS = "sms"
    VOICE = "voice"
    WECOM = "wecom"
    FEISHU = "feishu"
    DINGTALK = "dingtalk"
    WEBHOOK = "webhook"


Step = tuple[Channel, ...]
"""Channels in order: the next is used when the one before it failed."""
Steps = tuple[Step, ...]
"""What is done at once, each step on its own."""

GROUPS: Steps = ((Channel.WECOM,), (Channel.FEISHU,), (Channel.DINGTALK,), (Channel.WEBHOOK,))
"""The chats beside a person: each is written to whatever becomes of the rest."""
RINGING = frozenset({Channel.VOICE, Channel.SMS})
"""Channels that make a phone sound without any app."""
USUAL_STEPS: Mapping[int, Steps] = {
    1: ((Channel.VOICE, Channel.SMS), (Channel.WEB_PUSH,), *GROUPS),
    2: ((Channel.WEB_PUSH,), (Channel.SMS, Channel.VOICE), *GROUPS),
    3: ((Channel.WEB_PUSH,), *GROUPS),
}
"""By severity, unless the community or the person wants it otherwise. The inbox always has it too."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message in one language. Title and body show on a lock screen; `spoken` is read out on a call."""

    title: str
    body: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one person. The same `key` is the same message, however often it is sent.

    `kind` chooses a provider's approved template and `place` fills it; `on_duty` says that the person is on
    duty now, so that quiet hours don't count, and `at_any_hour` that they don't count for this message;
    `steps`, when given, go before the person's own. `code` is for messages that bring a
    one-time code.
    """

    key: str
    community: str
    person: str
    severity: int
    kind: str
    words: Mapping[str, Words]
    alarm: str = ""
    place: str = ""
    on_duty: bool = False
    at_any_hour: bool = False
    steps: Steps = ()
    code: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise RefusedError(f"A message's key has 1 to {LONGEST_KEY} characters.")
        if self.severity not in USUAL_STEPS:
            raise RefusedError(f"Severity {self.severity} is not 1, 2 or 3.")
        if FALLBACK not in self.words:
            raise RefusedError(f"Message '{self.key}' has no {FALLBACK} words.")

    def in_language(self, language: str) -> Words:
        """The words in a language, or else in Chinese."""
        return self.words.get(language, self.words[FALLBACK])


@dataclass(frozen=True, slots=True)
class Address:
    """Where one channel finds a person.

    `provider` names the courier; `to` is a phone in E.164, a push endpoint, or a name for people to read;
    `secret` names the secret that opens it (a robot's address is itself one); `keys` are a push
    subscription's, under `id` the name that its app gave it, under `session` the sign-in.
    """

    channel: Channel
    provider: str
    to: str
    secret: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours by the wall clock, `start` included, `end` not; over midnight when `end` is before
    `start`.

    The same time twice means never.
    """

    start: time
    end: time

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet hours that hold at `now` end; None when none hold."""
        if self.start == self.end:
            return None
        today = now.astimezone(zone).date()
        over_midnight = timedelta(days=1 if self.end < self.start else 0)
        for day in (today - timedelta(days=1), today):
            start = datetime.combine(day, self.start, zone).astimezone(UTC)
            end = datetime.combine(day + over_midnight, self.end, zone).astimezone(UTC)
            if start <= now < end:
                return end
        return None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, or a group, as couriers need them: language, addresses, wishes."""

    id: str
    community: str
    zone: tzinfo
    language: str = FALLBACK
    addresses: tuple[Address, ...] = ()
    steps: Mapping[int, Steps] = field(default_factory=lambda: USUAL_STEPS)
    quiet: Quiet | None = None

    def quiet_until(self, message: Message, now: datetime) -> datetime | None:
        """Until when `message` must not disturb. Severity 1, and whoever is on duty, never waits."""
        never = message.severity == 1 or message.on_duty or message.at_any_hour
        if never or self.quiet is None:
            return None
        return self.quiet.until(now, self.zone)

    def channels(self, severity: int) -> list[Channel]:
        """Through what they can be told at a severity, in order, each once."""
        named = (channel for step in self.steps.get(severity, ()) for channel in step)
        there = {address.channel for address in self.addresses}
        return [channel for channel in dict.fromkeys(named) if channel in there]

    def routes(self, message: Message) -> list[tuple[Address, ...]]:
        """For each step the addresses to try in order; each device with push is a step of its own."""
        steps = message.steps or self.steps.get(message.severity, ())
        routes: list[tuple[Address, ...]] = []
        for step in steps:
            found = tuple(a for channel in step for a in self.addresses if a.channel is channel)
            alone = step == (Channel.WEB_PUSH,)
            routes += [(address,) for address in found] if alone else [found] if found else []
        return routes
