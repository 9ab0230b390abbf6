"""`shouwang channels`: what it says of a community's ways, their secrets and the callbacks."""

import json
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

from chalicelib.notify.addresses import Group, Habits
from chalicelib.notify.callbacks import ALIYUN_VOICE
from chalicelib.notify.channels.amazon import SNS
from chalicelib.notify.model import Channel
from chalicelib.notify.signatures import must_be_our_url
from infra.commands.channels import callbacks, named, show, state
from tests.notify.test_channels import ALIYUN_SECRET, CONNECT_SECRET, SMS_TEMPLATES

KINDS = ("default", "notice", "check_call", "drill", "drill_kin")
EVERY_TEMPLATE = {kind: {"code": "TTS_1"} for kind in KINDS}
KEY = "a key for callbacks, for tests alone"


@dataclass
class Vault:
    """Secrets Manager, as far as it is asked here."""

    held: dict[str, str] = field(default_factory=dict)

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's own name
        if SecretId not in self.held:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.held[SecretId]}


@pytest.mark.parametrize(
    ("provider", "text", "says"),
    [
        (SNS, None, "ready"),
        ("aliyun_sms", None, "can't be read: ResourceNotFoundException"),
        ("aliyun_sms", "not json", "is no JSON object"),
        ("aliyun_sms", json.dumps(ALIYUN_SECRET), "lacks templates"),
        (
            "aliyun_sms",
            json.dumps({**ALIYUN_SECRET, "templates": SMS_TEMPLATES}),
            "ready, but without a template for sign_in, notice, drill, drill_kin",
        ),
        ("aliyun_voice", json.dumps({**ALIYUN_SECRET, "templates": EVERY_TEMPLATE}), "ready"),
        ("connect", json.dumps(CONNECT_SECRET), "ready"),
        ("feishu", json.dumps({"url": "https://x"}), "lacks secret"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_and_nothing_of_it(
    provider: str, text: str | None, says: str
) -> None:
    assert state(Vault({"s": text} if text else {}), provider, "s") == says


def test_every_way_is_named() -> None:
    group = Group(Channel.WECOM, "值守群", "shouwang/xinghe/wecom", ("li",))
    habits = Habits(SNS, "", "connect", "shouwang/xinghe/voice", groups=(group,))
    assert [provider for _, provider, _ in named(habits)] == ["connect", SNS, "wecom"]


def test_the_addresses_are_those_that_callbacks_believe(capsys: pytest.CaptureFixture[str]) -> None:
    given = callbacks("https://api.example/api/", KEY)
    address, _, token = str(given["aliyun_voice"]).partition("?signature=")
    assert address == "https://api.example/api/v1/callbacks/voice/aliyun"
    must_be_our_url(token, ALIYUN_VOICE, key=KEY)
    show({"ways": [], "callbacks": given, "push_key": "BA"})
    told = capsys.readouterr().out
    assert "no phone rings" in told
    assert str(given["aliyun_sms"]) in told.replace("\n", "")
