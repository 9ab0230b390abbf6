"""The authorizer's CPU for a valid access token, from API Gateway's event to its policy; and its table reads.

Its tables are out of order while it is measured: a single read would be an error.
"""

import time
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any

from chalice.local import LambdaContext

from app import app
from chalicelib import wiring
from chalicelib.accounts.model import sign
from chalicelib.accounts.sessions import ACCESS_LIFE
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from tests.builders import TOKEN_KEY, event, ground
from tests.faults import FaultyTable

Figures = dict[str, float | str]
ROUND, ROUNDS = 200, 25
EVERY_METHOD = {"get", "get_many", "write", "write_all", "put_many", "query"}


def authorizer_figures() -> Figures:
    """Milliseconds of CPU for a token, the median of a few rounds, with an older key accepted, too."""
    empty = ground()
    names = ("registry", "series", "deadlines", "quarantine")
    broken: dict[str, Any] = {
        name: FaultyTable(getattr(empty, name), down=set(EVERY_METHOD)) for name in names
    }
    keys = f"a newer key for the bench alone, and long enough for HMAC\n{TOKEN_KEY}"
    wiring.use(replace(empty, **broken, token_key=keys))
    try:
        good = median(_milliseconds(_token(TOKEN_KEY)) for _ in range(ROUNDS))
        forged = median(_milliseconds(f"{_token(TOKEN_KEY)[:-4]}AAAA", lets_in=False) for _ in range(ROUNDS))
    finally:
        wiring.use(None)
    return {"authorizer_ms": round(good, 3), "detail_authorizer_forged_ms": round(forged, 3)}


def _token(key: str) -> str:
    """An app's token, of somebody who speaks for five relatives."""
    residents = tuple(f"resident-{n}" for n in range(5))
    caller = Caller(
        "p-abcdefghijkl", Role.KIN, "xinghe", residents, ("h001", "h002"), "g1", "abcdefghijklmnop"
    )
    return sign(caller, key=key, now=clock.now() - timedelta(minutes=1), life=ACCESS_LIFE)


def _milliseconds(token: str, *, lets_in: bool = True) -> float:
    asked = {**event("signed_in"), "authorizationToken": f"Bearer {token}"}
    context, answer = LambdaContext("signed_in", 256, max_runtime_ms=5000), app.handler_map["signed_in"]
    began = time.process_time()
    for _ in range(ROUND):
        policy = answer(asked, context)
    took = time.process_time() - began
    assert bool(policy["policyDocument"]["Statement"][0]["Resource"]) is lets_in
    return took / ROUND * 1000
