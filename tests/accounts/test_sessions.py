"""Staying signed in, signing out, and handsets that staff pair."""

from dataclasses import replace

import pytest

from chalicelib.accounts.codes import WrongCodeError
from chalicelib.accounts.grants import Granted
from chalicelib.accounts.invitations import PAIRING_TRIES
from chalicelib.accounts.model import verify
from chalicelib.accounts.people import Account
from chalicelib.accounts.sessions import As, SignedOutError, handset_holder
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import NotFoundError, RefusedError, TooManyError
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.phones import phone_name
from tests.accounts.house import DU, HOME, LI_PHONE, WEI, WEI_HELPS, WEI_PHONE, House, refused
from tests.faults import FaultyTable

BEA = Account(As("xinghe", Role.COORDINATOR, "bea"), "贝")
KEY = "9f0c1e4a-5a4b-4c55-8a52-0b8b0f1f6a11"


def refreshed(house: House, token: str, **more: str) -> Granted:
    return house.sessions.refresh(token, now=house.now, **more)


def rotated(keys: KeyRing) -> KeyRing:
    return KeyRing.read(keys.rotated("a newer key for tests alone, and long enough for HMAC"))


def is_over(house: House, token: str) -> bool:
    refused(lambda: refreshed(house, token), SignedOutError)
    return True


def test_a_refresh_gives_new_tokens_each_time() -> None:
    house = House()
    tokens = [house.signed_in().refresh_token]
    for _ in range(5):
        house.wait(minutes=14)
        granted = refreshed(house, tokens[-1])
        caller = verify(granted.access_token, keys=house.keys, now=house.now)
        assert (caller.name, caller.session) == ("li-na", granted.session.id)
        tokens.append(granted.refresh_token)
    assert len(set(tokens)) == 6


def test_a_token_that_is_used_again_ends_the_session_for_whoever_holds_it() -> None:
    house = House()
    old = house.signed_in().refresh_token
    new = refreshed(house, old).refresh_token
    assert is_over(house, old)
    assert is_over(house, new)
    assert [session.label for session in house.copied] == [""]


def test_even_one_from_long_ago() -> None:
    house = House()
    old = token = house.signed_in().refresh_token
    for _ in range(10):
        house.wait(days=1)
        token = refreshed(house, token).refresh_token
    assert is_over(house, old)
    assert is_over(house, token)


def test_a_made_up_token_ends_nobodys_session() -> None:
    house = House()
    good = house.signed_in().refresh_token
    session, secret, tag = good.split(".")
    for forged in (f"{session}.{'0' * 64}.{tag}", f"{session}.{secret}0.{tag}", f"{session}.x.y"):
        assert is_over(house, forged)
    assert house.copied == []
    refreshed(house, good)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "no such.b.c", "é.b.c", "id1.b.c.d", "x" * 5000, "nobody.b.c"]
)
def test_what_is_no_token_is_refused_alike(token: str) -> None:
    house = House()
    error = refused(lambda: refreshed(house, token), SignedOutError)
    assert str(error) == "You are signed out; sign in again."


def test_an_answer_that_got_lost_is_given_again_to_whoever_asks_with_the_same_key() -> None:
    house = House()
    old = house.signed_in().refresh_token
    first = refreshed(house, old, retry_key=KEY)
    house.wait(minutes=1)
    again = refreshed(house, old, retry_key=KEY)
    assert again.refresh_token == first.refresh_token
    assert house.copied == []
    following = refreshed(house, again.refresh_token, retry_key=KEY.replace("9", "8"))
    assert following.refresh_token != again.refresh_token
    assert is_over(house, old)  # it was the one before the last
    assert is_over(house, following.refresh_token)


def test_an_answer_that_got_lost_is_given_again_though_the_key_was_rotated_meanwhile() -> None:
    house = House()
    old = house.signed_in().refresh_token
    refreshed(house, old, retry_key=KEY)
    house.keys = rotated(house.keys)
    again = refreshed(house, old, retry_key=KEY)
    assert house.copied == []
    assert refreshed(house, again.refresh_token)


def test_nor_does_it_matter_that_this_process_knows_only_the_key_before() -> None:
    house = House()
    old, behind = house.signed_in().refresh_token, house.keys
    house.keys = house.newest = rotated(house.keys)
    first = refreshed(house, old, retry_key=KEY).refresh_token
    house.keys = behind
    again = refreshed(house, old, retry_key=KEY).refresh_token
    assert again == first and house.copied == []


@pytest.mark.parametrize("key", ["", "short", KEY.replace("9", "8")])
def test_a_thief_without_that_key_ends_the_session(key: str) -> None:
    house = House()
    old = house.signed_in().refresh_token
    good = refreshed(house, old, retry_key=KEY).refresh_token
    refused(lambda: refreshed(house, old, retry_key=key), SignedOutError)
    assert is_over(house, good)


def test_two_refreshes_at_the_same_moment_without_a_key_count_as_a_copy() -> None:
    table = FaultyTable(House().table)
    house = House(table=table)
    token = house.signed_in().refresh_token
    table.meanwhile.append(lambda: refreshed(house, token))
    refused(lambda: refreshed(house, token), SignedOutError)
    assert len(house.copied) == 1


