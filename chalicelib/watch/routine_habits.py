"""What a home's past says: how soon a silence usually ends, and how far silences have gone. Pure.

Everything is a fading count, kept as whole numbers so that it is the same however it was stored in between:
a home's habits are about 1.5 kB, and an update costs the same after a year as on the first day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, log

from chalicelib.watch.routine_days import SLOTS

ONE = 1 << 16
"""A count of one: counts are whole 1/65,536ths."""
AGES = 5
"""Silences are told apart by how old they are: young, up to three ages more, and old."""
CELLS = SLOTS * AGES
BINS, BINS_PER_E = 128, 8
"""How far silences went, by the logarithm of the sum they reached."""
SENSES = 6
MASKS = 1 << SENSES
"""Which senses, of up to six, took part in a life sign."""
LEAST_AWAY = 48
"""What a sense says in an empty home tells of it after so many steps."""
YEAR = 365.25 * 86400
HABITS_HALVE, PEAKS_HALVE = 28, 120
"""Days in which old habits, and old silences, count for half."""
OWN_WEIGHT, OTHER_KIND, PEAK_YEARS = 5.0, 0.5, 0.25
"""What the community's prior weighs, in steps for each cell, and in years of silences; and how much a day off
says about a working day. Chosen on the homes of several people in Alicante, see `shouwang evaluate`.
"""
LEAST, MOST = 1e-4, 0.995
MORNINGS = 60
"""The first life signs of so many days are remembered, to explain."""
_FADE, _FADE_PEAKS = (round(ONE * 0.5 ** (1 / days)) for days in (HABITS_HALVE, PEAKS_HALVE))


@dataclass(frozen=True, slots=True)
class Prior:
    """What a community's homes have in common: the chance in each cell that a step holds a life sign, and
    how many silences a year reached each bin.
    """

    chances: tuple[float, ...]
    peaks_a_year: tuple[float, ...]


@dataclass(slots=True)
class Habits:
    """A home's fading counts. `ended` of `steps` quiet steps ended in a life sign, by slot and age."""

    ended: list[int] = field(default_factory=lambda: [0] * CELLS)
    steps: list[int] = field(default_factory=lambda: [0] * CELLS)
    peaks: list[int] = field(default_factory=lambda: [0] * BINS)
    seconds: int = 0
    masks: list[int] = field(default_factory=lambda: [0] * MASKS)
    days: int = 0
    mornings: list[int] = field(default_factory=list)
    """Of the last 60 days, the minute of the day of the first life sign after 04:00; days off plus 1440."""
    home: list[int] = field(default_factory=lambda: [0] * SENSES)
    """In how many steps each sense gave a life sign."""
    away: list[int] = field(default_factory=lambda: [0] * (SENSES + 1))
    """The same while a door knew that nobody was at home, and last how many such steps there were."""

    def copy(self) -> "Habits":
        """Another one with the same counts."""
        counts = (self.ended[:], self.steps[:], self.peaks[:], self.seconds, self.masks[:], self.days)
        return Habits(*counts, self.mornings[:], self.home[:], self.away[:])

    def fade(self, days: int) -> None:
        """Let days pass: what was counted before counts for less."""
        for _ in range(min(days, 400)):
            for counts in (self.ended, self.steps, self.masks, self.home):
                counts[:] = [c * _FADE >> 16 for c in counts]
            for counts in (self.peaks, self.away):
                counts[:] = [c * _FADE_PEAKS >> 16 for c in counts]
            self.seconds = self.seconds * _FADE_PEAKS >> 16
        self.days += days

    def chance(self, cell: int, prior: Prior) -> float:
        """The chance that a quiet step in this cell, a slot and an age, ends in a life sign."""
        other = (cell + CELLS // 2) % CELLS
        ended = (self.ended[cell] + OTHER_KIND * self.ended[other]) / ONE
        steps = (self.steps[cell] + OTHER_KIND * self.steps[other]) / ONE
        chance = (ended + OWN_WEIGHT * prior.chances[cell]) / (steps + OWN_WEIGHT)
        return min(max(chance, LEAST), MOST)

    def share_seen_by(self, sensors: int) -> float:
        """Of all life signs, the share that these sensors would have seen too; 1 while nothing is known."""
        everything = sum(self.masks)
        if everything < 20 * ONE:
            return 1.0
        return sum(c for mask, c in enumerate(self.masks) if mask & sensors) / everything

    def trust(self, senses: int) -> float:
        """How far a life sign of these senses is believed, 0 to 1: as far as the most reliable of them.

        What a sense says as often in an empty home as in a lived in one, it says of itself: a boiler, a pump,
        a pet. Where no door tells when the home is empty, all are believed.
        """
        return max((self._trust(n) for n in range(SENSES) if senses >> n & 1), default=1.0)

    def _trust(self, sense: int) -> float:
        empty, lived = self.away[SENSES], sum(self.steps)
        if empty < LEAST_AWAY * ONE or not self.home[sense]:
            return 1.0
        return max(0.0, 1 - self.away[sense] / empty * lived / self.home[sense])

    def record_away(self, senses: int) -> None:
        """Count a step in which nobody was at home, and who gave a life sign all the same."""
        self.away[SENSES] += ONE
        for n in range(SENSES):
            self.away[n] += ONE * (senses >> n & 1)

    def record_sign(self, cell: int, sensors: int, peak: float) -> None:
        """Count a step that held a life sign, and how far the silence went that it ended well."""
        self.steps[cell] += ONE
        self.ended[cell] += ONE
        self.masks[sensors % MASKS] += ONE
        for n in range(SENSES):
            self.home[n] += ONE * (sensors >> n & 1)
        if peak > 0:
            self.peaks[bin_of(peak)] += ONE

    def record_morning(self, minute: int, *, day_off: bool) -> None:
        """Remember the first life sign of a day."""
        self.mornings = [*self.mornings, minute + 1440 * day_off][-MORNINGS:]

    def threshold(self, budget: float, prior: Prior) -> float:
        """The sum that silences ending well go over `budget` times a year.

        Counted from the home's own past, in which the community's counts as a quarter of a year.
        """
        allowed = budget * (self.seconds / YEAR + PEAK_YEARS)
        above = 0.0
        for bin_ in range(BINS - 1, -1, -1):
            here = self.peaks[bin_] / ONE + PEAK_YEARS * prior.peaks_a_year[bin_]
            if above + here > allowed:
                return exp((bin_ + 1 - (allowed - above) / here) / BINS_PER_E)
            above += here
        return 1.0


def bin_of(reached: float) -> int:
    """The bin of a sum; all below one hour are the first."""
    return min(int(log(max(reached, 1.0)) * BINS_PER_E), BINS - 1)


def pooled(homes: Iterable[Habits]) -> Prior:
    """The prior of a community: its homes' counts, each home as much as it knows."""
    ended, steps, peaks, seconds = [0] * CELLS, [0] * CELLS, [0] * BINS, 0
    for home in homes:
        ended = _added(ended, home.ended)
        steps = _added(steps, home.steps)
        peaks = _added(peaks, home.peaks)
        seconds += home.seconds
    chances = tuple((e + ONE / 2) / (s + ONE) for e, s in zip(ended, steps, strict=True))
    years = max(seconds / YEAR, 1e-9)
    return Prior(chances, tuple(p / ONE / years for p in peaks))


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]
