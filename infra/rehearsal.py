"""A rule tried on a community's own past, before anybody is sent by it.

Each home's habits are learned from what came before the rehearsed days, and judged on those days alone: a
reading is never judged by what was learned from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import register_readings
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR, Calendar
from chalicelib.watch.routine_fusion import Told, spans_after
from chalicelib.watch.routine_habits import BINS, CELLS, Prior, pooled
from chalicelib.watch.routine_rule import LEAST_DAYS, Budget, Thresholds, per_step, thresholds
from chalicelib.watch.routine_senses import mix_of
from chalicelib.watch.routine_spans import Mix, Span, Stay
from chalicelib.watch.still_water import StillWater, spells

REHEARSED = timedelta(days=30)
NOTHING_KNOWN = Prior((0.3,) * CELLS, (0.0,) * BINS)
"""What stands in for a community of which nothing is known yet: about three life signs in ten hours."""


@dataclass(frozen=True, slots=True)
class Found:
    """A real outcome: somebody was found in need. `began` is when what they were found by began, `at` when
    they were. Only one found by silence is a rule's to find: nobody waits for one where somebody pressed.
    """

    began: datetime
    at: datetime
    by_silence: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a home: what its sensors told, its water meter's sampling interval, its founding rule,
    and the real outcomes."""

    household: str
    told: Told
    every: timedelta
    founding: StillWater
    until: datetime
    real: Sequence[Found] = ()

    @property
    def mix(self) -> Mix:
        """How the home is watched."""
        return mix_of(self.told.sensors)

    @property
    def teaches(self) -> Told:
        """What was told, where times that ended in real outcomes teach nothing."""
        spared = (Stay(epoch(real.began), epoch(real.at) + 1, visitor=True) for real in self.real)
        return replace(self.told, stays=(*self.told.stays, *spared))

    def spans(self, calendar: Calendar) -> list[Span]:
        """Everything that was told."""
        return spans_after(Routine(self.mix, calendar, NOTHING_KNOWN), self.teaches, now=epoch(self.until))

    def founding_spells(self, since: datetime) -> tuple[datetime, ...]:
        """When the founding rule found the home's water still."""
        meter = next((s for s in self.told.sensors if s.kind is Kind.WATER_METER), None)
        if meter is None:
            return ()
        readings = register_readings(self.told.samples.get(meter.id, ()))
        judged = self.founding.judgements(readings, every=self.every)
        return tuple(s.at for s in spells(judged) if s.at >= since and not self._is_paused(s.at))

    def _is_paused(self, at: datetime) -> bool:
        """Whether nobody was declared to be at home within the founding rule's window."""
        window = int(self.founding.window.total_seconds())
        away = [stay for stay in self.told.stays if not stay.visitor]
        return any(stay.begin <= epoch(at) < stay.end + window for stay in away)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rule would have done to one home in the rehearsed days; moments as they would have come.

    `known_days` is how much past was learned; `is_ready` whether the routine would have stood in. `missed`
    are silences that ended in a real outcome, in which it would not have sent anybody.
    """

    household: str
    known_days: int
    checks: tuple[datetime, ...]
    knocks: tuple[datetime, ...]
    founding: tuple[datetime, ...]
    missed: tuple[Found, ...]

    @property
    def is_ready(self) -> bool:
        return self.known_days >= LEAST_DAYS

    @property
    def missing_days(self) -> int:
        """How many more days of its past a home needs."""
        return max(0, LEAST_DAYS - self.known_days)


def community_priors(pasts: Sequence[Past], calendar: Calendar, *, until: datetime) -> dict[int, Prior]:
    """What the homes of a community had in common before a moment, by the step their sensors are counted in;
    an hour is always among them.
    """
    found: dict[int, Prior] = {HOUR: NOTHING_KNOWN}
    for step in {past.mix.step for past in pasts}:
        same = [past for past in pasts if past.mix.step == step]
        nothing = per_step(NOTHING_KNOWN, step)
        homes = [_learned(past, past.spans(calendar), calendar, nothing, until=until).habits for past in same]
        if any(home.seconds for home in homes):
            found[step] = pooled(homes)
    return found


def rehearse(past: Past, budget: Budget, prior: Prior, calendar: Calendar, *, since: datetime) -> Rehearsed:
    """Replay one home from `since` on."""
    spans = past.spans(calendar)
    routine = _learned(past, spans, calendar, prior, until=since)
    known = routine.habits.days
    checks, knocks = _replayed(routine, spans, budget, since=since)
    founding = past.founding_spells(since)
    sent = knocks if known >= LEAST_DAYS else founding
    lately = (real for real in past.real if real.by_silence and real.at >= since)
    missed = tuple(real for real in lately if not any(real.began <= knock <= real.at for knock in sent))
    return Rehearsed(past.household, known, tuple(checks), tuple(knocks), founding, missed)


def summary(rehearsed: Sequence[Rehearsed]) -> dict[str, int]:
    """The figures that a person approves."""
    ready = [home for home in rehearsed if home.is_ready]
    return {
        "homes": len(rehearsed),
        "homes_ready": len(ready),
        "days": REHEARSED.days,
        "visits_now": sum(len(home.founding) for home in rehearsed),
        "visits_then": sum(len(home.knocks if home.is_ready else home.founding) for home in rehearsed),
        "check_calls_then": sum(len(home.checks) for home in ready),
        "real_outcomes_missed": sum(len(home.missed) for home in rehearsed),
    }


def _learned(
    past: Past, spans: Sequence[Span], calendar: Calendar, prior: Prior, *, until: datetime
) -> Routine:
    routine = Routine(past.mix, calendar, prior)
    routine.add_all(span for span in spans if span.end <= epoch(until))
    return routine


def _replayed(
    routine: Routine, spans: Sequence[Span], budget: Budget, *, since: datetime
) -> tuple[list[datetime], list[datetime]]:
    """The check calls and knocks of the rehearsed days, at most one of each for a silence."""
    called: dict[int, datetime] = {}
    knocked: dict[int, datetime] = {}
    for at, span in _nightly(routine, spans, budget, since=since):
        if (silence := routine.silence) is not None and span.heard:
            known_until = span.begin if span.signs else span.end
            for sum_, told in ((at.check, called), (at.knock, knocked)):
                due = routine.deadline(sum_)
                if due is not None and due <= known_until:
                    told.setdefault(silence.began, from_epoch(span.end))
        routine.add(span)
    return list(called.values()), list(knocked.values())


def _nightly(
    routine: Routine, spans: Sequence[Span], budget: Budget, *, since: datetime
) -> Iterator[tuple[Thresholds, Span]]:
    """The spans of the rehearsed days, with the thresholds of their night."""
    day, at = -1, thresholds(routine.habits, budget, routine.prior)
    for span in spans:
        if span.end <= epoch(since):
            continue
        if (today := routine.calendar.day(span.begin)) != day:
            day, at = today, thresholds(routine.habits, budget, routine.prior)
        yield at, span


def per_year(times: int, homes: int) -> float:
    """How often a home and year, from how often in the rehearsed days."""
    return times / max(homes, 1) * 365 / REHEARSED.days
