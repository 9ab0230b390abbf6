"""Tokens that must open nothing: signed by our own key where that makes them worse."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.keyring import key_id
from tests.builders import TOKEN_KEY

OTHER_KEY = "another key for tests alone, also long enough for HMAC"
OLDER_KEY = "an older key for tests alone, also long enough for HMAC"
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
RSA = rsa.generate_private_key(65537, 2048)


def claimed(
    *,
    own: str = TOKEN_KEY,
    key: Any = None,
    algorithm: str | None = "HS256",
    head: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token with claims changed, or with ... taken away; `head` changes its header, `key` who signs it."""
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    header = {"kid": key_id(own), **(head or {})}
    return jwt.encode(claims, own if key is None else key, algorithm=algorithm, headers=header)


def forged(header: object, claims: object = GOOD, *, key: str = TOKEN_KEY) -> str:
    """A token whose parts are any JSON, signed by our key all the same."""
    signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{signed}.{_part(hmac.digest(key.encode(), signed.encode(), sha256))}"


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def hostile_tokens(own: str = TOKEN_KEY) -> dict[str, str]:
    """What to try on whoever trusts the key `own`, each alike refused."""
    token, raw = partial(claimed, own=own), partial(forged, key=own)
    kid = key_id(own)
    head = {"alg": "HS256", "kid": kid}
    return {
        "no signature (alg none)": token(key="", algorithm=None),
        "alg none with a signature": token(key="", algorithm=None) + "c2ln",
        "alg None by another spelling": raw({"alg": "nOnE", "kid": kid}).rpartition(".")[0] + ".",
        "no alg at all": raw({"kid": kid}),
        "an alg that is null": raw({"alg": None, "kid": kid}),
        "another key": token(key=OTHER_KEY),
        "another algorithm of the same family": token(algorithm="HS512"),
        "an asymmetric algorithm, to confuse keys": token(key=RSA, algorithm="RS256"),
        "signed with the key's public name": token(key=kid * 4),
        "signed with an empty key": raw(head, key=""),
        "no kid": raw({"alg": "HS256"}),
        "a kid of nobody": token(head={"kid": "aaaaaaaa"}),
        "another key that names itself": token(key=OTHER_KEY, head={"kid": key_id(OTHER_KEY)}),
        "the older key under the newer's name": token(key=OLDER_KEY),
        "a kid that is a path": raw({**head, "kid": "../../dev/null"}, key=""),
        "a kid that is a query": token(head={"kid": "' OR 1=1 --"}),
        "a kid that is a number": raw({"alg": "HS256", "kid": 0}),
        "a kid that is a list": raw({"alg": "HS256", "kid": [kid]}),
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
        "claims that are a list": raw(head, []),
        "claims that are a text": raw(head, "admin"),
        "claims that nest deeply": f"{_part(json.dumps(head).encode())}.{_part(b'[' * 2000)}.e30",
    }
