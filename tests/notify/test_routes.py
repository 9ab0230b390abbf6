"""A person's notifications, and providers' callbacks, over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.notify.model import Channel
from chalicelib.notify.signatures import signed, url_token
from tests.api import Answer, Service, answer
from tests.notify.people import KEY, Desk, address, li, urgent
from tests.notify.test_callbacks import pressed


@dataclass
class Phone:
    """The routes over a desk."""

    desk: Desk
    service: Service

    def __post_init__(self) -> None:
        self.client = self.service.client

    def get(self, path: str, **headers: str) -> Answer:
        sent = {"authorization": f"Bearer {self.service.token(name='li')}", **headers}
        return answer(self.client.http.get(path, headers=sent))

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        sent = {"content-type": "application/json", **headers}
        return answer(self.client.http.post(path, headers=sent, body=body))


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    service = Service()
    desk = Desk(table=service.town.on.deadlines, now=clock.now().replace(microsecond=0))
    monkeypatch.setattr(wiring.notify, "callbacks", lambda: desk.callbacks)
    yield Phone(desk, service)
    service.close()


def test_notifications_page_by_page_in_the_callers_language(phone: Phone) -> None:
    for n in range(3):
        phone.desk.send(urgent(f"m{n}"))
        phone.desk.wait(seconds=1)
    phone.desk.send(urgent("hers", person="wang"))
    first = phone.get("/v1/me/notifications?limit=2", **{"accept-language": "en"}).body
    second = phone.get(f"/v1/me/notifications?limit=2&cursor={first['next_cursor']}").body
    assert [item["key"] for item in first["items"] + second["items"]] == ["m2", "m1", "m0"]
    assert (first["items"][0]["title"], second["items"][0]["title"]) == (
        "A neighbour needs you",
        "有人需要您",
    )
    assert (first["items"][0]["alarm"], second["next_cursor"]) == ("al-1", None)
    assert phone.get("/v1/me/notifications?cursor=garbage").status == 400


def test_notifications_want_a_token(phone: Phone) -> None:
    assert phone.client.http.get("/v1/me/notifications").status_code == 401


def test_pressing_1_over_http(phone: Phone) -> None:
    phone.desk.send(to=li(addresses=(address(Channel.VOICE),)))
    body = json.dumps({"reference": phone.desk.voice.asked[0].reference, "digit": "1"}).encode()
    headers = signed(body, key=KEY, now=clock.now())
    first = phone.post("/v1/callbacks/voice/connect", body, **headers)
    assert (first.status, first.body) == (200, {"outcome": "accepted"})
    again = phone.post("/v1/callbacks/voice/connect", body, **headers)
    assert (again.status, again.body["code"]) == (403, "callback_refused")
    assert phone.post("/v1/callbacks/voice/connect", body).status == 403
    assert len(phone.desk.heard.answers) == 1


def test_aliyun_is_answered_as_it_wants(phone: Phone) -> None:
    phone.desk.send(to=li(addresses=(address(Channel.VOICE),)))
    body = json.dumps([pressed(phone.desk.voice.asked[0].reference, "1", clock.now())]).encode()
    path = f"/v1/callbacks/voice/aliyun?signature={url_token('aliyun-voice', key=KEY)}"
    told = phone.post(path, body)
    assert (told.status, told.body) == (200, {"code": 0, "msg": "ok", "taken": 1})
    assert phone.post("/v1/callbacks/voice/aliyun?signature=guessed", body).status == 403
    assert phone.post("/v1/callbacks/sms/aliyun", b"[]").status == 403


def test_a_body_that_is_too_large_is_refused_unread(phone: Phone) -> None:
    assert phone.post("/v1/callbacks/voice/connect", b" " * 300_000).status == 403