def test_two_refreshes_at_the_same_moment_with_one_key_get_the_same() -> None:
    table = FaultyTable(House().table)
    house = House(table=table)
    token = house.signed_in().refresh_token
    others: list[Granted] = []
    table.meanwhile.append(lambda: others.append(refreshed(house, token, retry_key=KEY)))
    mine = refreshed(house, token, retry_key=KEY)
    assert [other.refresh_token for other in others] == [mine.refresh_token]


@pytest.mark.parametrize(("days", "is_on"), [(59, True), (60, False)])
def test_a_refresh_token_is_good_for_sixty_days(days: int, is_on: bool) -> None:
    house = House()
    token = house.signed_in().refresh_token
    house.wait(days=days)
    assert refreshed(house, token) if is_on else is_over(house, token)


def test_who_leaves_or_changes_their_number_is_signed_out_at_the_next_refresh() -> None:
    house = House()
    token = house.signed_in().refresh_token
    house.village.by_phone[LI_PHONE] = []
    assert is_over(house, token)
    house.village.by_phone["+8613800000077"] = []
    assert house.copied == []


def test_whoever_gets_the_number_next_is_none_of_an_old_session_s() -> None:
    house = House()
    token = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei").refresh_token
    house.village.by_phone[WEI_PHONE] += [BEA]
    refused(lambda: refreshed(house, token, account=BEA.who.id), RefusedError)
    token = refreshed(house, token, account="yuehu.volunteer.du-wei").refresh_token
    house.village.by_phone[WEI_PHONE] = [BEA]
    assert is_over(house, token)


def test_a_session_that_was_stored_before_is_its_own_account_s_alone() -> None:
    house = House()
    granted = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei")
    house.store.save(replace(granted.session, people=(), version=1), now=house.now)
    refused(lambda: refreshed(house, granted.refresh_token, account="yuehu.volunteer.du-wei"), RefusedError)
    assert refreshed(house, granted.refresh_token).account.who.role is Role.KIN


def test_what_changes_in_the_registry_reaches_the_next_token() -> None:
    house = House()
    token = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei").refresh_token
    house.village.by_phone[WEI_PHONE] = house.village.by_phone[WEI_PHONE][1:]
    assert is_over(house, token)


def test_a_person_of_two_communities_changes_between_them_without_a_new_code() -> None:
    house = House()
    granted = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei")
    other = refreshed(house, granted.refresh_token, account="yuehu.volunteer.du-wei")
    caller = verify(other.access_token, keys=house.keys, now=house.now)
    assert (caller.community, caller.role) == ("yuehu", Role.VOLUNTEER)
    refused(lambda: refreshed(house, other.refresh_token, account="yuehu.coordinator.du-wei"), RefusedError)
    assert refreshed(house, other.refresh_token).account.who.community == "yuehu"


def test_signing_out_ends_one_session_and_everywhere_ends_all() -> None:
    house = House()
    sessions = []
    for _ in range(3):
        sessions.append(house.signed_in())
        house.wait(minutes=10)
    house.sessions.sign_out(sessions[0].session.id, now=house.now)
    house.sessions.sign_out(sessions[0].session.id, now=house.now)
    assert is_over(house, sessions[0].refresh_token)
    assert [s.id for s in house.sessions.mine(sessions[2].session.id, now=house.now)] == [
        sessions[2].session.id,
        sessions[1].session.id,
    ]
    assert house.sessions.sign_out_everywhere(sessions[1].session.id, now=house.now) == 2
    assert is_over(house, sessions[1].refresh_token)
    assert is_over(house, sessions[2].refresh_token)


def test_everywhere_means_every_role_of_the_same_phone() -> None:
    house = House()
    one = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei")
    house.wait(minutes=5)
    other = house.signed_in(WEI_PHONE, account="yuehu.volunteer.du-wei")
    house.sessions.sign_out_everywhere(one.session.id, now=house.now)
    assert is_over(house, other.refresh_token)


def test_a_stolen_phone_is_signed_out_of_the_community_that_asks_and_changes_to_it_no_more() -> None:
    house = House()
    here = house.signed_in(WEI_PHONE, account="xinghe.kin.du-wei").refresh_token
    house.wait(minutes=5)
    there = house.signed_in(WEI_PHONE, account="yuehu.volunteer.du-wei")
    assert house.sessions.revoke(WEI.who, phone_name(WEI_PHONE), now=house.now) == 1
    assert is_over(house, here)
    refused(lambda: refreshed(house, there.refresh_token, account="xinghe.kin.du-wei"), RefusedError)
    assert refreshed(house, there.refresh_token).account.who == WEI_HELPS.who


def test_what_must_not_wait_looks_whether_the_session_is_on() -> None:
    house = House()
    granted = house.signed_in()
    caller = granted.account.caller(granted.session.id)
    house.sessions.live(caller, now=house.now)
    house.sessions.sign_out(granted.session.id, now=house.now)
    refused(lambda: house.sessions.live(caller, now=house.now), SignedOutError)
    house.sessions.live(Caller("operator", Role.COORDINATOR, "xinghe"), now=house.now)


