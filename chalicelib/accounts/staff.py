"""What staff do for others' sign-ins: inviting kin and volunteers, pairing a resident's handset, revoking."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import randbelow

from chalicelib.accounts.codes import WrongCodeError
from chalicelib.accounts.grants import Granted, Grants
from chalicelib.accounts.invitations import (
    INVITATION_LIFE,
    INVITED,
    PAIRING_LIFE,
    SECRET_DIGITS,
    SLOT_DIGITS,
    Invitation,
    Pairing,
    invitation_code,
    invitation_mark,
    known_number,
    pairing_code,
    pairing_mark,
    read_pairing_code,
)
from chalicelib.accounts.people import Directory, Newcomer
from chalicelib.accounts.phones import address_name
from chalicelib.accounts.sessions import Session, SessionKind, handset_holder
from chalicelib.accounts.staying import Sessions
from chalicelib.accounts.store import RacedError, SignInStore
from chalicelib.http.problems import KeyReusedError
from chalicelib.kernel.errors import NotFoundError, RefusedError, TooManyError
from chalicelib.kernel.ids import digest
from chalicelib.kernel.keyring import Keys
from chalicelib.kernel.phones import phone_name

RACES = 5
CODES = 10 ** (SLOT_DIGITS + SECRET_DIGITS)


@dataclass(frozen=True, slots=True)
class Handed:
    """A code that staff hand over, which is shown this once, and when it ends."""

    id: str
    code: str
    ends_at: datetime


class Invitations:
    """Invitations of kin and volunteers."""

    def __init__(
        self,
        store: SignInStore,
        directory: Directory,
        keys: Keys,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._directory = directory
        self._keys = keys
        self._new_id = new_id

    def invite(self, newcomer: Newcomer, phone: str, *, by: str, once: str = "", now: datetime) -> Handed:
        """Invite somebody who has this number (E.164). The same `once` by the same person is one invitation.

        Raises RefusedError for a role that is not invited, and for residents who aren't there;
        KeyReusedError when `once` was used for another invitation.
        """
        if newcomer.role not in INVITED:
            raise RefusedError(
                "Only kin and volunteers are invited.", pointer="/role", zh="只能邀请家属和志愿者。"
            )
        self._directory.must_know(newcomer)
        name = digest("invitation", newcomer.community, by, once) if once else self._new_id()
        number, code = phone_name(phone), invitation_code(name, self._keys().current)
        known = [one for one in self._store.invitations_of(number) if one.id == name]
        if known and known[0].newcomer == newcomer and known[0].fits(code, self._keys):
            return Handed(name, code, known[0].ends_at)
        if any(one.id == name and not one.is_same(newcomer, number) for one in self._waiting(newcomer)):
            raise KeyReusedError("This Idempotency-Key was used for another invitation; use a new one.")
        mark, ends_at = invitation_mark(name, code, self._keys()), now + INVITATION_LIFE
        self._store.save(Invitation(name, number, newcomer, mark, by, ends_at), now=now)
        return Handed(name, code, ends_at)

    def _waiting(self, newcomer: Newcomer) -> list[Invitation]:
        return self._store.invitations(newcomer.community)

    def of(self, community: str, *, now: datetime) -> list[Invitation]:
        """A community's invitations that wait for somebody."""
        return [one for one in self._store.invitations(community) if one.is_live(now)]

    def withdraw(self, community: str, invitation: str, *, now: datetime) -> None:
        """Take an invitation back. Raises NotFoundError."""
        for one in self.of(community, now=now):
            if one.id == invitation:
                return self._store.take(one, now=now)
        raise NotFoundError("There is no such invitation here.")


