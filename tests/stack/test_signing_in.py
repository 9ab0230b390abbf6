"""Signing in against the deployed stack: over HTTP, the code read off the phone."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.registry.model import Community, Grid, Household, Resident
from chalicelib.registry.people import Person
from infra.embedded.cloud import EmbeddedCloud
from infra.stack import Stack
from tests.stack.outside import Answer, Outside, eventually
from tests.stack.test_someone_answers import on_the_stack

COMMUNITY = "denglu"
PHONE, INVITED, NOBODYS = "+12025550110", "+12025550111", "+12025550199"


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud) -> Iterator[Outside]:
    """A community with a grid worker who has a phone, and a resident."""
    wiring.use(on_the_stack(stack))
    wiring.registry.registry().enrol(
        Community(COMMUNITY, "登录社区"),
        [Grid("g1", COMMUNITY, "一网格")],
        [Household("h001", COMMUNITY, "g1", "杜桂兰家")],
        now=clock.now(),
    )
    wiring.registry.residents().enrol([Resident("du", COMMUNITY, "h001", "杜桂兰")])
    wiring.registry.people().put_many([Person("li", COMMUNITY, "李娜", Role.GRID_WORKER, PHONE, "g1")])
    yield Outside(stack, cloud.home)
    wiring.use(None)


def post(outside: Outside, path: str, body: Any, **headers: str) -> Answer:
    """POST without a token."""
    return outside.call("POST", path, role="", body=body, headers=headers)


def code(outside: Outside) -> str:
    """The code on Li's phone, as the operator sees it."""
    for row in json.loads(outside.shouwang("phones", "--community", COMMUNITY, "--json")):
        if found := re.search(r"\b\d{6}\b", row["title"]):
            return found[0]
    return ""


@pytest.fixture(scope="module")
def li(outside: Outside) -> dict[str, Any]:
    """Li, signed in."""
    answers = [post(outside, "sign-in-codes", {"phone": phone}) for phone in (PHONE, NOBODYS)]
    assert [answer.status for answer in answers] == [202, 202]
    typed = eventually(lambda: code(outside), seconds=30)
    told = post(outside, "sessions", {"phone": PHONE, "code": typed, "label": "李娜的手机"})
    assert told.status == 200, told.body
    found: dict[str, Any] = told.body
    return found


def with_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_code_signs_in_and_the_token_opens_what_its_role_may_see(
    outside: Outside, li: dict[str, Any]
) -> None:
    me = outside.call("GET", "me", role="", headers=with_token(li["access_token"]))
    assert (me.status, me.body["person"], me.body["role"]) == (200, "li", "grid_worker")
    homes = outside.call("GET", "households", role="", headers=with_token(li["access_token"]))
    assert [home["id"] for home in homes.body["items"]] == ["h001"]


def test_a_code_opens_once_and_an_unknown_number_is_answered_alike(
    outside: Outside, li: dict[str, Any]
) -> None:
    answers = [
        post(outside, "sessions", {"phone": phone, "code": "000000"}, **{"Accept-Language": "en"})
        for phone in (PHONE, NOBODYS)
    ]
    assert (answers[0].status, answers[0].body["code"]) == (401, "wrong_code")
    assert answers[0].body == answers[1].body


def test_an_invitation_joins_and_a_refresh_token_that_comes_twice_signs_out(
    outside: Outside, li: dict[str, Any]
) -> None:
    ask = {"phone": INVITED, "role": "kin", "name": "杜敏", "residents": ["du"], "relation": "女儿"}
    staff = with_token(li["access_token"])
    once = {**staff, "Idempotency-Key": str(uuid4())}
    handed, again = (outside.call("POST", "invitations", role="", body=ask, headers=once) for _ in range(2))
    assert (handed.status, handed.body) == (201, again.body), handed.body
    assert post(outside, "sign-in-codes", {"phone": INVITED}).status == 202
    sent = eventually(lambda: wiring.accounts.live_code(INVITED, now=clock.now()), seconds=30)
    assert sent is not None
    body = {"phone": INVITED, "code": sent.code, "invitation": handed.body["code"]}
    joined = post(outside, "sessions", body)
    assert (joined.status, joined.body["account"]["residents"]) == (200, ["du"])
    old = joined.body["refresh_token"]
    key = {"Idempotency-Key": str(uuid4())}
    new, again = (post(outside, "sessions/refresh", {"refresh_token": old}, **key) for _ in range(2))
    assert new.body["refresh_token"] == again.body["refresh_token"]
    for token in (old, new.body["refresh_token"]):
        answer = post(outside, "sessions/refresh", {"refresh_token": token})
        assert (answer.status, answer.body["code"]) == (401, "signed_out")


def test_a_paired_handset_calls_even_when_it_was_revoked_and_is_told_nothing_then(
    outside: Outside, li: dict[str, Any]
) -> None:
    staff = with_token(li["access_token"])
    once = {**staff, "Idempotency-Key": str(uuid4())}
    handed = outside.call("POST", "residents/du/handset-pairings", role="", headers=once).body
    paired = post(outside, "handsets", {"code": handed["code"], "label": "客厅平板"}).body
    (listed,) = outside.call("GET", "residents/du/handsets", role="", headers=staff).body["items"]
    assert listed["label"] == "客厅平板"
    assert outside.call("DELETE", f"handsets/{listed['id']}", role="", headers=staff).status == 200
    refused = post(outside, "sessions/refresh", {"refresh_token": paired["refresh_token"]})
    assert refused.status == 401
    odd = with_token(paired["refresh_token"])
    press = outside.call("POST", "residents/du/one-key-calls", role="", body={}, headers=odd)
    assert press.status == 201
    assert "李娜" not in json.dumps(press.body, ensure_ascii=False)


def test_a_look_at_a_card_is_written_down(outside: Outside, li: dict[str, Any]) -> None:
    """By the one-key function, with rights of its own."""
    card = outside.call("GET", "residents/du/one-key-card", role="", headers=with_token(li["access_token"]))
    assert card.status == 200, card.body
    looks = outside.call("GET", "residents/du/access-log", role="coordinator", community=COMMUNITY).body
    assert ["li", "community", ["status"]] in [
        [look["who"], look["grounds"], look["parts"]] for look in looks["items"]
    ]


def test_a_rotated_key_signs_nobody_out(outside: Outside, li: dict[str, Any]) -> None:
    outside.shouwang("keys", "--rotate")
    for _ in range(2):
        me = outside.call("GET", "me", role="", headers=with_token(li["access_token"]))
        assert me.status == 200
    fresh = outside.shouwang("token", "--community", COMMUNITY).strip()
    assert outside.call("GET", "me", role="", headers=with_token(fresh)).status == 200
