"""Several alarms in one home: who is on the way anyway is told, and nobody else is bothered without need."""

from datetime import timedelta

import pytest

from chalicelib.alarms.listing import open_cases
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.store import AlarmStore
from chalicelib.watch.model import ConcernKind
from tests.scenarios.neighbourhood import Neighbourhood, Who
from tests.scenarios.quarter import Quarter, clock


@pytest.fixture
def town() -> Neighbourhood:
    """Li is on the way to home h001, where somebody pressed the key a minute ago."""
    town = Neighbourhood()
    pressed = town.press_one_key()
    town.takes(pressed, "Li")
    town.sets_out(pressed, "Li")
    town.wait(minutes=1)
    town.rang.clear()
    return town


def pressed(town: Neighbourhood) -> str:
    return next(a.id for a in town.desk.open_of("xinghe", "h001") if a.kind == "one_key")


def test_who_is_on_the_way_is_told_and_nobody_else_is_rung(town: Neighbourhood) -> None:
    quiet = town.goes_quiet()
    assert town.phones_rung() == ["Li"]
    town.wait(minutes=10)
    assert set(town.phones_rung()) == {"Li"}
    assert "held" in town.log(quiet)
    assert town.desk.get(quiet, community="xinghe").has_on_case("Li")


def test_when_they_turn_back_the_ladder_goes_on_from_its_first_rung(town: Neighbourhood) -> None:
    quiet = town.goes_quiet()
    town.declines(pressed(town), "Li")
    town.wait(minutes=5)
    assert "Zhou" in town.phones_rung()
    began = len(town.rang)
    town.wait(minutes=4)
    assert "told" in town.log(quiet)
    town.wait(minutes=1)
    assert began < len(town.rang)


def test_when_they_close_theirs_and_leave_it_the_ladder_goes_on(town: Neighbourhood) -> None:
    quiet = town.goes_quiet()
    town.arrives(pressed(town), "Li")
    town.wait(minutes=6)
    town.finds(pressed(town), "Li", outcome=Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE))
    town.wait(minutes=5)
    assert town.phones_rung()[-1] == "Zhou"
    town.wait(minutes=5)
    assert town.phones_rung()[-1] == "Li"
    assert town.state(quiet) == "raised"


def test_a_ladder_that_was_held_in_the_middle_does_not_ring_all_rungs_at_once() -> None:
    town = Neighbourhood()
    town.goes_quiet()
    town.wait(minutes=6)
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    town.sets_out(alarm, "Li")
    town.wait(minutes=10)
    town.finds(alarm, "Li")
    town.rang.clear()
    town.wait(minutes=5)
    assert town.phones_rung() == ["daughter", "Sun"]
    town.wait(minutes=8)
    assert town.phones_rung() == ["daughter", "Sun"]
    town.wait(minutes=1)
    assert town.phones_rung() == ["daughter", "Sun", "He"]


def test_who_only_took_charge_holds_nothing_up() -> None:
    town = Neighbourhood()
    town.takes(town.press_one_key(), "Li")
    town.rang.clear()
    town.goes_quiet()
    assert town.phones_rung() == ["Zhou"]


@pytest.mark.parametrize("kind", [ConcernKind.GAS, ConcernKind.FALL])
def test_severity_one_rings_everybody_and_who_is_nearest_first(
    town: Neighbourhood, kind: ConcernKind
) -> None:
    town.people[Who.DUTY_FIRST] = ["Wang"]
    town.raises(kind)
    assert town.phones_rung() == ["Li", "Wang", "Zhou", "daughter"]


def test_a_task_on_the_way_does_not_hold_what_is_more_severe() -> None:
    town = Neighbourhood()
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "Li")
    town.sets_out(task, "Li")
    town.rang.clear()
    town.goes_quiet()
    assert town.phones_rung() == ["Zhou"]


def test_a_drill_disturbs_nobody_who_is_on_a_real_alarm(town: Neighbourhood) -> None:
    town.people[Who.DUTY_FIRST] = ["Wang"]
    town.press_one_key(drill=True)
    assert "Li" not in town.phones_rung()


def test_another_homes_alarm_is_not_held(town: Neighbourhood) -> None:
    town.goes_quiet("h002")
    assert town.phones_rung() == ["Zhou"]


def test_a_home_with_several_alarms_is_one_case_the_most_severe_first(town: Neighbourhood) -> None:
    town.raises(ConcernKind.DEVICE_SILENT)
    quiet = town.goes_quiet()
    town.takes(quiet, "Wang")
    town.goes_quiet("h002")
    first, second = open_cases(AlarmStore(town.table), "xinghe")
    assert [(a.severity, a.state.value) for a in first.alarms] == [
        (1, "en_route"),
        (2, "acknowledged"),
        (3, "raised"),
    ]
    assert [(one.person, one.state.value) for one in first.on_it] == [
        ("Li", "en_route"),
        ("Wang", "acknowledged"),
    ]
    assert first.on_it[0].since == first.since
    assert (second.household, second.on_it, second.severity) == ("h002", (), 2)
    assert second.since - first.since == timedelta(minutes=1)


@pytest.mark.parametrize("arrived", [True, False])
def test_who_went_there_long_ago_and_never_closed_holds_nothing_up(
    town: Neighbourhood, arrived: bool
) -> None:
    if arrived:
        town.arrives(pressed(town), "Li")
    town.wait(hours=20)
    town.rang.clear()
    town.goes_quiet()
    assert town.phones_rung() == ["Zhou"]
    town.wait(minutes=5)
    assert "Li" in town.phones_rung()


@pytest.mark.parametrize("household", ["h001", "h002"])
def test_while_the_first_ones_phone_rings_for_another_call_the_second_is_rung_at_once(household: str) -> None:
    town = Quarter(clock("01-15 10:00"))
    town.press_one_key()
    town.wait(seconds=5)
    town.rang.clear()
    town.raises(ConcernKind.SMOKE, household)
    assert [(channel, who) for _, channel, who, _ in town.rang] == [
        ("sms", "li"),
        ("sms", "zhou"),
        ("voice", "wang"),
    ]
    town.wait(seconds=174)
    assert {who for _, _, who, kind in town.rang if kind == "smoke"} == {"li", "zhou", "wang"}
