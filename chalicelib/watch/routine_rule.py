"""Which rule a community has chosen to be watched by, and how often it may knock for nothing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.errors import RefusedError
from chalicelib.watch.routine_days import HOUR, SLOTS
from chalicelib.watch.routine_habits import AGES, Habits, Prior

LEAST_DAYS = 14
"""A home's own past counts from so many days on; until then the founding rule stands."""
MOST_A_YEAR = 365


class WatchedBy(StrEnum):
    """Which rule sends somebody to the door of a quiet home."""

    STILL_WATER = "still_water"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a year, for each home, a silence that means nothing may ring its phone, or send somebody."""

    checks_a_year: int = 24
    knocks_a_year: int = 12

    def __post_init__(self) -> None:
        for count, what in ((self.checks_a_year, "checks_a_year"), (self.knocks_a_year, "knocks_a_year")):
            if not 1 <= count <= MOST_A_YEAR:
                raise RefusedError(
                    f"{count} a year is outside 1 to {MOST_A_YEAR}.",
                    pointer=f"/{what}",
                    zh=f"每年次数是 1 到 {MOST_A_YEAR}。",
                )
        if self.checks_a_year < self.knocks_a_year:
            raise RefusedError(
                "A call comes before a knock: allow at least as many check calls as knocks.",
                pointer="/checks_a_year",
                zh="先打电话、后上门：电话次数不能少于上门次数。",
            )


@dataclass(frozen=True, slots=True)
class RoutineRule:
    """What a community chose, who approved it and what they had been shown; `version` counts its changes.

    `prior` is what the community's homes had in common when it was rehearsed: it stands in for what a home's
    own past doesn't tell yet. `others` are those of homes whose sensors are counted in other steps than an
    hour, by the seconds of the step.
    """

    by: WatchedBy
    budget: Budget
    prior: Prior
    approved_by: str
    approved_at: datetime
    rehearsed: dict[str, int] = field(default_factory=dict)
    version: int = 0
    others: Mapping[int, Prior] = field(default_factory=dict)

    def prior_for(self, step: int) -> Prior:
        """What homes had in common whose sensors are counted in such steps; else the same life in hours."""
        return self.others.get(step) or per_step(self.prior, step)


def per_step(prior: Prior, step: int) -> Prior:
    """The same life signs an hour, counted in steps of so many seconds. Counted in hours no silence is known
    but a young and an old one.
    """
    if step == HOUR:
        return prior
    hours = tuple(1 - (1 - chance) ** (step / HOUR) for chance in prior.chances)
    return Prior(young_and_old(hours), prior.peaks_a_year)


def young_and_old(chances: tuple[float, ...]) -> tuple[float, ...]:
    """Chances for all ages, of which but the youngest and the oldest of each slot are known."""
    ages = len(chances) // SLOTS
    slots = (chances[first : first + ages] for first in range(0, len(chances), ages))
    return tuple(chance for slot in slots for chance in (*[slot[0]] * (AGES - 1), slot[-1]))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The sums at which a home's phone rings, and at which somebody is sent to its door."""

    check: float
    knock: float


def thresholds(habits: Habits, budget: Budget, prior: Prior) -> Thresholds:
    """A home's thresholds, from its own past silences; the call never comes after the knock."""
    knock = habits.threshold(budget.knocks_a_year, prior)
    return Thresholds(min(habits.threshold(budget.checks_a_year, prior), knock), knock)
