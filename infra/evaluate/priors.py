"""What the homes of a community have in common, learned from homes that are not the one judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chalicelib.watch.routine_habits import BINS, CELLS, Habits, Prior, pooled

USUAL_YEAR = 400
"""So many of the longest silences of a usual year are kept."""
NOTHING = Prior((0.3,) * CELLS, (0.0,) * BINS)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The routine's prior, and for the other rules the levels of a usual year's longest silences."""

    prior: Prior = NOTHING
    peaks: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taught:
    """What one home teaches: its habits, and for the other rules its silences' levels in so many years."""

    habits: Habits
    peaks: dict[str, list[float]]
    years: float


def neighbours(homes: Iterable[Taught]) -> Neighbours:
    """What these homes have in common."""
    taught = list(homes)
    if not taught:
        return Neighbours()
    years = sum(home.years for home in taught)
    names = taught[0].peaks
    return Neighbours(
        pooled(home.habits for home in taught),
        {name: _usual_year([home.peaks[name] for home in taught], years) for name in names},
    )


def _usual_year(peaks: Sequence[Sequence[float]], years: float) -> tuple[float, ...]:
    """Every so many-th of all silences, the highest first: as many as come in one home in a year."""
    ordered = sorted((peak for home in peaks for peak in home), reverse=True)
    places = (int((n + 0.5) * years) for n in range(USUAL_YEAR))
    return tuple(ordered[place] for place in places if place < len(ordered))
