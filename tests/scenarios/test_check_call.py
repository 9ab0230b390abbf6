"""A home is quiet: its resident is rung at once, beside whoever looks after them."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.alarms.logbook import Via
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.notify.courier import ProviderDownError, UnclearError, UndeliverableError
from chalicelib.watch.model import Concern, ConcernKind
from tests.faults import CrashingTable
from tests.scenarios.telephones import DU, MORNING, PHONES, CrashError, Telephones

ZHOU = PHONES["zhou"]


@pytest.fixture
def town() -> Telephones:
    return Telephones()


def checks(town: Telephones, alarm: str) -> list[str]:
    """What the log says of check calls."""
    return [what for what, whose, _ in town.log(alarm) if what.startswith("check_call") and whose == "du"]


def test_the_resident_is_rung_at_once_beside_the_steward(town: Telephones) -> None:
    alarm = town.goes_quiet()
    assert (town.rung_at(ZHOU), town.rung_at(DU)) == ([0], [0])
    assert ("check_call", "du", "voice") in town.log(alarm)
    assert town.spoken(DU) == ["您好，社区问候您。一切都好请按1，需要帮忙请按2，稍后再说请按3。"]


def test_one_is_a_self_answer_which_stops_the_ladder(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.wait(seconds=40)
    assert town.presses(DU, "1") == "noted"
    assert (town.alarm(alarm).state, town.log(alarm)[-1]) == (
        "self_answered",
        ("self_answered", "du", "voice"),
    )
    town.wait(minutes=119)
    assert [ring.at for ring in town.exchange.rings if ring.at > 0] == []


def test_a_self_answer_lapses_without_a_life_sign_and_the_resident_is_rung_again(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.presses(DU, "1")
    town.wait(hours=2)
    assert town.alarm(alarm).state == "raised"
    assert (town.rung_at(ZHOU), town.rung_at(DU)) == ([0, 7200], [0, 7200])


def test_with_a_life_sign_it_does_not_lapse(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.presses(DU, "1")
    town.wait(minutes=90)
    town.concerns().clear(alarm, now=town.now)
    town.wait(hours=3)
    assert town.alarm(alarm).state == "cleared"
    assert town.rung_at(DU) == [0]


def test_two_is_a_call_for_help_that_rings_who_is_on_duty(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.wait(seconds=30)
    town.presses(DU, "2")
    town.wait(seconds=1)
    kinds = {each.kind.value for each in town.desk.open_of("xinghe", "h001")}
    assert kinds == {"still_water", "one_key"}
    assert town.rung_at(PHONES["li"]) == [30]
    assert town.rung_at(DU) == [0], "who asked for help is not asked how they are"
    assert ("noted", "du", "voice") in town.log(alarm)


@pytest.mark.parametrize("closed", [False, True])
def test_a_call_for_help_that_is_reported_again_rings_nobody_again(town: Telephones, closed: bool) -> None:
    alarm = town.goes_quiet()
    town.wait(seconds=30)
    du = Responder("du", "xinghe", Via.VOICE, said_at=town.now)
    town.now += timedelta(seconds=2)
    town.desk.call_for_help(alarm, by=du, now=town.now)
    (call,) = [each.id for each in town.desk.open_of("xinghe", "h001") if each.kind is ConcernKind.ONE_KEY]
    town.takes(call, "li")
    if closed:
        mistake = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
        town.desk.resolve(call, mistake, by=Responder("li", "xinghe"), now=town.now)
    said = town.log(call)
    town.wait(seconds=20)
    town.desk.call_for_help(alarm, by=du, now=town.now)
    assert town.log(call) == said
    calls = [each.id for each in town.desk.open_of("xinghe", "h001") if each.kind is ConcernKind.ONE_KEY]
    assert calls == ([] if closed else [call])


def test_three_is_later_the_ladder_goes_on_and_they_are_rung_once_more(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.wait(seconds=20)
    assert town.presses(DU, "3") == "noted"
    town.wait(minutes=5)
    assert town.rung_at(PHONES["li"])[0] == 75, "later is no proof of anything"
    town.wait(minutes=6)
    assert town.rung_at(DU) == [0, 620]
    town.presses(DU, "3")
    town.wait(minutes=3)
    assert town.rung_at(DU) == [0, 620]
    said = [(what, by) for what, by, _ in town.log(alarm) if by == "du" and "check" not in what]
    assert said == [("asked_to_be_called_back", "du"), ("noted", "du")]


def test_nobody_is_called_back_once_somebody_took_charge(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.presses(DU, "3")
    town.takes(alarm)
    town.wait(minutes=9)
    town.desk.set_out(alarm, by=Responder("zhou", "xinghe"), now=town.now)
    town.wait(minutes=20)
    assert town.rung_at(DU) == [0]


def test_later_said_to_whoever_already_took_charge_is_noted(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.takes(alarm)
    town.presses(DU, "3")
    assert town.log(alarm)[-1] == ("noted", "du", "voice")
    assert town.alarm(alarm).state == "acknowledged"


def test_fine_said_to_whoever_is_on_the_way_stands_in_the_log(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.takes(alarm)
    town.desk.set_out(alarm, by=Responder("zhou", "xinghe"), now=town.now)
    assert town.presses(DU, "1") == "noted"
    assert (town.alarm(alarm).state, town.log(alarm)[-1]) == ("en_route", ("noted", "du", "voice"))


def test_no_answer_is_evidence_and_changes_nothing(town: Telephones) -> None:
    alarm = town.goes_quiet()
    calm = Telephones()
    calm.lives("")
    calm.goes_quiet()
    for each in (town, calm):
        each.wait(minutes=5)
    assert checks(town, alarm) == ["check_call", "check_call_unanswered"]
    assert town.alarm(alarm).state == "raised"
    others = [(ring.at, ring.phone) for ring in town.exchange.rings if ring.phone != DU]
    assert others == [(ring.at, ring.phone) for ring in calm.exchange.rings]


@pytest.mark.parametrize(
    ("trouble", "logged"),
    [
        pytest.param([UndeliverableError("no such number")], ["check_call_failed"], id="refused"),
        pytest.param([UnclearError("no answer of theirs")], ["check_call_failed"], id="unclear"),
        pytest.param([ProviderDownError("down")] * 2, ["check_call_waits", "check_call_failed"], id="down"),
        pytest.param(
            [ProviderDownError("down")],
            ["check_call_waits", "check_call", "check_call_unanswered"],
            id="down for a moment",
        ),
    ],
)
def test_a_providers_trouble_is_not_the_residents_silence(
    town: Telephones, trouble: list[BaseException], logged: list[str]
) -> None:
    town.exchange.trouble = {DU: trouble}
    alarm = town.goes_quiet()
    town.wait(minutes=3)
    assert checks(town, alarm) == logged
    assert town.rung_at(PHONES["li"])[0] == 75, "when the steward didn't answer, and no sooner"


def test_a_resident_without_a_phone_is_logged_and_the_ladder_goes_on(town: Telephones) -> None:
    town.lives("")
    alarm = town.goes_quiet()
    town.wait(minutes=5)
    assert checks(town, alarm) == ["check_call_impossible"]
    assert (town.rung_at(ZHOU), town.rung_at(PHONES["li"])[0]) == ([0], 75)


def test_everybody_who_lives_there_is_rung(town: Telephones) -> None:
    town.lives(DU, "+869312345678")
    town.goes_quiet()
    assert (town.rung_at(DU), town.rung_at("+869312345678")) == ([0], [0])


def test_it_rings_at_night_too_since_somebody_will_knock(town: Telephones) -> None:
    night = Telephones(MORNING + timedelta(hours=17))
    night.goes_quiet()
    assert night.rung_at(DU) == [0]
    assert night.rung_at(ZHOU) == [], "the steward sleeps; whoever is on duty goes"
    assert night.rung_at(PHONES["sun"]) == [0]


def test_whoever_pressed_for_help_is_not_asked_how_they_are(town: Telephones) -> None:
    press = Concern(ConcernKind.ONE_KEY, "xinghe", "h001", town.now, {})
    town.concerns().raise_once(press, now=town.now)
    town.wait(minutes=20)
    assert town.rung_at(DU) == []


def test_an_alarm_that_was_taken_at_once_rings_no_resident_any_more(town: Telephones) -> None:
    found = Concern(ConcernKind.STILL_WATER, "xinghe", "h001", town.now, {})
    alarm = town.concerns().raise_once(found, now=town.now)
    town.takes(alarm)
    town.tick()
    assert town.rung_at(DU) == []


def test_closing_it_ends_the_calls(town: Telephones) -> None:
    alarm = town.goes_quiet()
    town.presses(DU, "3")
    asleep = Outcome(Verdict.FALSE, Cause.ASLEEP)
    town.desk.resolve(alarm, asleep, by=Responder("zhou", "xinghe"), now=town.now)
    town.wait(hours=1)
    assert town.rung_at(DU) == [0]


def test_each_round_of_the_ladder_rings_the_resident_again(town: Telephones) -> None:
    town.goes_quiet()
    town.wait(hours=1)
    assert len(town.rung_at(DU)) == 4
    assert all(later - earlier >= 60 for earlier, later in pairwise(town.rung_at(DU)))


def test_a_crash_while_the_call_is_placed_rings_again_but_not_within_a_minute(town: Telephones) -> None:
    town.exchange.trouble = {DU: [CrashError()]}
    town.goes_quiet()
    town.wait(minutes=3)
    first, second = town.rung_at(DU)
    assert 60 <= second - first <= 90


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["write_all", "write", "get", "query"])
@pytest.mark.parametrize("nth", range(1, 14))
def test_a_crash_anywhere_loses_no_check_call_and_rings_nobody_twice(
    town: Telephones, method: str, nth: int, before: bool
) -> None:
    found = Concern(ConcernKind.STILL_WATER, "xinghe", "h001", town.now, {})
    town.concerns().raise_once(found, now=town.now)
    with suppress(StoreUnavailableError):
        town.tick(CrashingTable(town.on.deadlines, method, nth, before=before))
    town.wait(minutes=3)
    assert 1 <= len(town.rung_at(DU)) <= 2
    assert all(later - earlier >= 60 for earlier, later in pairwise(town.rung_at(DU)))
