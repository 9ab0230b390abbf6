"""`shouwang channels`: through what a community reaches its people, and what providers must know."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click
from botocore.exceptions import ClientError

from chalicelib.notify.addresses import Habits
from chalicelib.notify.callbacks import ALIYUN_SMS, ALIYUN_VOICE
from chalicelib.notify.channels import aliyun_sms, aliyun_voice, amazon
from chalicelib.notify.channels.aliyun import DEFAULT, NOTICE
from chalicelib.notify.signatures import url_token
from chalicelib.notify.texts import MessageKind
from infra.commands.shared import as_json, community_option, connected, listing, stdout, write_json

_ALIYUN = ("access_key_id", "access_key_secret")
NEEDS: Mapping[str, tuple[str, ...]] = {
    amazon.SNS: (),
    amazon.CONNECT: ("instance_id", "contact_flow_id", "source_phone_number"),
    aliyun_sms.PROVIDER: (*_ALIYUN, "sign_name", "templates"),
    aliyun_voice.PROVIDER: (*_ALIYUN, "called_show_number", "accepted_code", "templates"),
    "wecom": ("url",),
    "feishu": ("url", "secret"),
    "dingtalk": ("url", "secret"),
    "webhook": ("url", "secret"),
}
"""By provider: what its secret, a JSON object in Secrets Manager, must hold."""
_OWN_WORDS = (DEFAULT, NOTICE, MessageKind.DRILL, MessageKind.DRILL_KIN)
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    aliyun_sms.PROVIDER: ("sign_in", *_OWN_WORDS),
    aliyun_voice.PROVIDER: (MessageKind.CHECK_CALL, *_OWN_WORDS),
}
"""By provider: the approved templates without which something isn't sent."""
TITLES = {"what": "what", "provider": "provider", "secret": "secret", "state": "state"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach people, the secret that opens it, and whether that is as it must be."""

    what: str
    provider: str
    secret: str
    state: str


@click.command("channels")
@community_option
@as_json
def command(community: str, as_json: bool) -> None:
    """Show through what a community reaches its people, whether the secrets for it are there and whole, and
    the callback addresses to register with the providers. A coordinator sets it (/v1/community/channels).
    """
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    habits = wiring.notify.address_book().habits(community)
    secrets = stack.client("secretsmanager")
    ways = [
        Way(what, provider, name, state(secrets, provider, name)) for what, provider, name in named(habits)
    ]
    key = wiring.ground.callback_key()
    told = {
        "ways": [{name: getattr(way, name) for name in TITLES} for way in ways],
        "callbacks": callbacks(stack.api_url, key),
        "push_key": wiring.notify.public_push_key(),
    }
    if as_json:
        write_json(told)
        return
    show(told)


def named(habits: Habits) -> Iterator[tuple[str, str, str]]:
    """What a community named: what for, the provider, its secret."""
    if habits.voice:
        yield "calls", habits.voice, habits.voice_secret
    if habits.sms:
        yield "SMS", habits.sms, habits.sms_secret
    for group in habits.groups:
        yield group.name, group.channel.value, group.secret


def state(secrets: Any, provider: str, name: str) -> str:
    """`ready`, or what is wrong with a provider's secret or missing there, and no more of what it holds."""
    if not NEEDS[provider]:
        return "ready"
    try:
        text = secrets.get_secret_value(SecretId=name)["SecretString"]
    except ClientError as error:
        return f"can't be read: {error.response['Error']['Code']}"
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        return "is no JSON object"
    if missing := [field for field in NEEDS[provider] if not held.get(field)]:
        return f"lacks {', '.join(missing)}"
    unsaid = [name for name in TEMPLATES.get(provider, ()) if name not in held["templates"]]
    return f"ready, but without a template for {', '.join(unsaid)}" if unsaid else "ready"


def callbacks(api_url: str, key: str) -> dict[str, Any]:
    """Where providers report what was pressed and what arrived."""
    base = f"{api_url}v1/callbacks"
    return {
        "aliyun_voice": f"{base}/voice/aliyun?signature={url_token(ALIYUN_VOICE, key=key)}",
        "aliyun_sms": f"{base}/sms/aliyun?signature={url_token(ALIYUN_SMS, key=key)}",
        "connect": {"url": f"{base}/voice/connect", "secret": key},
    }


def show(told: Mapping[str, Any]) -> None:
    """Print it for people."""
    if told["ways"]:
        stdout.print(listing(told["ways"], TITLES))
    else:
        stdout.print("No provider is set: no phone rings, whatever happens.", style="red", highlight=False)
    given = told["callbacks"]
    stdout.print(
        f"\nRegister with Aliyun (VoiceReport, SmsReport), as HTTP push; whoever has them can report:\n"
        f"  {given['aliyun_voice']}\n  {given['aliyun_sms']}\n"
        f"For the function behind an Amazon Connect flow, which signs as our webhooks are signed:\n"
        f"  {given['connect']['url']}\n  secret {given['connect']['secret']}\n"
        f"Public key of Web Push: {told['push_key']}",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip
