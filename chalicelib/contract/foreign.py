"""Operations that don't go through `endpoint`: the one-key function's, and providers' callbacks."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from chalicelib.http.operations import BEARER, EITHER, NOBODY, Operation
from chalicelib.http.shapes import View
from chalicelib.onekey.endpoint import CALL, CALLS, CANCELLATION, CARD, HOOK
from chalicelib.onekey.session import MAY
from chalicelib.onekey.shapes import (
    CallView,
    CardView,
    ChangedView,
    InboundAsk,
    LocationAsk,
    PlacedView,
    PressAsk,
    PutThrough,
)

LANGUAGE = "AcceptLanguage"

ONE_KEY = (
    Operation(
        "POST", CALLS, "press_one_key",
        """Press the "1" key: somebody is rung at once.

        It is never refused for what is missing in it, be it a session, a key or a body. Presses within a
        minute are one call; one after the caller asked to cancel asks for help after all. An Idempotency-Key
        only tells one press from another.
        """,
        "onekey", {201: PlacedView, 200: PlacedView, 202: PlacedView},
        security=EITHER, body=PressAsk, is_body_required=False,
        headers=("IdempotencyKeyIfYouLike", LANGUAGE), problems=(503,),
        sent_again="Within a minute it is the same call, with one more press in its log.",
    ),
    Operation(
        "GET", CALL, "read_one_key_call", "How a one-key call stands.", "onekey", {200: CallView},
        may=MAY, headers=("IfNoneMatch", LANGUAGE), problems=(401, 403, 404, 503),
    ),
    Operation(
        "PATCH", CALL, "locate_one_key_call",
        """Tell where the caller is, once it is known.

        A resident may with a session that has ended, and is then told the state alone.
        """, "onekey", {200: ChangedView}, security=BEARER, may=MAY, body=LocationAsk,
        headers=("IfMatchIfYouLike", LANGUAGE), problems=(401, 403, 404, 409, 412, 422, 503),
    ),
    Operation(
        "PUT", CANCELLATION, "cancel_one_key_call",
        """Say that it was a mistake. It is noted; a human still looks.

        A resident may with a session that has ended, and is then told the state alone.
        """, "onekey", {200: ChangedView}, may=MAY, headers=("IfMatchIfYouLike", LANGUAGE),
        problems=(401, 403, 404, 409, 412, 503),
    ),
    Operation(
        "GET", CARD, "read_one_key_card",
        """The card that a page keeps, so that it can dial before any network answers.""",
        "onekey", {200: CardView}, may=MAY, headers=("IfNoneMatch", LANGUAGE), problems=(401, 403, 404, 503),
    ),
    Operation(
        "POST", HOOK, "take_inbound_call",
        """A call to the community's own number, told by its telephone system.

        Signed with the community's own secret: Shouwang-Timestamp and Shouwang-Signature (`v1=` and the hex
        HMAC-SHA-256 of `timestamp.body`).
        """,
        "callbacks", {200: PutThrough, 202: PutThrough}, security=NOBODY, body=InboundAsk,
        headers=("Timestamp", "Signature"), problems=(401, 404, 503),
        sent_again="The same call, by the telephone system's own id, is put through once.",
    ),
)  # fmt: skip
"""The paths of the one-key function."""


class Report(BaseModel):
    """One report, as the provider documents it."""

    model_config = ConfigDict(extra="allow")


class Pressed(BaseModel):
    """A call of ours was answered, or a key was pressed in it."""

    reference: str
    digit: str | None = None
    answered: bool | None = None


class Outcome(View):
    outcome: str


class Taken(View):
    code: int
    msg: str
    taken: int


def callback(name: str, address: str, words: str) -> Operation:
    """The operation of a provider's callback."""
    shapes: dict[str, Any] = (
        {"body": Pressed, "headers": ("Timestamp", "Signature"), "answers": {200: Outcome}}
        if name == "connect_pressed"
        else {"answers": {200: Taken}}
    )
    return Operation(
        "POST", address, name, words, "callbacks", security=NOBODY, problems=(403, 415, 500, 503),
        sent_again="A report that is known already changes nothing.", **shapes,
    )  # fmt: skip
