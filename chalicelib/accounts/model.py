"""The bearer token that says who calls. Pure but for PyJWT."""

from datetime import datetime, timedelta

import jwt

from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.ids import digest, is_id

ISSUER = "shouwang"
AUDIENCE = "shouwang-api"
ALGORITHM = "HS256"
LONGEST_LIFE = timedelta(days=31)


class TokenError(ShouwangError):
    """The bearer token is not one of ours, is expired, or was tampered with. Which of these is not told."""

    code = "unauthorized"


def sign(caller: Caller, *, key: str, now: datetime, life: timedelta) -> str:
    """A bearer token (JWT, RFC 7519; HMAC-SHA-256) for a caller, good for `life`, at most 31 days."""
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise ValueError(f"A token lives up to {LONGEST_LIFE.days} days.")
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": caller.name,
        "role": caller.role.value,
        "community": caller.community,
        "iat": epoch(now),
        "exp": epoch(now + life),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id(key)})


def verify(token: str, *, key: str) -> Caller:
    """The caller that a token names. Raises TokenError for any token but a live one of ours."""
    try:
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )  # fmt: skip
        name, role, community = claims["sub"], Role(claims["role"]), claims["community"]
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise TokenError("This token isn't valid here; sign in again.") from error
    if not (isinstance(name, str) and name and isinstance(community, str) and is_id(community)):
        raise TokenError("This token isn't valid here; sign in again.")
    return Caller(name, role, community)


def key_id(key: str) -> str:
    """A public name for a signing key, so that keys can be rotated."""
    return digest("token-key", key, length=8)
