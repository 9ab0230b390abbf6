"""Opaque, signed cursors: where a list goes on, made by us and by nobody else.

What stands in one, the key of the last row of a page, is no secret from whoever read that page. It is veiled
all the same, so that no app comes to rely on how we keep things: a text of bytes from SHAKE-256 (FIPS 202),
keyed with the text's own mark as in SIV (RFC 5297), lies over it.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256, shake_256
from typing import Any

from chalicelib.http.problems import MalformedError

_MAC_BYTES = 12


def cursor(position: dict[str, Any], *, scope: str, key: str) -> str:
    """A cursor for a position in the list named `scope`; it is of no use in any other list."""
    text = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    mac = _mac(text, scope, key)
    return urlsafe_b64encode(mac + _veiled(text, mac, key)).decode().rstrip("=")


def position(text: str, *, scope: str, key: str) -> dict[str, Any]:
    """The position a cursor holds. Raises MalformedError for any text that we did not make for this list."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise MalformedError(
            "This cursor isn't one of ours; start again without it.", pointer="/cursor"
        ) from error
    mac = raw[:_MAC_BYTES]
    told = _veiled(raw[_MAC_BYTES:], mac, key)
    if not hmac.compare_digest(mac, _mac(told, scope, key)):
        raise MalformedError("This cursor isn't one of ours; start again without it.", pointer="/cursor")
    found: dict[str, Any] = json.loads(told)
    return found


def _veiled(text: bytes, mac: bytes, key: str) -> bytes:
    """The text under its veil, or what lies under it."""
    veil = shake_256(b"veil:" + key.encode() + b"\0" + mac).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, veil, strict=True))


def _mac(text: bytes, scope: str, key: str) -> bytes:
    return hmac.digest(f"cursor:{key}".encode(), scope.encode() + b"\0" + text, sha256)[:_MAC_BYTES]
