"""How people are reached, as the API is asked and as it shows it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.http.endpoint import Ask, TimeOfDay, Versioned, View
from chalicelib.notify.addresses import Group, Habits, Wishes
from chalicelib.notify.choosing import personal, subscriptions
from chalicelib.notify.model import USUAL_STEPS, Channel, Quiet, Steps

Severity = Literal["1", "2", "3"]
OwnWay = Literal["voice", "sms", "web_push"]
Order = Annotated[list[Annotated[list[OwnWay], Field(min_length=1, max_length=3)]], Field(max_length=5)]
Orders = dict[Severity, Order]
"""By severity: what is done at once, and in each the channels in order, the next if the one before failed."""
SecretName = Annotated[str, Field(max_length=200, examples=["shouwang/xinghe/sms"])]
Way = Annotated[str, Field(json_schema_extra={"enum": [channel.value for channel in Channel]})]
UNBROKEN = 1
"""The severity that never heeds quiet hours."""


class QuietAsk(Ask):
    """Quiet hours by the community's clock, over midnight when `end` is before `start`. What is of
    severity 1, or comes to somebody on duty, is told all the same. The same time twice: never quiet.
    """

    start: TimeOfDay
    end: TimeOfDay


class SmsAsk(Ask):
    provider: Literal["sns", "aliyun_sms"]
    secret: SecretName = ""


class VoiceAsk(Ask):
    provider: Literal["connect", "aliyun_voice"]
    secret: SecretName


class GroupAsk(Ask):
    """A group's robot, which writes whenever one of the people `beside` it is told of an alarm."""

    channel: Literal["wecom", "feishu", "dingtalk", "webhook"]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    secret: SecretName
    beside: Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=50)]


class ChannelsAsk(Ask):
    """Secrets are named, never told: they stand in Secrets Manager, under `shouwang/{community}/` or
    `shouwang/shared/`, with the account, the sender's name or number and the approved templates in them.
    Without `steps` for a severity the usual ones hold; severity 1 must have voice or sms.
    """

    sms: SmsAsk | None
    voice: VoiceAsk | None
    quiet: QuietAsk | None
    steps: Orders = Field(default_factory=dict)
    groups: Annotated[list[GroupAsk], Field(default_factory=list, max_length=50)]


class QuietView(View):
    start: str
    end: str


class ProviderView(View):
    provider: str
    secret: str


class GroupView(View):
    channel: Way
    name: str
    secret: str
    beside: list[str]


class ChannelsView(Versioned):
    """How a community reaches its people. Version 0: nobody has said; nothing but the app tells anyone."""

    version: int
    sms: ProviderView | None
    voice: ProviderView | None
    quiet: QuietView | None
    quiet_is_ignored_by: list[int]
    steps: dict[str, list[list[Way]]]
    groups: list[GroupView]


class MyChannelsAsk(Ask):
    """What the caller wants otherwise than the community: null and what is left out follow it."""

    quiet: QuietAsk | None = None
    steps: Orders = Field(default_factory=dict)


class MyChannelsView(Versioned):
    """What the caller wants, and how they are told of severity 1, which `quiet_is_ignored_by`: `urgent_by`.

    Without voice or sms in it nothing rings, and the caller must look into the app.
    """

    version: int
    quiet: QuietView | None
    quiet_is_ignored_by: list[int]
    steps: dict[str, list[list[Way]]]
    urgent_by: list[Way]
    push_subscriptions: list[str]


class SubscriptionKeysAsk(Ask):
    p256dh: Annotated[str, Field(max_length=100)]
    auth: Annotated[str, Field(max_length=30)]


class SubscriptionAsk(Ask):
    """A browser's push subscription, as its `toJSON()` tells it (W3C Push API)."""

    endpoint: Annotated[str, Field(max_length=1000)]
    keys: SubscriptionKeysAsk
    expirationTime: Annotated[float, Field(ge=0, le=1e14)] | None = None  # noqa: N815 - the browser's own name


class SubscriptionView(View):
    """The browser `id` is, or is no longer, pushed to."""

    id: str
    pushed: bool


class PushKeyView(View):
    """What a page hands to `pushManager.subscribe` as `applicationServerKey` (RFC 8292)."""

    public_key: str


def habits_of(asked: ChannelsAsk, *, version: int) -> Habits:
    """What was asked, to be kept."""
    return Habits(
        sms=asked.sms.provider if asked.sms else "",
        sms_secret=asked.sms.secret if asked.sms else "",
        voice=asked.voice.provider if asked.voice else "",
        voice_secret=asked.voice.secret if asked.voice else "",
        steps={**USUAL_STEPS, **steps_of(asked.steps)},
        quiet=quiet_of(asked.quiet),
        groups=tuple(Group(Channel(g.channel), g.name, g.secret, tuple(g.beside)) for g in asked.groups),
        version=version,
    )


def steps_of(asked: Mapping[Severity, Order]) -> dict[int, Steps]:
    """Steps as they were asked."""
    return {int(n): tuple(tuple(Channel(c) for c in step) for step in of) for n, of in asked.items()}


def quiet_of(asked: QuietAsk | None) -> Quiet | None:
    """Quiet hours as they were asked."""
    return Quiet(asked.start, asked.end) if asked else None


def channels_view(habits: Habits) -> ChannelsView:
    """A community's ways."""
    return ChannelsView(
        version=habits.version,
        sms=ProviderView(provider=habits.sms, secret=habits.sms_secret) if habits.sms else None,
        voice=ProviderView(provider=habits.voice, secret=habits.voice_secret) if habits.voice else None,
        quiet=_quiet_view(habits.quiet),
        quiet_is_ignored_by=[UNBROKEN],
        steps=_steps_view(habits.steps),
        groups=[
            GroupView(channel=g.channel.value, name=g.name, secret=g.secret, beside=list(g.beside))
            for g in habits.groups
        ],
    )


def wishes_view(wishes: Wishes, urgent_by: list[Channel]) -> MyChannelsView:
    """A person's wishes, and how they are told of severity 1."""
    return MyChannelsView(
        version=wishes.version,
        quiet=_quiet_view(wishes.quiet),
        quiet_is_ignored_by=[UNBROKEN],
        steps=_steps_view(wishes.steps),
        urgent_by=[channel.value for channel in urgent_by],
        push_subscriptions=[address.keys.get("id", "") for address in subscriptions(wishes)],
    )


def _steps_view(steps: Mapping[int, Steps]) -> dict[str, list[list[Way]]]:
    return {str(n): [[channel.value for channel in step] for step in of] for n, of in personal(steps).items()}


def _quiet_view(quiet: Quiet | None) -> QuietView | None:
    if quiet is None:
        return None
    return QuietView(start=quiet.start.isoformat("minutes"), end=quiet.end.isoformat("minutes"))
