"""Signing in over HTTP, as an app does it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.accounts.codes import code_of
from chalicelib.accounts.sessions import SignedOutError
from chalicelib.http.throttle import BURST
from chalicelib.kernel.caller import Role
from chalicelib.kernel.phones import phone_name
from chalicelib.registry.model import Kin, Resident
from chalicelib.registry.people import Person
from tests.accounts.house import wrong
from tests.api import Answer, Service
from tests.builders import HOUR, TOKEN_KEY

PHONE, OTHER = "+8613800000001", "+8613800000002"
PAIRINGS = "/v1/residents/du/handset-pairings"
HERS = "+8613800000005"
KEY = "9f0c1e4a-5a4b-4c55-8a52-0b8b0f1f6a11"


@pytest.fixture
def app(api: Service) -> "App":
    """Xinghe with Li, a grid worker; Wei, who is Du's kin and helps out; and Du herself."""
    api.town.residents.enrol([Resident("du", "xinghe", "h001", "杜桂兰", kin=(Kin("wei", "儿子"),))])
    wiring.registry.people().put_many(
        [
            Person("li", "xinghe", "李娜", Role.GRID_WORKER, PHONE, "g1"),
            Person("wei", "xinghe", "杜伟", Role.VOLUNTEER, OTHER),
        ]
    )
    return App(api)


class App:
    """An app on a phone."""

    def __init__(self, api: Service) -> None:
        self.api = api

    def post(self, path: str, body: Any, *, key: str = "", language: str = "en") -> Answer:
        """POST without a token."""
        headers = {"accept-language": language, **({"idempotency-key": key} if key else {})}
        return self.api.call("POST", f"/v1/{path}", body=body, token="none", headers=headers)

    def code(self, phone: str = PHONE) -> str:
        """Ask for a code, and read it off the phone."""
        asked = self.post("sign-in-codes", {"phone": phone})
        assert asked.status == 202, asked.body
        challenge = wiring.accounts.store().number(phone_name(phone)).challenge
        assert challenge is not None
        return code_of(challenge.id, TOKEN_KEY)

    def invite(self, body: dict[str, Any]) -> Answer:
        """Invite somebody, always under one key."""
        return self.api.call("POST", "/v1/invitations", body=body, headers={"idempotency-key": KEY})

    def pairing(self, key: str = KEY, **who: Any) -> Answer:
        """Ask for a code that pairs a handset."""
        return self.api.call("POST", PAIRINGS, headers={"idempotency-key": key}, **who)

    def give_du_a_number(self) -> None:
        """Let Du sign in by herself."""
        du = wiring.registry.resident_store().get("xinghe", "du")
        assert du is not None
        wiring.registry.residents().put(replace(du, phone=HERS))

    def sign_in(self, phone: str = PHONE, **more: str) -> dict[str, Any]:
        """A fresh sign-in."""
        answer = self.post("sessions", {"phone": phone, "code": self.code(phone), **more})
        assert answer.status == 200, answer.body
        body: dict[str, Any] = answer.body
        return body


def test_an_app_signs_in_and_calls(app: App) -> None:
    told = app.sign_in(label="Li's phone")
    assert (told["expires_in"], told["account"]["id"], told["choose"]) == (900, "xinghe.grid_worker.li", [])
    me = app.api.get("/v1/me", token=told["access_token"])
    assert (me.body["person"], me.body["role"], me.body["grid"]) == ("li", "grid_worker", "g1")
    (session,) = app.api.get("/v1/sessions", token=told["access_token"]).body["items"]
    assert (session["label"], session["is_this"], session["id"]) == ("Li's phone", True, told["session"])
    assert app.api.get("/v1/households", token=told["access_token"]).status == 200


def test_answers_with_tokens_are_kept_by_nobody(app: App) -> None:
    code = app.code()
    answer = app.post("sessions", {"phone": PHONE, "code": code})
    assert answer.headers["Cache-Control"] == "no-store"


def test_known_and_unknown_numbers_are_answered_alike(app: App) -> None:
    answers = [app.post("sign-in-codes", {"phone": phone}) for phone in (PHONE, "+8613900000009")]
    assert answers[0].status == answers[1].status == 202
    assert answers[0].body.keys() == answers[1].body.keys()
    wrongs = [
        app.post("sessions", {"phone": phone, "code": wrong("482913")}) for phone in (PHONE, "+8613900000009")
    ]
    assert (wrongs[0].status, wrongs[0].body) == (wrongs[1].status, wrongs[1].body)
    assert (wrongs[0].status, wrongs[0].body["code"]) == (401, "wrong_code")


