"""The API as it stands behind API Gateway, as a WSGI application in the process."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalice.local import RouteMatcher

from app import app
from chalicelib import wiring
from chalicelib.http.problems import PROBLEM_JSON
from chalicelib.onekey.endpoint import Endpoint
from chalicelib.onekey.hook import InboundCalls
from tests.api import Service
from tests.builders import TOKEN_KEY

Environment = Mapping[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


class Gateway:
    """Passes requests on as API Gateway would, and answers itself as the template's gateway responses do."""

    def __init__(self, service: Service) -> None:
        self._service = service
        one_key, book = wiring.onekey.one_key(), wiring.onekey.book()
        inbound = InboundCalls(one_key, book)
        self._one_key = Endpoint(one_key, inbound, lambda _: TOKEN_KEY, lambda: TOKEN_KEY, lambda *look: None)
        self._paths = RouteMatcher(list({path for _, path in Endpoint.PATHS}))

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        method, target = environment["REQUEST_METHOD"], environment["REQUEST_URI"].partition("?")[0]
        if environment.get("QUERY_STRING"):
            target += f"?{environment['QUERY_STRING']}"
        headers = _headers(environment)
        length = int(environment.get("CONTENT_LENGTH") or 0)
        body = environment["wsgi.input"].read(length) if length else b""
        status, told, sent = self._answered(method, target, headers, body)
        start(f"{status} -", [(name, str(value)) for name, value in told.items()])
        return [sent if method != "HEAD" else b""]

    def _answered(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, Any], bytes]:
        path = target.partition("?")[0]
        one_key = self._one_key_event(method, path, headers, body)
        if one_key is not None:
            found = self._one_key.answer(one_key, now=self._service.now)
            return found["statusCode"], found["headers"], found["body"].encode()
        response = self._service.client.http.request(method, target, headers=headers, body=body)
        if response.headers.get("Content-Type") == PROBLEM_JSON or response.status_code < 400:
            return response.status_code, response.headers, response.body
        return _itself(response.status_code, method, path)

    def _one_key_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any] | None:
        try:
            matched = self._paths.match_route(path)
        except ValueError:
            return None
        return {
            "httpMethod": method,
            "resource": matched.route,
            "pathParameters": matched.captured,
            "headers": headers,
            "body": body.decode(errors="replace") or None,
            "requestContext": {},
        }


def _itself(status: int, method: str, path: str) -> tuple[int, Mapping[str, Any], bytes]:
    """What the gateway answers itself: 401 without a good token, 404 for what isn't there."""
    known = {401: (401, "unauthorized"), 403: (401, "unauthorized"), 405: (404, "not_found")}
    status, code = known.get(status, (status, "internal"))
    if not _is_route(path):
        status, code = 404, "not_found"
    headers = {"Content-Type": PROBLEM_JSON, **({"WWW-Authenticate": "Bearer"} if status == 401 else {})}
    return status, headers, json.dumps({"type": "about:blank", "title": "-", "code": code}).encode()


_ROUTES = RouteMatcher(list(app.routes))


def _is_route(path: str) -> bool:
    try:
        _ROUTES.match_route(path)
    except ValueError:
        return False
    return True


def _headers(environment: Environment) -> dict[str, str]:
    found = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environment.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    return {name: value for name, value in found.items() if value}
