"""Identifiers: made from what they identify, so that making one twice gives the same one."""

import re
from base64 import b32encode
from hashlib import sha256

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether `text` may name a community, grid, household, resident or device:

    a-z, 0-9 and -, at most 40.
    """
    return bool(_ID.fullmatch(text))


def digest(*parts: str, length: int = 20) -> str:
    """A short stable name for `parts`:

    lower-case base 32 of their SHA-256, `length` characters (5 bits each).
    """
    hashed = sha256("\x1f".join(parts).encode()).digest()
    return b32encode(hashed).decode().lower()[:length]
