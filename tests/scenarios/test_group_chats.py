"""A neighbourhood's group chat reads of a rung once, however many of the group stand on it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import Group
from chalicelib.notify.courier import UndeliverableError
from chalicelib.notify.model import Channel
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.registry.people import Person
from tests.scenarios.quarter import DAY_PEOPLE, Phone, Quarter, X, clock

TEN = clock("01-15 10:00")


@pytest.fixture
def town() -> Quarter:
    """The day's people, and the desk, are in one group, beside whom its robot writes."""
    town = Quarter(TEN)
    group = Group(Channel.WECOM, "值守群", "shouwang/xinghe/wecom", (*DAY_PEOPLE, "desk"))
    town.book.put_habits(X, replace(town.book.habits(X), groups=(group,)))
    couriers = {"voice": town.voice, "sms": town.sms, "wecom": Phone(town, "wecom")}
    town.notifier = Notifier(NoticeStore(town.table), couriers, town.book, stopwatch=lambda: 0.0)
    return town


def chat(town: Quarter) -> list[tuple[int, str]]:
    """At which second what was written there."""
    rang = [(at, kind) for at, channel, _, kind in town.rang if channel == "wecom"]
    return [(int((at - TEN).total_seconds()), kind) for at, kind in rang]


def test_each_rung_is_written_once(town: Quarter) -> None:
    town.press_one_key()
    town.wait(minutes=4)
    assert chat(town) == [(0, "urgent"), (60, "urgent"), (180, "urgent"), (180, "desk")]
    assert set(DAY_PEOPLE) <= set(town.phones_rung()), "and everybody's own phone rings"


def test_another_homes_alarm_is_written_beside_it(town: Quarter) -> None:
    town.press_one_key("h001")
    town.press_one_key("h002")
    assert chat(town) == [(0, "urgent")] * 2


def test_a_robot_that_refused_the_first_is_asked_for_the_next(town: Quarter) -> None:
    robot = Phone(town, "wecom", trouble={"li": UndeliverableError("The robot refused: 93000.")})
    town.notifier = Notifier(NoticeStore(town.table), {"wecom": robot}, town.book, stopwatch=lambda: 0.0)
    town.press_one_key()
    assert robot.asked[:2] == ["li", "wang"]
    assert chat(town)[:1] == [(0, "urgent")]


def test_whoever_is_told_in_the_group_alone_counts_as_told(town: Quarter) -> None:
    town.people.put_many([Person(who, X, who, Role.VOLUNTEER) for who in DAY_PEOPLE[1:]])
    alarm = town.press_one_key()
    town.wait(minutes=3)
    assert town.now - TEN == timedelta(minutes=3)
    assert "told li, wang, zhao, desk" in town.log(alarm)
