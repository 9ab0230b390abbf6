"""Who calls."""

from datetime import datetime

from chalicelib.accounts.model import UnknownKeyError, verify
from chalicelib.kernel.caller import Caller
from chalicelib.wiring import ground


def verified(token: str, *, now: datetime) -> Caller:
    """The caller that a bearer token names. Raises TokenError."""
    try:
        return verify(token, keys=ground.token_keys(), now=now)
    except UnknownKeyError:
        if not ground.look_for_new_token_keys():
            raise
        return verify(token, keys=ground.token_keys(), now=now)
