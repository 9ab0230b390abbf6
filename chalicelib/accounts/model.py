"""The bearer token that says who calls. Pure but for PyJWT."""

from datetime import datetime, timedelta
from typing import Any

import jwt

from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import UnauthorizedError
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.keyring import KeyRing, key_id

ISSUER = "shouwang"
AUDIENCE = "shouwang-api"
ALGORITHM = "HS256"
LONGEST_LIFE = timedelta(days=31)
LONGEST_TOKEN = 4096
"""Characters. API Gateway takes headers of 10 KB in all; a token of ours has a few hundred."""
MOST_RESIDENTS = 20
"""So many relatives a token may name."""
_REQUIRED = ["exp", "iat", "sub", "aud", "iss"]


class TokenError(UnauthorizedError):
    """The bearer token is not one of ours, is expired, or was tampered with. Which of these is not told."""

    def __init__(self) -> None:
        super().__init__("This token isn't valid here; sign in again.", zh="登录已失效，请重新登录。")


class UnknownKeyError(TokenError):
    """The token names a signing key that isn't among ours; maybe one that is newer than what we last read."""


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
        "residents": list(caller.residents),
        "households": list(caller.households),
        "grid": caller.grid,
        "sid": caller.session,
        "handset": caller.handset,
        "iat": epoch(now),
        "exp": epoch(now + life),
    }
    told = {name: value for name, value in claims.items() if value not in ("", [])}
    return jwt.encode(told, key, algorithm=ALGORITHM, headers={"kid": key_id(key)})


def verify(token: str, *, keys: KeyRing, now: datetime) -> Caller:
    """The caller that a token names. Raises TokenError for any token but a live one of ours.

    The header's `kid` chooses among our keys and nothing else in it is heeded; the algorithm is ours too.
    """
    try:
        if len(token) > LONGEST_TOKEN:
            raise TokenError
        key = keys.named(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise UnknownKeyError
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )  # fmt: skip
        return _caller(claims, now)
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TokenError from error


def _caller(claims: dict[str, Any], now: datetime) -> Caller:
    """The caller in checked claims. Raises KeyError or ValueError for claims that we don't make."""
    issued, expires, begins = claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])
    if not all(type(instant) is int for instant in (issued, expires, begins)):
        raise ValueError("times are whole seconds")
    if not max(issued, begins) <= epoch(now) < expires:
        raise ValueError("it is not its time")
    if expires - issued > LONGEST_LIFE.total_seconds():
        raise ValueError("we sign none for so long")
    caller = Caller(
        name=claims["sub"],
        role=Role(claims["role"]),
        community=claims["community"],
        residents=_ids(claims.get("residents", [])),
        households=_ids(claims.get("households", [])),
        grid=claims.get("grid", ""),
        session=claims.get("sid", ""),
        until=from_epoch(expires),
        handset=claims.get("handset", ""),
    )
    texts = (caller.name, caller.community, caller.grid, caller.session, caller.handset)
    if not all(isinstance(text, str) for text in texts) or not caller.name or not is_id(caller.community):
        raise ValueError("who is it?")
    return caller


def _ids(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(isinstance(one, str) and is_id(one) for one in told):
        raise ValueError("no ids")
    return tuple(told)
