"""Bearer tokens: whom they let in, and the many they don't."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.model import TokenError, sign, verify
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.keyring import KeyRing
from tests.accounts.forgeries import NOW, OLDER_KEY, OTHER_KEY, claimed, hostile_tokens
from tests.api import Service
from tests.builders import NOON, TOKEN_KEY, Town, event

LI = Caller("李晓雯", Role.GRID_WORKER, "xinghe", grid="g1", session="s1")
DU = Caller("li-wei", Role.KIN, "xinghe", residents=("r1", "r2"), households=("h001",), session="s2")
KEYS = KeyRing((TOKEN_KEY, OLDER_KEY))
HOUR = timedelta(hours=1)
HOSTILE = hostile_tokens()


def check(text: str, *, keys: KeyRing = KEYS, now: datetime = NOW) -> Caller:
    return verify(text, keys=keys, now=now)


@pytest.mark.parametrize("role", Role)
def test_a_token_of_ours_names_its_caller(role: Role) -> None:
    caller = Caller("李晓雯", role, "xinghe")
    assert check(sign(caller, key=TOKEN_KEY, now=NOW, life=HOUR)) == caller
    assert check(claimed(sub="李晓雯", role=role)) == caller


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
    head, claims, mac = claimed().split(".")
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
