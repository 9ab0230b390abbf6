"""The ladder with the real rota and notifications: shifts, nights of a changed clock, swaps, providers."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.alarms.concerns import Concerns
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.notify.courier import DeliveryError, UnclearError
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.watch.model import Concern, ConcernKind
from tests.faults import CrashingTable
from tests.rota.builders import day_team, night_team
from tests.scenarios.quarter import DAY_PEOPLE, NIGHT_PEOPLE, Quarter, X, clock

EVENING = clock("01-15 20:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def town() -> Quarter:
    """An hour into the night shift."""
    return Quarter(EVENING + 60 * MINUTE)


def test_a_press_rings_who_is_on_duty_by_the_rota(town: Quarter) -> None:
    town.press_one_key()
    assert town.phones_rung() == ["sun", "zhou"]
    town.wait(minutes=1)
    assert town.phones_rung()[-1] == "qian"
    town.wait(minutes=2)
    assert town.phones_rung()[3:] == ["sun", "qian", "wu", "desk"]


def test_when_the_shift_changes_in_mid_alarm_the_next_rung_asks_the_new_one() -> None:
    town = Quarter(EVENING - timedelta(seconds=30))
    town.press_one_key()
    assert town.phones_rung() == ["li", "zhou"]
    town.wait(minutes=1)
    assert town.phones_rung()[-1] == "qian"
    town.wait(minutes=2)
    assert {"sun", "qian", "wu"} <= set(town.phones_rung())
    assert "wang" not in town.phones_rung()


def test_a_rung_told_again_after_a_crash_over_the_change_of_shift_tells_who_stood_on_it() -> None:
    town = Quarter(clock("01-15 19:59"))
    town.now += timedelta(seconds=57)
    town.rang.clear()
    found = Concern(ConcernKind.ONE_KEY, X, "h001", town.now, {"device": "d"})
    alarm = Concerns(town.alarms).raise_once(found, now=town.now)
    town.notifier = Notifier(NoticeStore(CrashingTable(town.table, "write_all", 1)), {}, town.book)
    with pytest.raises(StoreUnavailableError):
        town.climber().climb(alarm, now=town.now)
    couriers = {"voice": town.voice, "sms": town.sms}
    town.notifier = Notifier(NoticeStore(town.table), couriers, town.book, stopwatch=lambda: 0.0)
    town.wait(seconds=10)
    assert town.phones_rung() == ["li", "zhou"]
    assert town.log(alarm)[-1] == "told li, zhou"
    assert all(town.alarm(alarm).has_on_case(who) for who in ("li", "zhou"))


@pytest.mark.parametrize(
    ("night", "begins", "ends"),
    [
        pytest.param("03-28", "2026-03-28T19:00", "2026-03-29T06:00", id="eleven hours in spring"),
        pytest.param("10-24", "2026-10-24T18:00", "2026-10-25T07:00", id="thirteen hours in autumn"),
    ],
)
def test_a_night_in_which_the_clocks_change(night: str, begins: str, ends: str) -> None:
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begins, ends))
    town = Quarter(start - MINUTE, zone="Europe/Berlin")
    assert start == clock(f"{night} 20:00", "Europe/Berlin")
    town.until(start)
    task = town.raises(ConcernKind.DEVICE_SILENT)
    town.takes(task, "sun")
    for hours in (6, 7, 8):  # around the hour that is skipped, or comes twice
        town.until(start + timedelta(hours=hours, minutes=30))
        alarm = town.press_one_key()
        assert town.phones_rung(since=town.now) == ["sun", "zhou"]
        town.finds(alarm, "sun")
    town.until(end - timedelta(seconds=1))
    assert town.alarm(task).offered_to is None
    town.until(end)
    assert town.alarm(task).offered_to == "li"
    shares = town.rota.shares(X, start - timedelta(hours=12), end, now=town.now)
    assert {share.person: share.woken for share in shares}["sun"] == 1


def test_a_swap_confirmed_in_mid_alarm_rings_who_took_it_and_leaves_what_is_in_hand(town: Quarter) -> None:
    held = town.raises(ConcernKind.DEVICE_SILENT, "h002")
    town.takes(held, "sun")
    alarm = town.press_one_key()
    swaps = town.rota.swaps
    asked = swaps.request(X, "g1", "sun", town.now, now=town.now)
    swaps.offer(X, asked.id, "wu", now=town.now)
    swaps.take(X, asked.id, "wu", now=town.now)
    town.wait(minutes=4)
    assert town.rota.duties.on_duty(X, "g1", town.now).first == "sun"  # taken, and not yet confirmed
    swaps.confirm(X, asked.id, now=town.now)
    town.duty_changed()
    assert town.on_the_board()[0] == "Wu"
    told_by_now = town.now
    town.wait(minutes=7)
    assert town.phones_rung(since=told_by_now)[0] == "chen"
    again = [who for who in town.phones_rung(since=told_by_now) if who in NIGHT_PEOPLE]
    assert again[0] == "wu"
    assert town.alarm(held).acknowledged_by == "sun"
    assert town.alarm(held).offered_to is None
    town.finds(alarm, "wu")


def test_with_no_team_at_all_the_grid_worker_and_the_desk_answer() -> None:
    town = Quarter(EVENING, teams=())
    alarm = town.press_one_key()
    assert town.phones_rung() == ["zhou"]
    town.wait(minutes=5)
    assert town.phones_rung()[1:] == ["desk", "chen", "desk"]
    assert "nobody_reached" in town.log(alarm)


def test_a_strangers_call_rings_whoever_is_on_duty_anywhere(town: Quarter) -> None:
    """No home, no grid, and no team of the whole community: somebody who is on duty is rung all the same."""
    alarm = town.press_one_key("unknown-abc")
    assert town.phones_rung() == ["sun"]
    town.wait(minutes=3)
    assert town.phones_rung()[1:] == ["qian", "sun", "qian", "wu", "desk"]
    assert "told sun" in town.log(alarm)


def test_with_a_team_on_leave_the_whole_communitys_serves(town: Quarter) -> None:
    town.rota.put_teams(X, [night_team("wang", id="all", grid="")], now=town.now)
    for name in NIGHT_PEOPLE:
        town.rota.arrangements.away(X, name, EVENING, EVENING + 12 * 60 * MINUTE, now=town.now)
    town.press_one_key()
    assert town.phones_rung() == ["wang", "zhou"]


def test_when_everyone_declines_it_goes_to_the_coordinator_and_begins_anew(town: Quarter) -> None:
    alarm = town.press_one_key()
    for who in ("sun", "zhou", "qian", "wu", "desk", "chen"):
        town.takes(alarm, who)
        town.declines(alarm, who)
        town.wait(seconds=1)
    assert {"sun", "qian", "wu", "desk", "chen"} <= set(town.phones_rung())
    began_anew = town.now
    town.wait(minutes=12)
    assert "sun" in town.phones_rung(since=began_anew)
    assert town.alarm(alarm).state == "raised"


def test_a_voice_provider_that_times_out_is_followed_by_a_message(town: Quarter) -> None:
    """It may be ringing: it is not rung again, the next channel is."""
    town.voice.dedupes = False
    town.voice.trouble["sun"] = UnclearError("no answer in five seconds")
    town.press_one_key()
    assert [(channel, who) for _, channel, who, _ in town.rang] == [("sms", "sun"), ("voice", "zhou")]
    assert town.voice.asked == ["sun", "zhou"]


def test_a_provider_that_answers_500_is_tried_again_then_the_next_channel_then_the_next_person(
    town: Quarter,
) -> None:
    town.voice.trouble["*"] = DeliveryError("500")
    town.press_one_key()
    assert [(channel, who) for _, channel, who, _ in town.rang] == [("sms", "sun"), ("sms", "zhou")]
    assert town.voice.asked == ["sun", "sun", "zhou", "zhou"]
    town.sms.trouble.update(dict.fromkeys(("sun", "zhou", "qian", "wu"), DeliveryError("500")))
    town.rang.clear()
    alarm = town.press_one_key("h002")
    assert town.phones_rung() == ["desk"]
    assert town.log(alarm)[-1].startswith("told")


def test_a_provider_that_says_200_and_never_delivers_gives_way_to_the_next_channel_and_person(
    town: Quarter,
) -> None:
    town.voice.proves_within, town.sms.proves_within = timedelta(seconds=75), timedelta(minutes=2)
    began = town.now
    alarm = town.press_one_key()
    town.wait(minutes=5)
    sun = [(at - began, channel) for at, channel, who, _ in town.rang if who == "sun"]
    assert sun[0] == (timedelta(0), "voice")
    assert "sms" in [channel for _, channel in sun]
    assert "qian" in town.phones_rung()
    assert town.rung_at("qian")[0] == began + MINUTE
    assert town.alarm(alarm).state == "raised"


def test_whoever_is_unreachable_is_passed_at_once_and_does_not_count_as_woken() -> None:
    town = Quarter(EVENING + 60 * MINUTE, teams=[day_team(*DAY_PEOPLE), night_team("sun", "qian")])
    for name in ("sun", "zhou"):
        town.voice.trouble[name] = town.sms.trouble[name] = DeliveryError("gone")
    town.press_one_key()
    assert town.phones_rung() == ["qian"]
    woken = {s.person: s.woken for s in town.rota.shares(X, EVENING, EVENING + 720 * MINUTE, now=town.now)}
    assert (woken.get("sun", 0), woken["qian"]) == (0, 1)
