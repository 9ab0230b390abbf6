"""A call to the community's own number: the telephone system says who calls, and we say whom to put through.

POST /v1/hooks/inbound-call/{community}
Shouwang-Timestamp: 1768478400
Shouwang-Signature: v1=<HMAC-SHA-256 of timestamp.body, 64 hex digits>

{"caller": "+8613800000000"}
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.ids import digest
from chalicelib.notify.signatures import TOLERANCE, CallbackRefusedError, must_be_signed
from chalicelib.onekey.model import Asked, Channel, Press, Session, dialled
from chalicelib.onekey.service import OneKey, Placed
from chalicelib.onekey.store import CallBook


def hook_key(master: str, community: str) -> str:
    """A community's own secret for its telephone system, made of the stack's."""
    return hmac.digest(master.encode(), f"inbound-call:{community}".encode(), sha256).hex()


class InboundCalls:
    """Takes calls to a community's number as one-key calls."""

    def __init__(self, one_key: OneKey, book: CallBook) -> None:
        self._one_key = one_key
        self._book = book

    def rang(
        self, community: str, body: bytes, headers: Mapping[str, str], *, key: str, now: datetime
    ) -> Placed:
        """Place the call of whoever calls, known or not.

        Raises CallbackRefusedError for a wrong signature, an old timestamp or a replay, and NotPlacedError.
        """
        signature = must_be_signed(body, headers, key=key, now=now)
        name = digest("inbound-call", community, signature)
        if self._was_taken(name):
            raise CallbackRefusedError("replay", "This was taken in before.")
        phone = _caller(body)
        press = Press(name, now, Channel.PHONE, Session.NONE)
        asked = Asked(press, community=community, phone=phone, resident=self._resident(community, phone))
        placed = self._one_key.press(asked, now=now)
        self._remember(name, now)
        return placed

    def _was_taken(self, name: str) -> bool:
        try:
            return self._book.is_known_hook(name)
        except ShouwangError:
            return False  # rather ring twice than not at all

    def _remember(self, name: str, now: datetime) -> None:
        try:
            self._book.remember_hook(name, until=epoch(now + 3 * TOLERANCE))
        except ShouwangError:
            return  # the same press twice is one press, for as long as it would be believed

    def _resident(self, community: str, phone: str) -> str:
        try:
            return (self._book.resident_of_phone(community, phone) or "") if phone else ""
        except ShouwangError:
            return ""


def _caller(body: bytes) -> str:
    """Who calls; empty when the number is withheld or the body can't be read."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    caller = told.get("caller") if isinstance(told, dict) else None
    return dialled(caller)[:20] if isinstance(caller, str) else ""
