"""What must hold of the routine watch for every home."""

from math import exp

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_habits import AGES
from chalicelib.watch.routine_packing import packed, unpacked
from chalicelib.watch.routine_spans import WATER
from tests.watch.routines import CALENDAR, MONDAY, NOBODY, hours, learned

HOME = learned()
NOW = MONDAY + 60 * 24 * HOUR
listened = st.lists(st.sampled_from([0, 0, 0, 0, 1]), min_size=1, max_size=48)
heard_or_not = st.lists(st.sampled_from([0, 0, 0, 1, -1]), min_size=1, max_size=48)
thresholds = st.floats(2.0, 5000.0)


def after(active: list[int]) -> Routine:
    """HOME after some hours more. Nothing is learned from them, so that only the sum differs."""
    routine = HOME.copy()
    for span in hours(active, begin=NOW):
        routine.add(span._replace(learn=False))
    return routine


def deadline(active: list[int], threshold: float) -> int:
    at = after(active).deadline(threshold)
    assert at is not None
    return at


@given(listened, st.data(), thresholds)
def test_more_activity_never_brings_an_earlier_deadline(
    active: list[int], data: st.DataObject, threshold: float
) -> None:
    hour = data.draw(st.integers(0, len(active) - 1))
    more = [*active[:hour], 1, *active[hour + 1 :]]
    assert deadline(more, threshold) >= deadline(active, threshold)


@given(listened, st.data(), thresholds)
def test_a_missing_hour_never_brings_an_earlier_deadline(
    active: list[int], data: st.DataObject, threshold: float
) -> None:
    hour = data.draw(st.integers(0, len(active) - 1))
    missing = [*active[:hour], -1, *active[hour + 1 :]]
    assert deadline(missing, threshold) >= deadline(active, threshold)


@settings(max_examples=40, deadline=None)
@given(heard_or_not, st.floats(2.0, 200.0))
def test_the_deadline_is_the_first_moment_the_sum_passes_the_threshold(
    active: list[int], threshold: float
) -> None:
    """Against the definition: the integral of 1 / P(quiet from u to t), by small steps."""
    routine = after(active)
    at = routine.deadline(threshold)
    assert at is not None and routine.silence is not None
    capped = at == routine.silence.began + WATER.cap
    if at > routine.silence.until:
        assert _sum_at(routine, at - 1) < threshold * 1.003
        assert capped or _sum_at(routine, at + 1) > threshold * 0.997


def _sum_at(routine: Routine, moment: int) -> float:
    """The least, over the life signs it may count from, of the sum at a later moment."""
    assert routine.silence is not None
    step, sums = 20, []
    for candidate in routine.silence.candidates:
        total, at = candidate.reached, routine.silence.until
        while at < moment:
            stop = min(at + step, moment)
            age = (AGES - 1) * int(at - candidate.sign_at >= WATER.old)
            chance = routine.habits.chance(CALENDAR.slot(at) * AGES + age, NOBODY)
            quiet = (1 - chance) ** ((stop - at) / HOUR)
            total = total / quiet + (stop - at) / HOUR / quiet**0.5
            at = stop
        sums.append(total)
    return min(sums)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 1, 1, -1]), min_size=30, max_size=120), st.data())
def test_a_routine_kept_in_between_goes_on_exactly(active: list[int], data: st.DataObject) -> None:
    """Streaming, with the state stored at any hours, gives the state of one batch."""
    batch, streamed = Routine(WATER, CALENDAR, NOBODY), Routine(WATER, CALENDAR, NOBODY)
    batch.add_all(hours(active))
    stored_at = data.draw(st.sets(st.integers(0, len(active) - 1), max_size=8))
    for n, span in enumerate(hours(active)):
        streamed.add(span)
        if n in stored_at:
            streamed = unpacked(packed(streamed), mix=WATER, calendar=CALENDAR, prior=NOBODY)
    assert packed(streamed) == packed(batch)


@given(listened)
def test_the_same_spans_again_change_nothing(active: list[int]) -> None:
    routine = after(active)
    before = packed(routine)
    routine.add_all(hours(active, begin=NOW))
    assert packed(routine) == before


@given(listened, st.floats(1.0, 50.0), st.floats(0.0, 50.0))
def test_a_smaller_budget_never_means_an_earlier_deadline(
    active: list[int], budget: float, more: float
) -> None:
    routine = after(active)
    least = routine.habits.threshold(budget, NOBODY)
    assert routine.habits.threshold(budget + more, NOBODY) <= least
    assert exp(20) > least >= 1
