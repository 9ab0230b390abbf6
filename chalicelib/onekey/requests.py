"""What a page sends, read with every goodwill: nothing in it can keep a press from being placed."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import digest, is_id
from chalicelib.onekey.model import Asked, Channel, Location, Press, PressKind
from chalicelib.onekey.session import Known

LONGEST_BODY = 16 * 1024
FARTHEST_M = 100_000
ADDRESSES = 8
"""So many groups all internet addresses fall into. A flood of made-up names, from however many addresses,
rings for so many alarms at a time; who calls from another group still rings for one of their own."""


@dataclass(frozen=True, slots=True)
class Request:
    """A proxy event of API Gateway, as far as it is needed."""

    method: str
    resource: str
    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    id: str
    told: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""


def read_request(event: Mapping[str, Any]) -> Request:
    """An event as a request. A body that is no JSON object tells nothing."""
    text = event.get("body") or ""
    try:
        body = b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except ValueError:
        body = b""
    context = event.get("requestContext") or {}
    return Request(
        method=event["httpMethod"],
        resource=event["resource"],
        path={name: unquote(value) for name, value in (event.get("pathParameters") or {}).items()},
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=body,
        id=context.get("requestId") or digest(text),
        told=_told(body),
        address=str((context.get("identity") or {}).get("sourceIp") or ""),
    )


def asked(request: Request, known: Known, *, now: datetime) -> Asked:
    """The press in a request. What can't be understood is left out; without a kind it is a call."""
    told, once = request.told, request.headers.get("idempotency-key")
    origin = _origin(request, known)
    hint = told.get("community")
    kind = told.get("kind")
    return Asked(
        press=Press(
            id=digest("key", origin, once) if once else digest("request", request.id),
            at=now,
            channel=Channel.PAGE,
            session=known.session,
            told_at=_instant(told.get("pressed_at")),
        ),
        kind=PressKind.TEST if kind == PressKind.TEST.value else PressKind.CALL,
        community=known.community or (hint if isinstance(hint, str) and is_id(hint) else ""),
        resident=request.path.get("resident_id", "")[:100],
        location=_location_if_any(told.get("location"), now),
        origin=origin,
    )


def _origin(request: Request, known: Known) -> str:
    """Who presses, if we ever signed their token; or else the group that their address falls into."""
    if known.caller is not None:
        return digest("caller", known.community, known.caller.name)
    return f"address-{crc32(request.address.encode()) % ADDRESSES}"


def location(told: Any, now: datetime) -> Location:
    """A location such as `{"latitude": 36.061089, "longitude": 103.834303}`. Raises RefusedError."""
    if not isinstance(told, dict):
        raise RefusedError(
            "A location has a latitude and a longitude.",
            pointer="/location",
            zh="位置要有 latitude 和 longitude。",
        )
    return Location(
        latitude_e6=round(_number(told, "latitude", 90) * 1_000_000),
        longitude_e6=round(_number(told, "longitude", 180) * 1_000_000),
        accuracy_m=round(_number(told, "accuracy_m", FARTHEST_M)) if "accuracy_m" in told else FARTHEST_M,
        at=now,
    )


def _location_if_any(told: Any, now: datetime) -> Location | None:
    try:
        return location(told, now)
    except RefusedError:
        return None


def _number(told: dict[str, Any], name: str, most: int) -> float:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise RefusedError(
            f"{name} must be a number up to {most}.",
            pointer=f"/location/{name}",
            zh=f"{name} 应当是不超过 {most} 的数字。",
        )
    return value


def _instant(told: Any) -> int | None:
    """Unix seconds of an RFC 3339 time, whatever it says: it is only written down."""
    if not isinstance(told, str):
        return None
    try:
        return epoch(datetime.fromisoformat(told))
    except (ValueError, OverflowError):
        return None


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body) if len(body) <= LONGEST_BODY else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
