"""Who calls, and signing in."""

from base64 import b32encode, urlsafe_b64encode
from datetime import datetime
from functools import cache
from secrets import token_bytes
from typing import NamedTuple

from chalicelib.accounts.codes import code_of
from chalicelib.accounts.grants import Grants
from chalicelib.accounts.lane import read_code_letter
from chalicelib.accounts.model import UnknownKeyError, verify
from chalicelib.accounts.people import Lane
from chalicelib.accounts.sending import CodeSender, Sent
from chalicelib.accounts.service import SignIn
from chalicelib.accounts.sessions import As, Session, SessionKind
from chalicelib.accounts.staff import Handsets, Invitations
from chalicelib.accounts.staying import Sessions
from chalicelib.accounts.store import SignInStore
from chalicelib.aws.queues import Queue
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ForbiddenError, NotFoundError
from chalicelib.kernel.keyring import NEWEST
from chalicelib.kernel.observe import count
from chalicelib.kernel.phones import phone_name
from chalicelib.kernel.settings import settings
from chalicelib.notify.boxes import box_of
from chalicelib.wiring import alarms, ground, notify, privacy, registry


def verified(token: str, *, now: datetime) -> Caller:
    """The caller that a bearer token names. Raises TokenError."""
    try:
        return verify(token, keys=ground.token_keys(), now=now)
    except UnknownKeyError:
        return verify(token, keys=ground.token_keys(NEWEST), now=now)


@cache
def sign_in() -> SignIn:
    """Signing in with a phone."""
    return SignIn(store(), registry.directory(), lane(), grants(), ground.token_keys, new_id=new_id)


@cache
def sessions() -> Sessions:
    """Staying signed in, and signing out."""
    return Sessions(
        store(), registry.directory(), grants(), ground.token_keys, noticed=_copied, ending=_push_no_more
    )


def present(caller: Caller, now: datetime) -> None:
    """For routes that only somebody may call who is signed in at this moment. Raises SignedOutError."""
    sessions().live(caller, now=now)


def paired(handset: Session, *, now: datetime) -> None:
    """A handset was paired: it is written down, and those who are near the resident are told."""
    who, by = handset.account, handset.paired_by
    person = registry.directory().person(who.community, by)
    role = person[0].who.role.value if person else ""
    privacy.access_log().note_handset(who.community, who.name, by=by, role=role, now=now)
    alarms.handset_news().tell(who.community, who.name, handset.id, by=by, now=now)


def name_of(who: As) -> str:
    """What somebody is called; empty when nobody knows, as for who calls by an operator's token."""
    if who.role is Role.RESIDENT:
        resident = registry.directory().resident(who.community, who.name)
        return resident.name if resident else ""
    person = registry.directory().person(who.community, who.name)
    return person[0].name if person else ""


def in_person(caller: Caller, now: datetime) -> None:
    """For what a resident decides about themselves: whoever has their handset in hand, or paired one, hasn't
    proven to be them. Raises SignedOutError, ForbiddenError.
    """
    session = sessions().live(caller, now=now)
    if session is not None and session.kind is SessionKind.HANDSET:
        raise ForbiddenError(
            "A paired handset may not do this; sign in with your number and a code.",
            zh="配对的设备不能办理此事，请用手机号和验证码登录后再办。",
        )


@cache
def invitations() -> Invitations:
    """Inviting kin and volunteers."""
    return Invitations(store(), registry.directory(), ground.token_keys, new_id=new_id)


@cache
def handsets() -> Handsets:
    """Residents' own telephones and tablets."""
    return Handsets(store(), registry.directory(), grants(), sessions(), ground.token_keys)


def sign_out_person(community: str, person: str, *, now: datetime) -> int:
    """End every sign-in of a person in their community; how many were on. Raises NotFoundError."""
    found = registry.directory().person(community, person)
    if found is None:
        raise NotFoundError("There is no such person here.")
    account, phone = found
    return sessions().revoke(account.who, phone_name(phone) if phone else "", now=now)


def left(who: As, *, now: datetime) -> None:
    """Somebody was removed, or has another role: what they signed in as is over."""
    sessions().leave(who, now=now)


def moved(who: As, phone: str, *, now: datetime) -> None:
    """Somebody has this number now (E.164, or empty): what they signed in to by another one is over."""
    sessions().leave(who, stays_at=phone_name(phone) if phone else "", now=now)


@cache
def code_sender() -> CodeSender:
    """Sending codes."""
    return CodeSender(store(), registry.directory(), notify.code_post(), ground.token_keys)


def deliver_code(text: str, *, now: datetime) -> Sent:
    """Send the code that a message of the queue asks for. Raises StoreUnavailableError: it comes again."""
    return code_sender().deliver(read_code_letter(text), now=now)


class SentCode(NamedTuple):
    """A code that is good now, and when it was asked for last."""

    code: str
    at: datetime


def live_code(phone: str, *, now: datetime) -> SentCode | None:
    """The code that a phone number (E.164) was sent and that is still good, for whoever holds the key."""
    live = store().number(phone_name(phone)).challenge
    key = ground.token_keys(live.key).named(live.key) if live else None
    if live is None or key is None or not live.mark or not live.is_live(now):
        return None
    return SentCode(code_of(live.id, key), live.asked_at)


@cache
def store() -> SignInStore:
    """Sign-ins as they are stored."""
    return SignInStore(ground.deadlines_table())


@cache
def grants() -> Grants:
    """Making tokens."""
    return Grants(ground.token_keys, new_id=new_id, new_secret=new_secret)


@cache
def lane() -> Lane:
    """The way to whoever sends codes."""
    return AtOnce() if ground.given() else CodesQueue(Queue(settings().codes_queue_url))


class CodesQueue:
    """The deployment's queue of codes to send."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def put(self, text: str) -> None:
        """Put a message into it."""
        self._queue.send(text, delay_seconds=0)


class AtOnce:
    """Where there is no queue, what goes into it comes out at once."""

    def put(self, text: str) -> None:
        """Deliver a message."""
        deliver_code(text, now=clock.now())


def new_id() -> str:
    """A name that nobody can guess: 80 random bits."""
    return b32encode(token_bytes(10)).decode().lower()


def new_secret() -> str:
    """256 random bits as text."""
    return urlsafe_b64encode(token_bytes(32)).decode().rstrip("=")


def _push_no_more(session: Session) -> None:
    """Whoever is signed out is told nothing more: the browser may be in other hands."""
    who = session.account
    notify.choosing().signed_out(who.community, box_of(who.role, who.name), session.id)


def _copied(session: Session) -> None:
    """A refresh token came twice: counted, since many of them mean that somebody collects them."""
    count("RefreshTokenCopied")
