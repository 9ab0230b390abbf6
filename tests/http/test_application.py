"""What holds for the whole application: HEAD, OPTIONS, CORS, If-Match, and problems for Chalice's errors."""

import json
from typing import Any

import pytest

from app import app
from chalicelib.kernel.caller import Role
from tests.api import Service, answer, raised

PATHS = sorted(app.routes)
GETS = [path for path in PATHS if "GET" in app.routes[path]]
RULES = {"day": "07:00", "night": "19:00"}


def test_every_route_answers_options_and_every_get_answers_head() -> None:
    assert all("OPTIONS" in app.routes[path] for path in PATHS)
    assert all("HEAD" in app.routes[path] for path in GETS)


def test_head_tells_what_get_would_without_its_body(api: Service) -> None:
    got, told = (api.call(method, "/v1/households/h001") for method in ("GET", "HEAD"))
    assert (told.status, told.body) == (200, None)
    assert told.headers == got.headers
    known = api.call("HEAD", "/v1/households/h001", headers={"if-none-match": got.headers["ETag"]})
    assert known.status == 304
    assert api.call("HEAD", "/v1/households/h404").status == 404


def test_options_tells_what_an_address_takes_without_a_token(api: Service) -> None:
    told = answer(api.client.http.request("OPTIONS", "/v1/alarms/al-1/acknowledgement"))
    assert (told.status, told.headers["Allow"]) == (204, "DELETE, OPTIONS, PUT")
    assert not [name for name in told.headers if name.startswith("Access-Control")]


ALLOWED = "https://app.example, https://board.example"


@pytest.mark.parametrize(
    ("allowed", "origin", "told"),
    [
        pytest.param("", "https://app.example", None, id="none by default"),
        pytest.param(ALLOWED, "https://app.example", "https://app.example", id="one of ours"),
        pytest.param(ALLOWED, "https://evil.example", None, id="a stranger"),
        pytest.param(ALLOWED, "https://app.example.evil.example", None, id="a stranger who looks like us"),
        pytest.param("*", "https://evil.example", "*", id="everybody"),
    ],
)
def test_which_pages_may_use_the_api(
    api: Service, monkeypatch: pytest.MonkeyPatch, allowed: str, origin: str, told: str | None
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", allowed)
    preflight = {"origin": origin, "access-control-request-method": "PUT"}
    asked = answer(api.client.http.request("OPTIONS", "/v1/rota/settings", headers=preflight))
    got = api.get("/v1/alarms", headers={"origin": origin})
    refused = api.get("/v1/alarms?limit=0", headers={"origin": origin})
    assert {a.headers.get("Access-Control-Allow-Origin") for a in (asked, got, refused)} == {told}
    assert ("If-Match" in asked.headers.get("Access-Control-Allow-Headers", "")) == bool(allowed)
    if told not in (None, "*"):
        assert "Origin" in got.headers["Vary"] and "Accept-Language" in got.headers["Vary"]


@pytest.mark.parametrize("path", ["/v1/rota/settings", "/v1/ladders/2", "/v1/households/h001/still-water"])
def test_a_change_names_what_it_changes(api: Service, path: str) -> None:
    read = path.removesuffix("/still-water")
    bodies: dict[str, Any] = {
        "/v1/rota/settings": RULES,
        "/v1/ladders/2": {
            **{k: v for k, v in api.get("/v1/ladders/2").body.items() if k != "version"},
            "repeat_every_seconds": 800,
        },
    }
    body = bodies.get(path, {"window_minutes": 360, "least_litres": 5})

    def put(**headers: str) -> tuple[int, str]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        told = api.call("PUT", path, body=body, headers=sent, role=Role.COORDINATOR)
        return told.status, told.body.get("code", "")

    etag = api.get(read).headers["ETag"]
    assert {put(), put(if_match=""), put(if_match=" , ")} == {(428, "precondition_required")}
    assert put(if_match='"nonsense"') == (412, "stale")
    assert put(if_match=f"{etag}, W/{etag}") == (200, "")
    assert put(if_match=etag) == (412, "stale")
    assert put(if_match=api.get(read).headers["ETag"]) == (200, "")
    assert put(if_match="*") == (200, "")


def test_a_move_may_say_what_it_saw_and_need_not(api: Service) -> None:
    alarm = f"/v1/alarms/{raised(api)}"
    seen = api.get(alarm).headers["ETag"]
    assert api.put(f"{alarm}/acknowledgement").status == 200
    stale = api.call("PUT", f"{alarm}/on-site", headers={"if-match": seen})
    assert (stale.status, stale.body["code"]) == (412, "stale")
    assert api.put(f"{alarm}/on-site").status == 200


def event(method: str, path: str, **headers: str) -> dict[str, Any]:
    """A request that came past the gateway's own checks."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": path, "path": path, "identity": {}},
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "pathParameters": {},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
    }


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param(event("GET", "/v1/nothing"), 404, "not_found", id="an unknown path"),
        pytest.param(event("TRACE", "/v1/alarms"), 405, "method_not_allowed", id="an unknown method"),
        pytest.param(
            event("GET", "/v1/alarms", content_type="text/html"), 415, "unsupported_media_type", id="not JSON"
        ),
        pytest.param(event("GET", "/v1/alarms"), 403, "forbidden", id="past the authorizer"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_chalice_answers_itself_is_a_problem(
    api: Service, sent: dict[str, Any], status: int, code: str, language: str
) -> None:
    headers = {**sent["headers"], "accept-language": language}
    told = app({**sent, "headers": headers}, None)
    body = json.loads(told["body"])
    assert (told["statusCode"], body["status"], body["code"]) == (status, status, code)
    assert told["headers"]["Content-Type"] == "application/problem+json"
    assert body["title"].isascii() == body["detail"].isascii() == (language == "en")


@pytest.mark.parametrize("name", ["", "x" * 101, "\x00", "r1#", "resident#r1"])
def test_an_id_that_nothing_can_have_is_not_there(api: Service, name: str) -> None:
    sent = event("GET", "/v1/residents/{resident_id}/kin")
    sent["requestContext"]["authorizer"] = {"role": "coordinator", "name": "chen", "community": "xinghe"}
    told = app({**sent, "pathParameters": {"resident_id": name}}, None)
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (404, "not_found")


def test_a_bug_is_told_without_its_stack_trace(api: Service) -> None:
    sent = event("GET", "/v1/alarms")
    sent["requestContext"]["authorizer"] = {"role": "emperor", "name": "Li", "community": "xinghe"}
    told = app(sent, None)
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (500, "internal")
    assert "Traceback" not in told["body"] and "emperor" not in told["body"]
