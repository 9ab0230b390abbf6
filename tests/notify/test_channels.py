"""Every adapter against a stand-in that enforces its provider's documents."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from chalicelib.notify.channels import aliyun, amazon
from chalicelib.notify.channels.aliyun_sms import AliyunSms
from chalicelib.notify.channels.aliyun_voice import AliyunVoice
from chalicelib.notify.channels.robots import dingtalk, feishu, wecom
from chalicelib.notify.channels.web import BotocoreWeb, any_url, must_be_https
from chalicelib.notify.channels.web_push import WebPush, must_be_push_service
from chalicelib.notify.channels.webhook import Webhook
from chalicelib.notify.courier import (
    Courier,
    Letter,
    ProviderDownError,
    UnclearError,
    UndeliverableError,
)
from chalicelib.notify.model import Address, Channel
from chalicelib.notify.texts import NOTICES, MessageKind, words
from tests.builders import NOON
from tests.notify import standins
from tests.notify.people import LI_PHONE, urgent
from tests.notify.server import GONE_QUIET, serving

PATIENT = 30.0
"""Seconds to wait for a stand-in that will answer, on however busy a machine."""
VAPID_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"


@dataclass
class Vault:
    """Secrets by name."""

    secrets: dict[str, Any] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        held = self.secrets[name]
        return held if isinstance(held, str) else json.dumps(held)


@dataclass
class Bench:
    """An adapter, the address it is used for, and the stand-in behind it."""

    courier: Courier
    to: Address
    provider: Any
    vault: Vault

    def send(self, **fields: Any) -> str:
        return self.courier.send(letter(**fields), self.to, NOON)


def letter(reference: str = "abcdefghij23456", language: str = "zh-CN", **fields: Any) -> Letter:
    message = urgent(**fields)
    return Letter(message, message.in_language(language), language, reference)


ALIYUN_SECRET = {
    "access_key_id": "LTAI-test",
    "access_key_secret": "aliyun-secret",
    "sign_name": "星禾里社区",
    "called_show_number": "05710000001",
    "accepted_code": "TTS_2",
}
SMS_TEMPLATES = {"default": {"code": "SMS_1", "params": ["place"]}, "task": {"code": "SMS_2"}}
VOICE_TEMPLATES = {
    "default": {"code": "TTS_1", "params": ["place"]},
    "check_call": {"code": "TTS_1", "params": ["place"]},
}
CONNECT_SECRET = {"instance_id": "i-1", "contact_flow_id": "f-1", "source_phone_number": "+16505550100"}


PROVIDERS: dict[str, Callable[[], Any]] = {
    "wecom": standins.WeCom,
    "feishu": standins.Feishu,
    "dingtalk": standins.DingTalk,
    "webhook": standins.Receiver,
    "web_push": standins.Browser,
    "aliyun_sms": standins.Aliyun,
    "aliyun_voice": lambda: standins.Aliyun(host="dyvmsapi.aliyuncs.com"),
    "sns": standins.Aws,
    "connect": standins.Aws,
}
SNS_ERROR = b"<ErrorResponse><Error><Type>T</Type><Code>Trouble</Code></Error></ErrorResponse>"


def error_body(name: str) -> bytes:
    """An error as this provider writes it."""
    return SNS_ERROR if name == "sns" else b"{}"


@contextmanager
def bench(name: str, *, read: float = PATIENT) -> Iterator[Bench]:
    """An adapter in front of its stand-in, for whose answer it waits `read` seconds."""
    provider = PROVIDERS[name]()
    with serving(provider) as base:
        provider.origin = base
        vault = Vault({"vapid": {"private_key": VAPID_KEY, "subject": "mailto:ops@example.org"}})
        yield Bench(*_adapter(name, base, provider, vault, read), provider, vault)


def _adapter(name: str, base: str, provider: Any, vault: Vault, read: float) -> tuple[Courier, Address]:
    channel = {"aliyun_sms": "sms", "sns": "sms", "aliyun_voice": "voice", "connect": "voice"}.get(name, name)
    to = f"{base}/push/1" if name == "web_push" else LI_PHONE
    secrets: dict[str, dict[str, Any]] = {
        "wecom": {"url": f"{base}/cgi-bin/webhook/send?key={getattr(provider, 'key', '')}"},
        "feishu": {"url": f"{base}/open-apis/bot/v2/hook/x-1"},
        "dingtalk": {"url": f"{base}/robot/send?access_token={getattr(provider, 'token', '')}"},
        "webhook": {"url": f"{base}/hook"},
        "aliyun_sms": {"templates": SMS_TEMPLATES, **ALIYUN_SECRET},
        "aliyun_voice": {"templates": VOICE_TEMPLATES, **ALIYUN_SECRET},
        "connect": CONNECT_SECRET,
    }
    vault.secrets["s"] = {"secret": getattr(provider, "secret", ""), **secrets.get(name, {})}
    keys = provider.keys if name == "web_push" else {}
    return _courier(name, base, vault, BotocoreWeb(read=read)), Address(Channel(channel), name, to, "s", keys)


def _courier(name: str, base: str, vault: Vault, web: BotocoreWeb) -> Courier:
    numbers = count()

    def calls(interface: aliyun.Interface) -> aliyun.Aliyun:
        return aliyun.Aliyun(web, interface, lambda: f"n{next(numbers)}", base)

    makers: dict[str, Callable[[], Courier]] = {
        "wecom": lambda: wecom(web, vault, any_url),
        "feishu": lambda: feishu(web, vault, any_url),
        "dingtalk": lambda: dingtalk(web, vault, any_url),
        "webhook": lambda: Webhook(web, vault, any_url),
        "web_push": lambda: WebPush(web, vault, "vapid", any_url),
        "aliyun_sms": lambda: AliyunSms(calls(aliyun.SMS), vault),
        "aliyun_voice": lambda: AliyunVoice(calls(aliyun.VOICE), vault),
        "sns": lambda: amazon.SnsSms(lambda: amazon.client("sns", base)),
        "connect": lambda: amazon.ConnectVoice(vault, lambda: amazon.client("connect", base)),
    }
    return makers[name]()


ALL = tuple(PROVIDERS)
SECRETIVE = tuple(name for name in ALL if name != "sns")


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials that a Lambda function has."""
    for name, value in {
        "ACCESS_KEY_ID": "AKIATEST",
        "SECRET_ACCESS_KEY": "aws-secret",
        "DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(amazon, "READ_SECONDS", PATIENT)


@pytest.mark.parametrize("name", ALL)
def test_a_message_is_taken(name: str) -> None:
    with bench(name) as b:
        b.send()
        assert len(b.provider.taken) == 1


@pytest.mark.parametrize("name", ["wecom", "feishu", "dingtalk", "webhook", "web_push", "sns"])
def test_the_words_arrive(name: str) -> None:
    with bench(name) as b:
        b.send()
        told = json.dumps(b.provider.taken[0], ensure_ascii=False)
        assert "有人需要您" in told
        assert "3号楼，请马上过去。打开应用看详情。" in told


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_provider_in_trouble_is_down(name: str, status: int) -> None:
    with bench(name) as b:
        b.provider.trouble = [(status, error_body(name))]
        with pytest.raises(ProviderDownError):
            b.send()
        b.send()
        assert len(b.provider.taken) == 1


@pytest.mark.parametrize("name", ALL)
def test_a_provider_that_never_answers_is_unclear(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon, "READ_SECONDS", 0.3)
    with bench(name, read=0.3) as b:
        b.provider.trouble = [(GONE_QUIET, b"")]
        with pytest.raises(UnclearError):
            b.send()


@pytest.mark.parametrize("name", ALL)
def test_a_provider_that_is_not_there_is_down(name: str) -> None:
    with bench(name) as b:
        pass
    with pytest.raises(ProviderDownError):
        b.send()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_is_final(name: str, status: int) -> None:
    with bench(name) as b:
        b.provider.trouble = [(status, error_body(name))]
        with pytest.raises(UndeliverableError):
            b.send()


@pytest.mark.parametrize("name", ["wecom", "feishu", "dingtalk", "aliyun_sms", "aliyun_voice", "sns"])
def test_a_200_that_is_no_json_is_unclear(name: str) -> None:
    with bench(name) as b:
        for body in (b"<html>", b"[]"):
            b.provider.trouble = [(200, body)]
            with pytest.raises(UnclearError):
                b.send()


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("feishu", {"secret": "wrong"}),
        ("dingtalk", {"secret": "wrong"}),
        ("webhook", {"secret": "wrong"}),
        ("aliyun_sms", {"access_key_secret": "wrong"}),
        ("aliyun_voice", {"access_key_secret": "wrong"}),
        ("aliyun_sms", {"access_key_id": "wrong"}),
    ],
)
def test_a_wrong_secret_is_refused(name: str, secret: dict[str, str]) -> None:
    with bench(name) as b:
        b.vault.secrets["s"] |= secret
        with pytest.raises(UndeliverableError):
            b.send()
        assert b.provider.taken == []


