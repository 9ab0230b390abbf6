"""Sign-ins as they are kept: on the in-memory twin, and on DynamoDB itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.accounts.codes import COMMUNITY_DAILY, Address, Challenge, Number
from chalicelib.accounts.invitations import Invitation, Pairing
from chalicelib.accounts.people import Newcomer
from chalicelib.accounts.sessions import As, Session, SessionKind, new_session
from chalicelib.accounts.store import Change, RacedError, SignInStore
from chalicelib.accounts.tally import Tally
from chalicelib.aws.schema import DEADLINES
from chalicelib.kernel.caller import Role
from tests.builders import DAY, NOON
from tests.contract.conftest import NewTable

LI = As("xinghe", Role.VOLUNTEER, "li-na")
LATER = NOON + timedelta(minutes=5, milliseconds=250)
CHALLENGE = Challenge("c1", "k1", NOON, LATER, asked=2, sent=1, tries=3, mark="m")
KIN = Newcomer("xinghe", Role.KIN, "杜敏", ("du",), "女儿", "", "en")
NUMBER = Number("n1", CHALLENGE, Tally(NOON, 2), Tally(LATER, 7))
ADDRESS = Address("a1", Tally(NOON, 3), Tally(LATER, 4))
SESSION = new_session("s1", SessionKind.PHONE, "n1", LI, label="李娜的手机", secret="x", now=LATER)
INVITATION = Invitation("i1", "n2", KIN, "k1.m", "zhou-lan", NOON + 7 * DAY)
PAIRING = Pairing("0042", "xinghe", "du", "k1.m", "zhou-lan", NOON + timedelta(minutes=10), tries=2)
READ: dict[str, tuple[Change, Callable[[SignInStore], Change | None]]] = {
    "a number": (NUMBER, lambda store: store.number("n1")),
    "a number without a challenge": (replace(NUMBER, challenge=None), lambda store: store.number("n1")),
    "an address": (ADDRESS, lambda store: store.address("a1")),
    "a session": (SESSION, lambda store: store.session("s1")),
    "an ended session": (SESSION.over("reused", now=LATER), lambda store: store.session("s1")),
    "a handset": (replace(SESSION, kind=SessionKind.HANDSET), lambda store: store.session("s1")),
    "an invitation": (INVITATION, lambda store: store.invitations_of("n2")[0]),
    "a pairing": (PAIRING, lambda store: store.pairing("0042")),
}


@pytest.fixture
def store(new_table: NewTable) -> SignInStore:
    return SignInStore(new_table(DEADLINES))


def plain(change: Change | None) -> Change | None:
    """Without what the store keeps for itself."""
    if isinstance(change, Session):
        return replace(change, version=0, listed_until=SESSION.listed_until)
    return replace(change, version=0) if change else None


@pytest.mark.parametrize(("change", "read"), READ.values(), ids=READ)
def test_what_is_written_is_read_back(
    store: SignInStore, change: Change, read: Callable[[SignInStore], Change | None]
) -> None:
    store.save(change, now=NOON)
    assert plain(read(store)) == change


@pytest.mark.parametrize(("change", "read"), READ.values(), ids=READ)
def test_a_change_of_what_somebody_else_changed_is_refused(
    store: SignInStore, change: Change, read: Callable[[SignInStore], Change | None]
) -> None:
    store.save(change, now=NOON)
    with pytest.raises(RacedError):
        store.save(change, now=NOON)
    mine, theirs = read(store), read(store)
    assert mine is not None
    assert theirs is not None
    store.save(mine, now=NOON)
    with pytest.raises(RacedError):
        store.save(theirs, now=NOON)


def test_what_nobody_knows_is_empty(store: SignInStore) -> None:
    assert (store.number("n9"), store.address("a9")) == (Number("n9"), Address("a9"))
    assert (store.session("s9"), store.pairing("9999"), store.sessions("n9")) == (None, None, [])
    assert (store.invitations("xinghe"), store.invitations_of("n9")) == ([], [])
    assert store.codes_sent("xinghe", "2026-01-15") == 0


def test_changes_are_all_made_or_none(store: SignInStore) -> None:
    store.save(NUMBER, now=NOON)
    with pytest.raises(RacedError):
        store.save(SESSION, NUMBER, now=NOON)
    assert store.session("s1") is None


def test_sessions_are_listed_by_their_holder_newest_first(store: SignInStore) -> None:
    for n in range(3):
        session = replace(SESSION, id=f"s{n}", since=NOON + n * DAY)
        store.save(session, now=NOON)
    store.save(replace(SESSION, id="other", holder="n2"), now=NOON)
    assert [session.id for session in store.sessions("n1")] == ["s2", "s1", "s0"]


def test_a_session_that_goes_on_for_months_stays_listed(store: SignInStore) -> None:
    store.save(SESSION, now=NOON)
    for month in range(1, 6):
        session = store.session("s1")
        assert session is not None
        now = NOON + month * 30 * DAY
        store.save(session.refreshed("y", LI, retry_key="", now=now), now=now)
    (session,) = store.sessions("n1")
    assert session.listed_until >= session.ends_at


def test_what_is_good_once_is_taken_once(store: SignInStore) -> None:
    store.save(INVITATION, now=NOON)
    store.save(PAIRING, now=NOON)
    invitation, pairing = store.invitations_of("n2")[0], store.pairing("0042")
    assert pairing is not None
    store.take(invitation, pairing, now=NOON, changes=[SESSION])
    assert (store.invitations("xinghe"), store.pairing("0042")) == ([], None)
    assert store.session("s1") is not None
    for used in (invitation, pairing):
        with pytest.raises(RacedError):
            store.take(used, now=NOON, changes=[replace(SESSION, id="s2")])
    assert store.session("s2") is None


def test_invitations_are_found_by_number_and_by_community(store: SignInStore) -> None:
    store.save(INVITATION, now=NOON)
    store.save(replace(INVITATION, id="i2", number="n3"), now=NOON)
    store.save(replace(INVITATION, id="i3", newcomer=replace(KIN, community="yuehu")), now=NOON)
    assert {one.id for one in store.invitations("xinghe")} == {"i1", "i2"}
    assert {one.id for one in store.invitations_of("n2")} == {"i1", "i3"}


def test_the_days_codes_are_counted_one_by_one(store: SignInStore) -> None:
    store.spend(NUMBER, "xinghe", "2026-01-15", 0, now=NOON)
    number = store.number("n1")
    with pytest.raises(RacedError):
        store.spend(number, "xinghe", "2026-01-15", 0, now=NOON)
    store.spend(number, "xinghe", "2026-01-15", 1, now=NOON)
    assert store.codes_sent("xinghe", "2026-01-15") == 2
    assert store.codes_sent("xinghe", "2026-01-16") == 0


def test_how_many_codes_a_day_is_a_communitys_own(store: SignInStore) -> None:
    store.put_codes_a_day("xinghe", 50)
    assert (store.codes_a_day("xinghe"), store.codes_a_day("yuehu")) == (50, COMMUNITY_DAILY)
