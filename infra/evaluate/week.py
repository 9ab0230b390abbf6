"""A week of one home for the report: what was drawn, the life signs, and the deadline as it moved."""

from typing import Any

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from infra.evaluate.homes import Home
from infra.evaluate.judging import LEARNS_DAYS
from infra.evaluate.priors import Neighbours

WEEK = 7 * 86400
AFTER = (LEARNS_DAYS + 30) * 86400
BUDGET = 12.0


def week(home: Home, known: Neighbours) -> dict[str, Any]:
    """The first whole week, from Monday, after a quarter of a year.

    `points` are [moment, litres, life sign, hours of silence, hours of silence at the deadline], moments in
    Unix seconds; `begin` is the local midnight on which it begins.
    """
    steps = home.source.steps()
    routine = Routine(home.mix, home.calendar, known.prior)
    begin = _monday(home, steps[0].span.begin + AFTER)
    points = []
    for step in steps:
        if step.span.begin >= begin + WEEK:
            break
        routine.add(step.span)
        if step.span.end <= begin or routine.silence is None:
            continue
        deadline = routine.deadline(routine.habits.threshold(BUDGET, known.prior)) or 0
        silent = (step.span.end - routine.silence.began) / HOUR
        allowed = (deadline - routine.silence.began) / HOUR
        points.append(
            [step.span.end, step.litres, int(bool(step.span.signs)), round(silent, 2), round(allowed, 2)]
        )
    return {"home": home.id, "begin": begin, "budget": BUDGET, "points": points}


def _monday(home: Home, after: int) -> int:
    """The first local midnight from Sunday to Monday; 1970 began on a Thursday."""
    at = after // HOUR * HOUR
    while home.calendar.minute(at) // 60 or (at + 12 * HOUR) // 86400 % 7 != 4:
        at += HOUR
    return at