def test_asking_twice_in_a_minute_is_429_and_says_when(app: App) -> None:
    app.code()
    again = app.post("sign-in-codes", {"phone": "138 0000 0001"})
    assert (again.status, again.body["code"]) == (429, "too_many_requests")
    assert 1 <= int(again.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_is_wrong_is_told_in_the_callers_language(app: App, language: str) -> None:
    answer = app.post("sessions", {"phone": PHONE, "code": "000000"}, language=language)
    assert ("验证码" in answer.body["detail"]) is (language == "zh-CN")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("sign-in-codes", {"phone": "12345"}, "/phone"),
        ("sign-in-codes", {"phone": ""}, "/phone"),
        ("sign-in-codes", {"phone": 13800000001}, "/phone"),
        ("sign-in-codes", {}, "/phone"),
        ("sign-in-codes", {"phone": PHONE, "code": "1"}, "/code"),
        ("sessions", {"phone": PHONE, "code": "12345"}, "/code"),
        ("sessions", {"phone": PHONE, "code": "１２３４５６"}, "/code"),
        ("sessions", {"phone": PHONE, "code": 123456}, "/code"),
        ("sessions/refresh", {"refresh_token": ""}, "/refresh_token"),
        ("sessions/refresh", {"refresh_token": ["x"]}, "/refresh_token"),
        ("handsets", {"code": "12"}, "/code"),
    ],
)
def test_what_can_t_be_right_is_422_and_says_where(
    app: App, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = app.post(path, body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_who_has_several_accounts_chooses_and_changes(app: App) -> None:
    code = app.code(OTHER)
    asked = app.post("sessions", {"phone": OTHER, "code": code}).body
    assert asked["access_token"] is None
    assert [account["id"] for account in asked["choose"]] == ["xinghe.kin.wei", "xinghe.volunteer.wei"]
    told = app.post("sessions", {"phone": OTHER, "code": code, "account": "xinghe.kin.wei"}).body
    assert told["account"]["residents"] == ["du"]
    assert app.api.get("/v1/households/h001", token=told["access_token"]).status == 200
    refresh = {"refresh_token": told["refresh_token"], "account": "xinghe.volunteer.wei"}
    assert app.post("sessions/refresh", refresh).body["account"]["role"] == "volunteer"


def test_a_refresh_token_that_comes_twice_ends_the_session(app: App) -> None:
    old = app.sign_in()["refresh_token"]
    new = app.post("sessions/refresh", {"refresh_token": old}).body["refresh_token"]
    for token in (old, new):
        answer = app.post("sessions/refresh", {"refresh_token": token})
        assert (answer.status, answer.body["code"]) == (401, "signed_out")


def test_a_refresh_that_is_sent_again_under_its_key_is_answered_again(app: App) -> None:
    old = app.sign_in()["refresh_token"]
    first, second = (app.post("sessions/refresh", {"refresh_token": old}, key=KEY) for _ in range(2))
    assert first.body["refresh_token"] == second.body["refresh_token"]


def test_signing_out_here_and_everywhere(app: App) -> None:
    told = app.sign_in()
    ended = [app.api.call("DELETE", "/v1/sessions/current", token=told["access_token"]).body for _ in "12"]
    assert ended == [{"ended": 1}, {"ended": 0}]
    assert app.api.call("DELETE", "/v1/sessions/current").body == {"ended": 0}  # an operator's token
    assert app.post("sessions/refresh", {"refresh_token": told["refresh_token"]}).status == 401
    told = app.sign_in()
    assert app.api.call("DELETE", "/v1/sessions", token=told["access_token"]).body == {"ended": 1}
    assert app.post("sessions/refresh", {"refresh_token": told["refresh_token"]}).status == 401


def test_a_token_that_was_signed_out_hands_out_no_keys(app: App) -> None:
    token = app.sign_in()["access_token"]
    assert app.pairing(token=token).status == 201
    app.api.call("DELETE", "/v1/sessions/current", token=token)
    refused = app.pairing(token=token)
    assert (refused.status, refused.body["code"]) == (401, "signed_out")


def test_who_gets_a_new_number_is_signed_out_where_they_proved_the_old_one(app: App) -> None:
    boss = {"role": Role.COORDINATOR, "name": "boss"}
    people, old = wiring.registry.people(), app.sign_in(OTHER, account="xinghe.volunteer.wei")
    new = {"name": "杜伟", "role": "volunteer", "phone": "+8613800000003"}
    assert app.api.change("/v1/people/wei", new, **boss).status == 200
    people.put_many([Person("bea", "xinghe", "贝", Role.COORDINATOR, OTHER)])
    for account in ("", "xinghe.coordinator.bea"):
        asked = {"refresh_token": old["refresh_token"], "account": account}
        answer = app.post("sessions/refresh", asked)
        assert (answer.status, answer.body["code"]) == (401, "signed_out")
    with pytest.raises(SignedOutError):
        wiring.accounts.present(wiring.accounts.verified(old["access_token"], now=app.api.now), app.api.now)
    now = app.sign_in(new["phone"], account="xinghe.volunteer.wei")
    people.put_many([Person("wei", "xinghe", "杜伟", Role.VOLUNTEER, "+8613800000004")])  # by an import
    signed_out = app.api.call("DELETE", "/v1/people/wei/sessions", role=Role.COORDINATOR, name="boss")
    assert (signed_out.status, signed_out.body["ended"]) == (200, 1)
    assert app.post("sessions/refresh", {"refresh_token": now["refresh_token"]}).status == 401


def test_who_was_removed_or_has_another_role_is_signed_out(app: App) -> None:
    boss = {"role": Role.COORDINATOR, "name": "boss"}
    asked = {"name": "李娜", "role": "volunteer", "phone": PHONE, "grid": "g1"}
    token = app.sign_in()["access_token"]
    assert app.api.change("/v1/people/li", asked, **boss).status == 200
    assert app.pairing(token=token).body["code"] == "signed_out"
    token = app.sign_in(OTHER, account="xinghe.volunteer.wei")["access_token"]
    answer = app.api.call(
        "DELETE", "/v1/people/wei", headers={"if-match": "*"}, role=Role.COORDINATOR, name="boss"
    )
    assert answer.status == 200
    with pytest.raises(SignedOutError):
        wiring.accounts.present(wiring.accounts.verified(token, now=app.api.now), app.api.now)


def test_a_paired_handset_is_known_by_who_paired_it(app: App) -> None:
    """A grid worker could pair one for himself, and look on as the resident: not unseen."""
    people = [
        Person("boss", "xinghe", "老板", Role.COORDINATOR),
        Person("li", "xinghe", "李", Role.GRID_WORKER),
    ]
    wiring.registry.people().put_many(people)
    code = app.pairing(role=Role.GRID_WORKER, name="li").body["code"]
    token = app.post("handsets", {"code": code}).body["access_token"]
    (handset,) = app.api.get("/v1/residents/du/handsets").body["items"]
    assert (handset["kind"], handset["paired_by"]) == ("handset", "li")
    assert app.api.get("/v1/residents/du/care", token=token).status == 200
    looks = wiring.privacy.access_log().looks("xinghe", "du")
    assert {(look.who, look.role, look.grounds, look.parts) for look in looks} == {
        ("li", "grid_worker", "paired", ("handset",)),
        ("du", "resident", "self; handset paired by li", ("health",)),
    }
    waiting = [
        json.loads(due.state)
        for due in wiring.watch.deadline_store().passed(0, now=app.api.now + HOUR, after=None)[0]
        if due.pk == "errand#xinghe"
    ]
    assert {(one["kind"], one["person"]) for one in waiting} == {("handset", "boss"), ("handset", "wei")}


def test_a_handset_decides_nothing_for_its_resident(app: App) -> None:
    """Whoever paired it, or holds it, has not proven to be her."""
    paired = app.post("handsets", {"code": app.pairing().body["code"]}).body
    about, sent = "/v1/residents/du", {"if-match": "*"}
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("PUT", "/consents/water/kin", {"granted": True}),
        ("PUT", "/proxy", {"person": None}),
        ("PUT", "/erasure", {"confirm": "du"}),
        ("GET", "/export", None),
    ]
    app.give_du_a_number()
    herself = app.sign_in(HERS)
    for method, path, body in asked:
        by_handset = app.api.call(method, about + path, body=body, headers=sent, token=paired["access_token"])
        assert (by_handset.status, by_handset.body["code"]) == (403, "forbidden"), path
        if path != "/erasure":
            by_her = app.api.call(
                method, about + path, body=body, headers=sent, token=herself["access_token"]
            )
            assert by_her.status == 200, path


def test_who_signs_out_everywhere_signs_their_handsets_out_too(app: App) -> None:
    app.give_du_a_number()
    paired = app.post("handsets", {"code": app.pairing().body["code"]}).body
    token = app.sign_in(HERS)["access_token"]
    kinds = [one["kind"] for one in app.api.get("/v1/sessions", token=token).body["items"]]
    assert sorted(kinds) == ["handset", "phone"]
    assert app.api.call("DELETE", "/v1/sessions", token=token).body == {"ended": 2}
    assert app.post("sessions/refresh", {"refresh_token": paired["refresh_token"]}).status == 401


def test_a_handset_is_paired_listed_and_revoked_by_staff(app: App) -> None:
    handed = app.pairing().body
    paired = app.post("handsets", {"code": handed["code"], "label": "客厅平板"})
    assert (paired.status, paired.body["account"]["id"]) == (201, "xinghe.resident.du")
    assert app.api.get("/v1/households/h001", token=paired.body["access_token"]).status == 200
    refresh = {"refresh_token": paired.body["refresh_token"]}
    assert app.post("sessions/refresh", refresh).body["refresh_token"] == refresh["refresh_token"]
    (listed,) = app.api.get("/v1/residents/du/handsets", name="Zhou").body["items"]
    looks = wiring.privacy.access_log().looks("xinghe", "du", now=app.api.now)
    assert [look.parts for look in looks if look.who == "Zhou"] == [("status",)]
    assert (listed["label"], listed["kind"]) == ("客厅平板", "handset")
    assert app.api.get("/v1/residents/du/handsets", community="yuehu").status == 404
    gone = f"/v1/handsets/{listed['id']}"
    assert app.api.call("DELETE", gone, community="yuehu").status == 404
    assert app.api.call("DELETE", gone).body == {"ended": 1}
    assert app.post("sessions/refresh", refresh).status == 401


def test_nobody_pairs_a_handset_with_another_communitys_resident(app: App) -> None:
    assert app.pairing(community="yuehu").status == 404


INVITED = {"phone": "+8613900000009", "role": "kin", "name": "杜敏", "residents": ["du"], "relation": "女儿"}


def test_staff_invite_somebody_who_then_signs_in(app: App) -> None:
    handed = app.invite(INVITED)
    assert handed.status == 201
    (listed,) = app.api.get("/v1/invitations").body["items"]
    assert (listed["name"], listed["made_by"]) == ("杜敏", "Li")
    assert "code" not in listed
    phone = INVITED["phone"]
    code = app.code(str(phone))
    missing = app.post("sessions", {"phone": phone, "code": code})
    assert (missing.status, missing.body["code"]) == (401, "invitation_needed")
    body = {"phone": phone, "code": code, "invitation": handed.body["code"]}
    joined = app.post("sessions", body).body
    assert (joined["account"]["role"], joined["account"]["residents"]) == ("kin", ["du"])
    assert app.api.get("/v1/invitations").body["items"] == []


@pytest.mark.parametrize("odd", [{"name": "杜\x00敏"}, {"name": "  "}, {"relation": "女\x07儿"}])
def test_an_invitation_that_nobody_could_join_by_is_refused(app: App, odd: dict[str, str]) -> None:
    refused = app.invite({**INVITED, **odd})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, f"/{next(iter(odd))}")


