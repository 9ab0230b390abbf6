"""The "1" key over HTTP: whoever presses, with whatever, somebody is rung and nothing is lost."""

from typing import Any

import pytest

from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.kernel.caller import Role
from chalicelib.watch.model import ConcernKind
from tests.onekey.builders import DAUGHTER, DESK, LI, NOON, READS, WANG, WHERE, WRITES, Street

RANKED = [LI.tel, WANG.tel, DAUGHTER.tel, DESK.tel]


def dialled(answer: Any) -> list[str]:
    return [contact["tel"] for contact in answer.body["dial"]]


def test_a_press_rings_and_says_whom_to_dial_in_three_store_calls() -> None:
    street = Street()
    answer = street.press()
    assert street.counted.calls == ["get_many", "write_all", "write"]
    assert (answer.status, answer.body["state"], dialled(answer)) == (201, "ringing", RANKED)
    (alarm,) = street.alarms()
    assert (alarm.id, alarm.kind, alarm.household) == (answer.body["alarm"], ConcernKind.ONE_KEY, "h001")
    assert (alarm.began_at, alarm.drill) == (NOON, False)


def test_presses_within_a_minute_are_one_call_and_each_is_logged() -> None:
    street = Street()
    first = street.press()
    for _ in range(3):
        street.wait(19)
        street.counted.calls.clear()
        again = street.press()
        assert street.counted.calls == ["get_many", "get", "write"]
    assert (again.status, again.body["id"], again.body["alarm"]) == (
        200,
        first.body["id"],
        first.body["alarm"],
    )
    assert [press["at"][-9:] for press in again.body["presses"]] == [
        "12:00:00Z", "12:00:19Z", "12:00:38Z", "12:00:57Z",
    ]  # fmt: skip
    assert len(street.alarms()) == 1


def test_a_press_a_minute_later_is_another_call_of_the_same_alarm() -> None:
    street = Street()
    first = street.press()
    for minutes in (1, 9, 20):
        street.wait(60 * minutes)
        street.counted.calls.clear()
        later = street.press()
        assert street.counted.calls == ["get_many", "query", "write_all", "write"]
        assert (later.status, later.body["alarm"]) == (201, first.body["alarm"])
        assert later.body["id"] != first.body["id"]
    (alarm,) = street.alarms()
    assert [line.what for line in street.desk.log(alarm)] == ["raised", "again", "again", "again"]


def test_a_press_of_the_next_day_finds_the_open_alarm_too() -> None:
    street = Street()
    first = street.press()
    street.wait(86_400)
    assert street.press().body["alarm"] == first.body["alarm"]


def test_a_press_minutes_after_its_alarm_was_closed_rings_anew_and_is_looked_at_twice() -> None:
    street = Street()
    first = street.press()
    street.wait(300)
    outcome = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
    street.desk.resolve(first.body["alarm"], outcome, by=Responder("Li", "xinghe"), now=street.now)
    street.wait(10)
    again = street.press()
    assert again.body["alarm"] != first.body["alarm"]
    (alarm,) = street.alarms()
    assert alarm.id == again.body["alarm"]


def test_a_press_in_the_instant_in_which_its_alarm_is_closed_rings_anew() -> None:
    street = Street()
    first = street.press()
    street.wait(300)
    outcome = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
    street.table.meanwhile.append(
        lambda: street.desk.resolve(
            first.body["alarm"], outcome, by=Responder("Li", "xinghe"), now=street.now
        )
    )
    again = street.press()
    (alarm,) = street.alarms()
    assert alarm.id == again.body["alarm"] != first.body["alarm"]


def test_a_press_after_its_call_was_closed_rings_anew_however_soon() -> None:
    street = Street()
    first = street.press()
    street.wait(10)
    outcome = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
    street.desk.resolve(first.body["alarm"], outcome, by=Responder("Li", "xinghe"), now=street.now)
    street.wait(10)
    again = street.press()
    (alarm,) = street.alarms()
    assert again.body["id"] == first.body["id"]
    assert again.body["alarm"] == alarm.id != first.body["alarm"]
    assert street.press().body["alarm"] == alarm.id


