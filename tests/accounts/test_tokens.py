"""Bearer tokens: whom they let in, and the many they don't."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.accounts.model import TokenError, sign, verify
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.keyring import KeyRing, key_id
from tests.api import Service
from tests.builders import NOON, TOKEN_KEY, Town, event

LI = Caller("李晓雯", Role.GRID_WORKER, "xinghe", grid="g1", session="s1")
DU = Caller("li-wei", Role.KIN, "xinghe", residents=("r1", "r2"), households=("h001",), session="s2")
OTHER_KEY = "another key for tests alone, also long enough for HMAC"
OLDER_KEY = "an older key for tests alone, also long enough for HMAC"
KEYS = KeyRing((TOKEN_KEY, OLDER_KEY))
NOW = datetime.now(UTC)
GOOD: dict[str, Any] = {
    "iss": "shouwang",
    "aud": "shouwang-api",
    "sub": "Li",
    "role": "grid_worker",
    "community": "xinghe",
    "iat": epoch(NOW) - 60,
    "exp": epoch(NOW) + 3600,
}
HOUR = timedelta(hours=1)
RSA = rsa.generate_private_key(65537, 2048)


def token(
    *,
    key: Any = TOKEN_KEY,
    algorithm: str | None = "HS256",
    head: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token with claims changed, or with ... taken away; `head` changes its header."""
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    header = {"kid": key_id(TOKEN_KEY), **(head or {})}
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


def raw(header: object, claims: object = GOOD, *, key: str = TOKEN_KEY) -> str:
    """A token whose parts are any JSON, signed by our key all the same."""
    signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{signed}.{_part(hmac.digest(key.encode(), signed.encode(), sha256))}"


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


KID = key_id(TOKEN_KEY)
HEAD = {"alg": "HS256", "kid": KID}
HOSTILE = {
    "no signature (alg none)": token(key="", algorithm=None),
    "alg none with a signature": token(key="", algorithm=None) + "c2ln",
    "alg None by another spelling": raw({"alg": "nOnE", "kid": KID}).rpartition(".")[0] + ".",
    "no alg at all": raw({"kid": KID}),
    "an alg that is null": raw({"alg": None, "kid": KID}),
    "another key": token(key=OTHER_KEY),
    "another algorithm of the same family": token(algorithm="HS512"),
    "an asymmetric algorithm, to confuse keys": token(key=RSA, algorithm="RS256"),
    "signed with the key's public name": token(key=KID * 4),
    "signed with an empty key": raw(HEAD, key=""),
    "no kid": raw({"alg": "HS256"}),
    "a kid of nobody": token(head={"kid": "aaaaaaaa"}),
    "another key that names itself": token(key=OTHER_KEY, head={"kid": key_id(OTHER_KEY)}),
    "the older key under the newer's name": token(key=OLDER_KEY),
    "a kid that is a path": raw({**HEAD, "kid": "../../dev/null"}, key=""),
    "a kid that is a query": token(head={"kid": "' OR 1=1 --"}),
    "a kid that is a number": raw({"alg": "HS256", "kid": 0}),
    "a kid that is a list": raw({"alg": "HS256", "kid": [KID]}),
    "a key brought along (jwk)": token(
        key=OTHER_KEY, head={"jwk": {"kty": "oct", "k": _part(OTHER_KEY.encode())}}
    ),
    "a key to fetch (jku)": token(key=OTHER_KEY, head={"jku": "https://keys.example.com/set.json"}),
    "a critical extension": token(head={"crit": ["exp2"], "exp2": 1}),
    "another audience": token(aud="shouwang-web"),
    "no audience": token(aud=...),
    "another issuer": token(iss="someone"),
    "no issuer": token(iss=...),
    "expired a second ago": token(exp=epoch(NOW) - 1),
    "expired this second": token(exp=epoch(NOW)),
    "never expires": token(exp=...),
    "expires soon": token(exp="soon"),
    "expires in words that are a number": token(exp=str(epoch(NOW) + 3600)),
    "expires at true": token(exp=True),
    "expires beyond all years": token(exp=10**30),
    "lives longer than any of ours": token(exp=epoch(NOW) + 40 * 86400),
    "expires at a fraction": token(exp=epoch(NOW) + 0.5),
    "from the future": token(iat=epoch(NOW) + 86400, exp=epoch(NOW) + 90000),
    "from no time": token(iat=...),
    "not yet valid": token(nbf=epoch(NOW) + 86400, exp=epoch(NOW) + 90000),
    "not before words": token(nbf="now"),
    "nobody": token(sub=...),
    "an empty name": token(sub=""),
    "no role": token(role=...),
    "a role that isn't": token(role="root"),
    "a list of roles": token(role=["grid_worker"]),
    "a role of null": token(role=None),
    "no community": token(community=...),
    "an empty community": token(community=""),
    "a community that is no id": token(community="a#b"),
    "a community with a line feed": token(community="xinghe\n"),
    "a list of communities": token(community=["xinghe"]),
    "residents that are a text": token(residents="r1"),
    "residents that are no ids": token(residents=["r1 r2"]),
    "a household that is a number": token(households=[1]),
    "a grid that is a list": token(grid=["g1"]),
    "a session that is a number": token(sid=7),
    "nothing": "",
    "no token": "abc",
    "three letters": "a.b.c",
    "two dots": "..",
    "no ASCII": "é\udcff.☂.x",
    "very long": "x" * 100_000,
    "good but very long": token(sub="x" * 5000),
    "cut off": token()[:-2],
    "a fourth part": token() + ".",
    "a second token": f"{token()} {token()}",
    "a header that is a list": _part(b"[]") + ".e30.e30",
    "claims that are a list": raw(HEAD, []),
    "claims that are a text": raw(HEAD, "admin"),
    "claims that nest deeply": f"{_part(json.dumps(HEAD).encode())}.{_part(b'[' * 2000)}.e30",
}
"""What to try on us, each alike refused."""


