"""What counts as breaking a client."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.openapi.compare import Doc, changes

ASK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cause"],
    "properties": {
        "cause": {"type": "string", "enum": ["ill", "away"]},
        "note": {"type": "string", "maxLength": 10},
        "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
    },
}
VIEW = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string"},
        "state": {"$ref": "#/components/schemas/State"},
        "age": {"type": "integer"},
        "log": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
    },
}
OPERATION = {
    "operationId": "resolve_alarm",
    "security": [{"bearer": []}],
    "x-roles": ["coordinator", "grid_worker"],
    "parameters": [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer", "maximum": 100}},
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}},
    },
    "responses": {
        "200": {
            "headers": {"ETag": {}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}},
        },
        "404": {},
    },
}
CONTRACT: Doc = {
    "paths": {"/v1/alarms/{id}": {"put": OPERATION}},
    "components": {
        "schemas": {
            "Ask": ASK,
            "View": VIEW,
            "State": {"type": "string", "enum": ["raised", "closed"]},
            "Line": {"type": "object", "required": ["at"], "properties": {"at": {"type": "string"}}},
        }
    },
}
SCHEMAS, PUT = "components/schemas", "paths/~v1~alarms~{id}/put"
GONE = object()


def put(place: str, value: Any) -> Callable[[Doc], None]:
    """A change that sets what is at a place (or takes it away); `~` stands for a slash in a name."""

    def change(doc: Doc) -> None:
        *parts, last = [part.replace("~", "/") for part in place.split("/")]
        found: Any = doc
        for part in parts:
            found = found[int(part)] if isinstance(found, list) else found[part]
        key: Any = int(last) if isinstance(found, list) else last
        if value is GONE:
            del found[key]
        elif isinstance(found, list) and key == len(found):
            found.append(value)
        else:
            found[key] = value

    return change


BREAKING = {
    "an address is removed": put("paths/~v1~alarms~{id}", GONE),
    "a method is removed": put(PUT, GONE),
    "an operation is renamed": put(f"{PUT}/operationId", "close_alarm"),
    "a role may no longer call it": put(f"{PUT}/x-roles", ["coordinator"]),
    "a field of an answer is removed": put(f"{SCHEMAS}/View/properties/age", GONE),
    "a field of an answer isn't always there": put(f"{SCHEMAS}/View/required", ["state"]),
    "a field of an answer may be null": put(
        f"{SCHEMAS}/View/properties/age", {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    ),
    "a field of an answer changes its type": put(f"{SCHEMAS}/View/properties/age", {"type": "string"}),
    "a value is removed from an answer's enumeration": put(f"{SCHEMAS}/State/enum", ["raised"]),
    "a field is removed from a list's items": put(f"{SCHEMAS}/Line/properties/at", GONE),
    "a good status is removed": put(f"{PUT}/responses/200", GONE),
    "a header of an answer is removed": put(f"{PUT}/responses/200/headers/ETag", GONE),
    "a new field is required": put(f"{SCHEMAS}/Ask/required", ["cause", "note"]),
    "an unknown field is required": lambda doc: (
        put(f"{SCHEMAS}/Ask/properties/by", {"type": "string"})(doc),
        put(f"{SCHEMAS}/Ask/required", ["cause", "by"])(doc),
    ),
    "a field may no longer be sent": put(f"{SCHEMAS}/Ask/properties/note", GONE),
    "a value may no longer be sent": put(f"{SCHEMAS}/Ask/properties/cause/enum", ["ill"]),
    "a text that may be sent gets shorter": put(f"{SCHEMAS}/Ask/properties/note/maxLength", 9),
    "a text that may be sent gets a pattern": put(f"{SCHEMAS}/Ask/properties/note/pattern", "^a"),
    "a type that may be sent narrows": put(f"{SCHEMAS}/Ask/properties/at/anyOf/1", GONE),
    "a parameter is removed": put(f"{PUT}/parameters/1", GONE),
    "a parameter becomes required": put(f"{PUT}/parameters/1/required", True),
    "a parameter narrows": put(f"{PUT}/parameters/1/schema/maximum", 50),
    "a parameter gets a limit": put(f"{PUT}/parameters/1/schema/minimum", 1),
    "a required header is added": put(
        f"{PUT}/parameters/2",
        {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}},
    ),
}
ADDING = {
    "an address is added": put("paths/~v1~rounds", {"get": OPERATION}),
    "a role may call it": put(f"{PUT}/x-roles", ["coordinator", "grid_worker", "nurse"]),
    "a field is added to an answer": put(f"{SCHEMAS}/View/properties/name", {"type": "string"}),
    "a field of an answer is always there": put(f"{SCHEMAS}/View/required", ["id", "state", "age"]),
    "a value is added to an answer's enumeration": put(f"{SCHEMAS}/State/enum", ["raised", "closed", "new"]),
    "a field may be sent": put(f"{SCHEMAS}/Ask/properties/by", {"type": "string"}),
    "a field need not be sent": put(f"{SCHEMAS}/Ask/required", []),
    "a value may be sent": put(f"{SCHEMAS}/Ask/properties/cause/enum", ["ill", "away", "fell"]),
    "a text that may be sent gets longer": put(f"{SCHEMAS}/Ask/properties/note/maxLength", 11),
    "a body need not be sent": put(f"{PUT}/requestBody/required", False),
    "a parameter may be sent": put(
        f"{PUT}/parameters/2", {"name": "q", "in": "query", "required": False, "schema": {"type": "string"}}
    ),
    "a problem is added": put(f"{PUT}/responses/409", {}),
}


def changed(change: Callable[[Doc], Any]) -> Doc:
    told = deepcopy(CONTRACT)
    change(told)
    return told


def test_the_same_contract_has_no_change() -> None:
    assert changes(CONTRACT, deepcopy(CONTRACT)) == []


@pytest.mark.parametrize("what", BREAKING)
def test_what_breaks_a_client(what: str) -> None:
    assert any(change.breaks for change in changes(CONTRACT, changed(BREAKING[what])))


@pytest.mark.parametrize("what", ADDING)
def test_what_only_adds(what: str) -> None:
    found = changes(CONTRACT, changed(ADDING[what]))
    assert found and not any(change.breaks for change in found)
