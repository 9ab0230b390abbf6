"""An attack on one-time codes: a hundred thousand guesses at ten thousand numbers, from a thousand addresses.

What it may cost us and how likely it gets in is bounded by rules, not by luck: so both are counted.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.accounts.codes import COMMUNITY_DAILY, TRIES, WrongCodeError
from chalicelib.accounts.grants import Granted
from chalicelib.accounts.people import Account
from chalicelib.accounts.sending import Sent
from chalicelib.accounts.sessions import As
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import TooManyError
from chalicelib.kernel.phones import phone_name
from tests.accounts.house import House

GUESSES = 100_000
NUMBERS = [f"+8613{n:09d}" for n in range(10_000)]
ADDRESSES = [f"198.51.{n // 250}.{n % 250}" for n in range(1_000)]
GUESS = "123456"


@dataclass
class Attack:
    """What became of it. `judged` guesses met a code that was sent and still live; no other can be right."""

    house: House
    answers: dict[str, int] = field(default_factory=dict)
    judged: int = 0
    opened: int = 0

    def ask(self, phone: str, address: str) -> None:
        try:
            self.house.ask(phone, address=address)
            self._note("asked")
        except TooManyError:
            self._note("not asked")

    def guess(self, phone: str, address: str) -> None:
        challenge = self.house.store.number(phone_name(phone)).challenge
        could_be = challenge is not None and bool(challenge.mark) and challenge.is_live(self.house.now)
        try:
            self.opened += isinstance(self.house.enter(GUESS, phone, address=address), Granted)
            self._note("opened")
        except WrongCodeError:
            self._note("wrong")
        except TooManyError:
            self._note("stopped")
            return
        self.judged += could_be

    def _note(self, what: str) -> None:
        self.answers[what] = self.answers.get(what, 0) + 1


def community(known: int) -> House:
    """A community in which so many of the numbers are known."""
    house = House()
    people = {
        phone: [Account(As("xinghe", Role.KIN, f"p{n}"), f"人{n}")] for n, phone in enumerate(NUMBERS[:known])
    }
    house.village.by_name = {phone_name(phone): found for phone, found in people.items()}
    return house


def test_ten_thousand_numbers_in_one_hour_from_a_thousand_addresses() -> None:
    house = community(known=len(NUMBERS))
    attack = Attack(house)
    for n, phone in enumerate(NUMBERS):
        address = ADDRESSES[n % len(ADDRESSES)]
        attack.ask(phone, address)
        for _ in range(GUESSES // len(NUMBERS)):
            attack.guess(phone, address)
        house.now += timedelta(seconds=0.36)
    sent = house.outcomes.count(Sent.SENT)
    assert sum(attack.answers[what] for what in ("wrong", "stopped")) == GUESSES
    assert sent == COMMUNITY_DAILY  # the whole spend, whoever is asked for
    assert attack.judged == sent * TRIES  # and with it the odds: each guess is one in a million
    assert attack.judged / 10**6 <= 0.0025
    assert attack.opened == 0


def test_from_one_address_it_ends_at_once() -> None:
    house = community(known=len(NUMBERS))
    attack = Attack(house)
    for n in range(GUESSES // 10):
        attack.ask(NUMBERS[n], ADDRESSES[0])
        attack.guess(NUMBERS[n], ADDRESSES[0])
    assert (attack.answers["asked"], attack.answers["wrong"]) == (60, 60)
    assert (attack.judged, len(house.mail.sent)) == (60, 60)


def test_one_number_for_a_whole_day_from_a_thousand_addresses() -> None:
    house = community(known=1)
    attack = Attack(house)
    for n in range(24 * 60):
        attack.ask(NUMBERS[0], ADDRESSES[n % len(ADDRESSES)])
        for tries in range(7):
            attack.guess(NUMBERS[0], ADDRESSES[(n + tries) % len(ADDRESSES)])
        house.wait(minutes=1)
    assert len(house.mail.sent) == 10  # nobody's phone is flooded
    assert attack.judged <= 50  # one in twenty thousand, in a day of trying
    assert attack.opened == 0


def test_unknown_numbers_cost_nothing_and_can_t_be_guessed() -> None:
    house = community(known=0)
    attack = Attack(house)
    for n, phone in enumerate(NUMBERS[:2_000]):
        attack.ask(phone, ADDRESSES[n % len(ADDRESSES)])
        attack.guess(phone, ADDRESSES[n % len(ADDRESSES)])
    assert (house.mail.sent, attack.judged) == ([], 0)
    assert set(house.outcomes) == {Sent.UNKNOWN}
