"""Stories of a community that sets up how it reaches its people, over HTTP, to the provider's own door."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib import wiring
from chalicelib.accounts.model import sign
from chalicelib.accounts.sessions import As, SessionKind, new_session
from chalicelib.alarms.moves import State
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.notify.addresses import Wishes
from chalicelib.notify.callbacks import ALIYUN_VOICE
from chalicelib.notify.channels import aliyun
from chalicelib.notify.channels.aliyun_voice import AliyunVoice
from chalicelib.notify.channels.robots import wecom
from chalicelib.notify.channels.web import BotocoreWeb, Reply, any_url
from chalicelib.notify.channels.web_push import WebPush
from chalicelib.notify.courier import Courier
from chalicelib.notify.signatures import url_token
from chalicelib.registry.holdings import Subject
from chalicelib.registry.people import Person
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Team
from chalicelib.watch.model import ConcernKind
from tests.api import Answer, Service
from tests.builders import TOKEN_KEY, Town, concern, ground
from tests.notify.server import serving
from tests.notify.standins import Aliyun, Browser, WeCom, padded
from tests.notify.test_callbacks import pressed

VOICE = {
    "access_key_id": "LTAI-test",
    "access_key_secret": "aliyun-secret",
    "called_show_number": "05710000001",
    "accepted_code": "TTS_2",
    "templates": {"default": {"code": "TTS_1", "params": ["place"]}},
}
NOTHING = {"sms": None, "voice": None, "quiet": {"start": "22:00", "end": "07:00"}}
BY_ALIYUN = {"provider": "aliyun_voice", "secret": "shouwang/xinghe/voice"}
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/abc"


@dataclass
class Place:
    """Xinghe over HTTP, where Li is on duty, before Aliyun's, WeCom's and a push service's stand-ins."""

    api: Service
    aliyun: Aliyun
    wecom: WeCom
    browser: Browser

    def coordinator(self, method: str, path: str, body: Any = None) -> Answer:
        return self._call(method, path, body, Role.COORDINATOR, "chen")

    def li(self, method: str, path: str, body: Any = None) -> Answer:
        return self._call(method, path, body, Role.VOLUNTEER, "li")

    def _call(self, method: str, path: str, body: Any, role: Role, name: str) -> Answer:
        sent = {"if-match": "*", "idempotency-key": "k1"}
        return self.api.call(method, path, body=body, headers=sent, role=role, name=name)

    def chooses(self, **ways: Any) -> Answer:
        """The coordinator sets how the community reaches its people."""
        return self.coordinator("PUT", "/v1/community/channels", {**NOTHING, **ways})

    def smoke(self) -> str:
        """Smoke in Du's home, and all that is due at once; the alarm's id."""
        now = clock.now()
        alarm = self.api.town.concerns.raise_once(concern(ConcernKind.SMOKE, began_at=now), now=now)
        wiring.watch.deadlines().fire_due(now=now + timedelta(seconds=1))
        return alarm

    def subscribed(self, session: str) -> None:
        """Li signs in once more and is pushed to there."""
        now, who = clock.now(), As("xinghe", Role.VOLUNTEER, "li")
        made = new_session(session, SessionKind.PHONE, "n1", who, label=session, secret="x", now=now)
        wiring.accounts.store().save(made, now=now)
        told = self.subscription() | {"endpoint": f"{ENDPOINT}/{session}"}
        caller = Caller("li", Role.VOLUNTEER, "xinghe", session=session)
        token = sign(caller, key=TOKEN_KEY, now=now, life=timedelta(minutes=5))
        answer = self.api.call("PUT", f"/v1/me/push-subscriptions/{session}", body=told, token=token)
        assert answer.status == 200

    def subscription(self) -> dict[str, Any]:
        """What Li's browser tells the app."""
        return {"endpoint": ENDPOINT, "expirationTime": None, "keys": self.browser.keys}


@dataclass
class Redirected:
    """The web, on which the push service's own name leads to the stand-in."""

    web: BotocoreWeb
    to: str

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        return self.web.post(
            url.replace(urlsplit(url).netloc, urlsplit(self.to).netloc, 1).replace("https:", "http:", 1),
            body,
            headers,
        )


