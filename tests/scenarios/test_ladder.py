"""Someone always answers: how alarms climb their ladders."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.service import Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.tables import StoreUnavailableError, Table, Write
from chalicelib.watch.model import Concern, ConcernKind
from tests.faults import CrashingTable, FaultyTable
from tests.scenarios.neighbourhood import USUAL, Neighbourhood, Who

DESK = Responder("desk", "xinghe")


@pytest.fixture
def town() -> Neighbourhood:
    return Neighbourhood()


def test_a_press_rings_the_duty_volunteer_the_grid_worker_and_the_kin_at_once(town: Neighbourhood) -> None:
    town.press_one_key()
    assert town.phones_rung() == ["Li", "Zhou", "daughter"]


def test_an_unanswered_press_reaches_the_second_on_duty_after_a_minute(town: Neighbourhood) -> None:
    town.press_one_key()
    town.wait(seconds=59)
    assert "Wang" not in town.phones_rung()
    town.wait(seconds=1)
    assert town.phones_rung()[-1] == "Wang"


def test_then_the_team_and_the_desk_then_the_coordinator(town: Neighbourhood) -> None:
    town.press_one_key()
    town.wait(minutes=3)
    assert town.phones_rung(since=180) == ["Li", "Wang", "Zhao", "desk"]
    town.wait(minutes=2)
    assert town.phones_rung(since=300) == ["Chen", "desk"]


def test_severity_one_begins_anew_every_five_minutes_until_a_human_closes(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.wait(hours=3)
    first = town.rung_at("Li")
    assert len(first) > 30
    assert all(later - earlier <= 600 for earlier, later in pairwise(first))
    town.finds(alarm)
    rung = len(town.rang)
    town.wait(hours=3)
    assert len(town.rang) == rung


def test_taking_charge_stops_the_ladder(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=30)
    town.takes(alarm)
    town.wait(seconds=149)
    assert town.phones_rung(since=31) == []


def test_who_took_charge_and_does_not_set_out_is_passed_over(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm)
    town.wait(minutes=3)
    assert town.state(alarm) == "raised"
    assert town.phones_rung(since=180) == ["Wang"]
    assert "too_long" in town.log(alarm)


def test_whoever_is_on_the_way_goes_on_and_the_next_is_asked_too(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm)
    town.sets_out(alarm)
    town.wait(minutes=15)
    assert town.state(alarm) == "en_route"
    assert town.phones_rung(since=900) == ["Wang"]


def test_on_site_only_the_desk_is_reminded_and_it_never_ends_by_itself(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm)
    town.arrives(alarm)
    town.wait(hours=26)
    assert town.state(alarm) == "on_site"
    assert set(town.phones_rung(since=1)) == {"desk"}


def test_declining_asks_the_next_at_once(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm)
    town.wait(seconds=10)
    town.declines(alarm)
    town.wait(seconds=0)
    assert town.phones_rung(since=10) == ["Wang"]


def test_when_everyone_declines_the_ladder_goes_on_to_the_coordinator_and_anew(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    for who in ("Li", "Wang", "Zhao", "Chen"):
        town.takes(alarm, who)
        town.declines(alarm, who)
        town.wait(seconds=1)
    assert {"Li", "Wang", "Zhao", "Chen", "desk"} <= set(town.phones_rung())
    town.wait(minutes=6)
    assert len(town.rung_at("Li")) >= 2


def test_the_second_to_take_charge_is_told_who_was_first(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    with pytest.raises(IllegalMoveError, match="Li took charge"):
        town.takes(alarm, "Wang")


def test_a_quiet_home_asks_the_steward_then_the_duty_volunteer_then_kin(town: Neighbourhood) -> None:
    town.goes_quiet()
    assert town.phones_rung() == ["Zhou"]
    town.wait(minutes=5)
    assert town.phones_rung(since=300) == ["Li"]
    town.wait(minutes=5)
    assert town.phones_rung(since=600) == ["daughter", "Sun"]
    town.wait(minutes=10)
    assert town.phones_rung(since=1200) == ["He"]
    town.wait(minutes=10)
    assert town.phones_rung(since=1800) == ["Li", "Wang", "Zhao", "desk"]


def test_a_quiet_homes_ladder_is_climbed_four_times_and_then_stays_at_the_desk(town: Neighbourhood) -> None:
    alarm = town.goes_quiet()
    town.wait(hours=3)
    assert len(town.rung_at("He")) == 4
    town.wait(hours=2)
    assert set(town.phones_rung(since=3 * 3600)) == {"desk"}
    assert len(town.phones_rung(since=3 * 3600)) >= 4
    assert town.state(alarm) == "raised"


def test_a_silent_device_is_a_task_and_reaches_the_coordinator_after_a_day(town: Neighbourhood) -> None:
    town.raises(ConcernKind.DEVICE_SILENT)
    town.wait(hours=23)
    assert town.phones_rung() == ["Zhou"]
    town.wait(hours=1)
    assert town.phones_rung()[1:] == ["Chen", "desk"]


def test_a_rung_with_nobody_on_it_is_passed_at_once_and_logged(town: Neighbourhood) -> None:
    town.people[Who.DUTY_FIRST] = town.people[Who.GRID_WORKER] = town.people[Who.KIN] = []
    alarm = town.press_one_key()
    assert town.phones_rung() == ["Wang"]
    assert "nobody_reached" in town.log(alarm)


def test_phones_that_do_not_answer_do_not_hold_the_ladder_up(town: Neighbourhood) -> None:
    town.unreachable = {"Li", "Zhou", "daughter"}
    town.press_one_key()
    assert town.phones_rung() == ["Wang"]


def test_kin_who_heard_hold_the_ladder_up_as_little_as_nobody_does(town: Neighbourhood) -> None:
    """They are told, and can't take it: somebody who can is asked at once."""
    town.unreachable = {"Li", "Zhou"}
    town.press_one_key()
    town.wait(seconds=30)
    assert town.rang == [(0, "daughter"), (0, "Wang")]
    town = Neighbourhood()
    town.people[Who.BACKUP] = []
    town.goes_quiet()
    town.wait(minutes=11)
    assert town.rang == [(0, "Zhou"), (300, "Li"), (600, "daughter"), (600, "He")]


