"""Who is believed to be there, or on the way, keeps nobody else from coming when help is called again."""

from datetime import timedelta

import pytest

from chalicelib.alarms.model import IllegalMoveError
from chalicelib.watch.model import ConcernKind
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.quarter import Quarter, clock


@pytest.fixture
def town() -> Neighbourhood:
    return Neighbourhood()


@pytest.mark.parametrize("kind", [ConcernKind.ONE_KEY, ConcernKind.FALL, ConcernKind.SMOKE])
def test_a_press_long_after_somebody_came_and_never_closed_rings_the_ladder_anew(
    town: Neighbourhood, kind: ConcernKind
) -> None:
    alarm = town.raises(kind)
    town.takes(alarm)
    town.arrives(alarm)
    town.wait(hours=5)
    town.rang.clear()
    assert town.raises(kind) == alarm
    assert town.phones_rung() == ["Li", "Zhou", "daughter"]
    assert town.state(alarm) == "raised"
    town.wait(minutes=1)
    assert town.takes(alarm, "Wang").acknowledged_by == "Wang"
    assert town.arrives(alarm, "Li").acknowledged_by == "Li", "who was there sees it still"


def test_whoever_just_came_is_there_however_often_it_is_pressed(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm)
    town.arrives(alarm)
    town.rang.clear()
    for _ in range(14):
        town.wait(minutes=1)
        town.press_one_key()
    assert town.state(alarm) == "on_site"
    assert town.rang == []


def test_a_quiet_home_that_stays_quiet_while_somebody_is_there_rings_nobody(town: Neighbourhood) -> None:
    alarm = town.goes_quiet()
    town.takes(alarm, "Zhou")
    town.arrives(alarm, "Zhou")
    town.wait(minutes=29)
    town.rang.clear()
    town.comes_again(alarm)
    town.wait()
    assert (town.state(alarm), town.rang) == ("on_site", [])


def test_a_key_that_was_pressed_a_hundred_times_still_rings_once_nobody_is_there(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    for _ in range(101):
        town.now += timedelta(seconds=1)
        town.press_one_key()
    town.takes(alarm)
    town.arrives(alarm)
    town.wait(minutes=20)
    town.press_one_key()
    assert town.state(alarm) == "raised"


@pytest.mark.parametrize("kind", [ConcernKind.GAS, ConcernKind.SMOKE])
def test_a_detector_that_goes_on_is_the_same_danger_and_keeps_the_log_short(
    town: Neighbourhood, kind: ConcernKind
) -> None:
    alarm = town.raises(kind)
    town.takes(alarm)
    town.arrives(alarm)
    town.rang.clear()
    for _ in range(300):
        town.wait(minutes=1)
        town.raises(kind)
    assert town.state(alarm) == "on_site"
    assert set(town.phones_rung()) == {"desk"}, "that reminders go on"
    assert town.log(alarm).count("again") == 30


def test_a_cause_that_comes_again_without_end_fills_no_log(town: Neighbourhood) -> None:
    alarm = town.goes_quiet()
    for _ in range(110):
        town.now += timedelta(seconds=1)
        town.goes_quiet()
    assert town.log(alarm).count("again") == 100


def test_who_is_asked_beside_a_late_one_may_take_it(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    town.sets_out(alarm, "Li")
    town.wait(minutes=14)
    with pytest.raises(IllegalMoveError, match="Li took charge"):
        town.takes(alarm, "Zhou")
    town.wait(minutes=1)
    assert town.phones_rung(since=900) == ["Wang"]
    taken = town.takes(alarm, "Wang")
    assert (taken.state, taken.acknowledged_by) == ("acknowledged", "Wang")
    assert town.takes(alarm, "Wang").version == taken.version
    with pytest.raises(IllegalMoveError, match="Wang took charge"):
        town.takes(alarm, "Zhou")
    assert town.arrives(alarm, "Li").acknowledged_by == "Li", "who was late is there after all"


def test_a_late_one_whose_call_another_took_is_not_told_to_rest() -> None:
    town = Quarter(clock("01-15 10:00"))
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.sets_out(alarm, "li")
    town.wait(minutes=15)
    town.takes(alarm, "wang")
    town.wait(minutes=2)
    assert "relieved" not in town.told("li")
    assert town.alarm(alarm).has_on_case("li")


def test_nobody_who_was_not_asked_takes_it_from_a_late_one(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    town.sets_out(alarm, "Li")
    town.wait(hours=2)
    with pytest.raises(IllegalMoveError, match="Li took charge"):
        town.takes(alarm, "stranger")


def test_who_took_it_from_a_late_one_and_does_not_go_is_passed_over(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    town.sets_out(alarm, "Li")
    town.wait(minutes=15)
    town.takes(alarm, "Wang")
    town.wait(minutes=3)
    assert town.state(alarm) == "raised"
    assert town.phones_rung(since=1080) == ["Li", "Wang", "Zhao", "desk"]
