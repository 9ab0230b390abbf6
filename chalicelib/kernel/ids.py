"""Identifiers: made from what they identify, so that making one twice gives the same one."""

import re
from base64 import b32encode
from hashlib import sha256

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether `text` may name something: 1 to 40 of a-z, 0-9 and -, the first no -."""
    return bool(_ID.fullmatch(text))


def digest(*parts: str, length: int = 20) -> str:
    """A short stable name for `parts`.

    It is the lower-case base 32 of their SHA-256, `length` characters (5 bits each).
    """
    hashed = sha256("\x1f".join(parts).encode()).digest()
    needed = -(-length // 8) * 5  # base 32 goes by groups of 5 bytes
    return b32encode(hashed[:needed]).decode().lower()[:length]
