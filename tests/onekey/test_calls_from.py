"""Who is on the case sees where the caller is, and can ring back a caller whom nobody knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.kernel.caller import Role
from chalicelib.onekey.holdings import CallHoldings
from chalicelib.onekey.lane import letter, read_letter
from chalicelib.onekey.model import Asked, Card, Channel, Line, Location, Press, Session
from chalicelib.registry.holdings import Subject
from tests.api import Answer, Service
from tests.builders import concern

STRANGER = "+8613999999999"
ON_DUTY: dict[str, Any] = {"role": Role.VOLUNTEER, "name": "sun"}


class Caller:
    """Somebody who calls, and Sun, a volunteer who is asked to go."""

    def __init__(self, api: Service) -> None:
        self.api, self.times = api, 0
        self.minute = api.now.replace(second=0) - timedelta(minutes=5)
        wiring.onekey.book().put_line(Line("xinghe", "星禾里", "+8693100000000"))
        wiring.onekey.book().put_cards([Card("xinghe", "du", "h001", "g1", "杜老师", "+8613800000009")])

    def calls(self, *, phone: str = "", resident: str = "", place: Location | None = None) -> str:
        """The id of the alarm that rings for a call, of which Sun is told."""
        self.times += 1
        at = self.api.now + timedelta(minutes=self.times)
        press = Press(f"p{self.times}", at, Channel.PHONE if phone else Channel.PAGE, Session.NONE)
        asked = Asked(press, community="xinghe", phone=phone, resident=resident, location=place)
        self.placed = wiring.onekey.one_key().press(read_letter(letter(asked)), now=at)
        store = wiring.alarms.store()
        alarm = store.get(self.placed.call.alarm, consistent=True)
        assert alarm is not None
        store.change(
            replace(alarm.asking(["sun"]), version=alarm.version + 1),
            wiring.alarms.desk().log(alarm)[0],
            lines=len(wiring.alarms.desk().log(alarm)),
        )
        return alarm.id

    def at_second(self, second: int) -> None:
        """From now on calls come so many seconds into a minute."""
        self.api.now = self.minute + timedelta(seconds=second)

    def read(self, alarm: str, **who: Any) -> Answer:
        return self.api.get(f"/v1/alarms/{alarm}", **(who or ON_DUTY))

    def at(self, latitude_e6: int, minutes: int = 0) -> Location:
        return Location(latitude_e6, 103_834_303, 20, self.api.now + timedelta(minutes=minutes))


@pytest.fixture
def caller(api: Service) -> Caller:
    return Caller(api)


def test_who_is_on_the_case_sees_where_the_caller_is_and_where_they_went(caller: Caller) -> None:
    alarm = caller.calls(resident="du", place=caller.at(36_061_089))
    found = caller.read(alarm).body["location"]
    assert (found["latitude"], found["longitude"], found["accuracy_m"]) == (36.061089, 103.834303, 20)
    moved = caller.at(36_062_000, 5)
    wiring.onekey.one_key().locate(caller.placed.call, moved, now=moved.at)
    assert caller.read(alarm).body["location"]["latitude"] == 36.062
    assert caller.calls(resident="du") == alarm  # pressed again, without a place
    assert caller.read(alarm).body["location"]["latitude"] == 36.062


def test_a_call_that_rings_anew_after_its_alarm_was_closed_still_says_where(caller: Caller) -> None:
    caller.at_second(30)
    first = caller.calls(resident="du", place=caller.at(36_061_089))
    mistake = Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE)
    wiring.alarms.desk().resolve(first, mistake, by=Responder("sun", "xinghe"), now=caller.api.now)
    caller.at_second(30 + 40 - 60)
    again = caller.calls(resident="du")
    assert again != first
    assert caller.read(again).body["location"]["latitude"] == 36.061089


def test_a_caller_whom_nobody_knows_can_be_rung_back(caller: Caller) -> None:
    alarm = caller.calls(phone=STRANGER)
    assert caller.read(alarm).body["caller_phone"] == STRANGER
    assert STRANGER not in str(caller.read(alarm, role=Role.GRID_WORKER, name="Zhou").body)
    taken = caller.api.put(f"/v1/alarms/{alarm}/acknowledgement", role=Role.GRID_WORKER, name="Zhou")
    assert taken.body["caller_phone"] == STRANGER
    assert STRANGER not in str(caller.api.get("/v1/alarms", role=Role.COORDINATOR, name="Zheng").body)


def test_nobody_else_is_told_where_the_caller_is(caller: Caller) -> None:
    alarm = caller.calls(resident="du", place=caller.at(36_061_089))
    caller.calls(phone=STRANGER)
    for path in (f"alarms/{alarm}", "alarms", "cases", "home"):
        for role in (Role.KIN, Role.BOARD, Role.DEPARTMENT, Role.GRID_WORKER):
            told = str(caller.api.get(f"/v1/{path}", role=role, name="Ma").body)
            assert "36.06" not in told and STRANGER not in told, (path, role)


def test_a_resident_s_own_number_stands_in_their_record_alone(caller: Caller) -> None:
    alarm = caller.calls(phone="+8613800000009", resident="du")
    assert caller.read(alarm).body["caller_phone"] is None


def test_other_alarms_say_nothing_of_it(caller: Caller) -> None:
    quiet = caller.api.town.concerns.raise_once(concern(began_at=caller.api.now), now=caller.api.now)
    told = caller.read(quiet, role=Role.COORDINATOR, name="Zheng").body
    assert (told["location"], told["caller_phone"]) == (None, None)


def test_a_number_that_turns_out_to_be_a_resident_s_is_erased_with_them(caller: Caller) -> None:
    caller.calls(phone=STRANGER)
    book = wiring.onekey.book()
    book.put_cards([Card("xinghe", "su", "h002", "g1", "苏老师", STRANGER)])
    holdings = CallHoldings(caller.api.town.on.deadlines)
    su = Subject("xinghe", "su", "h002", (), alone=True)
    assert STRANGER in str(holdings.about(su, now=caller.api.now))
    holdings.erase(su, {}, now=caller.api.now)
    assert caller.read(caller.placed.call.alarm).body["caller_phone"] is None


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.GRID_WORKER, Role.COORDINATOR])
def test_a_move_answers_what_reading_it_shows(caller: Caller, role: Role) -> None:
    alarm = caller.calls(resident="du", place=caller.at(36_061_089))
    for move in ("acknowledgement", "en-route", "on-site"):
        moved = caller.api.put(f"/v1/alarms/{alarm}/{move}", role=role, name="sun")
        read = caller.read(alarm, role=role, name="sun")
        assert (moved.status, moved.body) == (200, read.body)
        assert moved.headers["ETag"] == read.headers["ETag"]
        assert read.body["address"] is not None