def test_who_is_signed_in_is_called_by_their_name(app: App) -> None:
    names = [
        app.api.get("/v1/me", role=role, name=name).body["name"]
        for role, name in ((Role.GRID_WORKER, "li"), (Role.RESIDENT, "du"), (Role.KIN, "an operator"))
    ]
    assert names == ["李娜", "杜桂兰", "an operator"]


def test_the_same_invitation_sent_twice_is_one(app: App) -> None:
    codes = [app.invite(INVITED).body["code"] for _ in range(2)]
    assert codes[0] == codes[1]
    assert len(app.api.get("/v1/invitations").body["items"]) == 1


@pytest.mark.parametrize("odd", [{"name": "杜小敏"}, {"phone": "+8613900000088"}], ids=str)
def test_a_key_of_one_invitation_is_no_other_s(app: App, odd: dict[str, str]) -> None:
    code = app.invite(INVITED).body["code"]
    other = app.invite({**INVITED, **odd})
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert app.invite(INVITED).body["code"] == code


def test_a_key_that_could_be_guessed_is_refused_and_the_session_goes_on(app: App) -> None:
    old = {"refresh_token": app.sign_in()["refresh_token"]}
    short = app.post("sessions/refresh", old, key="k" * 15)
    assert (short.status, short.body["code"]) == (400, "idempotency_key_missing")
    assert "16" in short.body["detail"]
    assert app.post("sessions/refresh", old, key="k" * 16).status == 200


