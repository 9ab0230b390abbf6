"""Keys pressed on the phone: whom they bind, when they are believed, and that none is lost."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.alarms.logbook import Happened, Via
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.moves import State
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.errors import ConflictError
from chalicelib.notify.signatures import url_token
from chalicelib.watch.model import Concern, ConcernKind
from tests.builders import TOKEN_KEY
from tests.scenarios.telephones import PHONES, Telephones


def pressed(town: Telephones) -> str:
    """Du's "1" key; whom it rings first has been rung."""
    found = Concern(ConcernKind.ONE_KEY, "xinghe", "h001", town.now, {"at": 1})
    alarm = town.concerns().raise_once(found, now=town.now)
    town.tick()
    town.wait(seconds=2)
    return alarm


def test_a_relative_s_one_stands_in_the_log_and_the_ladder_climbs_on() -> None:
    """They were told and not asked: whoever can be at the door in minutes is rung all the same."""
    town = Telephones()
    alarm = pressed(town)
    assert town.presses(PHONES["min"], "1") == "noted"
    assert town.alarm(alarm).state is State.RAISED
    assert ("noted", "min", "voice") in town.log(alarm)
    rung = len(town.exchange.rings)
    town.wait(minutes=3)
    assert len(town.exchange.rings) > rung


def test_a_relative_proves_no_drill() -> None:
    town = Telephones()
    drill = town.tests_key()
    town.wait(seconds=2)
    assert town.presses(PHONES["min"], "1") == "noted"
    assert town.alarm(drill).is_open
    assert town.proof() is None


class Busy:
    """The log is written into just before each of the next moves."""

    def __init__(self, town: Telephones, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town, self.left, self.change = town, times, AlarmStore.change
        monkeypatch.setattr(AlarmStore, "change", lambda store, *a, **k: self.busy(store, *a, **k))

    def busy(self, store: AlarmStore, alarm: Alarm, entry: LogEntry, **others: Any) -> None:
        if entry.what == "acknowledged" and self.left:
            self.left -= 1
            known = store.get(alarm.id, consistent=True)
            assert known is not None
            now = self.town.now
            line = LogEntry(now, now, Happened.LOCATION, "du", Via.API)
            store.remark(known, line, lines=len(store.log(alarm.id)))
        self.change(store, alarm, entry, **others)


def test_who_takes_it_while_others_write_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Telephones()
    alarm = pressed(town)
    Busy(town, 3, monkeypatch)
    assert town.presses(PHONES["li"], "1") == "accepted"
    assert town.alarm(alarm).acknowledged_by == "li"


def test_who_could_not_be_heard_for_all_the_writing_is_heard_when_the_provider_tells_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Telephones()
    alarm = pressed(town)
    Busy(town, 20, monkeypatch)
    with pytest.raises(ConflictError):
        town.presses(PHONES["li"], "1")
    monkeypatch.undo()
    assert town.presses(PHONES["li"], "1") == "accepted"
    assert town.alarm(alarm).acknowledged_by == "li"


def test_a_report_that_is_older_than_the_call_proves_nothing() -> None:
    town = Telephones()
    pressed(town)
    (call,) = [each for each in town.exchange.rings if each.phone == PHONES["li"]]

    def reported(at: str) -> int:
        said = {"out_id": call.letter.reference, "status_code": "200000", "status_time": at}
        token = url_token("aliyun-voice", key=TOKEN_KEY)
        return town.callbacks.aliyun("aliyun-voice", json.dumps([said]).encode(), token, now=town.now)

    assert reported("2020-01-01 00:00:00") == 0
    beijing = town.now + timedelta(hours=8)
    assert reported(f"{beijing:%Y-%m-%d %H:%M:%S}") == 1