@pytest.mark.parametrize("name", SECRETIVE)
@pytest.mark.parametrize("secret", ["no json", "[]", "{}"])
def test_a_secret_that_is_not_what_it_should_be_is_said_so(name: str, secret: str) -> None:
    with bench(name) as b:
        b.vault.secrets = {"s": secret, "vapid": secret}
        with pytest.raises(UndeliverableError, match=r"lacks|no JSON|template"):
            b.send()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}),
        ("feishu", {"code": 11232, "msg": "frequency limited"}),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}),
        ("aliyun_sms", {"Code": "isp.SYSTEM_ERROR"}),
        ("aliyun_voice", {"Code": "Throttling.User"}),
    ],
)
def test_too_often_is_for_later(name: str, answer: dict[str, Any]) -> None:
    with bench(name) as b:
        b.provider.trouble = [standins.told(answer)]
        with pytest.raises(ProviderDownError):
            b.send()


@pytest.mark.parametrize("name", ["wecom", "feishu", "dingtalk", "webhook", "web_push"])
def test_redirects_are_not_followed(name: str) -> None:
    with bench(name) as b:
        b.provider.trouble = [(307, b"http://127.0.0.1:1/")]
        with pytest.raises(UndeliverableError):
            b.send()


@pytest.mark.parametrize("name", ["wecom", "dingtalk"])
def test_an_error_does_not_tell_the_robots_address(name: str) -> None:
    with bench(name) as b:
        pass
    with pytest.raises(ProviderDownError) as caught:
        b.send()
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_long_text_is_cut_at_a_character() -> None:
    with bench("wecom") as b:
        long = {"zh-CN": words(MessageKind.URGENT, place="楼" * 1500)["zh-CN"]}
        b.send(words=long)
        assert len(b.provider.taken[0]["text"]["content"].encode()) <= 2048


