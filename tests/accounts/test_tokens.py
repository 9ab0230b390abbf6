"""Bearer tokens: whom they let in, and the many they don't."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from chalicelib.accounts.model import TokenError, sign, verify
from chalicelib.kernel.caller import Caller, Role
from tests.builders import TOKEN_KEY

LI = Caller("李晓雯", Role.GRID_WORKER, "xinghe")
OTHER_KEY = "another key for tests alone, also long enough for HMAC"
GOOD: dict[str, Any] = {
    "iss": "shouwang",
    "aud": "shouwang-api",
    "sub": "Li",
    "role": "grid_worker",
    "community": "xinghe",
    "iat": 1_700_000_000,
    "exp": 4_000_000_000,
}
HOUR = timedelta(hours=1)


def token(*, key: str = TOKEN_KEY, algorithm: str | None = "HS256", **changes: Any) -> str:
    """A token with claims changed, or with ... taken away."""
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.mark.parametrize("role", Role)
def test_a_token_of_ours_names_its_caller(role: Role) -> None:
    caller = Caller("李晓雯", role, "xinghe")
    now = datetime.now(UTC)
    assert verify(sign(caller, key=TOKEN_KEY, now=now, life=HOUR), key=TOKEN_KEY) == caller
    assert verify(token(sub="李晓雯", role=role), key=TOKEN_KEY) == caller


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(token(key="", algorithm=None), id="no signature (alg none)"),
        pytest.param(token(key="", algorithm=None) + "c2ln", id="alg none with a signature"),
        pytest.param(token(key=OTHER_KEY), id="another key"),
        pytest.param(token(algorithm="HS512"), id="another algorithm"),
        pytest.param(token(aud="shouwang-web"), id="another audience"),
        pytest.param(token(aud=...), id="no audience"),
        pytest.param(token(iss="someone"), id="another issuer"),
        pytest.param(token(iss=...), id="no issuer"),
        pytest.param(token(exp=1_700_000_001), id="expired long ago"),
        pytest.param(token(exp=...), id="never expires"),
        pytest.param(token(exp="soon"), id="expires soon"),
        pytest.param(token(iat=3_900_000_000), id="from the future"),
        pytest.param(token(iat=...), id="from no time"),
        pytest.param(token(nbf=3_900_000_000), id="not yet valid"),
        pytest.param(token(sub=...), id="nobody"),
        pytest.param(token(sub=""), id="an empty name"),
        pytest.param(token(role=...), id="no role"),
        pytest.param(token(role="root"), id="a role that isn't"),
        pytest.param(token(role=["grid_worker"]), id="a list of roles"),
        pytest.param(token(role=None), id="a role of null"),
        pytest.param(token(community=...), id="no community"),
        pytest.param(token(community=""), id="an empty community"),
        pytest.param(token(community="a#b"), id="a community that is no id"),
        pytest.param(token(community="xinghe\n"), id="a community with a line feed"),
        pytest.param(token(community=["xinghe"]), id="a list of communities"),
        pytest.param("", id="nothing"),
        pytest.param("abc", id="no token"),
        pytest.param("a.b.c", id="three letters"),
        pytest.param("..", id="two dots"),
        pytest.param("é\udcff.☂.x", id="no ASCII"),
        pytest.param("x" * 100_000, id="very long"),
        pytest.param(token()[:-2], id="cut off"),
        pytest.param(token() + ".", id="a fourth part"),
        pytest.param(urlsafe_b64encode(b"[]").decode() + ".e30.e30", id="a header that is a list"),
    ],
)
def test_a_hostile_token_lets_nobody_in(hostile: str) -> None:
    with pytest.raises(TokenError):
        verify(hostile, key=TOKEN_KEY)


def test_every_changed_character_of_the_claims_is_noticed() -> None:
    head, claims, mac = token().split(".")
    for place in range(0, len(claims), 7):
        other = "A" if claims[place] != "A" else "B"
        with pytest.raises(TokenError):
            verify(f"{head}.{claims[:place]}{other}{claims[place + 1 :]}.{mac}", key=TOKEN_KEY)


def test_a_token_expires() -> None:
    then = datetime.now(UTC) - HOUR - timedelta(seconds=1)
    with pytest.raises(TokenError):
        verify(sign(LI, key=TOKEN_KEY, now=then, life=HOUR), key=TOKEN_KEY)


def test_which_check_failed_is_not_told() -> None:
    told = set()
    for hostile in (token(key=OTHER_KEY), token(exp=1_700_000_001), token(role="root"), "x"):
        with pytest.raises(TokenError) as refused:
            verify(hostile, key=TOKEN_KEY)
        told.add(str(refused.value))
    assert len(told) == 1


@pytest.mark.parametrize("life", [timedelta(0), -HOUR, timedelta(days=31, seconds=1)])
def test_a_token_lives_up_to_31_days(life: timedelta) -> None:
    with pytest.raises(ValueError, match="31 days"):
        sign(LI, key=TOKEN_KEY, now=datetime.now(UTC), life=life)
    sign(LI, key=TOKEN_KEY, now=datetime.now(UTC), life=timedelta(days=31))