def test_with_nobody_anywhere_the_alarm_stays_and_is_tried_again(town: Neighbourhood) -> None:
    town.people.clear()
    alarm = town.press_one_key()
    town.wait(minutes=30)
    assert town.state(alarm) == "raised"
    town.people[Who.DUTY_FIRST] = ["Li"]
    town.wait(minutes=6)
    assert "Li" in town.phones_rung()


def test_a_shift_change_in_mid_alarm_asks_who_is_on_duty_then(town: Neighbourhood) -> None:
    town.press_one_key()
    town.people[Who.DUTY_SECOND] = ["Qian"]
    town.wait(minutes=1)
    assert town.phones_rung()[-1] == "Qian"


def test_two_alarms_in_one_home_climb_each_their_own_ladder(town: Neighbourhood) -> None:
    town.goes_quiet()
    town.press_one_key()
    assert town.phones_rung() == ["Zhou", "Li", "Zhou", "daughter"]


def test_the_residents_own_answer_stops_it_and_lapses_after_two_hours(town: Neighbourhood) -> None:
    alarm = town.goes_quiet()
    town.desk.self_answer(alarm, by=DESK, now=town.now)
    town.wait(minutes=119)
    assert town.phones_rung(since=1) == []
    town.wait(minutes=1)
    assert town.state(alarm) == "raised"
    assert town.phones_rung(since=7200) == ["Zhou"]


