"""How an alarm moves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.alarms.model import Alarm, IllegalMoveError
from chalicelib.alarms.moves import MOVES, SEVERITY, State
from chalicelib.alarms.outcome import CAUSES_OF, NEEDS_ACTION, Action, Cause, Outcome, Verdict
from chalicelib.alarms.raising import raised
from chalicelib.kernel.errors import RefusedError
from chalicelib.watch.model import ConcernKind
from tests.builders import HOUR, NOON, concern

ASLEEP = Outcome(Verdict.FALSE, Cause.ASLEEP)
NEW = raised(concern(), now=NOON)
TAKEN = NEW.acknowledged(by="Li", at=NOON + HOUR)
CLOSED = TAKEN.resolved(ASLEEP, by="Li", at=NOON + 2 * HOUR)


def test_an_alarm_begins_raised_and_open() -> None:
    assert (NEW.state, NEW.is_open, NEW.version, NEW.severity) == (State.RAISED, True, 1, 2)


@pytest.mark.parametrize("kind", ConcernKind)
def test_every_concern_has_a_severity(kind: ConcernKind) -> None:
    assert SEVERITY[kind] in (1, 2, 3)


def test_taking_charge() -> None:
    assert (TAKEN.state, TAKEN.acknowledged_by, TAKEN.acknowledged_at) == (
        State.ACKNOWLEDGED,
        "Li",
        NOON + HOUR,
    )
    assert (TAKEN.is_open, TAKEN.version) == (True, 2)


def test_taking_charge_again_changes_nothing() -> None:
    assert TAKEN.acknowledged(by="Li", at=NOON + 9 * HOUR) is TAKEN
    assert CLOSED.acknowledged(by="Li", at=NOON + 9 * HOUR) is CLOSED


def test_the_second_to_take_charge_is_told_who_was_first_and_what_may_follow() -> None:
    with pytest.raises(IllegalMoveError, match=r"Li took charge.*resolved"):
        TAKEN.acknowledged(by="Zhao", at=NOON)


@pytest.mark.parametrize("alarm", [NEW, TAKEN], ids=["raised", "acknowledged"])
def test_an_outcome_closes_an_alarm(alarm: Alarm) -> None:
    closed = alarm.resolved(ASLEEP, by="Li", at=NOON + 2 * HOUR)
    assert (closed.state, closed.is_open, closed.outcome, closed.resolved_by, closed.resolved_at) == (
        State.RESOLVED,
        False,
        ASLEEP,
        "Li",
        NOON + 2 * HOUR,
    )
    assert closed.version == alarm.version + 1


def test_the_same_outcome_again_changes_nothing() -> None:
    assert CLOSED.resolved(Outcome(Verdict.FALSE, Cause.ASLEEP), by="Li", at=NOON + 9 * HOUR) is CLOSED


@pytest.mark.parametrize(
    ("outcome", "by"),
    [(Outcome(Verdict.FALSE, Cause.AWAY), "Li"), (ASLEEP, "Zhao")],
    ids=["another", "by another"],
)
def test_a_closed_alarm_keeps_its_outcome(outcome: Outcome, by: str) -> None:
    with pytest.raises(IllegalMoveError, match="closed"):
        CLOSED.resolved(outcome, by=by, at=NOON)


def test_a_closed_alarm_cannot_be_taken() -> None:
    with pytest.raises(IllegalMoveError, match="closed"):
        CLOSED.acknowledged(by="Zhao", at=NOON)
    with pytest.raises(IllegalMoveError, match="closed"):
        NEW.resolved(ASLEEP, by="Li", at=NOON).acknowledged(by="Li", at=NOON)


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(State)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_real_alarm_must_name_what_was_done(verdict: Verdict) -> None:
    Outcome(verdict, Cause.OTHER, action=Action.AMBULANCE)
    if verdict is Verdict.REAL:
        with pytest.raises(RefusedError) as refused:
            Outcome(verdict, Cause.FELL)
        assert refused.value.pointer == "/action"
    else:
        assert Outcome(verdict, Cause.OTHER).action is None


@pytest.mark.parametrize(
    ("verdict", "cause", "drill", "pointer"),
    [
        (Verdict.FALSE, Cause.FELL, False, "/cause"),
        (Verdict.DEVICE, Cause.ASLEEP, False, "/cause"),
        (Verdict.REAL, Cause.PRESSED_BY_MISTAKE, False, "/cause"),
        (Verdict.DRILL, Cause.TEST, False, "/verdict"),
        (Verdict.REAL, Cause.FELL, True, "/verdict"),
    ],
)
def test_an_outcome_does_not_contradict_itself_or_its_alarm(
    verdict: Verdict, cause: Cause, drill: bool, pointer: str
) -> None:
    outcome = Outcome(verdict, cause, action=Action.HELPED)
    with pytest.raises(RefusedError) as refused:
        replace(NEW, drill=drill).resolved(outcome, by="Li", at=NOON)
    assert (refused.value.pointer, bool(refused.value.zh)) == (pointer, True)


@pytest.mark.parametrize("verdict", Verdict)
def test_other_goes_with_every_verdict_and_every_cause_with_some(verdict: Verdict) -> None:
    found = Outcome(verdict, Cause.OTHER, action=Action.HELPED)
    alarm = replace(NEW, drill=verdict is Verdict.DRILL)
    assert alarm.resolved(found, by="Li", at=NOON).outcome == found
    assert {cause for causes in CAUSES_OF.values() for cause in causes} == set(Cause)
    assert not NEEDS_ACTION & {*CAUSES_OF[Verdict.FALSE], *CAUSES_OF[Verdict.DEVICE]}


def test_the_task_after_a_missed_drill_may_end_as_one() -> None:
    task = replace(NEW, kind=ConcernKind.DRILL_MISSED)
    assert not task.resolved(Outcome(Verdict.DRILL, Cause.TEST), by="Li", at=NOON).is_open


def test_the_same_spell_is_the_same_alarm() -> None:
    later = raised(concern(evidence={"used_litres": 5}), now=NOON + 5 * HOUR)
    assert later.id == NEW.id


@pytest.mark.parametrize(
    "other",
    [
        concern(ConcernKind.UNGUARDED),
        concern(household="h002"),
        concern(community="yuehu"),
        concern(began_at=NOON + timedelta(seconds=1)),
    ],
    ids=["kind", "home", "community", "spell"],
)
def test_another_concern_is_another_alarm(other: object) -> None:
    assert raised(other, now=NOON).id != NEW.id  # type: ignore[arg-type]
