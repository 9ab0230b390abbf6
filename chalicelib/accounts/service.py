"""Signing in with a phone number and a one-time code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts.codes import LIFE, RESEND_AFTER, Address, Number, WrongCodeError
from chalicelib.accounts.grants import Granted, Grants
from chalicelib.accounts.lane import CodeLetter
from chalicelib.accounts.people import Account, Directory, Lane
from chalicelib.accounts.phones import address_name
from chalicelib.accounts.sessions import SessionKind
from chalicelib.accounts.store import RacedError, SignInStore
from chalicelib.kernel.errors import RefusedError, ShouwangError, TooManyError, UnauthorizedError
from chalicelib.kernel.keyring import Keys, key_id
from chalicelib.kernel.phones import phone_name

RACES = 5
"""How often what somebody else changed at this moment is looked at again."""


class InvitationNeededError(UnauthorizedError):
    """The number is proven, and invited: the invitation's own code is still missing, or wrong."""

    code = "invitation_needed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A code was asked for. What there is to tell is the same for every number."""

    resend_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody signs in with: a phone number (E.164) and its code.

    `account` chooses among several; `invitation` is an invitation's code; `label` names the phone or browser.
    """

    phone: str
    code: str
    account: str = ""
    invitation: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The number is proven and has several accounts: which one is meant?"""

    accounts: Sequence[Account]


class SignIn:
    """The login by phone.

    Asking for a code does the same for every number: the same reads, the same writes, a message to whoever
    sends codes. Only there it is looked up whether anybody has the number. So neither an answer nor the time
    it takes tells who is looked after here.
    """

    def __init__(
        self,
        store: SignInStore,
        directory: Directory,
        lane: Lane,
        grants: Grants,
        keys: Keys,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._directory = directory
        self._lane = lane
        self._grants = grants
        self._keys = keys
        self._new_id = new_id

    def ask(self, phone: str, *, address: str, language: str, now: datetime) -> Asked:
        """Have a code sent to a phone number (E.164), if somebody here has it. Raises TooManyError."""
        name, source = phone_name(phone), address_name(address)
        for _ in range(RACES):
            key = key_id(self._keys().current)
            number, challenge = self._store.number(name).asked(self._new_id(), key, now=now)
            try:
                self._store.save(number, self._store.address(source).asked(now=now), now=now)
            except RacedError:
                continue
            self._lane.put(CodeLetter(phone, challenge.id, challenge.asked, language).text())
            return Asked(now + RESEND_AFTER, challenge.since + LIFE)
        raise _crowded()

    def enter(self, proof: Proof, *, address: str, now: datetime) -> Granted | Choice:
        """Sign in with a code; each code opens once.

        Raises WrongCodeError, InvitationNeededError, TooManyError, and RefusedError for an account that the
        number doesn't have.
        """
        name, source = phone_name(proof.phone), address_name(address)
        for _ in range(RACES):
            number, calling = self._store.number(name), self._store.address(source)
            calling.must_may_guess(now=now)
            try:
                if not number.proven(proof.code, self._keys, now=now):
                    raise self._noted(WrongCodeError(), number, calling, now)
                if proof.invitation:
                    return self._join(proof, number, calling, now)
                accounts = self._accounts(name, now)
                chosen = _chosen(accounts, proof.account)
                if isinstance(chosen, Choice):
                    return chosen
                return self._open(chosen, accounts, proof, number, now)
            except RacedError:
                continue
        raise _crowded()

    def _noted(self, error: ShouwangError, number: Number, calling: Address, now: datetime) -> ShouwangError:
        """The refusal, once the try is counted: a guess that isn't counted isn't answered."""
        self._store.save(number.tried(), calling.guessed(now=now), now=now)
        return error

    def _open(
        self, account: Account, others: Sequence[Account], proof: Proof, number: Number, now: datetime
    ) -> Granted:
        granted = self._grants.new(
            SessionKind.PHONE, number.name, account, label=proof.label, now=now, others=others
        )
        self._store.save(number.spent(), granted.session, now=now)
        return granted

    def _join(self, proof: Proof, number: Number, calling: Address, now: datetime) -> Granted:
        """Sign in for the first time, by an invitation. Raises InvitationNeededError."""
        live = [one for one in self._store.invitations_of(number.name) if one.is_live(now)]
        invitation = next((one for one in live if one.fits(proof.invitation, self._keys)), None)
        if invitation is None:
            refused = InvitationNeededError(
                "This invitation isn't right, or no longer. Check its code.",
                zh="邀请码不对，或已失效，请核对。",
            )
            raise self._noted(refused, number, calling, now)
        account = self._directory.welcome(invitation.newcomer, proof.phone)
        others = self._directory.accounts(number.name)
        granted = self._grants.new(
            SessionKind.PHONE, number.name, account, label=proof.label, now=now, others=others
        )
        self._store.take(invitation, changes=[number.spent(), granted.session], now=now)
        return granted

    def _accounts(self, number: str, now: datetime) -> Sequence[Account]:
        """The accounts of a number, of which there is one at least.

        Raises InvitationNeededError, WrongCodeError.
        """
        accounts = self._directory.accounts(number)
        if not accounts:
            if any(one.is_live(now) for one in self._store.invitations_of(number)):
                raise InvitationNeededError(
                    "You are invited: enter the code of your invitation, too.",
                    zh="您已受邀：请把邀请码也填上。",
                )
            raise WrongCodeError
        return accounts


def _chosen(accounts: Sequence[Account], account: str) -> Account | Choice:
    """The account that is meant. Raises RefusedError."""
    if not account:
        return accounts[0] if len(accounts) == 1 else Choice(accounts)
    for one in accounts:
        if one.who.id == account:
            return one
    raise RefusedError("This number has no such account.", pointer="/account", zh="这个号码没有这个身份。")


def _crowded() -> TooManyError:
    return TooManyError("Many sign in with this number at this moment; try again.", after_seconds=1)
