"""What a request brings along: who calls, what they saw, which parameters and body they sent."""

from datetime import datetime

from chalice.app import Request

from chalicelib.http.declared import Declared, IfMatch, KeyUse, Repeated
from chalicelib.http.etags import Seen, tags
from chalicelib.http.once import must_be_key
from chalicelib.http.problems import MalformedError, PreconditionRequiredError, TooLargeError
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ForbiddenError, UnauthorizedError

LARGEST_BODY = 256 * 1024
"""Bytes. Files go to the bucket, not through here."""


def base_of(request: Request) -> str:
    """What stands before `/v1` in the address that was called: the stage; on a domain of its own nothing."""
    called: str = request.context.get("path") or ""
    return called.partition("/v1/")[0] if "/v1/" in called else ""


def caller_of(request: Request, may: frozenset[Role], now: datetime) -> Caller:
    """Who calls, as the authorizer says. Raises ForbiddenError, UnauthorizedError."""
    told = request.context.get("authorizer") or {}
    if "role" not in told:
        raise ForbiddenError("This call came past the authorizer.")
    caller = Caller.of(told)
    if caller.until is not None and caller.until <= now:  # API Gateway may remember it for longer
        raise UnauthorizedError("Your sign-in has ended; refresh it, or sign in again.")
    if caller.role not in may:
        raise ForbiddenError(f"A {caller.role} may not do this.")
    return caller


def seen_of(request: Request, declared: Declared) -> Seen:
    """What the caller had seen of what they change. Raises PreconditionRequiredError if it must be told."""
    told = request.headers.get("if-match")
    if declared.if_match is IfMatch.REQUIRED and not tags(told):
        raise PreconditionRequiredError("Read it first, and send its ETag as If-Match.")
    return Seen.of(told) if declared.if_match is not IfMatch.UNUSED else Seen()


def key_of(request: Request, repeated: Repeated | None) -> str:
    """The Idempotency-Key, where one is heeded. Raises KeyMissingError for none where it must not be missing,
    and for one of no good length.
    """
    if repeated is None or repeated.key is KeyUse.UNUSED:
        return ""
    told: str = request.headers.get("idempotency-key") or ""
    if repeated.key is KeyUse.REQUIRED or told:
        must_be_key(told, shortest=repeated.shortest)
    return told


def query_of(request: Request) -> dict[str, list[str]]:
    """The query's parameters, each with all that was sent for it."""
    told = request.query_params
    return {name: told.getlist(name) for name in told} if told else {}


def raw_of(request: Request) -> bytes:
    """The body. Raises MalformedError, TooLargeError."""
    try:
        raw = request.raw_body or b""
    except ValueError as error:
        raise MalformedError("The body can't be read.") from error
    body = raw.encode() if isinstance(raw, str) else raw
    if len(body) > LARGEST_BODY:
        raise TooLargeError(f"A body has at most {LARGEST_BODY // 1024} KiB.")
    return body
