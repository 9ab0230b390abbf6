"""Signing in with a phone and a one-time code."""

from datetime import timedelta

import pytest

from chalicelib.accounts.codes import (
    NUMBER_DAILY,
    NUMBER_HOURLY,
    TRIES,
    WrongCodeError,
    code_of,
)
from chalicelib.accounts.grants import Granted
from chalicelib.accounts.model import verify
from chalicelib.accounts.phones import address_name, e164
from chalicelib.accounts.sending import Sent
from chalicelib.accounts.service import Choice, InvitationNeededError
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError, TooManyError
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.phones import phone_name
from tests.accounts.house import (
    HOME,
    LI,
    LI_PHONE,
    NOBODYS_PHONE,
    WEI,
    WEI_HELPS,
    WEI_PHONE,
    House,
    refused,
    wrong,
)
from tests.builders import TOKEN_KEY
from tests.faults import FaultyTable


def test_a_code_that_came_by_sms_signs_in() -> None:
    house = House()
    asked = house.ask()
    assert (asked.resend_at, asked.ends_at) == (
        house.now + timedelta(seconds=60),
        house.now + timedelta(minutes=5),
    )
    granted = house.enter(label="Li's phone")
    assert isinstance(granted, Granted)
    assert (granted.account, granted.session.label) == (LI, "Li's phone")
    caller = verify(granted.access_token, keys=house.keys, now=house.now)
    assert caller == LI.caller(granted.session.id)
    assert caller.until == house.now + timedelta(minutes=15)


def test_a_code_has_six_digits_and_is_stored_nowhere() -> None:
    house = House()
    house.ask()
    code = house.code()
    assert (len(code), code.isdigit()) == (6, True)
    assert code not in repr(list(house.table.items()))  # type: ignore[attr-defined]
    assert LI_PHONE not in repr(list(house.table.items()))  # type: ignore[attr-defined]


