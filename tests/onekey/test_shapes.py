"""What the one-key function answers is what the contract says, though it knows nothing of it."""

from collections.abc import Iterator
from typing import get_args

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from chalicelib.onekey.endpoint import CALL, CANCELLATION, CARD
from chalicelib.onekey.model import Who
from chalicelib.onekey.shapes import Rank
from tests.onekey.builders import Answer, Street
from tests.openapi.record import current

CONTRACT = current()


HERE = {"location": {"latitude": 36.06, "longitude": 103.83}}


def answers(street: Street) -> Iterator[tuple[str, Answer]]:
    """An answer of each kind, by its operation."""
    placed = street.press()
    call = placed.body["id"]
    yield "press_one_key", placed
    yield "press_one_key", street.press(token=None)
    yield "press_one_key", street.press(body=HERE)
    yield "read_one_key_call", street.send("GET", CALL, resident_id="du", call=call)
    yield "cancel_one_key_call", street.send("PUT", CANCELLATION, resident_id="du", call=call)
    old = street.token(hours=-1)
    yield "cancel_one_key_call", street.send("PUT", CANCELLATION, resident_id="du", call=call, token=old)
    yield "locate_one_key_call", street.send("PATCH", CALL, resident_id="du", call=call, token=old, body=HERE)
    yield "read_one_key_card", street.send("GET", CARD, resident_id="du")
    yield "read_one_key_card", street.send("GET", CARD, resident_id="du", token=None)
    yield "read_one_key_call", street.send("GET", CALL, resident_id="du", call="call-1")


def schema_of(name: str, status: int) -> object:
    operation = next(
        o for methods in CONTRACT["paths"].values() for o in methods.values() if o["operationId"] == name
    )
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = CONTRACT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    (content,) = response["content"].values()
    return content["schema"]


def test_answers_are_as_the_contract_says() -> None:
    seen = set()
    for name, answer in answers(Street()):
        seen.add((name, answer.status))
        told = {"components": CONTRACT["components"], "allOf": [schema_of(name, answer.status)]}
        Draft202012Validator(told).validate(answer.body)
    assert {status for _, status in seen} >= {200, 201, 401, 404}


def test_whom_one_may_dial_is_told_whole() -> None:
    assert get_args(Rank) == tuple(who.value for who in Who)


@pytest.mark.parametrize("headers", [{}, {"if-match": '"x"'}, {"idempotency-key": ""}, {"content-type": "x"}])
@pytest.mark.parametrize("body", ["", "{", "[]", "\x00", '{"kind": 7, "location": "here"}'])
def test_a_press_is_never_refused_for_what_is_missing_or_odd(headers: dict[str, str], body: str) -> None:
    assert Street().press(body=body, token=None, headers=headers).status == 201
