"""What the alarms' store promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.alarms.logbook import Happened, Via
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.raising import raised
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import ExpectationError
from chalicelib.watch.model import ConcernKind
from tests.builders import HOUR, NOON, concern
from tests.contract.conftest import NewTable

REAL = Outcome(Verdict.REAL, Cause.FELL, "家属已到", Action.AMBULANCE)


@pytest.fixture
def store(new_table: NewTable) -> AlarmStore:
    return AlarmStore(new_table(DEADLINES))


def line(what: Happened = Happened.RAISED, *, by: str = "shouwang", note: str = "") -> LogEntry:
    return LogEntry(NOON, NOON + timedelta(minutes=1), what, by, Via.WATCH, note=note)


def alarm(household: str = "h001", kind: ConcernKind = ConcernKind.STILL_WATER, n: int = 0) -> Alarm:
    return raised(concern(kind, household=household, began_at=NOON + n * HOUR), now=NOON + n * HOUR)


def test_an_alarm_comes_back_as_it_was_created(store: AlarmStore) -> None:
    created = replace(alarm(), evidence={"used_litres": 3, "device": "wm-001"})
    store.create(created, line())
    assert store.get(created.id) == created
    assert store.get(created.id, consistent=True) == created
    assert store.log(created.id) == [line()]
    assert store.get("al-unknown") is None


def test_an_offer_comes_back(store: AlarmStore) -> None:
    store.create(alarm(), line())
    taken = alarm().acknowledged(by="li", at=NOON)
    store.change(taken, line(Happened.ACKNOWLEDGED), lines=1)
    offered = taken.offered("sun", at=NOON + HOUR)
    store.change(offered, line(Happened.OFFERED), lines=2)
    assert store.get(alarm().id) == offered
    assert (offered.offered_to, offered.offered_at) == ("sun", NOON + HOUR)


def test_an_alarm_is_created_once(store: AlarmStore) -> None:
    store.create(alarm(), line())
    with pytest.raises(ExpectationError):
        store.create(alarm(), line(Happened.AGAIN))
    assert store.log(alarm().id) == [line()]


def test_a_home_has_one_open_alarm_of_a_kind(store: AlarmStore) -> None:
    store.create(alarm(), line())
    with pytest.raises(ExpectationError):
        store.create(alarm(n=1), line())
    assert store.get(alarm(n=1).id) is None
    store.create(alarm(kind=ConcernKind.GAS), line())
    store.create(alarm("h002"), line())
    assert sorted(store.open_of("xinghe", "h001")) == sorted([alarm().id, alarm(kind=ConcernKind.GAS).id])
    assert store.open_one("xinghe", "h001", ConcernKind.STILL_WATER) == alarm().id
    assert store.open_one("xinghe", "h001", ConcernKind.FALL) is None


def test_a_change_and_its_line_are_written_together(store: AlarmStore) -> None:
    store.create(alarm(), line())
    taken = alarm().acknowledged(by="Li", at=NOON + HOUR)
    store.change(taken, line(Happened.ACKNOWLEDGED, by="Li"), lines=1)
    assert store.get(alarm().id) == taken
    assert store.log(alarm().id) == [line(), line(Happened.ACKNOWLEDGED, by="Li")]


def test_a_change_of_an_older_version_writes_nothing(store: AlarmStore) -> None:
    store.create(alarm(), line())
    taken = alarm().acknowledged(by="Li", at=NOON)
    store.change(taken, line(Happened.ACKNOWLEDGED), lines=1)
    with pytest.raises(ExpectationError):
        store.change(alarm().acknowledged(by="Zhao", at=NOON), line(Happened.ACKNOWLEDGED), lines=2)
    assert store.get(alarm().id) == taken
    assert len(store.log(alarm().id)) == 2


def test_no_line_of_the_log_is_ever_overwritten(store: AlarmStore) -> None:
    store.create(alarm(), line())
    store.remark(alarm(), line(Happened.HEARD_AGAIN), lines=1)
    with pytest.raises(ExpectationError):
        store.remark(alarm(), line(Happened.AGAIN), lines=1)
    with pytest.raises(ExpectationError):
        store.change(alarm().acknowledged(by="Li", at=NOON), line(Happened.ACKNOWLEDGED), lines=1)
    assert store.get(alarm().id) == alarm()
    assert store.log(alarm().id) == [line(), line(Happened.HEARD_AGAIN)]


def test_closing_makes_room_for_the_next(store: AlarmStore) -> None:
    store.create(alarm(), line())
    closed = alarm().resolved(REAL, by="Li", at=NOON + HOUR)
    store.change(closed, line(Happened.RESOLVED, note="家属已到"), lines=1)
    assert store.get(alarm().id) == closed
    assert store.open_of("xinghe", "h001") == []
    store.create(alarm(n=2), line())
    assert store.open_of("xinghe", "h001") == [alarm(n=2).id]


def test_open_and_closed_alarms_newest_first_page_by_page(store: AlarmStore) -> None:
    for n in range(5):
        store.create(alarm(f"h00{n}", n=n), line())
    store.change(alarm("h003", n=3).resolved(REAL, by="Li", at=NOON), line(Happened.RESOLVED), lines=1)
    first, page = store.page("xinghe", is_open=True, limit=2, after=None)
    second, _ = store.page("xinghe", is_open=True, limit=2, after=page.after)
    assert [a.household for a in first + second] == ["h004", "h002", "h001", "h000"]
    closed, _ = store.page("xinghe", is_open=False, limit=2, after=None)
    assert [a.household for a in closed] == ["h003"]
    assert store.page("elsewhere", is_open=True, limit=2, after=None)[0] == []


def test_how_long_a_log_is_costs_no_more_the_longer_it_is(store: AlarmStore) -> None:
    assert store.lines("al-unknown") == 0
    store.create(alarm(), line())
    for n in range(1, 12):
        store.remark(alarm(), line(Happened.HEARD_AGAIN), lines=n)
    assert store.lines(alarm().id) == len(store.log(alarm().id)) == 12