@pytest.mark.parametrize("name", ["webhook", "connect"])
def test_the_same_reference_is_taken_once(name: str) -> None:
    with bench(name) as b:
        assert b.courier.dedupes
        assert b.send() == b.send()
        assert len(b.provider.taken) == 1


def test_a_push_says_how_urgent_it_is_and_replaces_its_own_repetition() -> None:
    with bench("web_push") as b:
        b.send()
        b.send()
        b.send(severity=3)
        pushed = [(m["urgency"], m["ttl"], m["topic"]) for m in b.provider.taken]
        assert pushed == [("high", "600", "abcdefghij23456")] * 2 + [("normal", "86400", "abcdefghij23456")]
        assert b.provider.taken[0]["alarm"] == "al-1"


@pytest.mark.parametrize("status", [404, 410])
def test_a_push_subscription_that_ended_is_gone(status: int) -> None:
    with bench("web_push") as b:
        b.provider.trouble = [(status, b"")]
        with pytest.raises(UndeliverableError) as caught:
            b.send()
        assert caught.value.gone


@pytest.mark.parametrize("name", ["wecom", "webhook"])
def test_a_robot_that_is_not_found_is_kept(name: str) -> None:
    with bench(name) as b:
        b.provider.trouble = [(404, b"")]
        with pytest.raises(UndeliverableError) as caught:
            b.send()
        assert not caught.value.gone


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.example.org/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://fcm.googleapis.com@127.0.0.1/", False),
    ],
)
def test_only_push_services_are_pushed_to(url: str, fine: bool) -> None:
    if fine:
        assert must_be_push_service(url) == url
    else:
        with pytest.raises(UndeliverableError):
            must_be_push_service(url)


