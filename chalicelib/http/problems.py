"""RFC 9457 problem details: one table from our errors to what a client reads."""

import json

from chalice.app import Response

from chalicelib.kernel.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    ShouwangError,
    TooManyError,
    UnauthorizedError,
)

PROBLEM_JSON = "application/problem+json"

_TITLES = {
    400: "This request can't be read",
    401: "Please sign in",
    403: "This is not yours to do",
    404: "There is no such thing here",
    409: "It has moved on",
    422: "Something in this request is not right",
    429: "Please wait a moment",
    503: "Please try again in a moment",
}


class MalformedError(RefusedError):
    """The request can't be read at all: not JSON, or a cursor that we didn't make."""

    code = "malformed"


class ForbiddenError(ShouwangError):
    """The caller's role may not do this."""

    code = "forbidden"


def status_of(error: ShouwangError) -> int:
    """The HTTP status of one of our errors."""
    match error:
        case MalformedError():
            return 400
        case RefusedError():
            return 422
        case UnauthorizedError():
            return 401
        case ForbiddenError():
            return 403
        case NotFoundError():
            return 404
        case ConflictError():
            return 409
        case TooManyError():
            return 429
    return 503


def problem(error: ShouwangError) -> Response:
    """The problem document of an error. `code` is stable; `errors` point into the request."""
    status = status_of(error)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": _TITLES[status],
        "status": status,
        "code": error.code,
        "detail": str(error),
    }
    if isinstance(error, RefusedError) and error.pointer:
        body["errors"] = [{"pointer": error.pointer, "detail": str(error)}]
    headers: dict[str, str | list[str]] = {"Content-Type": PROBLEM_JSON, **_headers(error)}
    return Response(json.dumps(body, ensure_ascii=False), headers, status)


def _headers(error: ShouwangError) -> dict[str, str]:
    match error:
        case UnauthorizedError():
            return {"WWW-Authenticate": "Bearer"}
        case TooManyError():
            return {"Retry-After": str(error.after_seconds)}
    return {}