@pytest.fixture
def place() -> Iterator[Place]:
    at = datetime.now(UTC)
    provider = Aliyun(host="dyvmsapi.aliyuncs.com", now=at)
    robot, browser = WeCom(), Browser(now=at, origin="https://updates.push.services.mozilla.com")
    with serving(provider) as phones, serving(robot) as chats, serving(browser) as pushes:
        secrets = {
            "shouwang/xinghe/voice": json.dumps(VOICE),
            "shouwang/xinghe/wecom": json.dumps({"url": f"{chats}/cgi-bin/webhook/send?key={robot.key}"}),
            "push": ground().vault["push"],
        }
        web = BotocoreWeb()
        calls = aliyun.Aliyun(web, aliyun.VOICE, lambda: "n1", phones)
        push = WebPush(Redirected(web, pushes), secrets.__getitem__, "push")
        couriers: dict[str, Courier] = {
            "aliyun_voice": AliyunVoice(calls, secrets.__getitem__),
            "wecom": wecom(web, secrets.__getitem__, any_url),
            "web_push": push,
        }
        town = Town(replace(ground(), couriers=couriers))
        service = Service(town)
        settle(service)
        yield Place(service, provider, robot, browser)
        service.close()


def settle(service: Service) -> None:
    """Li is on duty at all hours, Chen coordinates."""
    wiring.registry.people().put_many(
        [
            Person("li", "xinghe", "李", Role.VOLUNTEER, "+8613800000001"),
            Person("chen", "xinghe", "陈", Role.COORDINATOR, "+8613800000002"),
        ]
    )
    teams = [Team(f"t-{p}", "队", COMMON, p, "li", ("li",)) for p in Period]
    wiring.rota.rota().put_teams("xinghe", teams, now=service.now)


def test_from_the_coordinators_choice_to_the_phone_that_rings_and_the_key_that_answers(place: Place) -> None:
    before = place.coordinator("GET", "/v1/community/channels").body
    assert (before["version"], before["sms"], before["voice"]) == (0, None, None)
    chosen = place.chooses(voice=BY_ALIYUN)
    assert (chosen.status, chosen.body["voice"], chosen.body["version"]) == (200, BY_ALIYUN, 1)
    assert chosen.body["steps"]["1"] == [["voice", "sms"], ["web_push"]]
    alarm = place.smoke()
    (call,) = [call for call in place.aliyun.taken if call["CalledNumber"] == "13800000001"]
    now = clock.now()
    body = json.dumps([pressed(call["OutId"], "1", now)]).encode()
    path = f"/v1/callbacks/voice/aliyun?signature={url_token(ALIYUN_VOICE, key=TOKEN_KEY)}"
    answer = place.api.client.http.post(path, headers={"content-type": "application/json"}, body=body)
    assert json.loads(answer.body)["taken"] == 1
    known = wiring.alarms.desk().get(alarm, community="xinghe")
    assert (known.state, known.acknowledged_by) == (State.ACKNOWLEDGED, "li")


def test_from_a_browsers_subscription_to_the_push_that_it_can_read(place: Place) -> None:
    public = place.li("GET", "/v1/push-key").body["public_key"]
    assert len(padded(public)) == 65
    path = "/v1/me/push-subscriptions/li-phone"
    for _ in "12":
        assert place.li("PUT", path, place.subscription()).body == {"id": "li-phone", "pushed": True}
    mine = place.li("GET", "/v1/me/channels").body
    assert (mine["push_subscriptions"], mine["urgent_by"]) == (["li-phone"], ["web_push", "inbox"])
    alarm = place.smoke()
    (told,) = place.browser.taken
    assert (told["alarm"], told["urgency"]) == (alarm, "high")
    assert place.li("DELETE", path).body == {"id": "li-phone", "pushed": False}
    assert place.li("GET", "/v1/me/channels").body["push_subscriptions"] == []


def test_a_groups_robot_writes_when_somebody_beside_it_is_told(place: Place) -> None:
    group = {"channel": "wecom", "name": "值守群", "secret": "shouwang/xinghe/wecom", "beside": ["li"]}
    assert place.chooses(groups=[group]).body["groups"] == [group]
    place.smoke()
    assert len(place.wecom.taken) == 1


def test_quiet_hours_are_ones_own_and_never_hold_back_what_is_urgent(place: Place) -> None:
    place.chooses(voice=BY_ALIYUN)
    own = {"quiet": {"start": "00:00", "end": "23:59"}, "steps": {"1": [["voice"]], "2": [["web_push"]]}}
    mine = place.li("PUT", "/v1/me/channels", own).body
    assert (mine["quiet"], mine["quiet_is_ignored_by"]) == (own["quiet"], [1])
    assert (mine["steps"], mine["urgent_by"]) == (own["steps"], ["voice", "inbox"])
    place.smoke()
    assert [call["CalledNumber"] for call in place.aliyun.taken if call["CalledNumber"] == "13800000001"]


