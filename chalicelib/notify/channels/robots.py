"""Group robots, which is what neighbourhood groups use: WeCom, Feishu, DingTalk.

Each robot is one secret `{"url": "https://…", "secret": "…"}`: its URL is itself a credential. WeCom has no
signature. All answer HTTP 200 also when they refuse, and none dedupes or proves that anyone read it.

WeCom (developer.work.weixin.qq.com/document/path/91770 and 99110): POST
`/cgi-bin/webhook/send?key=…` with `{"msgtype": "text", "text": {"content": …}}`, at most 2048 bytes, 20 a
minute; `errcode` 0 is taken, 45009 is too often.

Feishu (open.larkoffice.com/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN.md): POST `/open-apis/bot/v2/hook/…`
with `timestamp` (seconds, at most an hour off), `sign`, `msg_type`, `content`; `sign` is base64 of
HMAC-SHA256 of nothing under the key `timestamp + "\\n" + secret`; `code` 0 is taken, 19021 a wrong
signature, 11232 too often (100 a minute, 5 a second).

DingTalk (open.dingtalk.com/document/robots/customize-robot-security-settings): POST
`/robot/send?access_token=…&timestamp=…&sign=…`, the timestamp in milliseconds and at most an hour off;
`sign` is base64 of HMAC-SHA256 of `timestamp + "\\n" + secret` under the secret; `errcode` 0 is taken, 310000
a wrong signature, 130101 too often (20 a minute).
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from chalicelib.kernel.clock import epoch
from chalicelib.notify.channels.web import GetSecret, Web, checked, must_be_https, must_have, opened
from chalicelib.notify.courier import Letter, ProviderDownError, UndeliverableError
from chalicelib.notify.model import Address

LONGEST_TEXT = 2048
"""Bytes of UTF-8: WeCom's limit, kept for all."""
Call = tuple[str, Mapping[str, Any]]
"""A URL and the JSON to POST to it."""


@dataclass(frozen=True, slots=True)
class Robot:
    """Writes into a group's chat through its robot. `dialect` makes the call, `too_often` are its codes for
    limits, `code` names the field of its answer that is 0 when it took the message.
    """

    web: Web
    get_secret: GetSecret
    dialect: Callable[[Mapping[str, Any], str, datetime], Call]
    code: str
    too_often: frozenset[int]
    allowed: Callable[[str], str] = must_be_https
    dedupes: bool = False
    proves_within: timedelta | None = None

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Write it. Raises DeliveryError."""
        settings = opened(self.get_secret, to.secret)
        url, told = self.dialect(settings, _text(letter), now)
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        code = checked(self.web.post(self.allowed(url), body, headers)).json().get(self.code)
        if code in self.too_often:
            raise ProviderDownError(f"The robot wrote too often: {code}.")
        if code != 0:
            raise UndeliverableError(f"The robot refused: {code}.")
        return ""


def wecom(web: Web, get_secret: GetSecret, allowed: Callable[[str], str] = must_be_https) -> Robot:
    """A WeCom group's robot."""
    return Robot(web, get_secret, wecom_call, "errcode", frozenset({-1, 45009}), allowed)


def feishu(web: Web, get_secret: GetSecret, allowed: Callable[[str], str] = must_be_https) -> Robot:
    """A Feishu group's robot."""
    return Robot(web, get_secret, feishu_call, "code", frozenset({9499, 11232, 99991400}), allowed)


def dingtalk(web: Web, get_secret: GetSecret, allowed: Callable[[str], str] = must_be_https) -> Robot:
    """A DingTalk group's robot."""
    return Robot(web, get_secret, dingtalk_call, "errcode", frozenset({-1, 130101}), allowed)


def wecom_call(settings: Mapping[str, Any], text: str, now: datetime) -> Call:
    """What WeCom wants."""
    (url,) = must_have(settings, "url")
    return url, {"msgtype": "text", "text": {"content": text}}


def feishu_call(settings: Mapping[str, Any], text: str, now: datetime) -> Call:
    """What Feishu wants."""
    url, secret = must_have(settings, "url", "secret")
    timestamp = str(epoch(now))
    sign = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", sha256)
    told = {"timestamp": timestamp, "sign": b64encode(sign).decode()}
    return url, {**told, "msg_type": "text", "content": {"text": text}}


def dingtalk_call(settings: Mapping[str, Any], text: str, now: datetime) -> Call:
    """What DingTalk wants."""
    url, secret = must_have(settings, "url", "secret")
    timestamp = str(epoch(now) * 1000)
    sign = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), sha256)
    signed = urlencode({"timestamp": timestamp, "sign": b64encode(sign).decode()})
    return f"{url}&{signed}", {"msgtype": "text", "text": {"content": text}}


def _text(letter: Letter) -> str:
    text = f"{letter.words.title}\n{letter.words.body}"
    return text.encode()[:LONGEST_TEXT].decode(errors="ignore")