def test_the_same_press_sent_twice_is_logged_once() -> None:
    street = Street()
    street.press(headers={"Idempotency-Key": "k1"})
    street.wait(1)
    again = street.press(headers={"Idempotency-Key": "k1"})
    assert (again.status, again.body["pressed"]) == (200, 1)


def test_a_stranger_who_guesses_a_key_silences_nobody() -> None:
    street = Street()
    key = {"Idempotency-Key": "1"}
    street.press(token=None, headers=key)
    (guessed,) = street.alarms()
    by = Responder("Li", "xinghe")
    street.desk.resolve(guessed.id, Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE), by=by, now=street.now)
    street.wait(300)
    assert street.press(headers=key).status == 201
    assert [alarm.household for alarm in street.alarms()] == ["h001"]


def test_a_stuck_key_is_counted_on_but_not_kept_press_by_press() -> None:
    street = Street()
    for _ in range(120):
        answer = street.press()
    assert (answer.body["pressed"], len(answer.body["presses"])) == (120, 100)


def test_two_presses_in_one_instant_are_one_call() -> None:
    street = Street()
    street.table.meanwhile.append(lambda: street.press())
    answer = street.press()
    assert answer.body["pressed"] == 2
    assert len(street.alarms()) == 1


def test_a_test_press_is_a_drill_and_does_not_hide_a_real_one() -> None:
    street = Street()
    test = street.press(body={"kind": "test"})
    (drill,) = street.alarms()
    assert (test.body["kind"], drill.drill) == ("test", True)
    street.wait(5)
    real = street.press()
    assert (real.status, real.body["kind"]) == (201, "call")
    assert real.body["alarm"] != test.body["alarm"]
    assert [alarm.drill for alarm in street.alarms()] == [False, True]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{", id="no JSON"),
        pytest.param("[1, 2]", id="no object"),
        pytest.param("", id="nothing"),
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param('{"kind": ["test"]}', id="a kind that is none"),
        pytest.param('{"pressed_at": "1970-01-01T00:00:00Z"}', id="a clock that never was set"),
        pytest.param('{"pressed_at": "9999-12-31T23:59:59-12:00"}', id="a clock beyond the calendar"),
        pytest.param('{"pressed_at": "noon"}', id="a time that is none"),
        pytest.param('{"location": {"latitude": 1e999, "longitude": 0}}', id="nowhere on earth"),
        pytest.param('{"location": "home"}', id="no location"),
        pytest.param('{"community": "../x", "extra": 1}', id="unknown words"),
    ],
)
def test_whatever_the_body_it_rings(body: str) -> None:
    street = Street()
    answer = street.press(body=body)
    assert (answer.status, dialled(answer)) == (201, RANKED)
    assert [alarm.household for alarm in street.alarms()] == ["h001"]


def test_a_wrong_clock_is_written_down_and_otherwise_ignored() -> None:
    street = Street()
    (press,) = street.press(body={"pressed_at": "2001-02-03T04:05:06+08:00"}).body["presses"]
    assert press == {"at": "2026-01-15T12:00:00Z", "told_at": "2001-02-02T20:05:06Z", "channel": "page"}


@pytest.mark.parametrize(
    ("token", "body"),
    [
        pytest.param(None, {}, id="no token"),
        pytest.param("rubbish", {}, id="a token that is none"),
        pytest.param("a.b.c", {"community": "xinghe"}, id="a forged token, and the page knows where"),
        pytest.param("expired", {}, id="an expired session"),
        pytest.param("elsewhere", {"community": "xinghe"}, id="another community's"),
        pytest.param("volunteer", {}, id="a role that may not look"),
    ],
)
def test_an_odd_session_rings_all_the_same_and_is_told_nothing(token: str | None, body: Any) -> None:
    street = Street()
    made = {
        "expired": street.token(hours=-1),
        "volunteer": street.token(Role.VOLUNTEER),
        "elsewhere": street.token(community="yuehu"),
    }
    answer = street.press(token=None if token is None else made.get(token, token), body=body)
    assert answer.status == 201
    assert [alarm.household for alarm in street.alarms()] == ["h001"]
    assert answer.body == {"id": answer.body["id"], "kind": "call", "state": "ringing", "dial": []}


