"""What is asked and answered: the shapes that check requests, make responses and become the contract."""

import re
from collections.abc import Mapping
from datetime import time
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from chalicelib.kernel.languages import LANGUAGES
from chalicelib.kernel.sight import Sight

JSON = "application/json"

Instant = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2025-01-15T12:00:00+08:00"])
]
"""An instant in an answer: RFC 3339 with its offset."""


_RFC3339 = re.compile(r"2\d{3}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SPACED = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:\d\d)$", re.ASCII)
"""In a query an unescaped + is a space."""
_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"


def _instant(told: object, info: ValidationInfo) -> object:
    if info.mode != "json" and isinstance(told, str):
        told = _SPACED.sub(r"\1+\2", told)
    if not isinstance(told, str) or not _RFC3339.fullmatch(told):
        raise PydanticCustomError(
            "instant", "Write an instant as RFC 3339 with its offset: 2025-01-15T12:00:00+08:00."
        )
    return told


def _clock(told: object) -> object:
    if not isinstance(told, str) or not re.fullmatch(_CLOCK, told):
        raise PydanticCustomError("clock", "Write a time of day as 08:00.")
    return told


When = Annotated[
    AwareDatetime,
    Field(strict=False),
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2025-01-15T12:00:00+08:00"]}),
]
"""An instant that is asked: RFC 3339 with its offset, and nothing else that a parser might take for one.

From 2000 on: long before, a time zone's offset has seconds, which RFC 3339 can't say.
"""
TimeOfDay = Annotated[
    time,
    Field(strict=False),
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": _CLOCK, "examples": ["08:00"]}),
]
"""A time of day by the community's clock, asked as `08:00`."""
Language = Annotated[str, WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})]
"""The language in which somebody is spoken to."""


NEVER_KEPT: Mapping[str, str] = {"Cache-Control": "no-store"}
"""For answers that hold keys, or what ends with a case: no browser or proxy may keep them."""


class View(BaseModel):
    """What a route answers: the API's own shape, never a stored item."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)
    media_type: ClassVar[str] = JSON
    headers: ClassVar[Mapping[str, str]] = {}
    """What is sent with it besides."""
    _sight: Sight | None = PrivateAttr(default=None)

    @property
    def sight(self) -> Sight | None:
        """What it shows, where that isn't what the caller saw before they called."""
        return self._sight

    def under(self, sight: Sight) -> Self:
        """The view, noting what it shows: what is written down as seen."""
        self._sight = sight
        return self

    def told(self) -> str:
        """The body as it is sent."""
        return self.model_dump_json()


class KeptView(View):
    """A view that is kept, and shown again as long as nothing of it is new: its body is made once.

    Many calls share it, so it is never `under` the sight of one.
    """

    @cached_property
    def _body(self) -> str:
        return super().told()

    def told(self) -> str:
        return self._body


class Versioned(View):
    """A thing that can be changed. Its ETag begins with its version, against which If-Match is held."""

    version: int


class FileView(View):
    """A text that is sent as it is, such as a calendar, under its own media type."""

    media_type: ClassVar[str] = "text/plain; charset=utf-8"
    text: str

    def told(self) -> str:
        return self.text


class Ask(BaseModel):
    """What a route is asked, as a body or as query parameters.

    Unknown fields are refused, so that a typo is noticed, and nothing is taken for what it isn't: `"7"` is no
    number, but in a query, where all is text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PageQuery(Ask):
    """Up to `limit` a page; `cursor` from the page before."""

    limit: Annotated[int, Field(ge=1, le=100, description="So many at most.")] = 50
    cursor: Annotated[
        str | None, Field(description="`next_cursor` of the page before; without it the first page.")
    ] = None


class NoQuery(Ask):
    """For routes that take no query parameters."""