def check(text: str, *, keys: KeyRing = KEYS, now: datetime = NOW) -> Caller:
    return verify(text, keys=keys, now=now)


@pytest.mark.parametrize("role", Role)
def test_a_token_of_ours_names_its_caller(role: Role) -> None:
    caller = Caller("李晓雯", role, "xinghe")
    assert check(sign(caller, key=TOKEN_KEY, now=NOW, life=HOUR)) == caller
    assert check(token(sub="李晓雯", role=role)) == caller


@pytest.mark.parametrize("caller", [LI, DU])
def test_a_token_says_all_that_routes_need(caller: Caller) -> None:
    read = check(sign(caller, key=TOKEN_KEY, now=NOW, life=HOUR))
    assert read == caller
    assert read.until == datetime.fromtimestamp(epoch(NOW) + 3600, UTC)
    assert (Caller.of(read.context()), Caller.of(read.context()).until) == (read, read.until)


def test_what_an_authorizer_hands_on_is_flat_text() -> None:
    assert LI.context() == {
        "name": "李晓雯", "role": "grid_worker", "community": "xinghe", "grid": "g1", "session": "s1",
    }  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_token_lets_nobody_in(hostile: str) -> None:
    with pytest.raises(TokenError):
        check(hostile)


def test_every_hostile_token_is_refused_with_the_same_words_and_the_same_policy() -> None:
    """A table of what was told, so that one that is told something else is named."""
    service, told = Service(Town()), {}
    try:
        for name, hostile in HOSTILE.items():
            with pytest.raises(TokenError) as refused:
                check(hostile)
            asked = {**event("signed_in"), "authorizationToken": f"Bearer {hostile}"}
            policy = service.client.lambda_.invoke("signed_in", asked).payload
            told[name] = (str(refused.value), refused.value.code, json.dumps(policy))
    finally:
        service.close()
    usual = told["nothing"]
    assert {name: words for name, words in told.items() if words != usual} == {}


def test_every_changed_character_of_the_claims_is_noticed() -> None:
    head, claims, mac = token().split(".")
    for place in range(0, len(claims), 7):
        other = "A" if claims[place] != "A" else "B"
        with pytest.raises(TokenError):
            check(f"{head}.{claims[:place]}{other}{claims[place + 1 :]}.{mac}")


def test_a_token_expires_to_the_second() -> None:
    made = sign(LI, key=TOKEN_KEY, now=NOON, life=HOUR)
    assert check(made, now=NOON) == LI
    assert check(made, now=NOON + HOUR - timedelta(seconds=1)) == LI
    for when in (NOON - timedelta(seconds=1), NOON + HOUR):
        with pytest.raises(TokenError):
            check(made, now=when)


def test_keys_are_rotated_without_signing_anybody_out() -> None:
    made = sign(LI, key=TOKEN_KEY, now=NOON, life=HOUR)
    once = KeyRing.read(KeyRing((TOKEN_KEY,)).rotated(OTHER_KEY))
    assert check(made, keys=once, now=NOON) == LI
    assert check(sign(DU, key=once.current, now=NOON, life=HOUR), keys=once, now=NOON) == DU
    twice = KeyRing.read(once.rotated("a third key for tests alone, long enough for HMAC"))
    with pytest.raises(TokenError):
        check(made, keys=twice, now=NOON)


def test_a_secret_without_a_key_is_noticed() -> None:
    with pytest.raises(ValueError, match="no key"):
        KeyRing.read(" \n")


@pytest.mark.parametrize("life", [timedelta(0), -HOUR, timedelta(days=31, seconds=1)])
def test_a_token_lives_up_to_31_days(life: timedelta) -> None:
    with pytest.raises(ValueError, match="31 days"):
        sign(LI, key=TOKEN_KEY, now=NOW, life=life)
    sign(LI, key=TOKEN_KEY, now=NOW, life=timedelta(days=31))
