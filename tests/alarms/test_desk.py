"""Raising alarms, and the desk where people answer them: also when two do so in the same instant."""

from datetime import timedelta

import pytest

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.model import Alarm, IllegalMoveError
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.raising import raised
from chalicelib.alarms.service import AlarmDesk, AlarmNotFoundError, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.watch.model import ConcernKind
from tests.builders import HOUR, NOON, concern, li
from tests.faults import FaultyTable

ASLEEP = Outcome(Verdict.FALSE, Cause.ASLEEP, "在午睡")
ZHAO = Responder("Zhao", "xinghe")
MINUTE = timedelta(minutes=1)


class Office:
    """Where alarms are raised and answered."""

    def __init__(self) -> None:
        self.table = FaultyTable(MemoryTable(DEADLINES))
        self.concerns = Concerns(AlarmStore(self.table))
        self.desk = AlarmDesk(AlarmStore(self.table))

    def raised(self, kind: ConcernKind = ConcernKind.STILL_WATER, *, hours: int = 0) -> str:
        return self.concerns.raise_once(concern(kind, began_at=NOON + hours * HOUR), now=NOON + hours * HOUR)

    def alarm(self, alarm_id: str) -> Alarm:
        return self.desk.get(alarm_id, community="xinghe")

    def log(self, alarm_id: str) -> list[tuple[str, str]]:
        return [(line.what, line.by) for line in self.desk.log(self.alarm(alarm_id))]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_spell_raises_one_alarm_however_often_it_is_found(office: Office) -> None:
    assert {office.raised() for _ in range(3)} == {raised(concern(), now=NOON).id}
    assert office.log(office.raised()) == [("raised", "shouwang")]


def test_a_later_spell_joins_the_open_alarm_and_is_noted_once(office: Office) -> None:
    first = office.raised()
    assert [office.raised(hours=3) for _ in range(2)] == [first, first]
    assert office.log(first) == [("raised", "shouwang"), ("again", "shouwang")]


def test_a_closed_spell_is_not_raised_again_but_a_later_one_is(office: Office) -> None:
    first = office.raised()
    office.desk.resolve(first, ASLEEP, by=li(), now=NOON)
    assert office.raised() == first
    assert not office.concerns.is_open(first)
    later = office.raised(hours=20)
    assert later != first
    assert office.concerns.is_open(later)


def test_each_kind_has_its_own(office: Office) -> None:
    office.raised()
    office.raised(ConcernKind.UNGUARDED)
    kinds = [alarm.kind.value for alarm in office.desk.open_of("xinghe", "h001")]
    assert sorted(kinds) == ["still_water", "unguarded"]


def test_that_the_cause_is_gone_is_noted_on_an_open_alarm_only(office: Office) -> None:
    office.concerns.add_remark(concern(), now=NOON)
    alarm = office.raised()
    office.concerns.add_remark(concern(), now=NOON)
    assert office.log(alarm) == [("raised", "shouwang"), ("heard_again", "shouwang")]
    office.desk.resolve(alarm, ASLEEP, by=li(), now=NOON)
    office.concerns.add_remark(concern(began_at=NOON + HOUR), now=NOON)
    assert len(office.log(alarm)) == 3


def test_an_answer_from_beginning_to_end(office: Office) -> None:
    alarm = office.raised()
    office.desk.acknowledge(alarm, by=li(), now=NOON + MINUTE)
    office.desk.resolve(alarm, ASLEEP, by=li(), now=NOON + 9 * MINUTE)
    log = office.desk.log(office.alarm(alarm))
    assert [(line.what, line.by, line.channel, line.at - NOON, line.note) for line in log] == [
        ("raised", "shouwang", "watch", timedelta(0), ""),
        ("acknowledged", "Li", "api", MINUTE, ""),
        ("resolved", "Li", "api", 9 * MINUTE, "在午睡"),
    ]
    assert office.desk.open_of("xinghe", "h001") == []


def test_doing_the_same_twice_writes_no_second_line(office: Office) -> None:
    alarm = office.raised()
    for _ in range(2):
        office.desk.acknowledge(alarm, by=li(), now=NOON)
    for _ in range(2):
        office.desk.resolve(alarm, ASLEEP, by=li(), now=NOON)
    assert [what for what, _ in office.log(alarm)] == ["raised", "acknowledged", "resolved"]


def test_another_may_close_what_one_took(office: Office) -> None:
    alarm = office.raised()
    office.desk.acknowledge(alarm, by=li(), now=NOON)
    office.desk.resolve(alarm, ASLEEP, by=ZHAO, now=NOON)
    assert office.alarm(alarm).resolved_by == "Zhao"


def test_of_two_who_take_charge_in_one_instant_the_second_is_told_who_was_first(office: Office) -> None:
    alarm = office.raised()
    office.table.meanwhile = [lambda: office.desk.acknowledge(alarm, by=ZHAO, now=NOON)]
    with pytest.raises(IllegalMoveError, match="Zhao took charge"):
        office.desk.acknowledge(alarm, by=li(), now=NOON)
    assert office.log(alarm) == [("raised", "shouwang"), ("acknowledged", "Zhao")]


def test_a_hasty_second_tap_is_no_error(office: Office) -> None:
    alarm = office.raised()
    office.table.meanwhile = [lambda: office.desk.acknowledge(alarm, by=li(), now=NOON)]
    assert office.desk.acknowledge(alarm, by=li(), now=NOON).state is State.ACKNOWLEDGED
    assert office.log(alarm) == [("raised", "shouwang"), ("acknowledged", "Li")]


def test_a_remark_in_the_same_instant_keeps_nobody_from_answering(office: Office) -> None:
    alarm = office.raised()
    office.table.meanwhile = [lambda: office.concerns.add_remark(concern(), now=NOON)]
    office.desk.acknowledge(alarm, by=li(), now=NOON)
    assert [what for what, _ in office.log(alarm)] == ["raised", "heard_again", "acknowledged"]


def test_what_is_noted_while_somebody_answers_is_not_lost(office: Office) -> None:
    alarm = office.raised()
    office.table.meanwhile = [lambda: office.desk.acknowledge(alarm, by=li(), now=NOON)]
    office.desk.note(alarm, "said that all is well", by=Responder("du", "xinghe", Via.VOICE), now=NOON)
    office.table.meanwhile = [lambda: office.desk.set_out(alarm, by=li(), now=NOON)]
    office.concerns.add_remark(concern(), now=NOON)
    said = [what for what, _ in office.log(alarm)]
    assert said == ["raised", "acknowledged", "noted", "en_route", "heard_again"]


def test_two_ticks_that_find_one_spell_raise_once(office: Office) -> None:
    office.table.meanwhile = [lambda: office.raised()]
    alarm = office.raised()
    assert office.log(alarm) == [("raised", "shouwang")]


@pytest.mark.parametrize("alarm_id", ["al-unknown", "", "al-#", "h001"])
def test_an_unknown_alarm(office: Office, alarm_id: str) -> None:
    with pytest.raises(AlarmNotFoundError):
        office.desk.get(alarm_id, community="xinghe")


def test_another_communitys_alarm_is_an_unknown_one(office: Office) -> None:
    alarm = office.raised()
    with pytest.raises(AlarmNotFoundError):
        office.desk.acknowledge(alarm, by=li("yuehu"), now=NOON)
    with pytest.raises(AlarmNotFoundError):
        office.desk.resolve(alarm, ASLEEP, by=li("yuehu"), now=NOON)
    assert office.alarm(alarm).state is State.RAISED