class Handsets:
    """The telephones and tablets of residents."""

    def __init__(
        self,
        store: SignInStore,
        directory: Directory,
        grants: Grants,
        sessions: Sessions,
        keys: Keys,
        *,
        random: Callable[[int], int] = randbelow,
    ) -> None:
        self._store = store
        self._directory = directory
        self._grants = grants
        self._sessions = sessions
        self._keys = keys
        self._random = random

    def offer(self, community: str, resident: str, *, by: str, once: str = "", now: datetime) -> Handed:
        """A code that pairs a handset with a resident: the same for the same `once` by the same person, as
        long as it is good. Raises NotFoundError.
        """
        if self._directory.resident(community, resident) is None:
            raise NotFoundError("There is no such resident here.")
        for attempt in range(RACES):
            asked = "\x1f".join((community, resident, by, once, str(attempt)))
            number = known_number(asked, self._keys().current) if once else self._random(CODES)
            slot, secret = pairing_code(number)
            before = self._store.pairing(slot)
            if before is not None and before.is_live(now):
                if once and before.is_for(community, resident) and before.fits(secret, self._keys):
                    return _handed(slot, secret, before.ends_at)
                continue
            version = before.version if before else 0
            mark, ends_at = pairing_mark(slot, secret, self._keys()), now + PAIRING_LIFE
            pairing = Pairing(slot, community, resident, mark, by, ends_at, version=version)
            try:
                self._store.save(pairing, now=now)
            except RacedError:
                continue
            return _handed(slot, secret, ends_at)
        raise TooManyError("Many are pairing at this moment; try again.", after_seconds=5)

    def pair(self, code: str, *, label: str, address: str, now: datetime) -> Granted:
        """Sign a handset in with a pairing's code, once. Raises WrongCodeError, TooManyError."""
        slot, secret = read_pairing_code(code)
        source = address_name(address)
        for _ in range(RACES):
            pairing, calling = self._store.pairing(slot), self._store.address(source)
            calling.must_may_guess(now=now)
            try:
                if pairing is None or not (pairing.fits(secret, self._keys) and pairing.is_live(now)):
                    tried = [pairing.tried()] if pairing else []
                    self._store.save(calling.guessed(now=now), *tried, now=now)
                    raise WrongCodeError
                return self._open(pairing, label, now)
            except RacedError:
                continue
        raise TooManyError("Many are pairing at this moment; try again.", after_seconds=5)

    def of(self, community: str, resident: str, *, now: datetime) -> list[Session]:
        """A resident's handsets that are signed in. Raises NotFoundError."""
        if self._directory.resident(community, resident) is None:
            raise NotFoundError("There is no such resident here.")
        return self._sessions.of(handset_holder(community, resident), now=now)

    def revoke(self, community: str, handset: str, *, now: datetime) -> None:
        """Sign a handset out. Raises NotFoundError."""
        session = self._store.session(handset)
        theirs = session is not None and (session.account.community, session.kind) == (
            community,
            SessionKind.HANDSET,
        )
        if not theirs:
            raise NotFoundError("There is no such handset here.")
        self._sessions.sign_out(handset, now=now, why="revoked")

    def forget(self, community: str, resident: str, *, now: datetime) -> None:
        """Sign out every handset of somebody who is being removed, and let none be paired any more."""
        holder = handset_holder(community, resident)
        self._sessions.end_all(holder, now=now, why="gone")
        for pairing in self._store.pairings_of(holder):
            if pairing.is_for(community, resident):
                self._store.take(pairing, now=now)

    def _open(self, pairing: Pairing, label: str, now: datetime) -> Granted:
        account = self._directory.resident(pairing.community, pairing.resident)
        if account is None:
            raise WrongCodeError
        holder = handset_holder(pairing.community, pairing.resident)
        granted = self._grants.new(
            SessionKind.HANDSET, holder, account, label=label, now=now, paired_by=pairing.made_by
        )
        self._store.take(pairing, changes=[granted.session], now=now)
        return granted


def _handed(slot: str, secret: str, ends_at: datetime) -> Handed:
    return Handed(slot, f"{slot} {secret[:3]} {secret[3:]}", ends_at)
