"""Sending codes: the one place that knows who has a number, behind a queue, so that nobody can time it."""

from datetime import datetime
from enum import StrEnum

from chalicelib.accounts.codes import Number, code_of
from chalicelib.accounts.lane import CodeLetter
from chalicelib.accounts.people import Directory, Post
from chalicelib.accounts.store import RacedError, SignInStore
from chalicelib.kernel.keyring import Keys
from chalicelib.kernel.phones import phone_name

RACES = 8


class Sent(StrEnum):
    """What became of a code that was asked for."""

    SENT = "sent"
    REFUSED = "refused"
    """The provider didn't take it, or there is none. Whoever runs the stack may read it to them
    (`shouwang phones`): they could sign any token anyway."""
    UNKNOWN = "unknown"
    """Nobody has this number. Nobody was told, and it cost nothing."""
    CAPPED = "capped"
    """The community has sent as many today as it will."""
    LATE = "late"
    """It was sent already, or is of no use any more."""


class CodeSender:
    """Sends codes to those who are known or invited, up to a community's daily bound."""

    def __init__(self, store: SignInStore, directory: Directory, post: Post, keys: Keys) -> None:
        self._store = store
        self._directory = directory
        self._post = post
        self._keys = keys

    def deliver(self, letter: CodeLetter, *, now: datetime) -> Sent:
        """Send a code. Delivered twice, it is sent once. Raises StoreUnavailableError: it comes again."""
        name = phone_name(letter.phone)
        found = self._known(name, now)
        if found is None:
            return Sent.UNKNOWN
        community, language = found[0], found[1] or letter.language
        for _ in range(RACES):
            number = self._store.number(name)
            challenge = number.waits_for(letter.challenge, letter.asked, now=now)
            key = self._keys(challenge.key).named(challenge.key) if challenge else None
            if challenge is None or key is None:
                return Sent.LATE
            try:
                if not self._afford(community, number.sent(letter.asked, key), now):
                    return Sent.CAPPED
            except RacedError:
                continue
            return self._post_it(community, letter.phone, code_of(challenge.id, key), language, now)
        return Sent.REFUSED

    def _known(self, number: str, now: datetime) -> tuple[str, str] | None:
        """Whose spend a code to this number is, and its reader's language; None when nobody has it."""
        for account in self._directory.accounts(number):
            return account.who.community, account.language
        for one in self._store.invitations_of(number):
            if one.is_live(now):
                return one.newcomer.community, one.newcomer.language
        return None

    def _afford(self, community: str, number: Number, now: datetime) -> bool:
        """Count a code against the community's day; False when it has had enough. Raises RacedError."""
        day = f"{now:%Y-%m-%d}"
        sent = self._store.codes_sent(community, day)
        if sent >= self._store.codes_a_day(community):
            return False
        self._store.spend(number, community, day, sent, now=now)
        return True

    def _post_it(self, community: str, phone: str, code: str, language: str, now: datetime) -> Sent:
        taken = self._post.send_code(community, phone, code, language=language, now=now)
        return Sent.SENT if taken else Sent.REFUSED
