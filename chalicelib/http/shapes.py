"""What is asked and answered: the shapes that check requests, make responses and become the contract."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

JSON = "application/json"

Instant = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2025-01-15T12:00:00+08:00"])
]
"""An instant in an answer: RFC 3339 with its offset."""


class View(BaseModel):
    """What a route answers: the API's own shape, never a stored item."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)
    media_type: ClassVar[str] = JSON
    headers: ClassVar[Mapping[str, str]] = {}
    """What is sent with it besides."""

    def told(self) -> str:
        """The body as it is sent."""
        return self.model_dump_json()


class Versioned(View):
    """A thing that can be changed. Its ETag begins with its version, against which If-Match is held."""

    version: int | str


class FileView(View):
    """A text that is sent as it is, such as a calendar, under its own media type."""

    media_type: ClassVar[str] = "text/plain; charset=utf-8"
    text: str

    def told(self) -> str:
        return self.text


class Ask(BaseModel):
    """What a route is asked, as a body or as query parameters.

    Unknown fields are refused, so that a typo is noticed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Ask):
    """For routes that take no query parameters."""
