"""A call after it was placed: where the caller is, that they asked to cancel, and how it stands."""

from typing import Any

import pytest

from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.caller import Role
from chalicelib.kernel.sight import Part, Relation
from chalicelib.onekey.endpoint import CALL, CALLS, CANCELLATION, Endpoint
from tests.builders import TOKEN_KEY
from tests.onekey.builders import WHERE, Street


def test_a_cancelled_call_is_marked_and_still_rings() -> None:
    street = Street()
    placed = street.press()
    street.wait(20)
    answer = street.send("PUT", CANCELLATION, resident_id="du", call=placed.body["id"])
    assert (answer.status, answer.body["state"]) == (200, "cancel_asked")
    (alarm,) = street.alarms()
    assert [line.what for line in street.desk.log(alarm)] == ["raised", "cancel_asked"]
    again = street.send("PUT", CANCELLATION, resident_id="du", call=placed.body["id"])
    assert again.headers["ETag"] == answer.headers["ETag"]


def test_who_presses_after_they_asked_to_cancel_asks_for_help_after_all() -> None:
    street = Street()
    about = {"resident_id": "du", "call": street.press(body={"location": WHERE}).body["id"]}
    street.wait(20)
    street.send("PUT", CANCELLATION, **about)
    street.wait(10)
    pressed = street.press(headers={"Idempotency-Key": "once more"})
    read = street.send("GET", CALL, **about)
    assert (pressed.status, pressed.body["state"], pressed.body["cancel_asked_at"]) == (200, "ringing", None)
    assert read.body == {k: v for k, v in pressed.body.items() if k != "dial"}
    assert read.body["location"]["latitude"] == WHERE["latitude"]
    (alarm,) = street.alarms()
    assert [line.what for line in street.desk.log(alarm)] == ["raised", "cancel_asked", "again"]


def test_a_press_that_is_delivered_once_more_says_how_its_call_stands_by_now() -> None:
    street = Street()
    once = {"Idempotency-Key": "the same press"}
    placed = street.press(headers=once)
    street.send("PUT", CANCELLATION, resident_id="du", call=placed.body["id"])
    again = street.press(headers=once)
    assert (again.body["pressed"], again.body["state"]) == (1, "cancel_asked")


def test_the_location_comes_later() -> None:
    street = Street()
    placed = street.press()
    found = street.send("PATCH", CALL, body={"location": WHERE}, resident_id="du", call=placed.body["id"])
    assert (found.status, found.body["location"]) == (200, {**WHERE, "at": "2026-01-15T12:00:00Z"})
    stale = {"If-Match": placed.headers["ETag"]}
    again = {"resident_id": "du", "call": placed.body["id"], "body": {"location": WHERE}}
    assert street.send("PATCH", CALL, headers=stale, **again).status == 412
    assert street.send("PATCH", CALL, headers={"If-Match": found.headers["ETag"]}, **again).status == 200
    assert street.send("PATCH", CALL, token=None, **again).status == 401
    assert street.send("PATCH", CALL, token=street.token(community="yuehu"), **again).status == 404


def test_a_location_that_meets_another_press_is_kept_and_so_is_the_press() -> None:
    street = Street()
    call = street.press().body["id"]
    street.table.meanwhile.append(street.press)
    found = street.send("PATCH", CALL, body={"location": WHERE}, resident_id="du", call=call)
    assert (found.status, found.body["pressed"]) == (200, 2)
    assert found.body["location"]["latitude"] == WHERE["latitude"]
    street.table.meanwhile.append(street.press)
    seen = {"If-Match": found.headers["ETag"]}
    late = street.send("PATCH", CALL, headers=seen, body={"location": WHERE}, resident_id="du", call=call)
    assert late.status == 412, "who asks for it is told that it moved"


def test_who_walks_on_fills_no_log_and_is_still_found() -> None:
    street = Street()
    call = street.press().body["id"]
    for step in range(30):
        street.wait(5)
        there = {"location": {"latitude": 36 + step / 1000, "longitude": 103}}
        assert street.send("PATCH", CALL, body=there, resident_id="du", call=call).status == 200
    (alarm,) = street.alarms()
    assert [line.what for line in street.desk.log(alarm)] == ["raised", "location"]
    assert street.send("GET", CALL, resident_id="du", call=call).body["location"]["latitude"] == 36.029
    street.wait(60)
    street.send("PATCH", CALL, body={"location": WHERE}, resident_id="du", call=call)
    assert [line.what for line in street.desk.log(alarm)] == ["raised", "location", "location"]


