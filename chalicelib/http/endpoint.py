"""What every route does.

It says who may call, checks what they sent, answers with a view, and tells what went wrong as a problem.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Generic, TypeVar

from chalice.app import Blueprint, Request, Response

from chalicelib.http.checking import checked_body, checked_path, checked_query
from chalicelib.http.declared import DECLARED, PUBLIC, Creates, Declared, IfMatch, KeyUse, Present, Repeated
from chalicelib.http.etags import ANY, Seen, etag_of, tags
from chalicelib.http.incoming import base_of, caller_of, key_of, query_of, raw_of, seen_of
from chalicelib.http.once import kept_of
from chalicelib.http.problems import (
    problem,
)
from chalicelib.http.rows import NotYoursError, RowRule
from chalicelib.http.shapes import (
    Ask,
    FileView,
    Instant,
    NoQuery,
    PageQuery,
    TimeOfDay,
    Versioned,
    View,
    When,
)
from chalicelib.http.throttle import THROTTLE
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import (
    ConflictError,
    NotFoundError,
    ShouwangError,
    StaleError,
    UnauthorizedError,
)
from chalicelib.kernel.languages import language_of
from chalicelib.kernel.sight import BLIND, Sight

__all__ = [
    "DECLARED", "PUBLIC", "AnyCall", "Ask", "Call", "Creates", "FileView", "IfMatch", "Instant", "KeyUse",
    "NoQuery", "PageQuery", "Plain", "Repeated", "TimeOfDay", "Versioned", "View", "When", "answer",
    "endpoint",
]  # fmt: skip

LONGEST_ID = 100
"""No id of ours is longer, and none is empty: such a one must not reach a store, whose keys have limits."""

QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")


@dataclass(frozen=True)
class Call(Generic[QueryT, BodyT]):
    """One call of a route: who, when, in which language, what was asked, and what of it they may see.

    `seen` is what the caller says they saw (If-Match); `address` where they call from; `base` what stands
    before `/v1` in the address that they called, and `path` that whole address without its host; `key` the
    Idempotency-Key, if it was declared to be heeded.
    """

    signed_in: Caller | None
    now: datetime
    language: str
    query: QueryT
    body: BodyT
    seen: Seen = field(default_factory=Seen)
    address: str = ""
    sight: Sight = BLIND
    base: str = ""
    path: str = ""
    key: str = ""

    @property
    def caller(self) -> Caller:
        """Who calls. Raises UnauthorizedError on public routes, which know nobody."""
        if self.signed_in is None:
            raise UnauthorizedError("Sign in first.")
        return self.signed_in


AnyCall = Call[Any, Any]
Plain = Call[NoQuery, None]
"""A call that asks for nothing but what its path names."""


def endpoint(
    routes: Blueprint,
    *,
    may: frozenset[Role],
    sees: RowRule,
    query: type[Ask] = NoQuery,
    body: type[Ask] | None = None,
    if_match: IfMatch = IfMatch.UNUSED,
    creates: Creates | None = None,
    status: int | None = None,
    repeated: Repeated | None = None,
    present: Present | None = None,
    proves: bool = False,
) -> Callable[[Callable[..., View]], Callable[..., Response]]:
    """Make a route of a function `(call, **path) -> View`. Parts of the path are text, or what their
    annotations say, such as one of an enum's words; another is 404.

    `may` names the roles that may call it; `PUBLIC`, and nothing else, stands for anybody. `sees` is the rule
    that says which rows they see: what isn't theirs, and what isn't there, is one and the same 404. With
    `if_match` the handler holds `call.seen` against the version of what it changes. With `creates` it answers
    201, once for each Idempotency-Key; a POST without it says with `repeated` what sending it twice does.
    `present` stands on whatever hands out access, or gives a whole record away, or erases it: a token lives
    on for minutes after its sign-in was ended, and must not do these. A public route that `proves` its caller
    by what they send refuses with 401.
    """

    def decorate(handler: Callable[..., View]) -> Callable[..., Response]:
        usual = 201 if creates else 200
        declared = Declared(
            handler, may, sees, may is PUBLIC, query, body, if_match, creates, status or usual, repeated,
            present, proves,
        )  # fmt: skip
        DECLARED[declared.name] = declared
        return _route(routes, declared)

    return decorate


def _route(routes: Blueprint, declared: Declared) -> Callable[..., Response]:
    """What Chalice calls: the answer, or the problem that says why there is none."""

    @wraps(declared.handler)
    def route(**path: str) -> Response:
        request = routes.current_request
        language = language_of(request.headers.get("accept-language", ""))
        try:
            return _answered(declared, request, path, language)
        except NotFoundError:
            return problem(NotYoursError(), language=language)
        except ShouwangError as error:
            return problem(error, language=language)

    return route


def _answered(declared: Declared, request: Request, path: dict[str, str], language: str) -> Response:
    now = clock.now()
    signed_in = None if declared.is_public else caller_of(request, declared.may, now)
    address = (request.context.get("identity") or {}).get("sourceIp", "")
    if signed_in is None or signed_in.session:  # not an operator's token, which has no session
        THROTTLE.pass_by(f"session {signed_in.session}" if signed_in else f"address {address}")
    if signed_in is not None and declared.present is not None:
        declared.present(signed_in, now)
    call: AnyCall = Call(
        signed_in=signed_in,
        now=now,
        language=language,
        query=checked_query(declared.query, query_of(request)),
        body=None if declared.body is None else checked_body(declared.body, raw_of(request)),
        seen=seen_of(request, declared),
        address=address,
        base=base_of(request),
        path=request.context.get("path") or "",
        key=key_of(request, declared.repeated),
        sight=_sight(declared, signed_in, path, now),
    )
    if declared.creates is not None:
        return _created(declared, declared.creates, request, call, path)
    reads = request.method in ("GET", "HEAD")
    return answer(
        _handled(declared, call, path),
        if_none_match=request.headers.get("if-none-match") if reads else None,
        status=declared.status,
        language=language,
        is_head=request.method == "HEAD",
    )


def _sight(declared: Declared, caller: Caller | None, path: dict[str, str], now: datetime) -> Sight:
    """What the caller may see of what the path names. Asked last, when all that was sent has been checked."""
    if any(not 0 < len(part) <= LONGEST_ID for part in path.values()):
        raise NotYoursError
    return BLIND if caller is None else declared.sees.find(caller, path, now)


def answer(
    view: View, *, if_none_match: str | None, status: int = 200, language: str = "", is_head: bool = False
) -> Response:
    """A view under an ETag made of its bytes; 304 without a body when the client has it already."""
    body = view.told()
    etag = etag_of(view, body)
    headers: dict[str, str | list[str]] = {"ETag": etag, "Cache-Control": "private, no-cache", **view.headers}
    if language:
        headers["Vary"] = "Accept-Language"
    if if_none_match and (etag in (known := tags(if_none_match)) or ANY in known):
        return Response("", headers, 304)
    return Response("" if is_head else body, {"Content-Type": view.media_type, **headers}, status)


def _handled(declared: Declared, call: AnyCall, path: dict[str, str]) -> View:
    try:
        view = declared.handler(call, **checked_path(declared.handler, path))
    except ConflictError as error:
        if (
            error.code == ConflictError.code and call.seen.versions is not None
        ):  # somebody wrote in this instant
            raise StaleError("It has changed since you read it; read it again, then change it.") from error
        raise
    if call.signed_in is not None:
        declared.sees.note(call.signed_in, view.sight or call.sight, call.now)  # before anything is shown
    return view


def _created(
    declared: Declared, creates: Creates, request: Request, call: AnyCall, path: dict[str, str]
) -> Response:
    """Do what creates something once; the kept answer otherwise."""
    caller = call.signed_in  # a resident and a person may have one id: each has keys of their own
    who = (caller.community, caller.role, caller.name) if caller else ("", "", call.address)
    turn = creates.once().turn(
        request.headers.get("idempotency-key"),
        scope=(declared.name, *who),
        request=repr((sorted(path.items()), sorted(query_of(request).items()), raw_of(request))),
        now=call.now,
    )
    if turn.answer is not None:
        kept = json.loads(turn.answer)
        return Response(kept["body"], {**kept["headers"], "Idempotency-Replayed": "true"}, declared.status)
    try:
        view = _handled(declared, call, path)
    except ShouwangError:
        turn.failed()
        raise
    response = answer(view, if_none_match=None, status=declared.status, language=call.language)
    about = [f"/v1/residents/{resident}" for resident in call.sight.residents]
    if creates.at:
        place = creates.at.format_map({**path, **view.model_dump()})
        response.headers["Location"] = base_of(request) + place
        about += [place] if creates.personal else []
    kept = json.dumps({"body": response.body, "headers": response.headers})
    turn.done(kept, about=[kept_of(who[0], each) for each in about], now=call.now)
    return response
