"""Duty changes while people are in need: handing on, confirming, standing in, and looking ahead."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.alarms.model import IllegalMoveError
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.rota.model import Holders, Settings
from chalicelib.watch.model import ConcernKind
from tests.faults import CrashingTable
from tests.rota.builders import day_team, night_team
from tests.scenarios.quarter import DAY_PEOPLE, NIGHT_PEOPLE, Quarter, X, clock

EVENING = clock("01-15 20:00")


@pytest.fixture
def town() -> Quarter:
    """A quarter to eight in the evening: the day team is on duty."""
    return Quarter(EVENING - timedelta(minutes=15))


def test_at_the_change_of_shift_the_next_on_duty_is_asked_to_take_over(town: Quarter) -> None:
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "li")
    town.wait(minutes=20)
    assert town.told("sun") == ["handoff"]
    assert "offered li → sun" in town.log(task)


def test_who_has_it_stays_responsible_until_the_other_has_taken_it(town: Quarter) -> None:
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "li")
    town.wait(minutes=20)
    assert town.alarm(task).acknowledged_by == "li"
    with pytest.raises(IllegalMoveError, match="li took charge"):
        town.takes(task, "qian")
    town.takes(task, "sun")
    assert town.alarm(task).acknowledged_by == "sun"
    assert "acknowledged relieves li" in town.log(task)
    town.wait(minutes=1)
    assert town.told("li") == ["relieved"]
    with pytest.raises(IllegalMoveError, match="sun is in charge"):
        town.sets_out(task, "li")


def test_nobody_is_asked_to_relieve_who_stands_at_the_door(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.arrives(alarm, "li")
    town.wait(hours=2)
    assert "handoff" not in town.told("sun")
    with pytest.raises(IllegalMoveError):
        town.takes(alarm, "sun")


def test_who_arrived_after_being_offered_relief_keeps_it(town: Quarter) -> None:
    town.wait(minutes=10)
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.sets_out(alarm, "li")
    town.wait(minutes=6)
    assert town.told("sun") == ["handoff"]
    town.arrives(alarm, "li")
    with pytest.raises(IllegalMoveError):
        town.takes(alarm, "sun")


def test_relief_that_nobody_took_is_offered_to_the_next_shift(town: Quarter) -> None:
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "li")
    town.rota.arrangements.override(X, "g1", clock("01-16 08:00"), clock("01-16 20:00"), ["wu"])
    town.rota.arrangements.away(X, "li", clock("01-16 00:00"), clock("01-17 00:00"), now=town.now)
    town.duty_changed()
    town.until(clock("01-16 09:00"))
    assert town.alarm(task).offered_to == "wu"
    assert town.log(task).count("offered li → sun") == 1


def test_a_message_of_relief_is_not_pursued_once_it_is_taken(town: Quarter) -> None:
    """The phone of the next on duty takes the call and never rings: SMS would follow, but they have it."""
    town.voice.proves_within = town.sms.proves_within = timedelta(minutes=2)
    alarm = town.goes_quiet()
    town.takes(alarm, "li")
    town.sets_out(alarm, "li")
    town.wait(minutes=16)
    town.takes(alarm, "sun")
    rung = len(town.rung_at("sun"))
    assert rung == 1
    town.wait(minutes=9)
    assert len(town.rung_at("sun")) == rung


def test_a_steward_keeps_what_they_took(town: Quarter) -> None:
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "zhou")
    town.wait(hours=2)
    assert town.alarm(task).offered_to is None


def test_a_gap_relieves_nobody() -> None:
    town = Quarter(EVENING - timedelta(minutes=15), teams=[day_team(*DAY_PEOPLE)])
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "li")
    town.wait(hours=2)
    assert (town.alarm(task).acknowledged_by, town.alarm(task).offered_to) == ("li", None)


def asked(**more: object) -> Quarter:
    """A quarter that asks for confirmation within ten minutes; Li, whose day it was, was there."""
    town = Quarter(EVENING - timedelta(minutes=15), confirm_minutes=10, **more)  # type: ignore[arg-type]
    town.rota.arrangements.confirm(X, "g1", "li", now=town.now)
    return town


def led_by_zhou() -> Quarter:
    """The same, and Zhou leads the night team, without serving in it."""
    return asked(teams=[day_team(*DAY_PEOPLE), replace(night_team(*NIGHT_PEOPLE), leader="zhou")])


def warned(town: Quarter) -> int:
    """How often the coordinator was told, since the evening began, that nobody confirmed."""
    return [kind for at, _, who, kind in town.rang if who == "chen" and at >= EVENING].count("unconfirmed")


def test_whoever_begins_is_asked_to_confirm_and_left_alone_once_they_did() -> None:
    town = asked()
    town.wait(minutes=20)
    assert town.told("sun") == ["shift"]
    assert town.told("qian") == []
    town = asked()
    town.wait(minutes=16)
    town.rota.arrangements.confirm(X, "g1", "sun", now=town.now)
    town.duty_changed()
    town.wait(hours=3)
    assert (town.told("sun"), town.told("qian")) == (["shift"], [])


def test_without_a_confirmation_in_ten_minutes_the_second_stands_in_and_presses_dial_them() -> None:
    town = asked()
    town.until(EVENING + timedelta(minutes=9))
    assert town.on_the_board() == ["Sun", "Qian"]
    town.wait(minutes=1)
    assert town.told("qian") == ["stand_in"]
    assert town.rung_at("qian") == [EVENING + timedelta(minutes=10)]
    assert town.on_the_board()[0] == "Qian"
    town.rota.arrangements.confirm(X, "g1", "qian", now=town.now)
    town.duty_changed()
    town.wait(hours=5)
    assert town.told("qian") == ["stand_in"]
    assert warned(town) == 0


def test_a_stand_in_who_is_silent_too_is_followed_by_the_leader_and_then_the_coordinator_is_told() -> None:
    town = led_by_zhou()
    town.until(EVENING + timedelta(minutes=19))
    assert (town.told("qian"), town.told("zhou")) == (["stand_in"], [])
    town.wait(minutes=1)
    assert town.told("zhou") == ["stand_in"]
    assert town.rung_at("zhou") == [EVENING + timedelta(minutes=20)]
    assert town.on_the_board()[0] == "Zhou"
    town.until(EVENING + timedelta(minutes=29))
    assert warned(town) == 0
    town.wait(minutes=1)
    assert warned(town) == 1
    town.wait(hours=5)
    assert (town.told("zhou"), warned(town)) == (["stand_in"], 1)


def test_a_leader_who_confirms_stays_and_nobody_is_warned() -> None:
    town = led_by_zhou()
    town.until(EVENING + timedelta(minutes=21))
    town.rota.arrangements.confirm(X, "g1", "zhou", now=town.now)
    town.duty_changed()
    assert town.on_the_board()[0] == "Zhou"
    town.wait(hours=5)
    assert warned(town) == 0


def test_when_nobody_can_stand_in_the_coordinator_is_told() -> None:
    town = asked(teams=[day_team(*DAY_PEOPLE), night_team("sun")])
    town.until(EVENING + timedelta(minutes=11))
    assert "unconfirmed" in town.told("chen")
    assert "Nobody" not in town.titles("chen")[-1]


def test_a_team_that_is_missing_is_told_once_a_week_and_not_every_day() -> None:
    town = Quarter(clock("01-15 09:00"), teams=[day_team(*DAY_PEOPLE)])
    town.wait(minutes=11)
    assert town.told("chen") == ["rota"]
    town.wait(days=6)
    assert town.told("chen") == ["rota"]
    town.wait(days=2)
    assert town.told("chen") == ["rota", "rota"]
    town.wait(days=7)
    assert town.told("chen") == ["rota"] * 3


def test_one_gap_in_sight_is_one_message_however_long_it_stays_in_sight(town: Quarter) -> None:
    town.wait(minutes=11)
    assert town.told("chen") == []
    town.rota.arrangements.away(X, "sun", clock("01-20 00:00"), clock("01-22 00:00"), now=town.now)
    for name in ("qian", "wu"):
        town.rota.arrangements.away(X, name, clock("01-20 00:00"), clock("01-22 00:00"), now=town.now)
    town.duty_changed()
    town.wait(minutes=11)
    assert town.told("chen") == ["rota"]
    town.until(clock("01-20 12:00"))
    assert town.told("chen") == ["rota"]


def test_a_mended_gap_that_opens_again_is_told_again(town: Quarter) -> None:
    for name in ("sun", "qian", "wu"):
        town.rota.arrangements.away(X, name, clock("01-20 00:00"), clock("01-22 00:00"), now=town.now)
    town.duty_changed()
    town.wait(minutes=11)
    town.rota.arrangements.override(X, "g1", clock("01-19 20:00"), clock("01-22 08:00"), ["li"])
    town.duty_changed()
    town.wait(minutes=11)
    town.rota.arrangements.away(X, "li", clock("01-20 00:00"), clock("01-22 00:00"), now=town.now)
    town.duty_changed()
    town.wait(minutes=11)
    assert town.told("chen") == ["rota", "rota"]


def test_while_nobody_holds_the_office_every_coordinator_is_told(town: Quarter) -> None:
    town.rota.put_settings(X, Settings(confirm_minutes=0, holders=Holders()), now=town.now)
    town.people.put_many([])
    town.rota.remove_team(X, "g1-night")
    town.duty_changed()
    town.wait(minutes=11)
    assert (town.told("chen"), town.told("he")) == (["rota"], ["rota"])


def test_nights_in_which_people_were_rung_are_counted_and_days_are_not(town: Quarter) -> None:
    town.finds(town.press_one_key(), "li")
    town.until(clock("01-16 02:00"))
    town.finds(town.press_one_key(), "sun")
    town.wait(minutes=30)
    town.finds(town.press_one_key(), "sun")
    week = (clock("01-14 08:00"), clock("01-17 08:00"))
    shares = {share.person: share.woken for share in town.rota.shares(X, *week, now=town.now)}
    assert (shares["li"], shares["sun"]) == (0, 1)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["write", "write_all", "get", "query"])
@pytest.mark.parametrize("nth", range(1, 8))
def test_a_crash_anywhere_at_the_change_of_shift_loses_nothing_and_tells_nobody_twice(
    method: str, nth: int, before: bool
) -> None:
    """The tick at eight o'clock fails at its nth call of the store; the next ones go on."""
    told = []
    for crash_at in (nth, 10_000):
        table = CrashingTable(MemoryTable(DEADLINES), method, 10_000, before=before)
        town = Quarter(EVENING - timedelta(minutes=15), confirm_minutes=10, table=table)
        town.rota.arrangements.confirm(X, "g1", "li", now=town.now)
        task = town.raises(ConcernKind.DEVICE_SILENT)
        town.takes(task, "li")
        town.until(EVENING - timedelta(seconds=1))
        town.now, table.nth, town.may_fail = EVENING, crash_at, True
        for _ in range(3):
            with suppress(StoreUnavailableError):
                town.tick()
        table.nth = 10_000
        town.until(EVENING + timedelta(minutes=20))
        told.append((sorted(town.told("sun")), sorted(town.told("qian")), town.told("li"), town.log(task)))
    assert told[0] == told[1]
    assert told[0][:2] == (["handoff", "shift"], ["handoff", "stand_in"])  # who stands in has it offered next


def test_a_community_that_is_gone_keeps_no_deadline(town: Quarter) -> None:
    town.shift_watch().begin("gone", now=town.now)
    town.tick()
    assert town.deadlines.get("shift#gone", "shift") is None