@pytest.mark.parametrize(("method", "resource"), [("PATCH", CALL), ("PUT", CANCELLATION)])
def test_who_signed_in_once_changes_nobody_s_call_but_their_own(method: str, resource: str) -> None:
    street = Street()
    about = {"resident_id": "du", "call": street.press(body={"location": WHERE}).body["id"]}
    there = {"location": {"latitude": 1, "longitude": 1}}
    for role in (Role.GRID_WORKER, Role.COORDINATOR, Role.KIN):
        refused = street.send(method, resource, body=there, token=street.token(role, hours=-1), **about)
        assert (refused.status, refused.body["code"]) == (401, "unauthorized"), role
        assert street.send("GET", CALL, **about).body["state"] == "ringing"
        assert street.send("GET", CALL, **about).body["location"]["latitude"] == WHERE["latitude"]
    changed = street.send(method, resource, body=there, token=street.token(hours=-1), **about)
    assert (changed.status, sorted(changed.body)) == (200, ["id", "kind", "state"])
    assert "ETag" not in changed.headers
    mine = street.send("GET", CALL, **about).body
    assert mine["cancel_asked_at"] or mine["location"]["latitude"] == 1
    by_kin = street.send(method, resource, body=there, token=street.token(Role.KIN, name="min"), **about)
    assert (by_kin.status, sorted(by_kin.body)) == (200, ["id", "kind", "state"])
    assert street.looks == []


def test_where_a_resident_is_others_read_and_that_is_written_down() -> None:
    street = Street()
    kin = street.token(Role.KIN, name="min")
    about = {"resident_id": "du", "call": street.press(body={"location": WHERE}).body["id"]}
    assert street.send("GET", CALL, **about).body["location"]["latitude"] == WHERE["latitude"]
    again = street.press(token=kin).body
    assert (again["pressed"], "location" in again, street.looks) == (2, False, [])
    read = street.send("GET", CALL, token=kin, **about).body
    assert read["location"]["latitude"] == WHERE["latitude"]
    ((who, sight),) = street.looks
    assert (who, sight.relation, sight.residents, sight.case) == ("min", Relation.KIN, ("du",), read["alarm"])
    assert sight.parts == {Part.STATUS, Part.HISTORY}


def test_a_look_that_cannot_be_written_down_shows_nothing_and_a_press_does_not_wait_for_it() -> None:
    street = Street()

    def full(*look: object) -> None:
        raise StoreUnavailableError("The log is full, for this test.")

    street.endpoint = Endpoint(street.one_key, street.inbound, lambda named: TOKEN_KEY, lambda: "", full)
    kin = street.token(Role.KIN, name="min")
    assert street.press(token=kin).status == 201
    assert street.card(token=kin).status == 503
    assert street.card().status == 200


@pytest.mark.parametrize(
    "where", [None, {}, {"latitude": 91, "longitude": 0}, {"latitude": True, "longitude": 1}]
)
def test_a_location_that_is_none_is_refused(where: Any) -> None:
    street = Street()
    placed = street.press()
    answer = street.send("PATCH", CALL, body={"location": where}, resident_id="du", call=placed.body["id"])
    assert (answer.status, answer.body["code"]) == (422, "invalid")


@pytest.mark.parametrize("call", ["call-1", "call-", "call-x", "test-0", "call-99999999999", "-1", "call-²"])
def test_a_call_that_is_none(call: str) -> None:
    street = Street()
    assert street.send("GET", CALL, resident_id="du", call=call).status == 404


def test_a_call_is_read_with_its_etag() -> None:
    street = Street()
    placed = street.press()
    known = {"If-None-Match": placed.headers["ETag"]}
    assert street.send("GET", CALL, resident_id="du", call=placed.body["id"], headers=known).status == 304
    assert street.send("GET", CALL, resident_id="du", call=placed.body["id"]).body["state"] == "ringing"
    assert street.send("GET", CALLS, resident_id="du").status == 404