def test_sessions_survive_that_the_key_is_rotated() -> None:
    house = House()
    token = house.signed_in().refresh_token
    house.keys = rotated(house.keys)
    refreshed(house, token)
    assert is_over(house, token)
    assert len(house.copied) == 1


def paired(house: House, label: str = "客厅平板") -> Granted:
    handed = house.handsets.offer("xinghe", "du", by="li-na", now=house.now)
    return house.handsets.pair(handed.code, label=label, address=HOME, now=house.now)


def test_a_handset_is_paired_by_a_code_that_staff_show_once() -> None:
    house = House()
    handed = house.handsets.offer("xinghe", "du", by="li-na", now=house.now)
    assert len(handed.code.replace(" ", "")) == 10
    granted = house.handsets.pair(handed.code, label="客厅平板", address=HOME, now=house.now)
    assert granted.account == DU
    caller = verify(granted.access_token, keys=house.keys, now=house.now)
    assert caller == replace(DU.caller(granted.session.id), handset="li-na")
    refused(lambda: house.handsets.pair(handed.code, label="", address=HOME, now=house.now), WrongCodeError)


def test_a_pairing_code_fits_in_a_process_that_knows_only_the_key_before() -> None:
    house, behind = House(), House().keys
    house.keys = house.newest = rotated(house.keys)
    handed = house.handsets.offer("xinghe", "du", by="li-na", now=house.now)
    house.keys = behind
    assert (
        house.handsets.pair(handed.code, label="", address=HOME, now=house.now).session.paired_by == "li-na"
    )


def test_a_handsets_token_stays_the_same_for_years_of_use() -> None:
    house = House()
    token = paired(house).refresh_token
    for _ in range(4):
        house.wait(days=700)
        assert refreshed(house, token).refresh_token == token
    house.wait(days=731)
    assert is_over(house, token)


def test_staff_see_a_residents_handsets_and_revoke_one() -> None:
    house = House()
    first, second = paired(house, "手机"), paired(house, "平板")
    house.wait(hours=1)
    refreshed(house, second.refresh_token)
    found = {s.label: s.used_at for s in house.handsets.of("xinghe", "du", now=house.now)}
    assert found == {"手机": house.now.replace(hour=12), "平板": house.now}
    house.handsets.revoke("xinghe", first.session.id, now=house.now)
    assert is_over(house, first.refresh_token)
    assert [s.label for s in house.sessions.of(handset_holder("xinghe", "du"), now=house.now)] == ["平板"]


def test_nobody_revokes_another_communitys_handset_or_a_persons_session() -> None:
    house = House()
    handset, person = paired(house), house.signed_in()
    for community, session in (("yuehu", handset), ("xinghe", person)):
        refused(
            lambda c=community, s=session: house.handsets.revoke(c, s.session.id, now=house.now),  # type: ignore[misc]
            NotFoundError,
        )
    refused(lambda: house.handsets.revoke("xinghe", "nothing", now=house.now), NotFoundError)


def test_a_pairing_code_is_tried_five_times_and_for_ten_minutes() -> None:
    house = House()

    def pair(code: str, address: str = HOME) -> Granted:
        return house.handsets.pair(code, label="", address=address, now=house.now)

    code = house.handsets.offer("xinghe", "du", by="li-na", now=house.now).code
    slot = code[:4]
    for n in range(PAIRING_TRIES):
        refused(lambda n=n: pair(f"{slot}{n:06d}", f"198.51.100.{n}"), WrongCodeError)  # type: ignore[misc]
    refused(lambda: pair(code), WrongCodeError)
    late = house.handsets.offer("xinghe", "du", by="li-na", now=house.now).code
    house.wait(minutes=10)
    refused(lambda: pair(late), WrongCodeError)


def test_an_address_that_guesses_pairing_codes_is_stopped() -> None:
    house = House()
    with pytest.raises(TooManyError):
        for n in range(10_000):
            refused(
                lambda n=n: house.handsets.pair(f"{n:010d}", label="", address=HOME, now=house.now),  # type: ignore[misc]
                WrongCodeError,
            )
    assert n == 60


@pytest.mark.parametrize("code", ["", "123", "12345678901", "abcdefghij", "１２３４５６７８９０"])
def test_what_is_no_pairing_code_is_told(code: str) -> None:
    house = House()
    refused(lambda: house.handsets.pair(code, label="", address=HOME, now=house.now), RefusedError)


def test_a_handset_of_somebody_who_is_not_there_can_t_be_paired() -> None:
    house = House()
    refused(lambda: house.handsets.offer("xinghe", "nobody", by="li-na", now=house.now), NotFoundError)
    handed = house.handsets.offer("xinghe", "du", by="li-na", now=house.now)
    house.village.residents.clear()
    refused(lambda: house.handsets.pair(handed.code, label="", address=HOME, now=house.now), WrongCodeError)
