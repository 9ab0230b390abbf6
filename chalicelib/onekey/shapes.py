"""What the one-key function is sent and answers, for the contract.

The function itself doesn't load this: it starts without pydantic. A test holds its answers against these.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.http.shapes import Instant, Language, View
from chalicelib.onekey.model import Channel, PressKind


class Lenient(BaseModel):
    """What is sent with a press. Nothing in it is needed, and what can't be understood is passed over."""


class SentLocation(Lenient):
    """Where the caller is, by WGS 84, give or take so many metres."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] = 100_000


class PressAsk(Lenient):
    """A press. An empty body is one, too.

    `pressed_at` is the page's own clock; `community` a hint where nobody is signed in.
    """

    kind: PressKind = PressKind.CALL
    pressed_at: Instant | None = None
    location: SentLocation | None = None
    community: str | None = None


class LocationAsk(Lenient):
    location: SentLocation


class InboundAsk(Lenient):
    """Who calls the community's number, as the telephone system tells it; empty when it is withheld."""

    caller: Annotated[str, Field(examples=["+8613800000000"])] = ""


Rank = Literal["duty_first", "duty_second", "grid_worker", "kin", "community"]
"""Whom one may dial, first to last: the values of `Who`."""


class Dial(View):
    """Somebody to dial: what they are here, and the link that rings them."""

    who: Rank
    name: str
    tel: Annotated[str, Field(examples=["tel:+8613800000000"])]


class PressView(View):
    """A press: when it reached us, when it was by the page's own clock, and how it came."""

    at: Instant
    told_at: Instant | None
    channel: Channel


class LocationView(View):
    """Where the caller was, by WGS 84, give or take so many metres, and when that was told."""

    latitude: float
    longitude: float
    accuracy_m: int
    at: Instant


class CallView(View):
    """A one-key call as it stands."""

    id: str
    kind: PressKind
    state: Literal["ringing", "cancel_asked"]
    alarm: str
    began_at: Instant
    pressed: int
    presses: list[PressView]
    location: LocationView | None
    cancel_asked_at: Instant | None


class ChangedView(View):
    """A call that was changed. The rest is told to whom is signed in: a resident whose session has ended may
    still cancel and say where they are, and hears no more than that it was taken.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str
    kind: PressKind
    state: Literal["ringing", "cancel_asked"]
    alarm: str = ""
    began_at: Instant = Field(default_factory=str)
    pressed: int = 1
    presses: list[PressView] = Field(default_factory=list)
    location: LocationView | None = None
    cancel_asked_at: Instant | None = None


class PlacedView(View):
    """A call that was placed. `dial` is whom to call oneself, first to last.

    Only who is signed in is told whom to dial and how the call stands; `queued` says that it will ring in
    seconds, by the way that needs no store. Where the caller is, the resident alone is told here: for others
    `location` is left out, and reading the call, which is noted as a look, has it.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str
    kind: PressKind
    state: Literal["ringing", "queued", "cancel_asked"]
    dial: list[Dial]
    alarm: str = ""
    began_at: Instant = Field(default_factory=str)
    pressed: int = 1
    presses: list[PressView] = Field(default_factory=list)
    location: LocationView | None = None
    cancel_asked_at: Instant | None = None


class CardView(View):
    """What a page keeps, so that it can dial before any network answers."""

    resident: str
    name: str
    community: str
    dial: list[Dial]
    what_to_do: list[str]
    language: Language


class PutThrough(View):
    """Whom the telephone system puts the caller through to, first to last."""

    state: Literal["ringing", "queued"]
    dial: list[Dial]
