"""RFC 9457 problem details: one table from our errors to what a client reads."""

import json
from collections.abc import Mapping, Sequence

from chalice.app import Response

from chalicelib.http.words import DETAILS, title_of
from chalicelib.kernel.errors import (
    ConflictError,
    Fault,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    ShouwangError,
    StaleError,
    TooManyError,
    UnauthorizedError,
)
from chalicelib.kernel.languages import LANGUAGES

PROBLEM_JSON = "application/problem+json"


class MalformedError(RefusedError):
    """The request can't be read at all: not JSON, or a cursor that we didn't make."""

    code = "malformed"


class TooLargeError(ShouwangError):
    """More was sent than this route takes."""

    code = "too_large"


class PreconditionRequiredError(ShouwangError):
    """A change must name, in If-Match, the ETag of what it changes."""

    code = "precondition_required"


class KeyMissingError(RefusedError):
    """What creates something needs an Idempotency-Key, so that sending it twice creates it once."""

    code = "idempotency_key_missing"


class KeyInUseError(ConflictError):
    """A request with this Idempotency-Key is under way."""

    code = "idempotency_key_in_use"


class KeyReusedError(RefusedError):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


_STATUSES: Sequence[tuple[type[ShouwangError], int]] = (
    (MalformedError, 400),
    (KeyMissingError, 400),
    (UnauthorizedError, 401),
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (StaleError, 412),
    (TooLargeError, 413),
    (RefusedError, 422),
    (PreconditionRequiredError, 428),
    (TooManyError, 429),
)


def status_of(error: ShouwangError) -> int:
    """The HTTP status of one of our errors; one that we don't know more of is 503, to be tried again."""
    return _status(type(error))


def _status(kind: type[ShouwangError]) -> int:
    return next((status for known, status in _STATUSES if issubclass(kind, known)), 503)


def codes() -> dict[int, list[str]]:
    """By status, the codes of all problems that what a client sent can have."""
    found: dict[int, set[str]] = {}
    waiting: list[type[ShouwangError]] = [ShouwangError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("chalicelib.") and (status := _status(kind)) < 500:
            found.setdefault(status, set()).add(kind.code)
    return {status: sorted(found[status]) for status in sorted(found)}


def problem(error: ShouwangError, *, language: str = LANGUAGES[0]) -> Response:
    """The problem document of an error. `code` is stable; `errors` point into the request, at every fault."""
    return problem_response(
        status_of(error),
        error.code,
        _detail(error, language),
        language=language,
        faults=error.faults if isinstance(error, RefusedError) else (),
        headers=_headers(error),
        facts=error.facts,
    )


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    language: str = LANGUAGES[0],
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, object] | None = None,
) -> Response:
    """A problem document, its title in `language`. `facts` are members of its own."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title_of(status, language),
        "status": status,
        "code": code,
        "detail": detail,
        **(facts or {}),
    }
    if faults:
        body["errors"] = [
            {"pointer": fault.pointer, "detail": (fault.zh if language == "zh-CN" else "") or fault.detail}
            for fault in faults
        ]
    sent: dict[str, str | list[str]] = {
        "Content-Type": PROBLEM_JSON,
        "Content-Language": language,
        "Cache-Control": "no-store",
        **(headers or {}),
    }
    return Response(json.dumps(body, ensure_ascii=False), sent, status)


def _detail(error: ShouwangError, language: str) -> str:
    if language == "zh-CN":
        return error.zh or DETAILS.get(error.code) or title_of(status_of(error), language)
    return str(error) or title_of(status_of(error), language)


def _headers(error: ShouwangError) -> dict[str, str]:
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyError):
        return {"Retry-After": str(error.after_seconds)}
    if isinstance(error, KeyInUseError) or status_of(error) == 503:
        return {"Retry-After": "1"}
    return {}
