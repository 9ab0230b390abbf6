"""Staying signed in, and signing out: on this phone, everywhere, or by staff."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime

from chalicelib.accounts.grants import Granted, Grants
from chalicelib.accounts.people import Account, Directory
from chalicelib.accounts.sessions import (
    SHORTEST_KEY,
    As,
    Session,
    SessionKind,
    SignedOutError,
    is_ours,
    matches,
    next_secret,
    read_token,
)
from chalicelib.accounts.store import RacedError, SignInStore
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.errors import RefusedError, TooManyError
from chalicelib.kernel.keyring import NEWEST, Keys

RACES = 5


class Sessions:
    """The sessions of phones and handsets. `noticed` hears of a token that came twice, `ending` of each
    session just before it ends, and maybe once more.
    """

    def __init__(
        self,
        store: SignInStore,
        directory: Directory,
        grants: Grants,
        keys: Keys,
        *,
        noticed: Callable[[Session], None] = lambda session: None,
        ending: Callable[[Session], None] = lambda session: None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._grants = grants
        self._keys = keys
        self._noticed = noticed
        self._ending = ending

    def refresh(self, token: str, *, account: str = "", retry_key: str = "", now: datetime) -> Granted:
        """The next tokens of a session; `account` changes to another one of the same number.

        A token that comes again ends its session, but for the same request sent again under the same
        `retry_key` of 16 characters or more. Raises SignedOutError, and RefusedError for a foreign account.
        """
        session_id, secret, tag = read_token(token)
        again = retry_key if len(retry_key) >= SHORTEST_KEY else ""
        for _ in range(RACES):
            session = self._store.session(session_id)
            if session is None or not session.is_live(now):
                raise SignedOutError
            try:
                if matches(secret, session.token):
                    return self._go_on(session, secret, account, again, now)
                return self._repeated(session, secret, tag, again, now)
            except RacedError:
                continue
        raise TooManyError("This session is being refreshed; try again.", after_seconds=1)

    def live(self, caller: Caller, *, now: datetime) -> Session | None:
        """A caller's session, for what must not wait until a token has run out.

        Raises SignedOutError for one that has ended. A token that an operator signed has none, and passes.
        """
        if not caller.session:
            return None
        session = self._store.session(caller.session)
        if session is None or not session.is_live(now):
            raise SignedOutError
        return session

    def sign_out(self, session_id: str, *, now: datetime, why: str = "signed_out") -> bool:
        """End a session, and whether it was on; again changes nothing, as for a token without a session."""
        for _ in range(RACES):
            session = self._store.session(session_id) if session_id else None
            if session is None or not session.is_live(now):
                return False
            try:
                self._end(session, why, now)
            except RacedError:
                continue
            return True
        raise TooManyError("This session is being refreshed; try again.", after_seconds=1)

    def sign_out_everywhere(self, session_id: str, *, now: datetime) -> int:
        """End every session of whoever this session is of, a resident's handsets too; how many were on.

        A handset that was signed out still places calls, and is told nothing.
        """
        session = self._store.session(session_id)
        if session is None:
            return 0
        return self.end_all(session.holder, now=now) + self.end_all(session.account.person, now=now)

    def end_all(self, holder: str, *, now: datetime, why: str = "signed_out") -> int:
        """End every session of a holder; how many were still on."""
        live = self.of(holder, now=now)
        for session in live:
            self.sign_out(session.id, now=now, why=why)
        return len(live)

    def revoke(self, who: As, number: str, *, now: datetime) -> int:
        """End a person's sign-ins, and their community's by their number (its name, or empty), such as those
        on a stolen phone; how many were on. One of another community stays, since it isn't theirs to end, and
        changes to nobody of this one any more.
        """
        ended, accounts = 0, self._directory.accounts(number) if number else ()
        here = {who.person, *(one.who.person for one in accounts if one.who.community == who.community)}
        for holder in (who.person, *([number] if number else [])):
            for session in self.of(holder, now=now):
                if session.account.community == who.community:
                    ended += self.sign_out(session.id, now=now, why="revoked")
                else:
                    self._part(session.id, here, now)
        return ended

    def _part(self, session_id: str, people: Collection[str], now: datetime) -> None:
        for _ in range(RACES):
            session = self._store.session(session_id)
            if session is None or not session.is_live(now) or not {*session.people} & {*people}:
                return
            with suppress(RacedError):
                self._store.save(session.without(people), now=now)
                return
        raise TooManyError("This session is being refreshed; try again.", after_seconds=1)

    def leave(self, who: As, *, stays_at: str | None = None, now: datetime) -> int:
        """End the sign-ins of somebody who changed; how many were on.

        With `stays_at`, the name of the number that they have now, those stay that proved it, and handsets.
        """
        left = [
            session
            for session in self.of(who.person, now=now)
            if session.account.person == who.person
            and (stays_at is None or (session.kind is SessionKind.PHONE and session.holder != stays_at))
        ]
        for session in left:
            self.sign_out(session.id, now=now, why="gone")
        return len(left)

    def forget(self, who: As, *, now: datetime) -> None:
        """End the sign-ins of somebody who isn't known any more, and keep nothing of them."""
        self.leave(who, now=now)
        for session in self._store.sessions(who.person):
            if session.account.person == who.person:
                self._store.forget(session)

    def of(self, holder: str, *, now: datetime) -> list[Session]:
        """A holder's sessions that are still on, newest first."""
        return [session for session in self._store.sessions(holder) if session.is_live(now)]

    def mine(self, session_id: str, *, now: datetime) -> list[Session]:
        """The sessions of whoever this session is of, a resident's handsets among them, newest first."""
        session = self._store.session(session_id)
        if session is None:
            return []
        both = [*self.of(session.holder, now=now), *self.of(session.account.person, now=now)]
        found = {one.id: one for one in both}
        return sorted(found.values(), key=lambda one: (one.since, one.id), reverse=True)

    def _go_on(self, session: Session, secret: str, account: str, retry_key: str, now: datetime) -> Granted:
        found = self._account(session, account)
        if found is None:  # they have left, or have another number now
            self._end(session, "gone", now)
            raise SignedOutError
        if session.kind is SessionKind.HANDSET:
            following = secret
        else:
            following = next_secret(secret, retry_key or self._grants.new_secret(), self._keys().current)
        changed = session.refreshed(following, found.who, retry_key=retry_key, now=now)
        self._store.save(changed, now=now)
        return self._grants.of(changed, found, following, now=now)

    def _repeated(self, session: Session, secret: str, tag: str, retry_key: str, now: datetime) -> Granted:
        """The same answer again to whoever asked with the same key; the end for a token that was copied."""
        following = self._given_before(session, secret, retry_key)
        found = self._account(session, "") if following else None
        if following is not None and found is not None:
            return self._grants.of(session, found, following, now=now)
        if is_ours(session.id, secret, tag, self._keys()):
            self._end(session, "reused", now)
            self._noticed(session)
        raise SignedOutError

    def _given_before(self, session: Session, secret: str, retry_key: str) -> str | None:
        """The token that the same request was given before, whichever key it was made with."""
        if not retry_key or not matches(retry_key, session.retry):
            return None
        keys = dict.fromkeys((*self._keys().keys, *self._keys(NEWEST).keys))
        made = (next_secret(secret, retry_key, key) for key in keys)
        return next((one for one in made if matches(one, session.token)), None)

    def _end(self, session: Session, why: str, now: datetime) -> None:
        self._ending(session)
        self._store.save(session.over(why, now=now), now=now)

    def _account(self, session: Session, account: str) -> Account | None:
        """The account of a session, or the one that is asked for. Raises RefusedError."""
        was = session.account
        if session.kind is SessionKind.HANDSET:
            return self._directory.resident(was.community, was.name)
        wanted = account or was.id
        accounts = self._directory.accounts(session.holder)
        found = next((one for one in accounts if one.who.id == wanted and session.is_of(one.who)), None)
        if found is None and account:
            raise RefusedError(
                "This number has no such account.", pointer="/account", zh="这个号码没有这个身份。"
            )
        return found
