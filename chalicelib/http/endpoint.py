"""What every route does.

It says who may call, checks what they sent, answers with a view, and tells what went wrong as a problem.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, Generic, TypeVar

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.http.problems import ForbiddenError, MalformedError, problem
from chalicelib.http.rows import NotYoursError, RowRule
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import NotFoundError, RefusedError, ShouwangError, UnauthorizedError
from chalicelib.kernel.ids import digest
from chalicelib.kernel.languages import language_of
from chalicelib.kernel.sight import BLIND, Sight

LONGEST_ID = 100
"""No id of ours is longer; what is can't be there, and must not reach a store, whose keys have limits."""


class View(BaseModel):
    """What a route answers: the API's own shape, never a stored item."""

    model_config = ConfigDict(frozen=True)


class Ask(BaseModel):
    """What a route is asked, as a body or as query parameters.

    Unknown fields are refused, so that a typo is noticed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Ask):
    """For routes that take no query parameters."""


AnyAsk = TypeVar("AnyAsk", bound=Ask)


QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")


@dataclass(frozen=True)
class Call(Generic[QueryT, BodyT]):
    """One call of a route: who, when, in which language, what was asked, and what of it they may see."""

    caller: Caller
    now: datetime
    language: str
    query: QueryT
    body: BodyT
    sight: Sight = BLIND


AnyCall = Call[Any, Any]
Plain = Call[NoQuery, None]
"""A call that asks for nothing but what its path names."""


RULES: dict[str, frozenset[Role]] = {}
"""Which roles may call each handler, by the handler's name: what the build checks and the documents show."""
ROWS: dict[str, RowRule] = {}
"""Which rows each handler shows, by the handler's name."""


def endpoint(
    routes: Blueprint,
    *,
    may: frozenset[Role],
    sees: RowRule,
    query: type[Ask] = NoQuery,
    body: type[Ask] | None = None,
) -> Callable[[Callable[..., View]], Callable[..., Response]]:
    """Make a route of a function `(call, **path) -> View`.

    `may` names the roles that may call it, `sees` the rule that says which rows they see. What isn't theirs,
    and what isn't there, is one and the same 404.
    """

    def decorate(handler: Callable[..., View]) -> Callable[..., Response]:
        RULES[handler.__name__] = may
        ROWS[handler.__name__] = sees

        @wraps(handler)
        def route(**path: str) -> Response:
            request = routes.current_request
            try:
                now = clock.now()
                call = Call(
                    caller=_caller(request, may, now),
                    now=now,
                    language=language_of(request.headers.get("accept-language", "")),
                    query=_checked(query, dict(request.query_params or {}), strings=True),
                    body=None if body is None else _checked(body, _json(request)),
                )
                if any(len(part) > LONGEST_ID for part in path.values()):
                    raise NotYoursError
                call = replace(call, sight=sees.find(call.caller, path, call.now))
                view = handler(call, **path)
                sees.note(call.caller, call.sight, call.now)  # before anything is shown
                known = request.headers.get("if-none-match") if request.method == "GET" else None
                return answer(view, if_none_match=known)
            except NotFoundError:
                return problem(NotYoursError())
            except ShouwangError as error:
                return problem(error)

        return route

    return decorate


def answer(view: View, *, if_none_match: str | None) -> Response:
    """A view as JSON under an ETag made of its bytes; 304 without a body when the client has it already."""
    body = view.model_dump_json()
    etag = f'"{digest(body, length=24)}"'
    headers: dict[str, str | list[str]] = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known or "*" in known:
        return Response("", headers, 304)
    return Response(body, {"Content-Type": "application/json", **headers}, 200)


def _caller(request: Request, may: frozenset[Role], now: datetime) -> Caller:
    told = request.context.get("authorizer") or {}
    if "role" not in told:
        raise ForbiddenError("This call came past the authorizer.")
    caller = Caller.of(told)
    if caller.until is not None and caller.until <= now:  # API Gateway may remember it for longer
        raise UnauthorizedError("Your sign-in has ended; refresh it, or sign in again.")
    if caller.role not in may:
        raise ForbiddenError(f"A {caller.role} may not do this.")
    return caller


def _json(request: Request) -> Any:
    try:
        return json.loads(request.raw_body or b"")
    except (ValueError, RecursionError) as error:
        raise MalformedError("The body isn't JSON.") from error


def _checked(model: type[AnyAsk], data: Any, *, strings: bool = False) -> AnyAsk:
    try:
        return model.model_validate_strings(data) if strings else model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise RefusedError(f"{pointer or 'body'}: {first['msg']}", pointer=pointer) from error
