"""The contract: sound, complete, and never broken unawares."""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

import pytest
from chalice.app import Blueprint, Chalice
from openapi_spec_validator import validate

from app import app
from chalicelib.accounts.sessions import SessionKind
from chalicelib.alarms.logbook import Happened, Via
from chalicelib.contract.operations import UndescribedError, contract, operations
from chalicelib.http.declared import DECLARED
from chalicelib.notify.texts import MessageKind
from chalicelib.onekey.endpoint import Endpoint
from chalicelib.registry.consent import Audience, DataKind, How
from chalicelib.telemetry.model import Reason
from tests.api import Service, answer
from tests.openapi.compare import changes
from tests.openapi.record import current, recorded

RECORD = "`make contract` records it (then commit tests/openapi/contract.json)."
METHODS = ("get", "put", "post", "patch", "delete")


def test_it_is_sound_openapi() -> None:
    validate(current())


def test_it_has_every_route_of_the_application_and_of_the_one_key_function() -> None:
    routes = {
        (method, address)
        for address, methods in app.routes.items()
        for method in methods
        if method not in ("HEAD", "OPTIONS")
    }
    told = {
        (method.upper(), address)
        for address, methods in current()["paths"].items()
        for method in methods
        if method in METHODS
    }
    assert told == routes | set(Endpoint.PATHS)


def test_it_breaks_nobody() -> None:
    broken = [str(change) for change in changes(recorded(), current()) if change.breaks]
    assert not broken, "Clients would break: add beside the old instead. If nobody has it yet: " + (
        "`python -m tests.openapi.record --breaking`."
    )


def test_what_was_added_is_recorded() -> None:
    added = [str(change) for change in changes(recorded(), current()) if not change.breaks]
    assert not added, f"The contract grew: {RECORD}"


def test_its_words_are_recorded() -> None:
    assert current() == recorded(), f"Words or examples changed: {RECORD}"


def test_operations_have_names_of_their_own_and_words() -> None:
    told = operations(app.routes)
    assert len({each.name for each in told}) == len(told)
    assert all(each.words.strip() for each in told)


def test_what_creates_takes_a_key_or_says_what_sending_it_twice_does() -> None:
    """Every POST is in one of the two, and each that answers 201 to people needs its key."""
    posts = {each.name: each for each in operations(app.routes) if each.method == "POST"}
    keyed = {name for name, each in posts.items() if "IdempotencyKey" in each.headers}
    told = {name for name, each in posts.items() if each.sent_again}
    assert keyed | told == set(posts)
    creating = {name for name, each in posts.items() if 201 in each.answers}
    assert creating - keyed == {
        "press_one_key",
        "pair_handset",
    }  # a press is never refused; a code opens once
    assert keyed >= {"add_resident", "add_household", "add_grid", "add_team", "invite", "offer_pairing"}


def test_no_two_shapes_share_a_name() -> None:
    odd = [name for name in current()["components"]["schemas"] if not name.isalnum()]
    assert not odd, "Two classes have one name, so clients would get names like these: rename one of them."


def test_every_whole_number_that_is_asked_has_bounds() -> None:
    """Without them a number of a thousand digits reaches clocks and stores."""
    contract = current()
    asked = [o["parameters"] for m in contract["paths"].values() for o in m.values() if "parameters" in o]
    bodies = [s for s in contract["components"]["schemas"].values() if s.get("additionalProperties") is False]
    assert not list(unbounded([asked, bodies], ""))


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """Where a whole number may be of any size."""
    if isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from unbounded(each, f"{place}/{number}")
    elif isinstance(schema, dict):
        if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum", "enum"} & schema.keys():
            yield f"{place}: {schema}"
        for name, each in schema.items():
            yield from unbounded(each, f"{place}/{name}")


def test_a_route_that_nobody_describes_is_found() -> None:
    careless, routes = Chalice("careless"), Blueprint(__name__)

    @routes.route("/undescribed")
    def undescribed_for_tests() -> None:
        """A route past `endpoint`."""

    careless.register_blueprint(routes)
    with pytest.raises(UndescribedError, match="GET /undescribed"):
        contract(careless.routes)


def test_it_says_who_may_call_what() -> None:
    for each in operations(app.routes):
        if each.name in DECLARED:
            assert each.may == (None if DECLARED[each.name].is_public else DECLARED[each.name].may)


