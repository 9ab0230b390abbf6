"""Who calls."""

from chalicelib.accounts.model import verify
from chalicelib.kernel.caller import Caller
from chalicelib.wiring import ground


def verified(token: str) -> Caller:
    """The caller that a bearer token names. Raises TokenError."""
    return verify(token, key=ground.token_key())
