"""Who of a file's homes can be judged, and who is reported apart, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.evaluate.homes import Home, Step
from infra.evaluate.judging import LEARNS_DAYS, LONGEST_STEP

JUDGED_DAYS = 30
LIVED_IN = 0.7
"""A home is lived in if on so many of its watched days there are at least three life signs."""
SIGNS_A_DAY = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """A home that is not among the judged ones, and why, in words: English, and `zh`."""

    home: str
    reason: str
    zh: str


def why_apart(home: Home, steps: Sequence[Step], learns_days: int = LEARNS_DAYS) -> Apart | None:
    """Why a home can't be judged like the others; None if it can."""
    watched = (
        sum(s.span.end - s.span.begin for s in steps if s.span.end - s.span.begin <= LONGEST_STEP) / 86400
    )
    needed = learns_days + JUDGED_DAYS
    length = (steps[-1].span.end - steps[0].span.begin) / 86400 if steps else 0.0
    if min(watched, length) < needed:
        missing = needed - int(min(watched, length))
        return Apart(
            home.id,
            f"too short: {missing} days of readings are missing to the {needed} that it needs",
            f"数据太短：需要{needed}天的读数，还缺{missing}天",
        )
    share = _lively_days(home, steps)
    if share < LIVED_IN:
        told = f"hardly lived in: life signs on only {share:.0%} of its days"
        return Apart(home.id, told, f"很少有人住：只有{share:.0%}的日子有动静")
    return None


def _lively_days(home: Home, steps: Sequence[Step]) -> float:
    signs: dict[int, int] = {}
    for step in steps:
        day = home.calendar.day(step.span.end)
        signs[day] = signs.get(day, 0) + bool(step.span.signs)
    return sum(count >= SIGNS_A_DAY for count in signs.values()) / len(signs)
