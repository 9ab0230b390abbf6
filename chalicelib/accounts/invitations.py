"""Inviting kin and volunteers, pairing a resident's handset: short codes that staff hand over. Pure."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.accounts.people import Newcomer
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.keyring import KeyRing, Keys, key_id

INVITED = frozenset({Role.KIN, Role.VOLUNTEER})
"""Who may be invited. Staff are entered by staff."""
INVITATION_LIFE = timedelta(days=7)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nothing in it is mistaken for something else when read out or written by hand."""
INVITATION_LETTERS = 8

PAIRING_LIFE = timedelta(minutes=10)
PAIRING_TRIES = 5
SLOT_DIGITS = 4
SECRET_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who may join, with this number and this code, once. `made_by` is who invited them."""

    id: str
    number: str
    newcomer: Newcomer
    mark: str
    made_by: str
    ends_at: datetime
    version: int = 0

    def is_live(self, now: datetime) -> bool:
        """Whether it may still be taken."""
        return now < self.ends_at

    def is_same(self, newcomer: Newcomer, number: str) -> bool:
        """Whether it invites the same person, by the same number."""
        return (self.newcomer, self.number) == (newcomer, number)

    def fits(self, code: str, keys: Keys) -> bool:
        """Whether this is its code."""
        return _fits(self.mark, f"{self.id}/{plain_code(code)}", keys)


@dataclass(frozen=True, slots=True)
class Pairing:
    """A handset that may be paired with a resident. Its code is the slot's four digits and six secret ones:
    the slot says which pairing is tried, so that each can be tried five times and no more.
    """

    slot: str
    community: str
    resident: str
    mark: str
    made_by: str
    ends_at: datetime
    tries: int = 0
    version: int = 0

    def is_live(self, now: datetime) -> bool:
        """Whether its code still opens anything."""
        return now < self.ends_at and self.tries < PAIRING_TRIES

    def is_for(self, community: str, resident: str) -> bool:
        """Whether it pairs a handset with this resident."""
        return (self.community, self.resident) == (community, resident)

    def fits(self, secret: str, keys: Keys) -> bool:
        """Whether these are its six digits."""
        return _fits(self.mark, f"{self.slot}/{secret}", keys)

    def tried(self) -> "Pairing":
        """Wrong digits were tried."""
        return replace(self, tries=self.tries + 1)


def invitation_code(invitation_id: str, key: str) -> str:
    """Eight letters and digits in two groups, such as `K7MN-2QXT`: always the same ones for an invitation."""
    made = int.from_bytes(hmac.digest(f"invitation:{key}".encode(), invitation_id.encode(), sha256))
    letters = "".join(ALPHABET[made // len(ALPHABET) ** n % len(ALPHABET)] for n in range(INVITATION_LETTERS))
    return f"{letters[:4]}-{letters[4:]}"


def plain_code(code: str) -> str:
    """An invitation's code as somebody types it: in any case, with or without the dash."""
    return "".join(char for char in code.upper() if char in ALPHABET)


def pairing_code(random: int) -> tuple[str, str]:
    """The slot and the secret digits of a random number."""
    digits = f"{random % 10 ** (SLOT_DIGITS + SECRET_DIGITS):0{SLOT_DIGITS + SECRET_DIGITS}d}"
    return digits[:SLOT_DIGITS], digits[SLOT_DIGITS:]


def known_number(asked: str, key: str) -> int:
    """A number for `pairing_code`, always the same for what was `asked`; without the key nobody knows it."""
    return int.from_bytes(hmac.digest(f"pairing:{key}".encode(), asked.encode(), sha256))


def read_pairing_code(code: str) -> tuple[str, str]:
    """The slot and the secret digits of a code as somebody types it. Raises RefusedError."""
    digits = "".join(char for char in code if char not in " -")
    if len(digits) != SLOT_DIGITS + SECRET_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise RefusedError("A pairing code has ten digits.", pointer="/code", zh="配对码是十位数字。")
    return digits[:SLOT_DIGITS], digits[SLOT_DIGITS:]


def mark(text: str, keys: KeyRing) -> str:
    """The keyed hash of a short code, with the name of its key."""
    return f"{key_id(keys.current)}.{_hash(text, keys.current)}"


def invitation_mark(invitation_id: str, code: str, keys: KeyRing) -> str:
    """The hash under which an invitation's code is stored."""
    return mark(f"{invitation_id}/{plain_code(code)}", keys)


def pairing_mark(slot: str, secret: str, keys: KeyRing) -> str:
    """The hash under which a pairing's digits are stored."""
    return mark(f"{slot}/{secret}", keys)


def _fits(stored: str, text: str, keys: Keys) -> bool:
    name, _, hashed = stored.partition(".")
    known = keys(name)
    return hmac.compare_digest(hashed, _hash(text, known.named(name) or known.current))


def _hash(text: str, key: str) -> str:
    return hmac.digest(f"short code:{key}".encode(), text.encode(), sha256).hex()
