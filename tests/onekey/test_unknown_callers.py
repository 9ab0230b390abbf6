"""Presses of whom nobody knows: they ring, too, and names that are made up ring for few alarms."""

import pytest

from chalicelib.alarms.service import Responder
from tests.onekey.builders import DESK, LI, WANG, Street


@pytest.mark.parametrize("resident", ["nobody", "../../etc", "é" * 90, "a" * 3000])
def test_an_unknown_resident_rings_the_duty_volunteer(resident: str) -> None:
    street = Street()
    answer = street.press(resident)
    assert (answer.status, [each["tel"] for each in answer.body["dial"]]) == (
        201,
        [LI.tel, WANG.tel, DESK.tel],
    )
    (alarm,) = street.alarms()
    assert alarm.household.startswith("unknown-")


def test_two_unknown_callers_are_two_alarms() -> None:
    street = Street()
    for who in ("wu", "zheng"):
        street.press(who, token=street.token(name=who))
    for address in ("203.0.113.1", "198.51.100.7"):
        street.press("nobody", token=None, address=address)
        street.wait(60)
    assert len(street.alarms()) == 4


def test_names_made_up_without_end_ring_for_one_alarm_and_each_is_answered_and_kept() -> None:
    street = Street()
    hint = {"community": "xinghe"}
    for number in range(150):
        made_up = street.press(f"nobody-{number}", hint, token=None)
        assert (made_up.status, made_up.body["state"]) == (201, "ringing")
        assert street.one_key.call("xinghe", f"nobody-{number}", made_up.body["id"]).pressed == 1
        street.wait(1)
        if number == 75:
            street.press(token=None)
    known, nobodys = sorted(street.alarms(), key=lambda alarm: alarm.household)
    assert (known.household, nobodys.household[:8]) == ("h001", "unknown-")
    assert [line.what for line in street.desk.log(nobodys)] == ["raised", *["again"] * 100]
    street.wait(600)
    street.press("nobody-150", hint, token=None)
    assert len(street.alarms()) == 3  # whoever took the first is long on their way: somebody is rung anew


def test_somebody_is_rung_for_the_second_stranger_though_the_first_has_been_taken() -> None:
    street, hint, li = Street(), {"community": "xinghe"}, Responder("li", "xinghe")
    street.press("wu", hint, token=None)
    (alarm,) = street.alarms()
    street.desk.acknowledge(alarm.id, by=li, now=street.now)
    street.desk.set_out(alarm.id, by=li, now=street.now)
    street.wait(61)
    street.press("wu", hint, token=None)
    assert [each.state for each in street.alarms()] == ["en_route"], "to whom somebody is on the way"
    street.wait(61)
    assert street.press("zheng", hint, token=None).body["state"] == "ringing"
    (anew,) = street.alarms()
    assert (anew.id, anew.state, anew.acknowledged_by) == (alarm.id, "raised", None)
    assert anew.has_on_case("li")
    assert (anew.evidence["subject"], street.desk.log(anew)[-1].note) == ("zheng", "raised anew; before: wu")


def test_names_made_up_from_everywhere_ring_for_eight_alarms_at_a_time() -> None:
    street = Street()
    for number in range(200):
        street.press(f"nobody-{number}", {"community": "xinghe"}, token=None, address=f"2001:db8::{number:x}")
    assert len(street.alarms()) == 8
