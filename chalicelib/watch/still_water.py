"""The founding rule: less than 0.01 m³ in 12 hours. Pure.

One rule serves everything: the tick judges a home with it, and `shouwang judge` whole histories.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.telemetry.model import RegisterReading


class Finding(StrEnum):
    """What a watch may conclude. Missing data is never inactivity, and never all well."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class Judgement(NamedTuple):
    """The rule's finding at one reading, and what was drawn since its base; neither is known where it is
    UNKNOWN.
    """

    at: datetime
    finding: Finding
    used_litres: int | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class StillWater:
    """Less than `least_litres` drawn within `window` means someone should look in.

    Exactly that much is a life sign.
    """

    window: timedelta = timedelta(hours=12)
    least_litres: int = 10

    def judgements(self, readings: Iterable[RegisterReading], *, every: timedelta) -> Iterator[Judgement]:
        """Judge the home at each reading, in one sweep; `readings` in time order, `every` the sampling
        interval.

        The base of a judgement is the newest reading at least `window` older. UNKNOWN, when there is none,
        when it is older than that by more than two sampling intervals, or when the register fell since
        (swapped or reset).
        """
        window, least, slack = self.window, self.least_litres, 2 * every
        kept: deque[RegisterReading] = deque()
        fell_at: datetime | None = None
        for reading in readings:
            if kept and reading.litres < kept[-1].litres:
                fell_at = reading.at
            kept.append(reading)
            opening = reading.at - window
            while len(kept) > 1 and kept[1].at <= opening:
                kept.popleft()
            base = kept[0]
            if base.at > opening or base.at < opening - slack or (fell_at is not None and fell_at > base.at):
                yield Judgement(reading.at, Finding.UNKNOWN, None, None)
                continue
            used = reading.litres - base.litres
            finding = Finding.ACTIVE if used >= least else Finding.INACTIVE
            yield Judgement(reading.at, finding, used, base.at)

    def judge(self, readings: Sequence[RegisterReading], *, every: timedelta) -> Judgement:
        """Judge the home at its newest reading. Raises ValueError without any reading."""
        if not readings:
            raise ValueError("There is no reading to judge.")
        newest = later = readings[-1]
        opening = newest.at - self.window
        for reading in reversed(readings):
            if later.litres < reading.litres:
                break  # fell since the base: nothing can be told
            if reading.at <= opening:
                if reading.at < opening - 2 * every:
                    break
                used = newest.litres - reading.litres
                finding = Finding.ACTIVE if used >= self.least_litres else Finding.INACTIVE
                return Judgement(newest.at, finding, used, reading.at)
            later = reading
        return Judgement(newest.at, Finding.UNKNOWN, None, None)

    def quiet_since(self, readings: Sequence[RegisterReading]) -> tuple[datetime, bool]:
        """The first reading since which less than `least_litres` were drawn, and whether older ones can't
        change it.

        Readings before the register last fell don't count. With too short a history the true answer may lie
        before.
        """
        newest = readings[-1]
        since = newest
        for reading in reversed(readings):
            if reading.litres > since.litres or newest.litres - reading.litres >= self.least_litres:
                return since.at, True
            since = reading
        return since.at, False

    def deadline(self, readings: Sequence[RegisterReading], *, every: timedelta) -> datetime | None:
        """The first moment at which the rule could find INACTIVE if nothing more is drawn. Never late.

        Where readings are missing just before the quiet began, late ones may yet show that it began earlier:
        then it counts from the last reading before the gap. None, when the history is too short to tell.
        """
        since, certain = self.quiet_since(readings)
        if not certain:
            return None
        before = next((r for r in reversed(readings) if r.at < since), None)
        if before is not None and before.litres <= readings[-1].litres and since - before.at > every * 3 / 2:
            since = before.at
        return since + self.window

    def earliest_next_spell(
        self, readings: Sequence[RegisterReading], *, every: timedelta
    ) -> datetime | None:
        """Within a quiet spell: the first moment at which a *new* spell could be found, whatever is drawn.

        A new spell needs a life sign first, and then a base later than today's whose register is higher. So
        it can't come before `window` has passed since the first change of the register after today's base, or
        since the last reading before a gap in which that change may lie. None without such a base.
        """
        newest = readings[-1]
        opening = newest.at - self.window
        last: RegisterReading | None = None
        for reading in readings:
            if reading.at <= opening:
                last = base = reading
            elif last is None:
                return None
            elif reading.litres != base.litres:
                gap = reading.at - last.at > every * 3 / 2
                return (last.at if gap else reading.at) + self.window
            else:
                last = reading
        return newest.at + self.window if last is not None else None


class Spell(NamedTuple):
    """A quiet spell as it begins: the first INACTIVE after ACTIVE, or after the start."""

    at: datetime
    used_litres: int


def spells(judgements: Iterable[Judgement]) -> Iterator[Spell]:
    """The quiet spells in a row of judgements. UNKNOWN in between changes nothing."""
    quiet = False
    for judgement in judgements:
        if judgement.finding is Finding.INACTIVE and not quiet and judgement.used_litres is not None:
            yield Spell(judgement.at, judgement.used_litres)
        quiet = judgement.finding is Finding.INACTIVE or (quiet and judgement.finding is Finding.UNKNOWN)