@pytest.mark.parametrize("token", ["", "garbage"])
def test_anybody_may_read_it(api: Service, token: str) -> None:
    headers = {"authorization": token} if token else {}
    told = answer(api.client.http.request("GET", "/v1/openapi.json", headers=headers))
    assert (told.status, told.headers["Content-Type"]) == (200, "application/json")
    assert told.body == {**current(), "servers": [{"url": "/"}]}
    known = {"if-none-match": told.headers["ETag"]}
    assert api.client.http.request("GET", "/v1/openapi.json", headers=known).status_code == 304


@pytest.mark.parametrize(
    ("in_front", "base"),
    [
        pytest.param("", "/api", id="a stage"),
        pytest.param("/_aws/execute-api/q1w2e3", "/api", id="a stage behind the embedded cloud's own path"),
        pytest.param("", "/towns/lanzhou", id="a domain's path of two steps"),
    ],
)
def test_its_server_is_where_it_was_fetched_from(api: Service, in_front: str, base: str) -> None:
    """The gateway knows its stage, and not what stands in front of it; a client knows where it asked."""
    from tests.http.test_application import event

    sent = event("GET", "/v1/openapi.json")
    sent["requestContext"]["path"] = f"{base}/v1/openapi.json"
    (server,) = json.loads(app(sent, None)["body"])["servers"]
    asked = f"https://cloud.example{in_front}{base}/v1/openapi.json"
    assert urljoin(asked, server["url"]) == f"https://cloud.example{in_front}{base}"


@pytest.mark.parametrize("called", ["/api/v1/docs", "/api/v1/docs/"])
def test_the_pages_links_lead_somewhere_with_and_without_a_slash(api: Service, called: str) -> None:
    from tests.http.test_application import event

    sent = event("GET", "/v1/docs")
    sent["requestContext"]["path"] = called
    links = re.findall(r'(?:href|src)="([^"]+)"', app(sent, None)["body"])
    base = "https://cloud.example/api/v1"
    led_to = {urljoin(f"https://cloud.example{called}", link) for link in links}
    assert led_to == {f"{base}/docs/page.css", f"{base}/docs/docs.mjs", f"{base}/openapi.json"}


def test_every_parameter_says_what_it_is_for() -> None:
    told = current()
    silent = {
        f"{operation['operationId']}: {each['name']}"
        for methods in told["paths"].values()
        for operation in methods.values()
        for each in operation.get("parameters", [])
        if (each.get("in") == "path" and not each.get("description"))
        or (each.get("name") in ("limit", "cursor") and not each.get("description"))
    }
    assert not silent


def test_it_lists_the_codes_that_programs_go_by() -> None:
    told = current()["components"]["schemas"]["Problem"]["properties"]["code"]["description"]
    for code in (
        "409 absence_overlaps, conflict",
        "illegal_move",
        "412 stale",
        "invitation_needed",
        "not_on_duty",
    ):
        assert code in told


def test_every_version_is_a_number() -> None:
    schemas = current()["components"]["schemas"]
    versions = {
        n: s["properties"]["version"] for n, s in schemas.items() if "version" in s.get("properties", {})
    }
    assert {name for name, schema in versions.items() if schema["type"] != "integer"} == set()


@pytest.mark.parametrize(
    ("address", "name", "values"),
    [
        ("/v1/residents/{resident_id}/consents/{kind}/{audience}", "kind", list(DataKind)),
        ("/v1/residents/{resident_id}/consents/{kind}/{audience}", "audience", list(Audience)),
    ],
)
def test_what_an_address_takes_is_listed(address: str, name: str, values: list[str]) -> None:
    (schema,) = [
        p["schema"] for p in current()["paths"][address]["put"]["parameters"] if p.get("name") == name
    ]
    assert schema == {
        "type": "string",
        "enum": values,
        **{k: v for k, v in schema.items() if k == "description"},
    }


@pytest.mark.parametrize(
    ("shape", "field", "enum"),
    [
        ("NotificationView", "kind", MessageKind),
        ("LogEntryView", "what", Happened),
        ("LogEntryView", "channel", Via),
        ("RefusedView", "reason", Reason),
        ("SessionView", "kind", SessionKind),
        ("ConsentView", "how", How),
    ],
)
def test_what_an_app_switches_on_is_the_codes_own_list(shape: str, field: str, enum: type[StrEnum]) -> None:
    schemas = current()["components"]["schemas"]
    assert enum.__name__ in str(schemas[shape]["properties"][field])
    assert schemas[enum.__name__]["enum"] == [each.value for each in enum]


def test_a_list_leads_to_what_can_be_done_with_its_items() -> None:
    links: dict[str, Any] = current()["paths"]["/v1/alarms"]["get"]["responses"]["200"]["links"]
    assert links["resolve_alarm"]["parameters"] == {"alarm_id": "$response.body#/items/0/id"}
