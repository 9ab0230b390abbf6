"""Identifiers: made from what they identify, so that making one twice gives the same one."""

import hmac
import re
from base64 import b32encode
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether `text` may name something: 1 to 40 of a-z, 0-9 and -, the first no -."""
    return bool(_ID.fullmatch(text))


def digest(*parts: str, length: int = 20) -> str:
    """A short stable name for `parts`.

    It is the lower-case base 32 of their SHA-256, `length` characters (5 bits each).
    """
    return _short(sha256("\x1f".join(parts).encode()).digest(), length)


Names = Callable[..., str]
"""Makes a short stable name for parts that nobody may find out from it, such as a phone number: all numbers
there are can be tried in an hour, unless a key is needed.
"""
LENGTH = 12


def names(get_key: Callable[[], str]) -> Names:
    """Names made with a key (HMAC-SHA-256) that is fetched when one is needed."""

    def name(*parts: str) -> str:
        return _short(hmac.digest(f"names:{get_key()}".encode(), "\x1f".join(parts).encode(), sha256), LENGTH)

    return name


_OF_THIS_PROCESS = token_hex()
passing_names: Names = names(lambda: _OF_THIS_PROCESS)
"""For where no key is kept: nobody makes the same names again."""


def _short(hashed: bytes, length: int) -> str:
    needed = -(-length // 8) * 5  # base 32 goes by groups of 5 bytes
    return b32encode(hashed[:needed]).decode().lower()[:length]