def test_codes_are_spread_evenly() -> None:
    codes = [int(code_of(f"challenge {n}", TOKEN_KEY)) for n in range(20_000)]
    tenths = [sum(code // 100_000 == tenth for code in codes) for tenth in range(10)]
    assert min(tenths) > 1_800
    assert max(tenths) < 2_200


def test_a_code_opens_once() -> None:
    house = House()
    house.ask()
    code = house.code()
    house.enter(code)
    refused(lambda: house.enter(code), WrongCodeError)


def test_five_wrong_tries_and_the_right_code_is_no_longer_right() -> None:
    house = House()
    house.ask()
    code = house.code()
    for _ in range(TRIES):
        refused(lambda: house.enter(wrong(code)), WrongCodeError)
    refused(lambda: house.enter(code), WrongCodeError)


def test_four_wrong_tries_and_the_right_one_opens() -> None:
    house = House()
    house.ask()
    code = house.code()
    for _ in range(TRIES - 1):
        refused(lambda: house.enter(wrong(code)), WrongCodeError)
    assert isinstance(house.enter(code), Granted)


@pytest.mark.parametrize(("seconds", "opens"), [(299, True), (300, False)])
def test_a_code_is_good_for_five_minutes(seconds: int, opens: bool) -> None:
    house = House()
    house.ask()
    house.wait(seconds=seconds)
    if opens:
        assert isinstance(house.enter(), Granted)
    else:
        refused(house.enter, WrongCodeError)


def test_another_code_may_be_asked_for_after_a_minute_and_is_the_same_one_while_it_lives() -> None:
    house = House()
    house.ask()
    house.wait(seconds=59)
    early = refused(house.ask, TooManyError)
    assert isinstance(early, TooManyError)
    assert early.after_seconds == 1
    house.wait(seconds=1)
    house.ask()
    first, second = (code for _, code, _ in house.mail.sent)
    assert first == second
    house.wait(minutes=4)
    house.ask()
    refused(lambda: house.enter(first), WrongCodeError)  # one live code: the new one
    assert isinstance(house.enter(), Granted)


def test_wrong_tries_are_kept_when_the_same_code_is_sent_again() -> None:
    house = House()
    house.ask()
    for _ in range(TRIES - 1):
        refused(lambda: house.enter(wrong(house.code())), WrongCodeError)
    house.wait(seconds=60)
    house.ask()
    refused(lambda: house.enter(wrong(house.code())), WrongCodeError)
    refused(house.enter, WrongCodeError)


def test_a_number_is_sent_five_codes_an_hour_and_ten_a_day() -> None:
    house = House()
    sent = 0
    for _ in range(24 * 12):
        try:
            house.ask()
            sent += 1
        except TooManyError:
            pass
        house.wait(minutes=5)
    assert (NUMBER_HOURLY.most, sent, len(house.mail.sent)) == (5, NUMBER_DAILY.most, NUMBER_DAILY.most)


def test_an_address_asks_for_sixty_codes_an_hour_whoever_for() -> None:
    house = House()
    for n in range(60):
        house.ask(f"+86138{n:08d}")
    refused(lambda: house.ask("+8613700000000"), TooManyError)
    house.ask("+8613700000000", address="198.51.100.1")
    house.wait(hours=1)
    house.ask("+8613700000001")


def test_an_address_guesses_sixty_times_an_hour_and_then_not_even_right() -> None:
    house = House()
    house.ask()
    for n in range(60):
        refused(lambda n=n: house.enter("000000", f"+86138{n:08d}"), WrongCodeError)  # type: ignore[misc]
    refused(house.enter, TooManyError)
    assert isinstance(house.enter(address="198.51.100.1"), Granted)


def test_a_community_sends_no_more_a_day_than_it_wants() -> None:
    house = House()
    house.store.put_codes_a_day("xinghe", 2)
    for _ in range(3):
        house.ask()
        house.wait(minutes=10)
    assert (house.outcomes, len(house.mail.sent)) == ([Sent.SENT, Sent.SENT, Sent.CAPPED], 2)
    refused(house.enter, WrongCodeError)
    house.wait(days=1)
    house.ask()
    assert isinstance(house.enter(), Granted)


def test_an_unknown_number_looks_the_same_and_costs_nothing() -> None:
    house = House()
    known, unknown = house.ask(), house.ask(NOBODYS_PHONE)
    assert known == unknown
    assert house.outcomes == [Sent.SENT, Sent.UNKNOWN]
    said = {
        str(refused(lambda phone=phone: house.enter("000000", phone), WrongCodeError))  # type: ignore[misc]
        for phone in (LI_PHONE, NOBODYS_PHONE)
    }
    assert len(said) == 1


def test_known_and_unknown_numbers_do_the_same_work_in_front_of_the_queue() -> None:
    house = House(holds=True)
    done = []
    for phone in (LI_PHONE, NOBODYS_PHONE):
        table = Recorder(house.table)
        house.store._table = table  # the very same store, watched
        house.ask(phone)
        refused(lambda phone=phone: house.enter("000000", phone), WrongCodeError)  # type: ignore[misc]
        done.append(table.calls)
    assert done[0] == done[1] == ["get", "get", "write_all", "get", "get", "write_all"]
    assert house.village.asked == 0
    assert len({len(letter) for letter in house.lane}) == 1


def test_nobody_can_guess_a_code_that_was_never_sent() -> None:
    house = House(holds=True)
    house.ask(NOBODYS_PHONE)
    challenge = house.store.number(phone_name(NOBODYS_PHONE)).challenge
    assert challenge is not None
    refused(lambda: house.enter(code_of(challenge.id, TOKEN_KEY), NOBODYS_PHONE), WrongCodeError)


def test_several_accounts_are_chosen_from_with_the_same_code() -> None:
    house = House()
    house.ask(WEI_PHONE)
    asked = house.enter(phone=WEI_PHONE)
    assert isinstance(asked, Choice)
    assert asked.accounts == [WEI, WEI_HELPS]
    refused(lambda: house.enter(phone=WEI_PHONE, account="xinghe.coordinator.du-wei"), RefusedError)
    granted = house.enter(phone=WEI_PHONE, account="xinghe.kin.du-wei")
    assert isinstance(granted, Granted)
    assert granted.account.caller("").residents == ("du",)


def test_a_reader_of_english_is_written_to_in_english() -> None:
    house = House()
    house.ask(WEI_PHONE)
    assert house.mail.sent[0][2] == "en"


def test_a_letter_that_is_delivered_twice_is_sent_once() -> None:
    house = House(holds=True)
    house.ask()
    house.lane *= 2
    house.deliver()
    assert house.outcomes == [Sent.SENT, Sent.LATE]
    assert len(house.mail.sent) == 1


def test_a_letter_that_comes_too_late_is_not_sent() -> None:
    house = House(holds=True)
    house.ask()
    house.wait(minutes=5)
    house.deliver()
    assert (house.outcomes, house.mail.sent) == ([Sent.LATE], [])


def test_a_code_that_no_provider_took_can_still_be_read_out() -> None:
    house = House()
    house.mail.works = False
    house.ask()
    assert house.outcomes == [Sent.REFUSED]
    challenge = house.store.number(phone_name(LI_PHONE)).challenge
    assert challenge is not None
    assert isinstance(house.enter(code_of(challenge.id, TOKEN_KEY)), Granted)


def test_a_code_survives_that_the_key_is_rotated() -> None:
    house = House()
    house.ask()
    house.keys = KeyRing.read(house.keys.rotated("a newer key for tests alone, and long enough for HMAC"))
    assert isinstance(house.enter(), Granted)


def test_after_a_rotation_codes_are_sent_and_right_in_processes_that_know_only_the_key_before() -> None:
    house = House(holds=True)
    behind = house.keys
    ahead = KeyRing.read(behind.rotated("a newer key for tests alone, and long enough for HMAC"))
    house.keys = house.newest = ahead
    house.ask()
    house.keys = behind
    house.deliver()
    assert house.outcomes == [Sent.SENT]
    house.keys = behind
    assert isinstance(house.enter(), Granted)


def test_whoever_signs_in_at_the_same_moment_does_so_once() -> None:
    table = FaultyTable(House().table)
    house = House(table=table)
    house.ask()
    code = house.code()
    table.meanwhile.append(lambda: House.enter(house, code))
    refused(lambda: house.enter(code), WrongCodeError)


def test_guesses_at_the_same_moment_are_each_counted() -> None:
    table = FaultyTable(House().table)
    house = House(table=table)
    house.ask()
    code = house.code()

    def another() -> None:
        refused(lambda: house.enter(wrong(code)), WrongCodeError)

    table.meanwhile += [another] * 3
    another()
    number = house.store.number(phone_name(LI_PHONE))
    assert number.challenge is not None
    assert number.challenge.tries == 4


def test_an_invited_number_joins_with_its_code_and_once() -> None:
    house = House()
    handed = house.invite()
    house.ask(NOBODYS_PHONE)
    refused(lambda: house.enter(phone=NOBODYS_PHONE), InvitationNeededError)
    refused(lambda: house.enter(phone=NOBODYS_PHONE, invitation="AAAA-AAAA"), InvitationNeededError)
    granted = house.enter(phone=NOBODYS_PHONE, invitation=handed.code.lower().replace("-", " "))
    assert isinstance(granted, Granted)
    assert (granted.account.who.role, granted.account.residents) == (Role.KIN, ("du",))
    assert house.invitations.of("xinghe", now=house.now) == []
    house.wait(minutes=5)
    again = house.signed_in(NOBODYS_PHONE)
    assert again.account == granted.account


def test_an_invitation_is_good_for_its_number_alone() -> None:
    house = House()
    handed = house.invite()
    house.ask()
    refused(lambda: house.enter(invitation=handed.code), InvitationNeededError)


def test_an_invitation_ends_after_a_week_and_when_it_is_withdrawn() -> None:
    house = House()
    first, second = house.invite(), house.invite()
    house.invitations.withdraw("xinghe", first.id, now=house.now)
    house.ask(NOBODYS_PHONE)
    refused(lambda: house.enter(phone=NOBODYS_PHONE, invitation=first.code), InvitationNeededError)
    house.wait(days=7)
    house.ask(NOBODYS_PHONE)
    assert house.outcomes[-1] is Sent.UNKNOWN
    refused(lambda: house.enter(phone=NOBODYS_PHONE, invitation=second.code), WrongCodeError)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+86 138 0013 8000", "+8613800138000"),
        ("13800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("１３８ ００１３ ８０００", "+8613800138000"),
        ("+1 202 555 0123", "+12025550123"),
        ("0931-123-4567", "+869311234567"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, number: str) -> None:
    assert e164(typed) == number


@pytest.mark.parametrize("typed", ["", "12345", "+", "phone", "+86", "1" * 50, "+999123456", "\x00", "138😀"])
def test_what_is_no_number_is_told(typed: str) -> None:
    error = refused(lambda: e164(typed), RefusedError)
    assert isinstance(error, RefusedError)
    assert error.pointer == "/phone"


def test_a_home_s_many_ipv6_addresses_count_as_one() -> None:
    assert address_name("2001:db8:1:2::1") == address_name("2001:db8:1:2:ffff::9")
    assert address_name("2001:db8:1:2::1") != address_name("2001:db8:1:3::1")
    assert address_name("203.0.113.7") != address_name("203.0.113.8")
    assert address_name("") == address_name("?") != address_name(HOME)


class Recorder(FaultyTable):
    """A table that writes down which of its methods are called."""

    def __init__(self, table: object) -> None:
        super().__init__(table)  # type: ignore[arg-type]
        self.calls: list[str] = []

    def _reach(self, method: str) -> None:
        self.calls.append(method)
