"""Opaque, signed cursors: where a list goes on, made by us and by nobody else."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from chalicelib.http.problems import MalformedError

_MAC_BYTES = 12


def cursor(position: dict[str, Any], *, scope: str, key: str) -> str:
    """A cursor for a position in the list named `scope`; it is of no use in any other list."""
    text = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return urlsafe_b64encode(_mac(text, scope, key) + text).decode().rstrip("=")


def position(text: str, *, scope: str, key: str) -> dict[str, Any]:
    """The position a cursor holds. Raises MalformedError for any text that we did not make for this list."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise MalformedError(
            "This cursor isn't one of ours; start again without it.", pointer="/cursor"
        ) from error
    mac, told = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(told, scope, key)):
        raise MalformedError("This cursor isn't one of ours; start again without it.", pointer="/cursor")
    found: dict[str, Any] = json.loads(told)
    return found


def _mac(text: bytes, scope: str, key: str) -> bytes:
    return hmac.digest(f"cursor:{key}".encode(), scope.encode() + b"\0" + text, sha256)[:_MAC_BYTES]
