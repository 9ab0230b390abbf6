"""A check call the whole way: voice adapter, provider's stand-in, and the signed callback over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chalice.test import Client

from app import app
from chalicelib import wiring
from chalicelib.notify.channels import aliyun, amazon
from chalicelib.notify.channels.aliyun_voice import AliyunVoice
from chalicelib.notify.channels.web import BotocoreWeb
from chalicelib.notify.courier import Courier
from chalicelib.notify.signatures import signed, url_token
from tests.api import ROOT
from tests.builders import TOKEN_KEY
from tests.notify import standins
from tests.notify.server import serving
from tests.notify.test_channels import ALIYUN_SECRET, CONNECT_SECRET, VOICE_TEMPLATES, Vault
from tests.scenarios.telephones import Telephones

VAULT = Vault({"s": {**CONNECT_SECRET, "templates": VOICE_TEMPLATES, **ALIYUN_SECRET}})


@contextmanager
def ringing(voice: str, provider: Any) -> Iterator[tuple[Telephones, Client, str]]:
    """A quiet home whose resident is being rung through a provider's stand-in; the API; and the alarm."""
    now = datetime.now(UTC).replace(microsecond=0)
    provider.now, numbers = now, count()
    with serving(provider) as base:
        couriers: dict[str, Courier] = {
            "connect": amazon.ConnectVoice(VAULT, lambda: amazon.client("connect", base)),
            "aliyun_voice": AliyunVoice(
                aliyun.Aliyun(BotocoreWeb(), aliyun.VOICE, lambda: f"n{next(numbers)}", base), VAULT
            ),
        }
        town = Telephones(now, voice=voice, couriers=couriers)
        wiring.use(town.on)
        try:
            alarm = town.goes_quiet()
            town.now += timedelta(seconds=20)
            yield town, Client(app, project_dir=str(ROOT)), alarm
        finally:
            wiring.use(None)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials that a Lambda function has."""
    known = {"ACCESS_KEY_ID": "AKIATEST", "SECRET_ACCESS_KEY": "aws-secret", "DEFAULT_REGION": "us-east-1"}
    for name, value in known.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.mark.parametrize(
    ("digit", "state", "said"),
    [
        ("1", "self_answered", "self_answered"),
        ("2", "raised", "noted"),
        ("3", "raised", "asked_to_be_called_back"),
    ],
)
def test_a_key_pressed_through_connect(digit: str, state: str, said: str) -> None:
    provider = standins.Aws()
    with ringing("connect", provider) as (town, client, alarm):
        (call,) = [c for c in provider.taken if c["DestinationPhoneNumber"] == "+8613800000009"]
        assert (call["Attributes"]["kind"], call["Attributes"]["language"]) == ("check_call", "zh-CN")
        body = json.dumps({"reference": call["Attributes"]["reference"], "digit": digit}).encode()
        headers = signed(body, key=TOKEN_KEY, now=town.now)
        forged = client.http.post(
            "/v1/callbacks/voice/connect", body=body, headers=signed(body, key="x", now=town.now)
        )
        assert (forged.status_code, town.alarm(alarm).state) == (403, "raised")
        answer = client.http.post("/v1/callbacks/voice/connect", body=body, headers=headers)
        assert (answer.status_code, json.loads(answer.body)) == (200, {"outcome": "noted"})
        assert town.alarm(alarm).state == state
        assert town.log(alarm)[-1] == (said, "du", "voice")
        kinds = {each.kind.value for each in town.desk.open_of("xinghe", "h001")}
        assert ("one_key" in kinds) is (digit == "2")


def test_a_key_pressed_through_aliyun_and_reported_twice() -> None:
    provider = standins.Aliyun(host="dyvmsapi.aliyuncs.com")
    with ringing("aliyun_voice", provider) as (town, client, alarm):
        (call,) = [c for c in provider.taken if c["CalledNumber"] == "13800000009"]
        assert [call[f"MenuKeyMap.{n}.Key"] for n in (1, 2, 3)] == ["1", "2", "3"]
        pressed_at = town.now.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
        report = {"status_code": "300000", "dtmf": "1", "status_time": pressed_at, "out_id": call["OutId"]}
        path = f"/v1/callbacks/voice/aliyun?signature={url_token('aliyun-voice', key=TOKEN_KEY)}"
        for _ in range(2):
            assert client.http.post(path, body=json.dumps([report]).encode()).status_code == 200
        assert town.alarm(alarm).state == "self_answered"
        assert [what for what, by, _ in town.log(alarm) if by == "du"].count("self_answered") == 1
