"""A person's notifications, and what providers call back, over HTTP."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated

from chalice.app import Blueprint, Response
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import Call, Instant, PageQuery, View, endpoint
from chalicelib.http.problems import problem, problem_response
from chalicelib.http.rows import MINE
from chalicelib.kernel import clock
from chalicelib.kernel.caller import EVERYONE
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import ShouwangError
from chalicelib.notify.boxes import box_of_caller
from chalicelib.notify.callbacks import ALIYUN_SMS, ALIYUN_VOICE
from chalicelib.notify.inbox import Entry
from chalicelib.notify.signatures import CallbackRefusedError
from chalicelib.notify.texts import MessageKind

routes = Blueprint(__name__)

CALLBACKS = frozenset({"connect_pressed", "aliyun_voice_reported", "aliyun_sms_reported"})
"""Routes without a bearer token: each checks its caller's signature itself."""
LARGEST_CALLBACK = 256 * 1024


class NotificationView(View):
    """Something the caller was told, in the caller's language; `key` names it. `alarm` is the alarm it is
    about, if any.
    """

    at: Instant
    key: str
    severity: Annotated[int, Field(ge=1, le=3)]
    kind: MessageKind
    title: str
    body: str
    alarm: str | None


class NotificationPage(View):
    items: list[NotificationView]
    next_cursor: str | None


@routes.route("/me/notifications", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE, query=PageQuery)
def list_notifications(call: Call[PageQuery, None]) -> NotificationPage:
    """What the caller was told, newest first."""
    query, caller, key = call.query, call.caller, wiring.ground.cursor_key()
    box = box_of_caller(caller)
    scope = f"notifications/{caller.community}/{box}"
    after = position(query.cursor, scope=scope, key=key) if query.cursor else None
    entries, page = wiring.notify.inbox().page(caller.community, box, limit=query.limit, after=after)
    more = cursor(page.after, scope=scope, key=key) if page.after else None
    return NotificationPage(items=[_view(entry, call.language) for entry in entries], next_cursor=more)


def signed_callback(handler: Callable[[bytes], dict[str, object]]) -> Callable[[], Response]:
    """Make a route of a function from a body to an answer. Chalice never sees it before the signature."""

    @wraps(handler)
    def route() -> Response:
        raw = routes.current_request.raw_body or b""
        body = raw.encode() if isinstance(raw, str) else raw
        try:
            if len(body) > LARGEST_CALLBACK:
                raise CallbackRefusedError("unreadable", "The body is too large.")
            return Response(json.dumps(handler(body)), {"Content-Type": "application/json"}, 200)
        except CallbackRefusedError as error:
            return problem_response(403, error.code, str(error), language="en")
        except ShouwangError as error:
            return problem(error)

    return route


@routes.route("/callbacks/voice/connect", methods=["POST"])
@signed_callback
def connect_pressed(body: bytes) -> dict[str, object]:
    """An Amazon Connect flow tells that a call was answered, or which key was pressed."""
    headers = dict(routes.current_request.headers)
    return {"outcome": wiring.notify.callbacks().connect(body, headers, now=clock.now())}


@routes.route("/callbacks/voice/aliyun", methods=["POST"])
@signed_callback
def aliyun_voice_reported(body: bytes) -> dict[str, object]:
    """Aliyun pushes reports about calls. It wants a number as `code`."""
    return _aliyun(ALIYUN_VOICE, body)


@routes.route("/callbacks/sms/aliyun", methods=["POST"])
@signed_callback
def aliyun_sms_reported(body: bytes) -> dict[str, object]:
    """Aliyun pushes reports about SMS. It wants a number as `code`."""
    return _aliyun(ALIYUN_SMS, body)


def _aliyun(purpose: str, body: bytes) -> dict[str, object]:
    query: Mapping[str, str] = routes.current_request.query_params or {}
    token = query.get("signature", "")
    taken = wiring.notify.callbacks().aliyun(purpose, body, token, now=clock.now())
    return {"code": 0, "msg": "ok", "taken": taken}


def _view(entry: Entry, language: str) -> NotificationView:
    words = entry.in_language(language)
    return NotificationView(
        at=rfc3339(entry.at),
        key=entry.key,
        severity=entry.severity,
        kind=entry.kind,
        title=words.title,
        body=words.body,
        alarm=entry.alarm or None,
    )
