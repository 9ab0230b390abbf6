"""After a life sign nobody is sent to a door any more, whoever takes the alarm to close it."""

from datetime import timedelta

import pytest

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.notify.courier import ProviderDownError
from chalicelib.watch.model import Concern, ConcernKind
from tests.scenarios.quarter import Quarter, X, clock

TEN = clock("01-15 10:00")


@pytest.fixture
def town() -> Quarter:
    return Quarter(TEN)


def cleared(town: Quarter) -> str:
    """A quiet home, and then water runs again."""
    alarm = town.goes_quiet()
    Concerns(town.alarms).clear(alarm, now=town.now)
    town.rang.clear()
    return alarm


def test_who_takes_it_to_close_it_and_goes_nowhere_has_nobody_rung(town: Quarter) -> None:
    alarm = cleared(town)
    town.wait(hours=2)
    assert town.phones_rung() == ["desk"], "is reminded"
    town.takes(alarm, "desk")
    town.wait(minutes=60)
    assert town.phones_rung() == ["desk"]
    assert town.alarm(alarm).state == "cleared"
    town.wait(hours=2)
    assert town.phones_rung() == ["desk"] * 2, "is reminded again, since nobody closed it"


@pytest.mark.parametrize("on_the_way", [False, True])
def test_who_gives_it_back_has_nobody_rung(town: Quarter, on_the_way: bool) -> None:
    alarm = cleared(town)
    town.takes(alarm, "zhou")
    if on_the_way:
        town.sets_out(alarm, "zhou")
    town.declines(alarm, "zhou")
    town.wait(minutes=110)
    assert (town.phones_rung(), town.alarm(alarm).state) == ([], "cleared")


def test_who_sets_out_all_the_same_and_is_late_has_the_desk_reminded_and_nobody_else(town: Quarter) -> None:
    alarm = cleared(town)
    town.takes(alarm, "zhou")
    town.sets_out(alarm, "zhou")
    town.wait(hours=5)
    assert set(town.phones_rung()) == {"desk"}
    town.finds(alarm, "zhou", Outcome(Verdict.FALSE, Cause.LOW_USE))
    assert not town.alarm(alarm).is_open


def test_a_home_that_goes_quiet_anew_is_no_longer_calm(town: Quarter) -> None:
    alarm = cleared(town)
    town.takes(alarm, "zhou")
    town.now += timedelta(minutes=5)
    Concerns(town.alarms).raise_once(
        Concern(ConcernKind.STILL_WATER, X, "h001", town.now, {"device": "d"}), now=town.now
    )
    assert town.alarm(alarm).state == "acknowledged"
    town.declines(alarm, "zhou")
    town.wait(minutes=1)
    assert town.phones_rung() == ["li"], "the next on the ladder"


def test_the_next_on_duty_is_not_asked_to_take_over_what_a_life_sign_cleared() -> None:
    town = Quarter(clock("01-15 19:50"))
    alarm = town.goes_quiet()
    town.takes(alarm, "li")
    Concerns(town.alarms).clear(alarm, now=town.now)
    town.rang.clear()
    town.wait(minutes=30)
    assert (town.phones_rung(), town.alarm(alarm).offered_to) == ([], None)


def test_an_offer_that_waits_is_dropped_once_there_is_a_life_sign() -> None:
    town = Quarter(clock("01-15 19:55"))
    town.sms.trouble["sun"] = town.voice.trouble["sun"] = ProviderDownError("500")
    alarm = town.goes_quiet()
    town.takes(alarm, "li")
    town.until(clock("01-15 20:00"))
    assert town.alarm(alarm).offered_to == "sun"
    Concerns(town.alarms).clear(alarm, now=town.now)
    town.sms.trouble.clear()
    town.wait(minutes=30)
    assert town.phones_rung(kind="handoff") == []
