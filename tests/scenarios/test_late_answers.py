"""What is pressed on the phone and told late, by a wrong clock, or by whom nobody asked that."""

import json
from datetime import datetime, timedelta

import pytest

from chalicelib.alarms.ladder import MINUTE
from chalicelib.notify.callbacks import ALIYUN_VOICE
from chalicelib.notify.reports import BEIJING
from chalicelib.notify.signatures import url_token
from chalicelib.watch.model import Concern, ConcernKind
from tests.builders import TOKEN_KEY
from tests.scenarios.telephones import DU, PHONES, Telephones


@pytest.fixture
def town() -> Telephones:
    return Telephones()


def is_pressed(town: Telephones) -> str:
    pressed = Concern(ConcernKind.ONE_KEY, "xinghe", "h001", town.now, {"at": 1})
    alarm = town.concerns().raise_once(pressed, now=town.now)
    town.tick()
    return alarm


def aliyun_says(town: Telephones, phone: str, digit: str, *, at: datetime) -> int:
    """Aliyun reports now that a key was pressed then, by its own clock."""
    reference = next(r.letter.reference for r in reversed(town.exchange.rings) if r.phone == phone)
    told = {"call_id": "1^2", "status_code": "300000", "dtmf": digit, "out_id": reference}
    told["status_time"] = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    token = url_token(ALIYUN_VOICE, key=TOKEN_KEY)
    return town.callbacks.aliyun(ALIYUN_VOICE, json.dumps([told]).encode(), token, now=town.now)


@pytest.mark.parametrize("minutes", [-4, 4], ids=["told late", "a clock that is fast"])
def test_who_took_it_has_their_three_minutes_whatever_the_providers_clock(
    town: Telephones, minutes: int
) -> None:
    alarm = is_pressed(town)
    town.wait(minutes=4.5)
    assert aliyun_says(town, PHONES["li"], "1", at=town.now + timedelta(minutes=minutes)) == 1
    line = town.desk.log(town.alarm(alarm))[-1]
    assert (line.what, line.by, line.known_at) == ("acknowledged", "li", town.now)
    assert line.at == town.now + min(timedelta(minutes=minutes), timedelta(0))
    rung = len(town.exchange.rings)
    town.wait(seconds=179)
    assert len(town.exchange.rings) == rung
    town.wait(seconds=1)
    assert town.alarm(alarm).state == "raised"


def test_help_that_is_told_late_climbs_its_ladder_from_the_beginning(town: Telephones) -> None:
    town.goes_quiet()
    town.wait(minutes=4)
    rung = len(town.exchange.rings)
    assert aliyun_says(town, DU, "2", at=town.now - timedelta(minutes=3, seconds=50)) == 1
    town.tick()
    assert sorted(ring.phone for ring in town.exchange.rings[rung:]) == sorted(
        PHONES[name] for name in ("li", "zhou", "min")
    )


@pytest.mark.parametrize("digit", ["2", "3", "9"])
def test_another_key_of_a_responder_is_noted_and_asks_for_nothing(town: Telephones, digit: str) -> None:
    alarm = town.goes_quiet()
    assert town.presses(PHONES["zhou"], digit) == "noted"
    assert [a.id for a in town.desk.open_of("xinghe", "h001")] == [alarm]
    assert ("noted", "zhou", "voice") in town.log(alarm)
    town.wait(seconds=11 * MINUTE)
    assert not any("一切都好请按1" in words for words in town.spoken(PHONES["zhou"])), (
        "is asked how Du is, never how they are"
    )
    assert town.rung_at(PHONES["li"])


def test_a_press_that_is_told_twice_takes_it_once(town: Telephones) -> None:
    alarm = is_pressed(town)
    town.wait(seconds=20)
    at = town.now
    assert aliyun_says(town, PHONES["li"], "1", at=at) == 1
    town.wait(seconds=185)
    assert town.alarm(alarm).state == "raised"
    assert aliyun_says(town, PHONES["li"], "1", at=at) == 0
    assert town.alarm(alarm).state == "raised", "a replay is no new promise"
