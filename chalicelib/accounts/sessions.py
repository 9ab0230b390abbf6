"""Sessions: one sign-in of one phone, or of one handset, and what it may be refreshed with. Pure.

A refresh token is opaque, stored as its hash, and good once: each refresh gives the next. One that comes a
second time was copied by somebody, so the whole session ends, for whoever holds it. An answer that got lost
on its way is asked for again with the same Idempotency-Key, which a thief of the token doesn't have: the next
token is made of both, so the same two give the same one, and no token needs to be kept.

A handset's token doesn't change: an old phone that was off for a month must not be locked out by an answer it
never got. Staff see when it was last used, and revoke it.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import UnauthorizedError
from chalicelib.kernel.ids import digest, is_id
from chalicelib.kernel.keyring import KeyRing

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=60)
HANDSET_LIFE = timedelta(days=730)
"""Since it was last used."""
LONGEST_TOKEN = 200
SHORTEST_KEY = 16
"""Characters. A shorter Idempotency-Key could be guessed, and is as good as none here."""


class SessionKind(StrEnum):
    """What signed in."""

    PHONE = "phone"
    """A person, who proved a phone number."""
    HANDSET = "handset"
    """A resident's own telephone or tablet, which staff paired."""


class SignedOutError(UnauthorizedError):
    """The refresh token is unknown, old, used before, or was revoked. Which of these is not told."""

    code = "signed_out"

    def __init__(self) -> None:
        super().__init__("You are signed out; sign in again.", zh="您已退出登录，请重新登录。")


@dataclass(frozen=True, slots=True)
class As:
    """As whom: a person, or a resident, in a role, in a community."""

    community: str
    role: Role
    name: str

    @property
    def id(self) -> str:
        """The account's id, such as `xinghe.kin.li-wei`."""
        return f"{self.community}.{self.role}.{self.name}"

    @property
    def person(self) -> str:
        """Who it is, whatever their role: the name under which their sign-ins are found."""
        kind = "resident" if self.role is Role.RESIDENT else "person"
        return digest("sessions", self.community, kind, self.name)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `holder` groups what is signed out together: a phone number's name, or a resident's.

    `token` and `before` are the hashes of the refresh token and of the one it replaced; `retry` is the hash
    of the key with which that was asked for. `ended` says why it is over; `listed_until` is how long the
    holder's list has it; `people` are those who had the number when it began (`As.person`): numbers are
    passed on, and sessions aren't. `paired_by` is who offered a handset's code; `version` guards its changes.
    """

    id: str
    kind: SessionKind
    holder: str
    account: As
    label: str
    token: str
    since: datetime
    used_at: datetime
    ends_at: datetime
    before: str = ""
    retry: str = ""
    ended: str = ""
    listed_until: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    people: tuple[str, ...] = ()
    paired_by: str = ""
    version: int = 0

    def is_live(self, now: datetime) -> bool:
        """Whether it may still be refreshed."""
        return not self.ended and now < self.ends_at

    def is_of(self, who: As) -> bool:
        """Whether somebody had the number when this began."""
        return who.person in (self.account.person, *self.people)

    def refreshed(self, secret: str, account: As, *, retry_key: str, now: datetime) -> "Session":
        """The session whose refresh token is now `secret`."""
        life = HANDSET_LIFE if self.kind is SessionKind.HANDSET else REFRESH_LIFE
        return replace(
            self,
            account=account,
            token=hash_of(secret),
            before=self.token,
            retry=hash_of(retry_key) if retry_key else "",
            used_at=now,
            ends_at=now + life,
        )

    def without(self, people: Collection[str]) -> "Session":
        """The session, which changes to none of these any more (`As.person`)."""
        return replace(self, people=tuple(one for one in self.people if one not in people))

    def over(self, why: str, *, now: datetime) -> "Session":
        """The session, ended."""
        return replace(self, ended=why, used_at=now)


def handset_holder(community: str, resident: str) -> str:
    """What a resident's handsets are grouped under."""
    return digest("handsets", community, resident)


def new_session(
    session_id: str,
    kind: SessionKind,
    holder: str,
    account: As,
    *,
    label: str,
    secret: str,
    now: datetime,
    others: Iterable[As] = (),
    paired_by: str = "",
) -> Session:
    """A sign-in that begins now; `others` have the same number, and it may change to them."""
    life = HANDSET_LIFE if kind is SessionKind.HANDSET else REFRESH_LIFE
    people = tuple(dict.fromkeys(who.person for who in (account, *others)))
    return Session(
        session_id, kind, holder, account, label, hash_of(secret), now, now, now + life,
        people=people, paired_by=paired_by,
    )  # fmt: skip


def refresh_token(session_id: str, secret: str, keys: KeyRing) -> str:
    """The token that a client keeps. It shows that it is ours: a made-up one ends nobody's session."""
    return f"{session_id}.{secret}.{_tag(session_id, secret, keys.current)}"


def read_token(token: str) -> tuple[str, str, str]:
    """The session's id, the secret and the tag in a refresh token. Raises SignedOutError."""
    parts = token.split(".") if len(token) <= LONGEST_TOKEN and token.isascii() else []
    if len(parts) != 3 or not all(parts) or not is_id(parts[0]):
        raise SignedOutError
    return parts[0], parts[1], parts[2]


def is_ours(session_id: str, secret: str, tag: str, keys: KeyRing) -> bool:
    """Whether we once gave this token to somebody."""
    return any(hmac.compare_digest(tag, _tag(session_id, secret, key)) for key in keys.keys)


def next_secret(secret: str, retry_key: str, key: str) -> str:
    """The secret after this one, for a client that may ask again with the same `retry_key`."""
    made = hmac.digest(f"refresh:{key}".encode(), f"{secret}\n{retry_key}".encode(), sha256)
    return urlsafe_b64encode(made).decode().rstrip("=")


def hash_of(secret: str) -> str:
    """The hash under which a secret is stored: it has 256 random bits, so it needs no salt."""
    return digest("secret", secret, length=52)


def matches(secret: str, stored: str) -> bool:
    """Whether a secret is the one that was stored."""
    return hmac.compare_digest(hash_of(secret), stored)


def _tag(session_id: str, secret: str, key: str) -> str:
    made = hmac.digest(f"refresh token:{key}".encode(), f"{session_id}.{secret}".encode(), sha256)
    return urlsafe_b64encode(made[:12]).decode()