def test_the_same_pairing_asked_twice_is_one_and_another_key_gives_another(app: App) -> None:
    first, again, other = (app.pairing(key=key).body["code"] for key in (KEY, KEY, f"{KEY}-2"))
    assert first == again != other
    assert app.pairing(key=KEY, name="Zhou").body["code"] != first  # of somebody else


@pytest.mark.parametrize("path", [PAIRINGS, "/v1/invitations"])
def test_what_makes_a_code_needs_a_key(app: App, path: str) -> None:
    body = INVITED if path.endswith("invitations") else None
    for headers in ({}, {"idempotency-key": ""}, {"idempotency-key": "x" * 256}):
        answer = app.api.call("POST", path, body=body, headers=headers)
        assert (answer.status, answer.body["code"]) == (400, "idempotency_key_missing")


def test_an_invitation_is_withdrawn_by_its_own_community(app: App) -> None:
    handed = app.invite(INVITED).body
    path = f"/v1/invitations/{handed['id']}"
    assert app.api.call("DELETE", path, community="yuehu").status == 404
    assert app.api.call("DELETE", path).body == {"items": []}
    assert app.api.call("DELETE", path).status == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "coordinator"}, "/role"),
        ({"role": "root"}, "/role"),
        ({"residents": ["nobody"]}, "/residents"),
        ({"phone": "x"}, "/phone"),
    ],
)
def test_an_invitation_that_can_t_be_is_422(app: App, change: dict[str, Any], pointer: str) -> None:
    answer = app.invite({**INVITED, **change})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_coordinator_signs_somebody_out_whose_phone_was_stolen(app: App) -> None:
    told = app.sign_in()
    ended = app.api.call("DELETE", "/v1/people/li/sessions", role=Role.COORDINATOR)
    assert ended.body == {"ended": 1}
    assert app.post("sessions/refresh", {"refresh_token": told["refresh_token"]}).status == 401
    for person, community in (("li", "yuehu"), ("nobody", "xinghe")):
        path = f"/v1/people/{person}/sessions"
        assert app.api.call("DELETE", path, role=Role.COORDINATOR, community=community).status == 404


def test_a_coordinator_ends_no_sign_in_of_another_community(app: App) -> None:
    token = {"refresh_token": app.sign_in()["refresh_token"]}
    wiring.registry.people().put_many([Person("lure", "yuehu", "李娜", Role.VOLUNTEER, PHONE)])
    boss = app.api.token(Role.COORDINATOR, community="yuehu")
    assert app.api.call("DELETE", "/v1/people/lure/sessions", token=boss).body == {"ended": 0}
    assert app.post("sessions/refresh", token).status == 200


def test_one_session_that_calls_without_rest_is_slowed_down_and_no_other(app: App) -> None:
    token, other = app.sign_in()["access_token"], app.sign_in(OTHER, account="xinghe.volunteer.wei")
    answers = [app.api.get("/v1/me", token=token) for _ in range(BURST + 20)]
    slowed = [answer for answer in answers if answer.status == 429]
    assert slowed
    assert (slowed[0].body["code"], int(slowed[0].headers["Retry-After"])) == ("too_many_requests", 1)
    assert app.api.get("/v1/me", token=other["access_token"]).status == 200
