"""One-time codes: when one may be asked for, how often it may be tried, and what it is. Pure.

A code is made of its challenge, which is random, and of a key that never leaves the secret: so it is stored
nowhere before it is sent, and a message that is delivered twice sends the same code. What is stored once it
was sent is a keyed hash, which is of no use without the key.
"""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.accounts.tally import Cap, Tally
from chalicelib.kernel.errors import TooManyError, UnauthorizedError
from chalicelib.kernel.keyring import Keys

DIGITS = 6
LIFE = timedelta(minutes=5)
TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER_HOURLY = Cap(5, HOUR)
NUMBER_DAILY = Cap(10, DAY)
"""So that nobody's phone is flooded, and at most fifty guesses a day are made at one number."""
ADDRESS_HOURLY = Cap(60, HOUR)
"""Codes asked for from one address: a community centre on its first evening stays below."""
ADDRESS_GUESSES = Cap(60, HOUR)
"""Wrong codes from one address, whatever the number."""
COMMUNITY_DAILY = 500
"""Codes sent a day for a whole community, unless it sets another: the bound of its spend, and of the odds."""


class WrongCodeError(UnauthorizedError):
    """The code is wrong, old, used up, or was never sent; or nobody here has that number. Not told which."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            "This code isn't right, or no longer. Check it, or ask for a new one.",
            zh="验证码不对，或已失效。请核对，或重新获取。",
        )


@dataclass(frozen=True, slots=True)
class Challenge:
    """A number that was asked for proof. `key` names the key its code is made with.

    `asked` and `sent` count how often it was asked for and sent; `mark` is the hash of the code once it was
    sent: until then no guess is right.
    """

    id: str
    key: str
    since: datetime
    asked_at: datetime
    asked: int = 1
    sent: int = 0
    tries: int = 0
    mark: str = ""

    def is_live(self, now: datetime) -> bool:
        """Whether its code still opens anything."""
        return now < self.since + LIFE and self.tries < TRIES


@dataclass(frozen=True, slots=True)
class Number:
    """What we know of a phone number that somebody signs in with; `version` guards its changes."""

    name: str
    challenge: Challenge | None = None
    hourly: Tally = field(default_factory=Tally)
    daily: Tally = field(default_factory=Tally)
    version: int = 0

    def asked(self, challenge_id: str, key: str, *, now: datetime) -> tuple["Number", Challenge]:
        """A code was asked for: the live one once more while it has a resend left in it, otherwise a new one.

        Raises TooManyError.
        """
        live = self.challenge
        if live is not None and (wait := live.asked_at + RESEND_AFTER - now) > timedelta(0):
            raise _too_many(wait)
        for tally, cap in ((self.hourly, NUMBER_HOURLY), (self.daily, NUMBER_DAILY)):
            if wait := tally.wait(cap, now):
                raise _too_many(wait)
        if live is not None and live.is_live(now + RESEND_AFTER):
            challenge = replace(live, asked=live.asked + 1, asked_at=now)
        else:
            challenge = Challenge(challenge_id, key, now, now)
        hourly, daily = (
            tally.once_more(cap, now)
            for tally, cap in ((self.hourly, NUMBER_HOURLY), (self.daily, NUMBER_DAILY))
        )
        return replace(self, challenge=challenge, hourly=hourly, daily=daily), challenge

    def waits_for(self, challenge_id: str, asked: int, *, now: datetime) -> Challenge | None:
        """The challenge whose code is still to be sent for the time that it was asked for; None if it is
        late, was sent, or is another by now.
        """
        live = self.challenge
        waits = live is not None and live.id == challenge_id and live.sent < asked and live.is_live(now)
        return live if waits else None

    def sent(self, asked: int, key: str) -> "Number":
        """Its code goes out for the time that it was asked for: from now on it is right."""
        live = self.challenge
        if live is None:
            return self
        mark = mark_of(live.id, code_of(live.id, key), key)
        return replace(self, challenge=replace(live, sent=asked, mark=mark))

    def proven(self, code: str, keys: Keys, *, now: datetime) -> bool:
        """Whether this is the code that was sent to the number. As slow for a number without a challenge."""
        challenge = self.challenge or _NOBODYS
        known = keys(challenge.key)
        key = known.named(challenge.key) or known.current
        right = hmac.compare_digest(challenge.mark or _NO_MARK, mark_of(challenge.id, code, key))
        return right and challenge.is_live(now)

    def tried(self) -> "Number":
        """A wrong code was tried."""
        live = self.challenge
        return replace(self, challenge=replace(live, tries=live.tries + 1) if live else None)

    def spent(self) -> "Number":
        """The code has opened what it opens, once."""
        return replace(self, challenge=None)


@dataclass(frozen=True, slots=True)
class Address:
    """What we know of an internet address that people sign in from."""

    name: str
    codes: Tally = field(default_factory=Tally)
    guesses: Tally = field(default_factory=Tally)
    version: int = 0

    def asked(self, *, now: datetime) -> "Address":
        """A code was asked for from here. Raises TooManyError."""
        if wait := self.codes.wait(ADDRESS_HOURLY, now):
            raise _too_many(wait)
        return replace(self, codes=self.codes.once_more(ADDRESS_HOURLY, now))

    def must_may_guess(self, *, now: datetime) -> None:
        """Raises TooManyError when too many wrong codes came from here."""
        if wait := self.guesses.wait(ADDRESS_GUESSES, now):
            raise _too_many(wait)

    def guessed(self, *, now: datetime) -> "Address":
        """A wrong code came from here."""
        return replace(self, guesses=self.guesses.once_more(ADDRESS_GUESSES, now))


def code_of(challenge_id: str, key: str) -> str:
    """The code of a challenge: six digits, each number as likely as any other."""
    made = hmac.digest(f"one-time code:{key}".encode(), challenge_id.encode(), sha256)
    return f"{int.from_bytes(made) % 10**DIGITS:0{DIGITS}d}"


def mark_of(challenge_id: str, code: str, key: str) -> str:
    """The keyed hash under which a sent code is stored."""
    made = hmac.digest(f"hash of a code:{key}".encode(), f"{challenge_id}/{code}".encode(), sha256)
    return made.hex()


_EPOCH = Tally().since
_NOBODYS = Challenge("nobody", "", _EPOCH, _EPOCH)
_NO_MARK = mark_of("nobody", "", "")


def _too_many(wait: timedelta) -> TooManyError:
    seconds = -(-wait // timedelta(seconds=1))
    return TooManyError(
        f"Please wait {seconds} seconds and try again.",
        after_seconds=seconds,
        zh=f"请等 {seconds} 秒后再试。",
    )
