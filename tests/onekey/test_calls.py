"""A call after it was placed: where the caller is, that they asked to cancel, and how it stands."""

from typing import Any

import pytest

from chalicelib.onekey.endpoint import CALL, CALLS, CANCELLATION
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


def test_the_location_comes_later() -> None:
    street = Street()
    placed = street.press()
    found = street.send("PATCH", CALL, body={"location": WHERE}, resident_id="du", call=placed.body["id"])
    assert (found.status, found.body["location"]) == (200, {**WHERE, "at": "2026-01-15T12:00:00Z"})
    stale = {"If-Match": placed.headers["ETag"]}
    again = {"resident_id": "du", "call": placed.body["id"], "body": {"location": WHERE}}
    assert street.send("PATCH", CALL, headers=stale, **again).status == 412
    assert street.send("PATCH", CALL, headers={"If-Match": found.headers["ETag"]}, **again).status == 200
    assert street.send("PATCH", CALL, token=street.token(hours=-1), **again).status == 200
    assert street.send("PATCH", CALL, token=None, **again).status == 401
    assert street.send("PATCH", CALL, token=street.token(community="yuehu"), **again).status == 404


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