def test_webhooks_are_https() -> None:
    with pytest.raises(UndeliverableError):
        must_be_https("http://example.org/")


def test_aliyuns_own_example_of_a_signature() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = aliyun.canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    told = aliyun.authorization(query, headers, key_id="YourAccessKeyId", secret="YourAccessKeySecret")
    assert told.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_an_approved_template_is_chosen_by_kind() -> None:
    with bench("aliyun_sms") as b:
        b.send()
        b.send(kind="task", severity=3)
        assert [m["TemplateCode"] for m in b.provider.taken] == ["SMS_1", "SMS_2"]
        assert json.loads(b.provider.taken[0]["TemplateParam"]) == {"place": "3号楼"}
        assert b.provider.taken[0]["PhoneNumbers"] == "13800000001"


def test_a_check_call_takes_three_keys() -> None:
    with bench("aliyun_voice") as b:
        b.send(kind=MessageKind.CHECK_CALL, severity=2)
        assert [b.provider.taken[0].get(f"MenuKeyMap.{n}.Key") for n in (1, 2, 3, 4)] == ["1", "2", "3", None]


def test_a_check_call_is_never_said_in_the_words_of_a_call_for_help() -> None:
    with bench("aliyun_voice") as b:
        b.vault.secrets["s"]["templates"] = {"default": VOICE_TEMPLATES["default"]}
        with pytest.raises(UndeliverableError, match="check_call"):
            b.send(kind=MessageKind.CHECK_CALL, severity=2)


@pytest.mark.parametrize("provider", ["aliyun_sms", "aliyun_voice"])
def test_news_is_never_told_in_the_words_of_a_call_for_help(provider: str) -> None:
    help_, news = {"code": "T_1", "params": ["place"]}, {"code": "T_2"}
    with bench(provider) as b:
        b.vault.secrets["s"]["templates"] = {"default": help_}
        for kind in NOTICES:
            with pytest.raises(UndeliverableError, match="notice"):
                b.send(kind=kind, severity=2)
    settings = {"templates": {"default": help_, "notice": news}}
    assert all(aliyun.template_of(settings, kind) == news for kind in NOTICES)
    assert (
        aliyun.template_of(settings, MessageKind.HANDOFF)
        == aliyun.template_of(settings, MessageKind.KIN_TOLD)
        == help_
    )


def test_aliyun_rings_mainland_phones_only() -> None:
    with bench("aliyun_voice") as b, pytest.raises(UndeliverableError):
        b.courier.send(letter(), Address(Channel.VOICE, "aliyun_voice", "+85290000000", "s"), NOON)


def test_connect_is_told_what_to_say_in_which_language() -> None:
    with bench("connect") as b:
        b.courier.send(letter(language="en"), b.to, NOON)
        attributes = b.provider.taken[0]["Attributes"]
        assert attributes["spoken"] == "A neighbour at 3号楼 needs help. Please go now. Press 1 to take it."
        assert (attributes["language"], attributes["reference"]) == ("en", "abcdefghij23456")
