"""Whoever is on the way or at the door is never shut out: they see the case, and say that they are there."""

import pytest

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.ladder import MINUTE, Ladder, Rung, Who
from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.relations import Relations, UnseenError
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore, LadderStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.sight import Relation
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.records import HomeRecords
from chalicelib.registry.stay_store import StayStore
from chalicelib.watch.model import Concern, ConcernKind
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.quarter import Quarter, X, clock

TEN = clock("01-15 10:00")
LI = Caller("li", Role.VOLUNTEER, X)


def relation(town: Quarter, alarm: str) -> Relation:
    seen = Relations(
        town.registry, town.residents, town.alarms,
        ConsentStore(town.table), StayStore(town.table), HomeRecords(town.table),
    )  # fmt: skip
    return seen.of_alarm(LI, alarm).relation


@pytest.mark.parametrize("taken_by", [None, "wang"])
def test_who_took_too_long_still_sees_the_case_and_says_that_they_are_there(taken_by: str | None) -> None:
    town = Quarter(TEN)
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.wait(seconds=185)
    assert town.alarm(alarm).state == "raised"
    if taken_by:
        town.takes(alarm, taken_by)
    assert relation(town, alarm) is Relation.ON_CASE
    there = town.arrives(alarm, "li")
    assert (there.state, there.acknowledged_by) == ("on_site", "li")
    town.tick()
    assert "relieved" not in town.told("li")
    if taken_by:
        assert there.has_on_case(taken_by)
        assert "relieved" in town.told(taken_by)
    town.finds(alarm, "li")
    with pytest.raises(UnseenError):
        relation(town, alarm)


def test_who_declined_sees_it_no_more() -> None:
    town = Quarter(TEN)
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.declines(alarm, "li")
    with pytest.raises(UnseenError):
        relation(town, alarm)


def test_whoever_was_asked_takes_it_and_sets_out_in_one_word() -> None:
    town = Neighbourhood()
    alarm = town.press_one_key()
    gone = town.sets_out(alarm, "Li")
    assert (gone.state, gone.acknowledged_by, gone.acknowledged_at) == ("en_route", "Li", town.now)
    rung = len(town.rang)
    town.wait(minutes=14)
    assert len(town.rang) == rung


@pytest.mark.parametrize("move", ["sets_out", "arrives"])
def test_whom_nobody_asked_takes_it_first(move: str) -> None:
    town = Neighbourhood()
    alarm = town.press_one_key()
    with pytest.raises(IllegalMoveError):
        getattr(town, move)(alarm, "stranger")
    town.takes(alarm, "Li")
    with pytest.raises(IllegalMoveError):
        getattr(town, move)(alarm, "stranger")


def test_nobody_says_on_my_way_for_who_has_it_nor_arrives_where_somebody_is() -> None:
    town = Neighbourhood()
    alarm = town.press_one_key()
    town.takes(alarm, "Li")
    with pytest.raises(IllegalMoveError, match="Li is in charge"):
        town.sets_out(alarm, "Zhou")
    town.arrives(alarm, "Li")
    with pytest.raises(IllegalMoveError, match="Li is in charge"):
        town.arrives(alarm, "Zhou")


@pytest.mark.parametrize("calmed", ["self_answers", "clears"])
@pytest.mark.parametrize("then", ["takes", "sets_out", "arrives"])
def test_a_calmed_alarm_is_no_dead_end_for_who_had_it(calmed: str, then: str) -> None:
    town = Neighbourhood()
    alarm = town.goes_quiet()
    town.takes(alarm, "Zhou")
    getattr(town, calmed)(alarm)
    moved = getattr(town, then)(alarm, "Zhou")
    states = {"takes": "acknowledged", "sets_out": "en_route", "arrives": "on_site"}
    assert (moved.state, moved.acknowledged_by) == (states[then], "Zhou")
    assert town.finds(alarm, "Zhou").state == "resolved"


@pytest.mark.parametrize("calmed", ["self_answers", "clears"])
def test_a_calmed_alarm_that_is_given_back_is_anybodys(calmed: str) -> None:
    town = Neighbourhood()
    alarm = town.goes_quiet()
    town.takes(alarm, "Zhou")
    getattr(town, calmed)(alarm)
    before = town.state(alarm)
    assert town.declines(alarm, "Zhou").acknowledged_by is None
    assert town.state(alarm) == before
    assert town.takes(alarm, "Li").acknowledged_by == "Li"


@pytest.mark.parametrize("hours", [1, 3])
def test_a_reopened_alarm_climbs_its_communitys_own_ladder(hours: int) -> None:
    town, registry = Neighbourhood(), MemoryTable(REGISTRY)
    ladders = LadderStore(registry)
    rungs = (Rung(0, (Who.SECRETARY,)), Rung(MINUTE, (Who.DESK,)))
    ladders.put(X, 1, Ladder(rungs, 3 * MINUTE, 15 * MINUTE, 5 * MINUTE, None))
    concerns = Concerns(AlarmStore(town.table), ladders)
    alarm = concerns.raise_once(Concern(ConcernKind.ONE_KEY, X, "h001", town.now, {}), now=town.now)
    town.desk = AlarmDesk(AlarmStore(town.table), concerns)
    town.takes(alarm, "He")
    town.finds(alarm, "He")
    town.wait(hours=hours)
    town.desk.reopen(alarm, note="", by=Responder("He", X), now=town.now)
    since = len(town.rang)
    town.wait(seconds=61)
    assert [who for _, who in town.rang[since:]] == ["He", "desk"]