def test_nobody_answers_a_press_for_the_resident(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    with pytest.raises(IllegalMoveError):
        town.desk.self_answer(alarm, by=DESK, now=town.now)


def test_a_real_outcome_opens_a_follow_up(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.finds(alarm, outcome=Outcome(Verdict.REAL, Cause.FELL, action=Action.AMBULANCE))
    (follow_up,) = town.desk.open_of("xinghe", "h001")
    assert (follow_up.kind, follow_up.severity) == ("follow_up", 3)


def test_within_two_hours_an_alarm_is_reopened_and_rings_again(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.finds(alarm)
    town.wait(minutes=119)
    assert town.desk.reopen(alarm, note="she called again", by=DESK, now=town.now).id == alarm
    town.wait(seconds=1)
    assert town.phones_rung(since=7140)[:1] == ["Li"]


def test_later_it_is_a_new_alarm_linked_to_the_old_one(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.finds(alarm)
    town.wait(minutes=121)
    again = town.desk.reopen(alarm, note="she called again", by=DESK, now=town.now)
    assert (again.id != alarm, again.linked_to) == (True, alarm)
    town.wait(seconds=30)
    assert town.desk.reopen(alarm, note="she called again", by=DESK, now=town.now).id == again.id


def test_a_drill_goes_the_whole_way_and_is_marked(town: Neighbourhood) -> None:
    alarm = town.press_one_key(drill=True)
    assert town.phones_rung() == ["Li", "Zhou", "daughter"]
    assert town.desk.get(alarm, community="xinghe").drill


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["write_all", "get", "query"])
@pytest.mark.parametrize("nth", range(1, 15))
def test_a_crash_anywhere_on_the_ladder_loses_nobody_and_rings_nobody_twice(
    town: Neighbourhood, method: str, nth: int, before: bool
) -> None:
    """A tick at the third minute fails at its nth call of the store; the next ticks go on."""
    calm = Neighbourhood()
    for each in (calm, town):
        each.press_one_key()
        each.wait(seconds=179)
        each.now += timedelta(seconds=1)
    calm.tick()
    with suppress(StoreUnavailableError):
        town.tick(CrashingTable(town.table, method, nth, before=before))
    for each in (calm, town):
        each.wait(minutes=4)
    assert sorted(town.phones_rung()) == sorted(calm.phones_rung())


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, 5))
@pytest.mark.parametrize("taken", [False, True], ids=["nobody takes it", "somebody takes it then"])
def test_a_crash_around_every_message_skips_nobody_and_tells_nobody_who_need_not_go(
    town: Neighbourhood, nth: int, before: bool, taken: bool
) -> None:
    """The third minute's rung has four people; the process ends around the message to the nth of them."""
    alarm = town.press_one_key()
    town.wait(seconds=179)
    town.now += timedelta(seconds=1)
    town.crashes_at, town.crashes_before = nth, before
    assert town.tick() == 1
    told = nth - 1 if before else nth
    team_and_desk = ["Li", "Wang", "Zhao", "desk"]
    assert town.phones_rung(since=180) == team_and_desk[:told]
    if taken:
        town.takes(alarm, "Zhao")
    town.wait(seconds=60)
    assert town.phones_rung(since=180) == (team_and_desk[:told] if taken else team_and_desk)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["write_all", "get", "query"])
@pytest.mark.parametrize("nth", range(1, 15))
def test_after_a_crash_anywhere_nobody_is_told_once_somebody_has_it(
    town: Neighbourhood, method: str, nth: int, before: bool
) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=179)
    town.now += timedelta(seconds=1)
    with suppress(StoreUnavailableError):
        town.tick(CrashingTable(town.table, method, nth, before=before))
    town.takes(alarm, "Zhao")
    rung = len(town.rang)
    town.wait(seconds=179)
    assert len(town.rang) == rung


def test_an_acknowledgement_while_a_rung_is_told_stops_the_rest_of_it(town: Neighbourhood) -> None:
    alarm = town.press_one_key()
    town.now = town.now.replace(minute=3)
    rung_before = len(town.rang)
    original = town.tell

    def tell_and_take(*args: Any, **kwargs: Any) -> tuple[bool, Any]:
        town.tell = original  # type: ignore[method-assign]
        told = original(*args, **kwargs)
        town.takes(alarm, "Wang")
        return told

    town.tell = tell_and_take  # type: ignore[method-assign]
    town.tick()
    assert len(town.rang) == rung_before + 1
    assert town.state(alarm) == "acknowledged"


@pytest.mark.parametrize("nth_write", [1, 2])
def test_a_press_while_somebody_closes_the_alarm_is_never_lost(town: Neighbourhood, nth_write: int) -> None:
    """The volunteer closes yesterday's press between two writes of today's."""
    old = town.press_one_key()
    town.wait(minutes=2)
    table = ClosingTable(town.table, nth_write, lambda: town.finds(old, "Zhao"))
    press = Concern(ConcernKind.ONE_KEY, "xinghe", "h001", town.now, {"device": "d"})
    raised = Concerns(AlarmStore(table)).raise_once(press, now=town.now)
    assert town.state(old) == "resolved"
    assert (raised != old, town.state(raised)) == (True, "raised")


