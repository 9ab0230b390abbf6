"""The pendant, the community's own number, the urgent queue; and what a token is worth."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts import model as accounts
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.keyring import key_id
from chalicelib.notify.signatures import signed
from chalicelib.onekey import session
from chalicelib.onekey.endpoint import HOOK
from chalicelib.onekey.hook import hook_key
from chalicelib.onekey.lane import is_letter, letter, read_letter
from chalicelib.onekey.model import Asked, Channel, Location, Press, PressKind, Session
from chalicelib.onekey.pendant import PendantRules
from chalicelib.registry.model import Kind
from tests.builders import TOKEN_KEY, device, event
from tests.onekey.builders import LI, MASTER, NOON, WANG, WRITES, Answer, Street

NOW = epoch(NOON)
FALSE_ALARM = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
PENDANT = device("ok-001", Kind.ONE_KEY)


class Others:
    """The rules of the other kinds."""

    def __init__(self) -> None:
        self.happenings: list[str] = []

    def happened(self, device: Any, samples: Any, *, received_at: Any, now: Any) -> None:
        self.happenings.append(device.id)


def press_pendant(street: Street, *samples: dict[str, Any]) -> None:
    rules = PendantRules(street.one_key, Others())
    rules.happened(PENDANT, samples, received_at=street.now, now=street.now)


def test_a_pendant_rings_for_its_home_and_the_same_message_again_changes_nothing() -> None:
    street = Street()
    for _ in range(2):
        press_pendant(street, {"at": NOW, "press": "call"}, {"at": NOW + 5, "press": "call"})
    (alarm,) = street.alarms()
    assert (alarm.household, alarm.evidence["channel"]) == ("h001", "pendant")
    (call,) = [street.one_key.call("xinghe", "home-h001", f"call-{NOW // 60}")]
    assert [press.told_at for press in call.presses] == [NOW, NOW + 5]


def test_a_pendant_with_a_wrong_clock_rings_now() -> None:
    street = Street()
    press_pendant(street, {"at": NOW - 86400 * 30, "press": "call"})
    (alarm,) = street.alarms()
    assert alarm.began_at == NOON


def test_a_pendant_whose_message_was_refused_rings_all_the_same() -> None:
    street = Street()
    rules = PendantRules(street.one_key, Others())
    for _ in range(2):
        rules.unreadable(PENDANT, "d1", received_at=NOON, now=street.now)
    assert street.one_key.call("xinghe", "home-h001", f"call-{NOW // 60}").pressed == 1
    assert len(street.alarms()) == 1


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_clock_that_stands_still_swallows_no_later_press(is_readable: bool) -> None:
    """The same bytes with each press: what tells two presses apart is when they came."""
    street = Street()
    rules = PendantRules(street.one_key, Others())
    for _ in range(2):
        if is_readable:
            press_pendant(street, {"at": NOW - 86400, "press": "call"})
        else:
            rules.unreadable(PENDANT, "d1", received_at=street.now, now=street.now)
        (alarm,) = street.alarms()
        street.desk.resolve(alarm.id, FALSE_ALARM, by=Responder("Li", "xinghe"), now=street.now)
        street.wait(12 * 60)


def test_a_call_for_help_is_taken_however_many_tests_came_before_it_in_one_message() -> None:
    street = Street()
    tests = [{"at": NOW - n, "press": "test"} for n in range(1, 26)]
    press_pendant(street, *tests, {"at": NOW, "press": "call"})
    assert False in {alarm.drill for alarm in street.alarms()}


def test_a_pendant_s_test_is_a_drill() -> None:
    street = Street()
    press_pendant(street, {"at": NOW, "press": "test"})
    assert [alarm.drill for alarm in street.alarms()] == [True]


def test_what_the_table_does_not_take_of_a_pendant_comes_again() -> None:
    street = Street()
    street.table.down = set(WRITES)
    with pytest.raises(StoreUnavailableError):
        press_pendant(street, {"at": NOW, "press": "call"})
    assert street.lane.letters == []


def test_every_other_kind_is_left_to_the_others() -> None:
    street, others = Street(), Others()
    rules = PendantRules(street.one_key, others)
    rules.happened(device("ga-001", Kind.GAS_ALARM), [{"at": NOW}], received_at=NOON, now=NOON)
    assert (others.happenings, street.alarms()) == (["ga-001"], [])


def ring(street: Street, body: Any, *, community: str = "xinghe", **changed: str) -> Answer:
    raw = body if isinstance(body, str) else json.dumps(body)
    headers = {**signed(raw.encode(), key=hook_key(MASTER, "xinghe"), now=street.now), **changed}
    return street.send("POST", HOOK, body=raw, token=None, headers=headers, community=community)


@pytest.mark.parametrize("caller", ["+8613800000009", "138 0000 0009", "008613800000009"])
def test_a_resident_who_calls_the_community_s_number_is_known_by_it(caller: str) -> None:
    street = Street()
    answer = ring(street, {"caller": caller})
    assert (answer.status, answer.body["dial"][0]["tel"]) == (200, LI.tel)
    (alarm,) = street.alarms()
    assert (alarm.household, alarm.evidence["channel"]) == ("h001", "phone")


@pytest.mark.parametrize(
    "body", [{"caller": "+8613999999999"}, {"caller": "anonymous"}, {"caller": 5}, {}, [], "{"], ids=str
)
def test_an_unknown_caller_still_rings_the_duty_volunteer(body: Any) -> None:
    street = Street()
    answer = ring(street, body)
    assert [c["tel"] for c in answer.body["dial"]][:2] == [LI.tel, WANG.tel]
    (alarm,) = street.alarms()
    assert alarm.household.startswith("unknown-")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"Shouwang-Signature": "v1=00"}, "signature", id="a wrong signature"),
        pytest.param({"Shouwang-Signature": ""}, "signature", id="none"),
        pytest.param({"Shouwang-Timestamp": "1"}, "signature", id="another timestamp than was signed"),
    ],
)
def test_a_hook_that_is_not_signed_is_refused(changed: dict[str, str], reason: str) -> None:
    street = Street()
    answer = ring(street, {"caller": "+8613800000009"}, **changed)
    assert (answer.status, answer.body["code"], street.alarms()) == (401, "callback_refused", [])


def test_one_community_s_secret_opens_no_other() -> None:
    street = Street()
    assert ring(street, {}, community="yuehu").status == 401
    assert ring(street, {}, community="NO COMMUNITY").status == 404


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_timestamp_is_refused(seconds: int) -> None:
    street = Street()
    old = signed(b"{}", key=hook_key(MASTER, "xinghe"), now=NOON + timedelta(seconds=seconds))
    assert ring(street, "{}", **old).status == 401


def test_a_replay_is_refused() -> None:
    street = Street()
    headers = signed(b"{}", key=hook_key(MASTER, "xinghe"), now=NOON)
    assert ring(street, "{}", **headers).status == 200
    street.wait(120)
    assert ring(street, "{}", **headers).status == 401


@pytest.mark.parametrize(
    "asked",
    [
        Asked(Press("p1", NOON, Channel.PAGE, Session.GOOD, NOW - 3), PressKind.TEST, "xinghe", "du"),
        Asked(Press("p2", NOON, Channel.PHONE, Session.NONE), community="xinghe", phone="+861"),
        Asked(Press("p3", NOON, Channel.PENDANT, Session.GOOD), community="xinghe", household="h001"),
        Asked(
            Press("p4", NOON, Channel.PAGE, Session.EXPIRED),
            location=Location(36061089, -103834303, 20, NOON),
        ),
    ],
    ids=lambda asked: str(asked.press.id),
)
def test_a_press_comes_out_of_the_queue_as_it_went_in(asked: Asked) -> None:
    assert is_letter(letter(asked))
    assert read_letter(letter(asked)) == asked


@pytest.mark.parametrize(
    "body", ["{", '{"one_key":2}', '{"one_key":1}', '{"one_key":1,"press":"p","at":"x"}']
)
def test_what_is_no_press_is_refused(body: str) -> None:
    with pytest.raises(RefusedError):
        read_letter(body)


def test_what_the_iot_rule_sends_is_no_press_and_the_event_file_is() -> None:
    assert not any(is_letter(record["body"]) for record in event("urgent")["Records"])
    (record,) = event("one_key_queued")["Records"]
    asked = read_letter(record["body"])
    assert (asked.community, asked.resident, asked.kind) == ("xinghe", "r1", PressKind.CALL)


def forged(**changed: Any) -> str:
    """A token signed with our key, with claims that we would not make."""
    import jwt

    claims = {
        "iss": "shouwang", "aud": "shouwang-api", "sub": "Du", "role": "resident", "community": "xinghe",
        "iat": NOW, "exp": NOW + 60, **changed,
    }  # fmt: skip
    told = {k: v for k, v in claims.items() if v is not ...}
    return jwt.encode(told, TOKEN_KEY, algorithm="HS256", headers={"kid": key_id(TOKEN_KEY)})


def test_we_read_the_tokens_that_accounts_signs() -> None:
    assert (session.ISSUER, session.AUDIENCE) == (accounts.ISSUER, accounts.AUDIENCE)
    caller = Caller("杜", Role.KIN, "xinghe")
    token = accounts.sign(caller, key=TOKEN_KEY, now=NOON, life=timedelta(minutes=1))
    read = {
        seconds: session.known(f"bearer {token}", key=TOKEN_KEY, now=NOON + timedelta(seconds=seconds))
        for seconds in (0, 59, 60)
    }
    assert [known.session for known in read.values()] == [Session.GOOD, Session.GOOD, Session.EXPIRED]
    assert {known.caller for known in read.values()} == {caller}


@pytest.mark.parametrize(
    "token",
    [
        forged(iss="else"), forged(aud="else"), forged(sub=""), forged(sub=...), forged(sub=1),
        forged(role="king"),
        forged(community="NO"), forged(community=1), forged(exp=...), forged(exp="never"), forged(iat=...),
        forged() + "x", forged()[:-2], "", "a", "a.b", "a.b.c", ".", "é.é.é",
        urlsafe_b64encode(b'{"alg":"none"}').decode() + "." + forged().split(".")[1] + ".",
    ],
)  # fmt: skip
def test_no_other_token_is_worth_anything(token: str) -> None:
    assert session.known(f"Bearer {token}", key=TOKEN_KEY, now=NOON) == session.Known()
    assert session.known(token, key=TOKEN_KEY, now=NOON) == session.Known()
