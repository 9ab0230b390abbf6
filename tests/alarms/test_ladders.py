"""What a community may make of its ladders: anything but one that could go silent."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.alarms.ladder import DEFAULTS, HOUR, MINUTE, Ladder, Rung, Who, with_check_call
from chalicelib.kernel.errors import RefusedError

DESK, DUTY, KIN, RESIDENT = Who.DESK, Who.DUTY_FIRST, Who.KIN, Who.RESIDENT


def ladder(severity: int = 1, *rungs: tuple[int, tuple[Who, ...]], **changes: Any) -> Ladder:
    """The design's ladder of a severity, with other rungs (in minutes) or times."""
    made = DEFAULTS[severity]
    if rungs:
        made = replace(made, rungs=tuple(Rung(after * MINUTE, ask) for after, ask in rungs))
    return replace(made, **changes)


@pytest.mark.parametrize("severity", DEFAULTS)
def test_the_designs_own_ladders_are_sound(severity: int) -> None:
    assert DEFAULTS[severity].must_be_sound(severity) is DEFAULTS[severity]
    assert with_check_call(DEFAULTS[severity]).must_be_sound(severity)


@pytest.mark.parametrize(
    ("severity", "made", "pointer"),
    [
        pytest.param(1, replace(DEFAULTS[1], rungs=()), "/rungs", id="no rung at all"),
        pytest.param(1, ladder(1, (1, (DESK,))), "/rungs/0/after", id="nobody at once"),
        pytest.param(1, ladder(1, (0, (DUTY,)), (0, (DESK,))), "/rungs", id="two rungs at one time"),
        pytest.param(1, ladder(1, (0, (DUTY,)), (5, (DESK,)), (3, (DUTY,))), "/rungs", id="backwards"),
        pytest.param(1, ladder(1, (0, ()), (3, (DESK,))), "/rungs", id="a rung that asks nobody"),
        pytest.param(2, ladder(2, (0, (RESIDENT,)), (3, (DESK,))), "/rungs", id="the resident alone"),
        pytest.param(1, ladder(1, (0, (DUTY,)), (3, (DUTY,))), "/rungs", id="without the desk"),
        pytest.param(
            2, ladder(2, (0, (DESK,)), (3, (DUTY,)), (5, (DUTY,))), "/rungs", id="the desk at the start alone"
        ),
        pytest.param(1, ladder(1, (0, (DUTY,)), (31, (DESK,))), "/rungs", id="over 30 minutes to the next"),
        pytest.param(
            1, ladder(1, repeat_every=31 * MINUTE), "/repeat_every_seconds", id="over 30 to begin anew"
        ),
        pytest.param(
            1, ladder(1, set_out_within=31 * MINUTE), "/set_out_within_seconds", id="over 30 to set out"
        ),
        pytest.param(
            1, ladder(1, arrive_within=31 * MINUTE), "/arrive_within_seconds", id="over 30 to arrive"
        ),
        pytest.param(1, ladder(1, repeats=3), "/repeats", id="severity 1 that ends"),
        pytest.param(
            1, ladder(1, repeat_every=4 * MINUTE), "/repeat_every_seconds", id="anew within five minutes"
        ),
        pytest.param(2, ladder(2, set_out_within=0), "/set_out_within_seconds", id="no time to set out"),
        pytest.param(1, ladder(1, (0, (DUTY,)), (3, (DESK,)), (5, (KIN,))), "/rungs", id="kin at the end"),
        pytest.param(2, ladder(2, (0, (DUTY,)), (3, (DESK,)), (5, (DUTY,))), "/rungs", id="desk not last"),
        pytest.param(1, ladder(1, (0, (KIN,)), (30, (DESK,))), "/rungs", id="kin alone at once"),
        pytest.param(2, ladder(2, (0, (KIN, RESIDENT)), (9, (DESK,))), "/rungs", id="nobody to go at once"),
        pytest.param(2, ladder(2, (0, (DUTY,)), (48 * 60, (DESK,))), "/rungs", id="two days in severity 2"),
        pytest.param(
            2, ladder(2, repeat_every=3 * HOUR), "/repeat_every_seconds", id="three hours to begin anew"
        ),
        pytest.param(
            2, ladder(2, set_out_within=3 * HOUR), "/set_out_within_seconds", id="three hours to set out"
        ),
        pytest.param(2, ladder(2, repeats=-1), "/repeats", id="fewer than no repeats"),
        pytest.param(
            3, ladder(3, arrive_within=49 * HOUR), "/arrive_within_seconds", id="longer than two days"
        ),
        pytest.param(3, ladder(3, (0, (DUTY,)), (49 * 60, (DESK,))), "/rungs", id="a rung after two days"),
    ],
)
def test_a_ladder_that_could_go_silent_is_refused_and_says_where(
    severity: int, made: Ladder, pointer: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        made.must_be_sound(severity)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("severity", "made"),
    [
        pytest.param(1, ladder(1, (0, (DUTY,)), (30, (DESK,))), id="thirty minutes"),
        pytest.param(1, ladder(1, (0, (DESK,))), id="the desk alone"),
        pytest.param(1, ladder(1, set_out_within=30 * MINUTE, arrive_within=30 * MINUTE), id="half an hour"),
        pytest.param(2, ladder(2, (0, (DUTY,)), (90, (DESK,)), repeats=0), id="less severe, and once"),
        pytest.param(3, ladder(3, (0, (DUTY,)), (48 * 60, (DESK,))), id="two days"),
    ],
)
def test_what_goes_on_is_taken(severity: int, made: Ladder) -> None:
    assert made.must_be_sound(severity) == made


def test_a_community_may_ring_the_resident_on_a_later_rung() -> None:
    later = ladder(2, (0, (DUTY,)), (10, (RESIDENT, DESK)))
    assert with_check_call(later) == later
    assert RESIDENT in with_check_call(ladder(2, (0, (DUTY,)), (10, (DESK,)))).rungs[0].ask
