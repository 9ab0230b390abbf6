"""What outcomes teach: the same harmless cause again and again proposes a setting. A person decides. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.watch.routine_rule import Budget

TIMES = 3
"""So many false knocks with one cause make a proposal."""
WITHIN = timedelta(days=90)


class Change(StrEnum):
    """What could be set differently."""

    LOWER_LEAST_LITRES = "lower_least_litres"
    LATER_MORNING = "later_morning"
    DECLARE_ABSENCES = "declare_absences"
    VISITOR = "visitor"
    CHECK_METER = "check_meter"
    LOWER_BUDGET = "lower_budget"


_ANSWERS = {
    "low_use": Change.LOWER_LEAST_LITRES,
    "asleep": Change.LATER_MORNING,
    "away": Change.DECLARE_ABSENCES,
    "visiting": Change.VISITOR,
    "meter_fault": Change.CHECK_METER,
    "network_fault": Change.CHECK_METER,
}


_RARER = frozenset({Change.LATER_MORNING, Change.LOWER_LEAST_LITRES, Change.LOWER_BUDGET})
"""What a home watched by its routine answers with rarer knocks: a higher threshold waits out late mornings
and days of low use alike. The others are for people to do.
"""


def budget_for(change: Change, held: Budget) -> Budget | None:
    """The budget that a proposal asks for where `held` holds: half the knocks; None if it asks for none."""
    if change not in _RARER or held.knocks_a_year == 1:
        return None
    return Budget(held.checks_a_year, held.knocks_a_year // 2)


@dataclass(frozen=True, slots=True)
class FalseKnock:
    """A knock that found all well, and the cause given at the door."""

    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change somebody may make for one household: never made by itself. `knocks` are what speaks for it."""

    change: Change
    cause: str
    knocks: tuple[datetime, ...]


def proposals(
    knocks: Sequence[FalseKnock], *, now: datetime, settled: Mapping[str, datetime] | None = None
) -> list[Proposal]:
    """What the causes of a household's last 90 days propose, the most frequent first.

    `settled` says of a cause until when its knocks were decided about: three more propose something again.
    """
    until = settled or {}
    lately = [k for k in knocks if now - WITHIN <= k.at <= now]
    fresh = [k for k in lately if k.cause not in until or k.at > until[k.cause]]
    counted = Counter(k.cause for k in fresh)
    return [
        Proposal(
            _ANSWERS.get(cause, Change.LOWER_BUDGET), cause, tuple(k.at for k in fresh if k.cause == cause)
        )
        for cause, times in counted.most_common()
        if times >= TIMES
    ]