def test_an_expired_session_still_costs_three_store_calls() -> None:
    street = Street()
    street.press(token=street.token(hours=-1))
    assert len(street.counted.calls) == 3


def test_residents_of_one_id_in_two_communities_are_told_apart_by_the_session() -> None:
    street = Street()
    street.enrol("yuehu")
    street.press(token=street.token(community="yuehu"))
    assert (len(street.alarms("yuehu")), len(street.alarms("xinghe"))) == (1, 0)


def test_without_a_session_nobody_guesses_which_of_the_two_it_was() -> None:
    street = Street()
    street.enrol("yuehu")
    street.press(token=None)
    (alarm,) = street.alarms("xinghe") + street.alarms("yuehu")
    assert alarm.household.startswith("unknown-")


def test_without_a_board_the_rota_is_asked() -> None:
    street = Street(board=False)
    assert dialled(street.press()) == RANKED
    assert street.plan.asked == 1


def test_when_neither_board_nor_rota_knows_the_stored_numbers_hold() -> None:
    street = Street(board=False)
    street.plan.down = True
    assert dialled(street.press()) == [DAUGHTER.tel, DESK.tel]


@pytest.mark.parametrize("down", [WRITES, READS | WRITES], ids=["writes", "everything"])
def test_what_the_table_does_not_take_the_queue_does(down: set[str]) -> None:
    street = Street()
    street.card()  # the page was open: the process remembers
    street.table.down = set(down)
    answer = street.press(body={"location": WHERE})
    assert (answer.status, answer.body["state"]) == (202, "queued")
    assert len(street.lane.letters) == 1
    street.table.down = set()
    street.wait(90)
    street.take_up()
    (alarm,) = street.alarms()
    assert (alarm.household, alarm.began_at) == ("h001", NOON)
    call = street.one_key.call("xinghe", "du", answer.body["id"])
    assert call.location is not None


def test_taking_it_up_twice_changes_nothing() -> None:
    street = Street()
    street.table.down = set(WRITES)
    answer = street.press()
    street.table.down = set()
    (letter,) = street.lane.letters
    street.take_up()
    street.lane.letters.append(letter)
    street.take_up()
    assert street.one_key.call("xinghe", "du", answer.body["id"]).pressed == 1
    assert len(street.alarms()) == 1


def test_what_rings_already_is_written_down_by_way_of_the_queue() -> None:
    street = Street()
    street.table.down = {"write"}  # the alarm is written with `write_all`
    answer = street.press()
    assert (answer.status, len(street.alarms())) == (201, 1)
    street.table.down = set()
    street.take_up()
    assert street.one_key.call("xinghe", "du", answer.body["id"]).alarm == answer.body["alarm"]
    assert len(street.alarms()) == 1


def test_only_when_both_fail_it_says_so_with_the_numbers() -> None:
    street = Street()
    street.table.down, street.lane.down = set(WRITES), True
    answer = street.press(headers={"Accept-Language": "en"})
    assert (answer.status, answer.body["code"]) == (503, "not_placed")
    assert dialled(answer) == RANKED
    assert answer.body["detail"].startswith("We can't reach anybody")
    assert "these numbers" in answer.body["detail"]


@pytest.mark.parametrize(("language", "says"), [("en", "a neighbour"), ("zh-CN", "邻居")])
def test_whom_it_may_tell_no_number_is_told_what_to_do_instead(language: str, says: str) -> None:
    street = Street()
    street.table.down, street.lane.down = set(WRITES), True
    answer = street.press(token=None, headers={"Accept-Language": language})
    assert (answer.status, answer.body["dial"]) == (503, [])
    assert says in answer.body["detail"]
    assert "120" in answer.body["detail"]
    assert not any(words in answer.body["detail"] for words in ("these numbers", "下面的号码"))


def test_no_press_is_turned_away_however_many_come() -> None:
    street = Street()
    for _ in range(300):
        street.wait(0.5)
        assert street.press().status in (200, 201)
