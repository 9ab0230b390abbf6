"""What the one-key function answers, as proxy responses. Whom it doesn't know, it tells nothing."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from chalicelib.http.cors import cors_headers, options_headers
from chalicelib.http.words import DETAILS, title_of
from chalicelib.kernel.clock import from_epoch, rfc3339
from chalicelib.kernel.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    ShouwangError,
    StaleError,
    UnauthorizedError,
)
from chalicelib.kernel.ids import digest
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.signatures import CallbackRefusedError
from chalicelib.onekey.model import Call, Contact, Location
from chalicelib.onekey.requests import Request
from chalicelib.onekey.service import Placed
from chalicelib.onekey.texts import WHAT_TO_DO

Answer = dict[str, Any]
PROBLEM_JSON = "application/problem+json"
_NOBODY = {"zh-CN": "没有打通任何人", "en": "Nobody could be rung"}


def placed_answer(placed: Placed, *, dial: Sequence[Contact], seen: bool, mine: bool) -> Answer:
    """A call that was placed: 201 new, 200 merged, 202 under way; and whom its caller may dial.

    The rest is told to whom may see it; where the resident is, to themselves alone, as it is `mine`: others
    read the call, which is written down, and no press waits for that.
    """
    status = 202 if placed.queued else 201 if placed.is_new else 200
    body: dict[str, Any] = {"id": placed.call.id, "kind": placed.call.kind.value, "state": _state(placed)}
    body["dial"] = _dial(dial)
    if not seen or placed.queued:
        return _json(status, body)
    told = _call(placed.call)
    if not mine:
        del told["location"]
    return _json(status, {**body, **told}, etag=etag_of(placed.call))


def call_answer(call: Call, *, seen: bool, if_none_match: str = "") -> Answer:
    """A call as it stands; only its state to whom may not see it."""
    etag = etag_of(call)
    if seen and etag in _tags(if_none_match):
        return _not_modified(etag)
    body = {"id": call.id, "kind": call.kind.value, "state": _state_of(call)}
    return _json(200, {**body, **_call(call)}, etag=etag) if seen else _json(200, body)


def card_answer(placed: Placed, *, dial: Sequence[Contact], language: str, if_none_match: str) -> Answer:
    """The card that a page keeps, with whom its caller may dial: 304 without a body when the page has it."""
    card, line = placed.found.card, placed.found.line
    body = json.dumps(
        {
            "resident": card.resident if card else "",
            "name": card.name if card else "",
            "community": line.name if line else "",
            "dial": _dial(dial),
            "what_to_do": WHAT_TO_DO[language],
            "language": language,
        },
        ensure_ascii=False,
    )
    etag = f'"{digest(body, length=24)}"'
    if etag in _tags(if_none_match):
        return _not_modified(etag)
    return _answer(200, body, {"Content-Type": "application/json", **_private(etag)})


def dial_answer(placed: Placed) -> Answer:
    """Whom the telephone system puts the caller through to, first to last."""
    return _json(202 if placed.queued else 200, {"state": _state(placed), "dial": _dial(placed.dial)})


def problem_answer(
    error: ShouwangError, *, language: str = LANGUAGES[0], detail: str = "", dial: Sequence[Contact] = ()
) -> Answer:
    """The problem document (RFC 9457) of an error, with numbers to dial where there are any."""
    status = _status_of(error)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _NOBODY[language] if status == 503 else title_of(status, language),
        "status": status,
        "code": error.code,
        "detail": detail or _detail(error, status, language),
    }
    if isinstance(error, RefusedError) and error.faults:
        zh = language == "zh-CN"
        body["errors"] = [
            {"pointer": fault.pointer, "detail": (fault.zh if zh else "") or fault.detail}
            for fault in error.faults
        ]
    if status == 503:
        body["dial"] = _dial(dial)
    headers = {"Content-Type": PROBLEM_JSON, "Content-Language": language, "Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(status, json.dumps(body, ensure_ascii=False), headers)


def options_answer(request: Request, methods: Sequence[str], origins: Collection[str]) -> Answer:
    """What an address takes; to a preflight of another origin, whether it may send it."""
    asked = request.headers.get("access-control-request-method") if origins else None
    taken = [*methods, "HEAD"] if "GET" in methods else methods
    return to_origin(_answer(204, "", options_headers(taken, wants=asked)), request, origins)


def to_origin(answer: Answer, request: Request, origins: Collection[str]) -> Answer:
    """The same answer, readable by a page of another origin that may ask."""
    answer["headers"].update(cors_headers(request.headers.get("origin"), origins))
    return answer


def etag_of(call: Call) -> str:
    """A call's ETag: it changes with its version."""
    return f'"{digest(call.community, call.subject, call.id, str(call.version), length=24)}"'


def _status_of(error: ShouwangError) -> int:
    match error:
        case UnauthorizedError() | CallbackRefusedError():
            return 401
        case ForbiddenError():
            return 403
        case NotFoundError():
            return 404
        case StaleError():
            return 412
        case ConflictError():
            return 409
        case RefusedError():
            return 422
    return 503


def _detail(error: ShouwangError, status: int, language: str) -> str:
    if language == "zh-CN":
        return error.zh or DETAILS.get(error.code) or title_of(status, language)
    return str(error)


def _state(placed: Placed) -> str:
    return "queued" if placed.queued else _state_of(placed.call)


def _state_of(call: Call) -> str:
    return "cancel_asked" if call.cancel_asked_at else "ringing"


def _dial(contacts: Sequence[Contact]) -> list[dict[str, str]]:
    return [{"who": c.who.value, "name": c.name, "tel": c.tel} for c in contacts]


def _call(call: Call) -> dict[str, Any]:
    return {
        "alarm": call.alarm,
        "began_at": rfc3339(call.began_at),
        "pressed": call.pressed,
        "presses": [
            {
                "at": rfc3339(press.at),
                "told_at": None if press.told_at is None else _told(press.told_at),
                "channel": press.channel.value,
            }
            for press in call.presses
        ],
        "location": _location(call.location),
        "cancel_asked_at": rfc3339(call.cancel_asked_at) if call.cancel_asked_at else None,
    }


def _told(at: int) -> str | None:
    try:
        return rfc3339(from_epoch(at))
    except (ValueError, OverflowError, OSError):
        return None  # a clock that far off tells no time


def _location(location: Location | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {
        "latitude": location.latitude_e6 / 1_000_000,
        "longitude": location.longitude_e6 / 1_000_000,
        "accuracy_m": location.accuracy_m,
        "at": rfc3339(location.at),
    }


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _private(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "private, no-cache"}


def _not_modified(etag: str) -> Answer:
    return _answer(304, "", _private(etag))


def _json(status: int, body: Mapping[str, Any], *, etag: str = "") -> Answer:
    headers = _private(etag) if etag else {"Cache-Control": "no-store"}
    return _answer(
        status, json.dumps(body, ensure_ascii=False), {"Content-Type": "application/json", **headers}
    )


def _answer(status: int, body: str, headers: Mapping[str, str]) -> Answer:
    return {"statusCode": status, "headers": dict(headers), "body": body, "isBase64Encoded": False}
