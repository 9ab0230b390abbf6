"""What a client gets when it has signed in: a short-lived access token and a refresh token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.accounts.model import sign
from chalicelib.accounts.people import Account
from chalicelib.accounts.sessions import ACCESS_LIFE, Session, SessionKind, new_session, refresh_token
from chalicelib.kernel.keyring import Keys


@dataclass(frozen=True, slots=True)
class Granted:
    """A session that begins or goes on, and its two tokens."""

    session: Session
    account: Account
    access_token: str
    refresh_token: str


class Grants:
    """Makes tokens. `new_secret` draws 256 random bits as text."""

    def __init__(self, keys: Keys, *, new_id: Callable[[], str], new_secret: Callable[[], str]) -> None:
        self._keys = keys
        self._new_id = new_id
        self.new_secret = new_secret

    def new(
        self,
        kind: SessionKind,
        holder: str,
        account: Account,
        *,
        label: str,
        now: datetime,
        others: Sequence[Account] = (),
        paired_by: str = "",
    ) -> Granted:
        """A session that begins now; it may change to `others`, who have the same number.

        `paired_by` is who offered the code of a handset.
        """
        secret = self.new_secret()
        session = new_session(
            self._new_id(), kind, holder, account.who, label=label, secret=secret, now=now,
            others=[one.who for one in others], paired_by=paired_by,
        )  # fmt: skip
        return self.of(session, account, secret, now=now)

    def of(self, session: Session, account: Account, secret: str, *, now: datetime) -> Granted:
        """The tokens of a session whose refresh token's secret this is."""
        keys = self._keys()
        caller = account.caller(session.id)
        if session.kind is SessionKind.HANDSET:
            caller = replace(caller, handset=session.paired_by or "staff")
        access = sign(caller, key=keys.current, now=now, life=ACCESS_LIFE)
        return Granted(session, account, access, refresh_token(session.id, secret, keys))
