"""Kin who were told that somebody is being asked hear, too, that somebody went, and that it is closed."""

from datetime import timedelta

import pytest

from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import Wishes
from chalicelib.notify.model import Quiet
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import Person
from tests.scenarios.quarter import Quarter, X, clock

FELL = Outcome(Verdict.REAL, Cause.FELL, action=Action.AMBULANCE)


@pytest.fixture
def town() -> Quarter:
    return with_family(Quarter(clock("01-15 10:00")))


def with_family(town: Quarter, *kin: Kin) -> Quarter:
    town.people.put_many([Person("min", X, "Min", Role.KIN, "+8613800000090")])
    home = town.registry.household(X, "h001")
    assert home is not None
    town.residents.put(Resident("du", X, "h001", "Du", kin=kin or (Kin("min"),)), home, None, None)
    return town


def news(town: Quarter) -> list[str]:
    return [kind for kind in town.told("min") if kind != "kin_told"]


def test_a_daughter_hears_that_somebody_went_and_that_it_was_a_false_alarm(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=20)
    assert town.told("min") == ["kin_told"]
    town.takes(alarm, "li")
    town.wait(seconds=5)
    assert news(town) == ["kin_going"]
    town.sets_out(alarm, "li")
    town.arrives(alarm, "li")
    town.wait(minutes=5)
    assert news(town) == ["kin_going"]
    town.finds(alarm, "li")
    town.wait(seconds=5)
    assert news(town) == ["kin_going", "kin_false"]


def test_it_is_written_to_her_and_doesn_t_ring(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.wait(minutes=2)
    assert [channel for _, channel, who, kind in town.rang if kind == "kin_going"] == ["sms"]


def test_what_was_found_is_nobody_s_message(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.arrives(alarm, "li")
    town.finds(alarm, "li", FELL)
    town.wait(seconds=5)
    assert news(town) == ["kin_closed"], "that somebody went needn't be said any more"


def test_who_was_woken_at_night_hears_of_it_at_night(town: Quarter) -> None:
    town.until(clock("01-16 02:00"))
    quiet = Quiet(clock("01-15 22:00").time(), clock("01-15 23:00").time())
    town.book.put_wishes(X, "min", Wishes(quiet=quiet))
    alarm = town.press_one_key()
    town.takes(alarm, "sun")
    town.wait(minutes=1)
    assert [kind for _, _, who, kind in town.rang if who == "min"] == ["kin_told", "kin_going"]


def test_kin_who_heard_nothing_of_an_alarm_hear_nothing_of_its_end(town: Quarter) -> None:
    alarm = town.goes_quiet()
    town.takes(alarm, "zhou")
    town.finds(alarm, "zhou")
    town.wait(minutes=10)
    assert town.told("min") == []


def test_of_a_quiet_home_kin_hear_once_they_were_told(town: Quarter) -> None:
    alarm = town.goes_quiet()
    town.wait(minutes=11)
    assert town.told("min") == ["kin_told"]
    town.takes(alarm, "li")
    town.wait(minutes=1)
    assert news(town) == ["kin_going"]


def test_whoever_turns_back_at_once_is_no_news(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.declines(alarm, "li")
    town.wait(seconds=30)
    assert news(town) == []
    town.takes(alarm, "wang")
    town.wait(seconds=30)
    assert news(town) == ["kin_going"]


def test_told_twice_they_are_answered_twice(town: Quarter) -> None:
    """Nobody came though it was taken: the ladder begins anew, and with it the kin's worry."""
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.wait(minutes=30)
    assert news(town).count("kin_going") == 1
    town.takes(alarm, "wang")
    town.wait(minutes=1)
    assert town.told("min").count("kin_told") > 1
    assert news(town) == ["kin_going", "kin_going"]


def test_a_kin_who_isn_t_to_be_called_hears_nothing_of_a_quiet_home() -> None:
    town = with_family(Quarter(clock("01-15 10:00")), Kin("min", wish=Wish.DO_NOT_CALL))
    alarm = town.goes_quiet()
    town.wait(minutes=15)
    town.takes(alarm, "li")
    town.wait(minutes=1)
    assert town.told("min") == []


def test_a_task_and_a_drill_are_no_news_for_kin(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=10)
    town.finds(alarm, "li", FELL)
    town.wait(days=2)
    assert news(town) == ["kin_closed"], "the follow-up is staff's"


def test_a_tick_that_fails_tells_them_with_the_next(town: Quarter, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "li")

    def down(*_: object, **__: object) -> None:
        raise StoreUnavailableError("Down, for this test.")

    with monkeypatch.context() as broken:
        broken.setattr(town.residents, "of_household", down)
        town.may_fail = True
        town.tick()
    town.now += timedelta(seconds=60)
    town.tick()
    town.tick()
    assert news(town) == ["kin_going"]