@dataclass
class ClosingTable(FaultyTable):
    """A table in front of which somebody else acts just before the nth write."""

    nth: int = 1
    act: Callable[[], object] = list

    def __init__(self, table: Table, nth: int, act: Callable[[], object]) -> None:
        super().__init__(table)
        self.nth, self.act = nth, act

    def write_all(self, writes: Sequence[Write]) -> None:
        self.nth -= 1
        if self.nth == 0:
            self.act()
        super().write_all(writes)


def test_nobody_is_sent_to_see_how_the_dead_are_now() -> None:
    town = Neighbourhood()
    alarm = town.press_one_key()
    town.takes(alarm)
    town.finds(alarm, outcome=Outcome(Verdict.REAL, Cause.DIED, action=Action.FAMILY))
    assert town.desk.open_of("xinghe", "h001") == []


def test_who_is_on_the_way_and_never_arrives_does_not_become_the_only_one_whom_a_deaf_desk_rings() -> None:
    town = Neighbourhood(unreachable={"desk"})
    alarm = town.press_one_key()
    town.takes(alarm)
    town.sets_out(alarm)
    town.wait(hours=2)
    assert "Zhou" in town.phones_rung(since=1)
    second_round = town.rung_at("Li")[1]
    town.wait(hours=1)
    assert {"Wang", "Zhao", "Chen"} <= set(town.phones_rung(since=second_round))


def test_a_resident_to_whom_somebody_is_on_the_way_is_not_rung_and_keeps_nobody_busy() -> None:
    town = Neighbourhood()
    town.people[Who.RESIDENT] = ["du"]
    alarm = town.goes_quiet()
    town.wait(minutes=31)
    town.takes(alarm, "Zhao")
    town.sets_out(alarm, "Zhao")
    town.rang.clear()
    lines = len(town.log(alarm))
    town.wait(hours=2)
    assert "du" not in town.phones_rung()
    assert len(town.log(alarm)) < lines + 20


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["takes", "sets_out", "arrives", "declines", "finds", "self_answers", "clears", "comes_again",
             "reopens", "wait", "tick"]
        ),
        st.sampled_from(["Li", "Wang"]),
        st.integers(0, 2000),
    ),
    max_size=25,
)  # fmt: skip


RINGS_WITHIN = {ConcernKind.ONE_KEY: 1, ConcernKind.STILL_WATER: 4, ConcernKind.DEVICE_SILENT: 75}
"""Hours within which an open alarm rings somebody again, whatever state it is in."""
WHO_ACT = [who for who in Who if who not in (Who.KIN, Who.RESIDENT)]
NAMES = sorted({"du", *(name for names in USUAL.values() for name in names)})


@settings(max_examples=80, deadline=None)
@given(
    MOVES,
    st.sampled_from(list(RINGS_WITHIN)),
    st.sets(st.sampled_from(WHO_ACT), max_size=len(WHO_ACT) - 1),
    st.sets(st.sampled_from(NAMES)),
)
def test_whatever_happens_an_unresolved_alarm_has_a_next_moment_and_rings_whoever_can_be_reached(
    moves: list[tuple[str, str, int]], kind: ConcernKind, empty: set[Who], unreachable: set[str]
) -> None:
    town = Neighbourhood()
    town.people |= {who: [] for who in empty}
    town.people[Who.RESIDENT] = ["du"] if kind is ConcernKind.STILL_WATER else []
    town.unreachable = unreachable
    alarm = town.raises(kind)
    found = town.desk.get(alarm, community="xinghe")
    for move, who, seconds in moves:
        try:
            if move == "wait":
                town.wait(seconds=seconds)
            elif move == "tick":
                town.tick()
            else:
                getattr(town, move)(alarm, who)
        except IllegalMoveError:
            pass
        found = town.desk.get(alarm, community="xinghe")
        assert found.is_open is (found.climb is not None)
    if found.climb is None:
        return
    asked = {who for rung in found.climb.ladder.rungs for who in rung.ask if who in WHO_ACT}
    waits = found.severity == 3 or found.is_calm  # for the desk: nobody is in need
    asked = {Who.DESK} if waits else asked
    late = found.acknowledged_by or "" if found.state is State.EN_ROUTE else ""
    spared = {"daughter", "du", late}  # who is on the way is no help to themselves
    if not any(name not in unreachable | spared for who in asked for name in town.people[who]):
        return
    town.rang.clear()
    town.wait(hours=RINGS_WITHIN[kind])
    assert [who for _, who in town.rang if who not in spared]
