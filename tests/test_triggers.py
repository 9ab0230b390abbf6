"""The triggers with what really comes in: every file of events/ is used here."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from chalice.local import LambdaContext

from app import app
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Kind
from chalicelib.telemetry.messages import is_urgent, parse
from tests.api import Service, answer
from tests.builders import DAY, EVENTS, NOON, Town, device, event, home, water

TRIGGERS = {"api", "codes", "one_key", "one_key_queued", "signed_in", "telemetry", "tick", "urgent"}
URGENT = {Kind.ONE_KEY, Kind.GAS_ALARM, Kind.SMOKE_ALARM}


@pytest.fixture
def service() -> Iterator[Service]:
    """A street whose devices are those of events/."""
    town = Town()
    town.registry_store.put_households([home("h002")])
    town.install(
        device(),
        device("wm-002", household="h002"),
        device("em-001", Kind.ELECTRICITY_METER),
        device("ok-001", Kind.ONE_KEY),
        device("ga-001", Kind.GAS_ALARM),
    )
    service = Service(town)
    yield service
    service.close()


def invoke(service: Service, function: str, payload: Any) -> Any:
    return service.client.lambda_.invoke(function, payload).payload


def with_bodies(*bodies: str) -> Any:
    """The telemetry event with other messages in it."""
    (record, *_) = event("telemetry")["Records"]
    return {"Records": [{**record, "messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]}


def body(**changes: Any) -> str:
    """What the IoT rule sends, with parts replaced, or with ... taken away."""
    whole = {
        "raw": b64encode(water(1)).decode(),
        "client_id": "wm-001",
        "community": "xinghe",
        "device": "wm-001",
        "received_at": int(NOON.timestamp() * 1000),
        **changes,
    }
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


def test_there_is_a_payload_for_every_trigger_and_every_kind_of_device() -> None:
    assert {file.stem for file in EVENTS.glob("*.json")} == TRIGGERS
    assert {file.stem for file in (EVENTS / "devices").glob("*.json")} == {kind.value for kind in Kind}


@pytest.mark.parametrize("kind", Kind)
def test_what_each_kind_of_device_publishes_is_taken_in_whole(kind: Kind) -> None:
    published = event(f"devices/{kind}")
    message = parse(json.dumps(published).encode())
    assert (message.kind, message.samples) == (kind, published["samples"])
    assert all(is_urgent(kind, sample) == (kind in URGENT) for sample in message.samples)


def test_a_batch_of_telemetry(service: Service) -> None:
    assert invoke(service, "telemetry", event("telemetry")) == {"batchItemFailures": []}
    for name in ("wm-001", "em-001"):
        (stored,) = service.town.series.day(name, "2026-01-15")
        kind = "water_meter" if name == "wm-001" else "electricity_meter"
        assert list(stored.samples) == event(f"devices/{kind}")["samples"]
    assert [(r["device"], r["reason"]) for r in service.town.refusals()] == [("wm-002", "not_json")]


def test_a_batch_that_comes_twice(service: Service) -> None:
    for _ in range(2):
        assert invoke(service, "telemetry", event("telemetry")) == {"batchItemFailures": []}
    assert len(service.town.series.day("wm-001", "2026-01-15")) == 1
    assert len(service.town.refusals()) == 1


@pytest.mark.parametrize("function", ["urgent", "telemetry"], ids=["on its own lane", "on the wrong lane"])
def test_what_is_urgent_raises_alarms_at_once_and_once(service: Service, function: str) -> None:
    for _ in range(2):
        assert invoke(service, function, event("urgent")) == {"batchItemFailures": []}
    assert sorted(service.town.open_alarms()) == ["gas", "one_key"]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("not JSON", id="not JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param("[" * 100_000, id="deep nesting"),
        pytest.param(body(raw=...), id="no payload"),
        pytest.param(body(raw="%%%"), id="no base64"),
        pytest.param(body(raw="☂"), id="no ASCII"),
        pytest.param(body(raw=7), id="a number as the payload"),
        pytest.param(body(device=...), id="no device"),
        pytest.param(body(device=""), id="an empty device"),
        pytest.param(body(community=""), id="an empty community"),
        pytest.param(body(received_at=...), id="no time"),
        pytest.param(body(received_at=None), id="a time of null"),
        pytest.param(body(received_at="noon"), id="a time in words"),
        pytest.param(body(received_at=10**20), id="a time beyond all years"),
        pytest.param(body(received_at=10**18), id="a time beyond the calendar"),
        pytest.param(body(received_at=float("nan")), id="not a number"),
    ],
)
def test_what_the_rule_never_sends_goes_back_to_the_queue_alone(service: Service, bad: str) -> None:
    failed = invoke(service, "telemetry", with_bodies(body(), bad, body(raw="e30=")))
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert len(service.town.series.day("wm-001", "2026-01-15")) == 1
    assert [r["reason"] for r in service.town.refusals()] == ["missing_field"]


def test_an_empty_payload_is_refused(service: Service) -> None:
    assert invoke(service, "telemetry", with_bodies(body(raw=""))) == {"batchItemFailures": []}
    assert [(r["reason"], r["raw"]) for r in service.town.refusals()] == [("not_json", "")]


def test_the_tick_leaves_its_heartbeat_and_nothing_overdue(service: Service) -> None:
    assert service.town.deadlines.longest_overdue(now=service.now) > DAY
    app.handler_map["tick"](event("tick"), LambdaContext("tick", 512, max_runtime_ms=55_000))
    assert service.town.deadlines.last_beat() is not None
    assert service.town.deadlines.longest_overdue(now=service.now) == timedelta(0)
    assert set(service.town.open_alarms()) == {"unguarded"}  # nobody has spoken since they were installed


def test_a_tick_without_time_begins_nothing_that_it_could_not_finish(service: Service) -> None:
    invoke(service, "tick", event("tick"))  # Chalice's own test client grants three seconds
    assert service.town.open_alarms() == []
    assert service.town.deadlines.longest_overdue(now=service.now) > DAY


def test_a_message_about_a_code_that_nobody_waits_for_sends_nothing(service: Service) -> None:
    assert invoke(service, "codes", event("codes")) is None


def test_the_authorizer_lets_nobody_in_with_the_token_of_the_event(service: Service) -> None:
    policy = invoke(service, "signed_in", event("signed_in"))
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Resource"] == []
    assert policy["principalId"] == "nobody"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_authorizer_hands_on_who_calls(service: Service, scheme: str) -> None:
    token = service.token(Role.COORDINATOR, name="李")
    policy = invoke(service, "signed_in", {**event("signed_in"), "authorizationToken": f"{scheme} {token}"})
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"]
    until = str(epoch(service.now + timedelta(hours=1)))
    assert policy["context"] == {
        "name": "李", "role": "coordinator", "community": "xinghe", "until": until,
    }  # fmt: skip


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic bGk6bGk=", "{token}", "Token {token}"])
def test_the_authorizer_wants_a_bearer_token(service: Service, sent: str) -> None:
    sent = sent.replace("{token}", service.token())
    policy = invoke(service, "signed_in", {**event("signed_in"), "authorizationToken": sent})
    assert policy["policyDocument"]["Statement"][0]["Resource"] == []


def test_the_api_answers_what_api_gateway_hands_on(service: Service) -> None:
    invoke(service, "urgent", event("urgent"))
    response = app(event("api"), None)
    assert response["statusCode"] == 200
    listed = json.loads(response["body"])["items"]
    assert {item["kind"] for item in listed} == {"gas", "one_key"}
    assert all("at 12:00 on 15 Jan" in item["text"] for item in listed)


def test_an_answer_that_the_gateway_remembered_for_too_long_is_refused(service: Service) -> None:
    request = event("api")
    request["requestContext"]["authorizer"]["until"] = str(epoch(service.now) - 1)
    response = app(request, None)
    assert (response["statusCode"], json.loads(response["body"])["code"]) == (401, "unauthorized")
    assert response["headers"]["WWW-Authenticate"] == "Bearer"


def test_a_call_that_came_past_the_authorizer_is_refused(service: Service) -> None:
    request = event("api")
    del request["requestContext"]["authorizer"]
    response = app(request, None)
    assert response["statusCode"] == 403
    assert json.loads(response["body"])["code"] == "forbidden"


def test_paths_that_are_not_there(service: Service) -> None:
    assert answer(service.client.http.get("/v1/nothing", headers={"authorization": "x"})).status == 403
