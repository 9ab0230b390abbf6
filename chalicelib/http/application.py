"""What holds for the whole application: HEAD, OPTIONS, CORS, and Chalice's own errors as problems."""

from collections.abc import Callable
from typing import Any

from chalice.app import Chalice, Request, Response, RouteEntry

from chalicelib.http.cors import cors_headers, options_headers, read_origins
from chalicelib.http.problems import PROBLEM_JSON, problem, problem_response
from chalicelib.http.words import DETAILS, title_of
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.languages import language_of
from chalicelib.kernel.settings import cors_origins

CODES = {
    400: "malformed",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    500: "internal",
}
"""The stable codes of what Chalice answers itself, by status."""


def complete(app: Chalice) -> None:
    """Give every route that was registered HEAD and OPTIONS, and every answer its last touch."""
    for path, methods in app.routes.items():
        if "GET" in methods and "HEAD" not in methods:
            methods["HEAD"] = _like(methods["GET"], "HEAD", methods["GET"].view_function)
        if "OPTIONS" not in methods:
            methods["OPTIONS"] = RouteEntry(_options_of(app, path), "answer_options", path, "OPTIONS")
    app.register_middleware(_finished(app), "http")


def _like(entry: RouteEntry, method: str, view: Callable[..., Any]) -> RouteEntry:
    return RouteEntry(
        view, entry.view_name, entry.uri_pattern, method,
        content_types=entry.content_types, authorizer=entry.authorizer,
    )  # fmt: skip


def _options_of(app: Chalice, path: str) -> Callable[..., Response]:
    def answer_options(**_: str) -> Response:
        """Which methods this address takes."""
        request = app.current_request
        assert request is not None  # noqa: S101 - it is being answered
        wants = request.headers.get("access-control-request-method") if cors_origins() else None
        return Response("", dict(options_headers(app.routes[path], wants=wants)), 204)

    return answer_options


def _finished(app: Chalice) -> Callable[[Request, Callable[[Request], Response]], Response]:
    def finished(request: Request, get_response: Callable[[Request], Response]) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        if request.path in app.routes:
            response = get_response(request)
        else:
            response = problem(NotFoundError("There is no such address."), language=language)
        if response.status_code >= 400 and response.headers.get("Content-Type") != PROBLEM_JSON:
            response = _as_problem(response, language, request.context.get("requestId"))
        for name, value in cors_headers(request.headers.get("origin"), read_origins(cors_origins())).items():
            told = response.headers.get(name)
            response.headers[name] = f"{told}, {value}" if told else value
        return response

    return finished


def _as_problem(response: Response, language: str, request_id: str | None) -> Response:
    """An answer of Chalice's own, `{"Code": ..., "Message": ...}`, as a problem, which tells no secrets."""
    status = response.status_code
    code = CODES.get(status, "internal" if status >= 500 else "malformed")
    detail = DETAILS[code] if language == "zh-CN" and code in DETAILS else title_of(status, language)
    kept = {name: str(value) for name, value in response.headers.items() if name.lower() == "allow"}
    facts = {"instance": f"urn:uuid:{request_id}"} if request_id else {}  # finds it in the logs
    return problem_response(status, code, detail, language=language, headers=kept, facts=facts)
