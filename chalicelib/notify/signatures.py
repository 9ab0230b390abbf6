"""Our own signature on webhooks, both ways: HMAC-SHA-256 (RFC 2104) over `timestamp.body`.

    Shouwang-Timestamp: 1768478400
    Shouwang-Signature: v1=<64 hex digits>

The timestamp is Unix seconds. The dot keeps the two apart, `v1` leaves room for another scheme. It is the
construction of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec) and of Stripe's.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import ShouwangError

TIMESTAMP = "Shouwang-Timestamp"
SIGNATURE = "Shouwang-Signature"
TOLERANCE = timedelta(minutes=5)


class CallbackRefusedError(ShouwangError):
    """A callback isn't to be believed.

    `reason` is one word: signature, old, replay, unreadable or unknown.
    """

    code = "callback_refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def signed(body: bytes, *, key: str, now: datetime) -> dict[str, str]:
    """The headers that sign `body`."""
    timestamp = str(epoch(now))
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(timestamp, body, key)}


def must_be_signed(body: bytes, headers: Mapping[str, str], *, key: str, now: datetime) -> str:
    """The signature of `body`, when it is ours and at most five minutes from `now`.

    Raises CallbackRefusedError.
    """
    told = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = told.get(TIMESTAMP.lower(), ""), told.get(SIGNATURE.lower(), "")
    if not hmac.compare_digest(signature.encode(), _signature(timestamp, body, key).encode()):
        raise CallbackRefusedError("signature", "The signature doesn't fit the body.")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise CallbackRefusedError("unreadable", "The timestamp is no number of seconds.")
    must_be_fresh(from_epoch(int(timestamp)), now)
    return signature


def must_be_fresh(at: datetime, now: datetime) -> None:
    """Nothing, when `at` is at most five minutes from `now`. Raises CallbackRefusedError."""
    if abs(now - at) > TOLERANCE:
        raise CallbackRefusedError("old", "This happened more than five minutes from now.")


def url_token(purpose: str, *, key: str) -> str:
    """What a callback's URL carries for providers that don't sign: an HMAC of what the URL is for."""
    return hmac.digest(key.encode(), f"callback:{purpose}".encode(), sha256).hex()


def must_be_our_url(token: str, purpose: str, *, key: str) -> None:
    """Nothing, when a URL's token is ours. Raises CallbackRefusedError."""
    if not hmac.compare_digest(token.encode(), url_token(purpose, key=key).encode()):
        raise CallbackRefusedError("signature", "This URL isn't one that we gave out.")


def _signature(timestamp: str, body: bytes, key: str) -> str:
    return "v1=" + hmac.digest(key.encode(), timestamp.encode() + b"." + body, sha256).hex()
