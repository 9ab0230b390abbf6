"""One operation of the API, as the contract tells of it, whoever answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from chalicelib.http.checking import path_types
from chalicelib.http.declared import Declared, IfMatch, KeyUse
from chalicelib.http.shapes import JSON, FileView
from chalicelib.kernel.caller import Role

Doc = dict[str, Any]

BEARER: Sequence[Doc] = ({"bearer": []},)
EITHER: Sequence[Doc] = ({"bearer": []}, {})
"""Signed in or not: whoever is not is told less."""
NOBODY: Sequence[Doc] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """What a caller must know of one method of one address.

    `answers` are the shapes of its good answers by status, None for one without a body; `problems` the
    statuses of its usual problems. `sent_again` says what a POST that keeps no answer does the second time.
    With `looks_up_session`, a sign-in that was ended is refused at once, and not when its token has run out.
    `path` values are text unless `path_schemas` says more.
    """

    method: str
    address: str
    name: str
    words: str
    tag: str
    answers: Mapping[int, type[BaseModel] | None]
    security: Sequence[Doc] = BEARER
    may: frozenset[Role] | None = None
    sees: str = ""
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    is_body_required: bool = True
    headers: Sequence[str] = ()
    problems: Sequence[int] = ()
    has_location: bool = False
    path_schemas: Mapping[str, Doc] = field(default_factory=dict)
    sent_again: str = ""
    looks_up_session: bool = False

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


def media_type_of(shape: type[BaseModel]) -> str:
    """Under which media type a shape is sent."""
    told: str = getattr(shape, "media_type", JSON)
    return told.partition(";")[0]


def is_file(shape: type[BaseModel]) -> bool:
    """Whether a shape is sent as the text that it holds."""
    return issubclass(shape, FileView)


def operation_of(declared: Declared, method: str, address: str) -> Operation:
    """The operation of a route that declared itself."""
    handler = declared.handler
    return Operation(
        method=method,
        address=address,
        name=declared.name,
        words=handler.__doc__ or "",
        tag=handler.__module__.split(".")[1],
        answers={declared.status: declared.view},
        security=NOBODY if declared.is_public else BEARER,
        may=None if declared.is_public else declared.may,
        sees="" if declared.is_public else declared.sees.says,
        query=declared.query,
        body=declared.body,
        headers=tuple(_headers(declared, method)),
        path_schemas={name: kind.json_schema() for name, kind in path_types(handler).items()},
        problems=tuple(_problems(declared, method, address)),
        has_location=bool(declared.creates and declared.creates.at),
        sent_again=declared.repeated.says if declared.repeated else "",
        looks_up_session=declared.present is not None,
    )


def _headers(declared: Declared, method: str) -> list[str]:
    found = ["IfNoneMatch"] if method == "GET" else []
    if declared.if_match is IfMatch.REQUIRED:
        found.append("IfMatch")
    if declared.if_match is IfMatch.HEEDED:
        found.append("IfMatchIfYouLike")
    if declared.creates is not None:
        found.append("IdempotencyKey")
    if declared.repeated is not None and declared.repeated.key is not KeyUse.UNUSED:
        required = declared.repeated.key is KeyUse.REQUIRED
        usual = "IdempotencyKey" if required else "IdempotencyKeyIfYouLike"
        found.append("IdempotencyKeyUnguessable" if declared.repeated.shortest > 1 else usual)
    return [*found, "AcceptLanguage"]


def _problems(declared: Declared, method: str, address: str) -> list[int]:
    found = {422, 429, 500, 503}
    if declared.proves:
        found.add(401)
    if not declared.is_public:
        found |= {401, 403, 404}
    if "{" in address:
        found.add(404)
    if declared.body is not None or "cursor" in declared.query.model_fields or _needs_key(declared):
        found |= {400, 413, 415} if declared.body is not None else {400}
    if method != "GET":
        found.add(409)
    if declared.if_match is not IfMatch.UNUSED:
        found.add(412)
    if declared.if_match is IfMatch.REQUIRED:
        found.add(428)
    return sorted(found)


def _needs_key(declared: Declared) -> bool:
    repeated = declared.repeated
    return declared.creates is not None or (repeated is not None and repeated.key is not KeyUse.UNUSED)