@pytest.mark.parametrize(
    ("ways", "pointer"),
    [
        ({"sms": {"provider": "aliyun_sms"}}, "/sms/secret"),
        ({"sms": {"provider": "aliyun_sms", "secret": "shouwang/yuehu/sms"}}, "/sms/secret"),
        ({"voice": {**BY_ALIYUN, "secret": "shouwang/xinghe/../yuehu/x y"}}, "/voice/secret"),
        ({"voice": {**BY_ALIYUN, "provider": "tin_can"}}, "/voice/provider"),
        ({"steps": {"1": [["web_push"]]}}, "/steps/1"),
        ({"steps": {"1": []}}, "/steps/1"),
        (
            {
                "groups": [
                    {"channel": "wecom", "name": "群", "secret": "shouwang/shared/g", "beside": ["nobody"]}
                ]
            },
            "/groups/0/beside",
        ),
    ],
)
def test_ways_that_would_reach_nobody_are_refused(place: Place, ways: dict[str, Any], pointer: str) -> None:
    told = place.chooses(**ways)
    assert (told.status, told.body["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"endpoint": "https://192.0.2.1/latest/meta-data"}, "/endpoint"),
        ({"endpoint": "http://updates.push.services.mozilla.com/x"}, "/endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, "/keys"),
        ({"keys": {"p256dh": "****", "auth": "AAAA"}}, "/keys"),
    ],
)
def test_a_subscription_that_no_push_service_knows_is_refused(
    place: Place, change: dict[str, Any], pointer: str
) -> None:
    told = place.li("PUT", "/v1/me/push-subscriptions/p", {**place.subscription(), **change})
    assert (told.status, told.body["errors"][0]["pointer"]) == (422, pointer)


def test_what_somebody_else_changed_meanwhile_is_read_first(place: Place) -> None:
    first = place.coordinator("GET", "/v1/community/channels")
    place.chooses(voice=BY_ALIYUN)
    for path, told in (("/v1/community/channels", NOTHING), ("/v1/me/channels", {})):
        late = place.api.call(
            "PUT",
            path,
            body=told,
            headers={"if-match": first.headers["ETag"]},
            role=Role.COORDINATOR,
            name="chen",
        )
        assert late.status == (412 if "community" in path else 200)
        bare = place.api.call("PUT", path, body=told, role=Role.COORDINATOR, name="chen")
        assert bare.status == 428


def test_whoever_signs_out_or_is_removed_is_pushed_to_no_more(place: Place) -> None:
    for name in ("li", "lost"):
        place.subscribed(name)
    wiring.accounts.sessions().sign_out("lost", now=clock.now())
    assert place.li("GET", "/v1/me/channels").body["push_subscriptions"] == ["li"]
    wiring.accounts.left(As("xinghe", Role.VOLUNTEER, "li"), now=clock.now())
    assert place.li("GET", "/v1/me/channels").body["push_subscriptions"] == []


def test_a_residents_wishes_are_shown_to_them_and_erased_with_them(place: Place) -> None:
    place.li("PUT", "/v1/me/push-subscriptions/p", place.subscription())
    path = "/v1/me/channels"
    sent = {"if-match": "*"}
    night = {"quiet": {"start": "21:00", "end": "06:00"}}
    place.api.call("PUT", path, body=night, headers=sent, role=Role.RESIDENT, name="li")
    held = next(one for one in wiring.privacy.everything().holdings if one.name == "channels")
    subject, now = Subject("xinghe", "li", "h001", (), False), clock.now()
    assert held.about(subject, now=now)["quiet"] == ["21:00:00", "06:00:00"]
    held.erase(subject, {}, now=now)
    assert place.api.get(path, role=Role.RESIDENT, name="li").body["quiet"] is None
    assert place.li("GET", path).body["push_subscriptions"] == ["p"]


def test_who_is_removed_leaves_no_wishes(place: Place) -> None:
    wiring.registry.people().put_many([Person("sun", "xinghe", "孙", Role.VOLUNTEER)])
    book = wiring.notify.address_book()
    book.put_wishes("xinghe", "sun", Wishes())
    assert place.coordinator("DELETE", "/v1/people/sun").status == 200
    assert book.wishes("xinghe", "sun").version == 0
