"""Swapping a shift: the owner stays responsible until it is taken and confirmed."""

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.rota.refusals import NotOnDutyError, OnLeaveError
from chalicelib.rota.swaps import Swap, SwapMoveError
from tests.rota.builders import MINUTE, Office, at, day_team, night_team

NOW, EVENING, MORNING = at("01-15 12:00"), at("01-15 20:00"), at("01-16 08:00")
X = "xinghe"
MOVES = ("offer", "take", "confirm", "withdraw")


@pytest.fixture
def office() -> Office:
    made = Office()
    made.staff(day_team("li", "wang"), night_team("chen", "liu"), now=NOW, confirm_minutes=0)
    return made


def move(office: Office, swap: Swap, name: str, *, now: object = NOW) -> Swap:
    swaps = office.rota.swaps
    named = {"offer": ["zhao"], "take": ["zhao"]}.get(name, [])
    found: Swap = getattr(swaps, name)(X, swap.id, *named, now=now)
    return found


def requested(office: Office) -> Swap:
    return office.rota.swaps.request(X, "g1", "chen", EVENING, now=NOW)


def test_only_when_taken_and_confirmed_the_other_is_responsible(office: Office) -> None:
    swap = requested(office)
    for name in ("offer", "take"):
        move(office, swap, name)
        assert office.first(EVENING) == "chen", name
    move(office, swap, "confirm")
    assert [office.first(when) for when in (EVENING, MORNING - MINUTE, MORNING)] == ["zhao", "zhao", "li"]
    assert office.first(EVENING + timedelta(days=1)) == "chen"


def test_confirmed_in_mid_shift_it_holds_from_then(office: Office) -> None:
    swap = requested(office)
    for name in ("offer", "take"):
        move(office, swap, name)
    midnight = at("01-16 00:00")
    move(office, swap, "confirm", now=midnight)
    found = [office.first(when) for when in (EVENING, midnight - MINUTE, midnight, MORNING - MINUTE)]
    assert found == ["chen", "chen", "zhao", "zhao"]


def test_every_step_may_be_repeated(office: Office) -> None:
    swap = requested(office)
    assert office.rota.swaps.request(X, "g1", "chen", EVENING + MINUTE, now=NOW + MINUTE) == swap
    for name in ("offer", "take", "confirm"):
        first = move(office, swap, name)
        assert move(office, swap, name, now=NOW + MINUTE) == first
    assert len(office.store.sheet(X, "g1", EVENING).entries) == 1


@pytest.mark.parametrize(
    ("before", "name", "ways"),
    [
        ([], "take", "offered or withdrawn"),
        ([], "confirm", "offered or withdrawn"),
        (["offer"], "confirm", "offered or taken or withdrawn"),
        (["offer", "take", "confirm"], "withdraw", "nothing else"),
        (["withdraw"], "offer", "nothing else"),
        (["offer", "take"], "offer", "confirmed or withdrawn"),
    ],
)
def test_a_step_out_of_turn_names_the_ways_there_are(
    office: Office, before: list[str], name: str, ways: str
) -> None:
    swap = requested(office)
    for each in before:
        move(office, swap, each)
    with pytest.raises(SwapMoveError, match=ways):
        move(office, swap, name)


def test_who_may_take_it(office: Office) -> None:
    swap = move(office, requested(office), "offer")
    with pytest.raises(SwapMoveError, match="offered to somebody else"):
        office.rota.swaps.take(X, swap.id, "sun", now=NOW)
    assert office.rota.swaps.offer(X, swap.id, "sun", now=NOW).to == "sun"
    with pytest.raises(SwapMoveError, match="owner"):
        office.rota.swaps.offer(X, swap.id, "chen", now=NOW)
    with pytest.raises(RefusedError, match="nobody 'x'"):
        office.rota.swaps.offer(X, swap.id, "x", now=NOW)


def test_what_isnt_yours_or_is_over_cant_be_swapped(office: Office) -> None:
    with pytest.raises(NotOnDutyError, match="Chen's, not Liu's"):
        office.rota.swaps.request(X, "g1", "liu", EVENING, now=NOW)
    with pytest.raises(NotOnDutyError, match="nobody's"):
        office.rota.swaps.request(X, "g2", "liu", EVENING, now=NOW)
    with pytest.raises(RefusedError, match="over"):
        office.rota.swaps.request(X, "g1", "chen", EVENING, now=MORNING)
    with pytest.raises(NotFoundError):
        office.rota.swaps.take(X, "sw-unknown", "zhao", now=NOW)


def test_a_swap_of_a_shift_that_is_over_is_not_confirmed(office: Office) -> None:
    swap = requested(office)
    for name in ("offer", "take"):
        move(office, swap, name)
    with pytest.raises(SwapMoveError, match="over"):
        move(office, swap, "confirm", now=MORNING)


def test_asked_again_after_giving_up_it_is_another(office: Office) -> None:
    first = move(office, requested(office), "withdraw")
    again = office.rota.swaps.request(X, "g1", "chen", EVENING, now=NOW + MINUTE)
    assert again.id != first.id
    assert [s.id for s in office.rota.swaps.of(X, now=NOW) if s.is_open] == [again.id]


@pytest.mark.parametrize("after", ["request", "offer", "take"])
def test_nobody_on_leave_is_given_a_shift(office: Office, after: str) -> None:
    swap = requested(office)
    for name in MOVES[: ("request", "offer", "take").index(after)]:
        move(office, swap, name)
    office.rota.arrangements.away(X, "zhao", MORNING - MINUTE, MORNING, now=NOW)
    with pytest.raises(OnLeaveError, match="Zhao is on leave"):
        move(office, swap, {"request": "offer", "offer": "take", "take": "confirm"}[after])
    assert office.first(EVENING) == "chen"


def test_leave_that_ended_by_then_keeps_nobody_from_it(office: Office) -> None:
    office.rota.arrangements.away(X, "zhao", NOW, EVENING, now=NOW)
    swap = requested(office)
    for name in MOVES[:3]:
        move(office, swap, name)
    assert office.first(EVENING) == "zhao"


def test_what_has_become_anothers_shift_is_not_given_away(office: Office) -> None:
    swap = requested(office)
    for name in ("offer", "take"):
        move(office, swap, name)
    office.rota.put_teams(X, [night_team("liu", "chen")], now=NOW)
    with pytest.raises(SwapMoveError, match="has become Liu's"):
        move(office, swap, "confirm")
    assert office.first(EVENING) == "liu"
    assert move(office, swap, "withdraw").state == "withdrawn"
