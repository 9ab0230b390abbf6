"""Declaring absences, and ending them: in time, by somebody, by the life signs of who came back, or since
others live there now.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.telemetry.model import merged
from chalicelib.telemetry.store import SeriesStore
from chalicelib.watch.absence import (
    Absence,
    AbsenceOverlapsError,
    Declared,
    came_back,
    declared,
    resumes_at,
)
from chalicelib.watch.absence_store import AbsenceStore, absence_of
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.routine_senses import Sensor, stretches
from chalicelib.watch.routine_spans import Stay
from chalicelib.watch.routine_store import routine_key
from chalicelib.watch.store import until_undisturbed, watch_due, watch_key, water_watch

LOOK_EVERY = timedelta(hours=6)
READ_BACK = timedelta(hours=60)
"""So far back readings are read for life signs: long enough to know what runs by itself in electricity."""
LIFE_SIGNS, MOVED_IN = "life_signs", "moved_in"
SensorsOf = Callable[[str, str], tuple[Sensor, ...]]


@dataclass(frozen=True, slots=True)
class Absences:
    """A home's declared absences; also the deadline handler of those that run.

    `is_of_others` says whether everybody who lives in a home came after an absence was declared.
    """

    store: AbsenceStore
    deadlines: DeadlineStore
    series: SeriesStore
    sensors_of: SensorsOf
    is_of_others: Callable[[Absence], bool] = lambda absence: False

    def of(self, community: str, household: str) -> list[Absence]:
        """All that are known, the latest first: up to 40 days after their end."""
        found = self.store.of(community, household, consistent=True)
        return sorted(found, key=lambda each: (each.begins_at, each.kind), reverse=True)

    def in_force(self, community: str, household: str, *, now: datetime) -> list[Absence]:
        """Those that hold at a moment."""
        return [each for each in self.store.of(community, household) if each.covers(now)]

    def stays(self, community: str, household: str) -> tuple[Stay, ...]:
        """All that are known, as the routine watch takes them."""
        return tuple(
            Stay(epoch(each.begins_at), epoch(each.ends_at), each.kind is Declared.VISITOR)
            for each in self.store.of(community, household)
        )

    def resumes_at(
        self, community: str, household: str, *, window: timedelta, now: datetime
    ) -> datetime | None:
        """When a rule that judges the last `window` may judge again; None when nothing pauses it."""
        return resumes_at(self.store.of(community, household, consistent=True), window, now=now)

    def declare(self, absence: Absence, *, now: datetime) -> Absence:
        """Keep an absence. Raises RefusedError, and AbsenceOverlapsError where there is one already."""
        others = self.store.of(absence.community, absence.household, consistent=True)
        known = declared(absence, others, now=now)
        try:
            self.store.add(known, look_at=_next_look(known, known.begins_at))
        except ExpectationError as error:
            raise AbsenceOverlapsError(f"'{known.id}' is declared already.") from error
        return known

    def end(self, community: str, household: str, absence: str, *, by: str, now: datetime) -> Absence:
        """End an absence now; one that is over stays as it is. Raises NotFoundError."""
        found = next((each for each in self.of(community, household) if each.id == absence), None)
        if found is None:
            raise NotFoundError(f"There is no absence '{absence}'.")
        return self._end(found, by=by, now=now)

    def settle(self, community: str, household: str, *, now: datetime) -> None:
        """End what was declared by those who have moved out: nobody watches over who lives there while they
        are said to be away.
        """
        for each in self.of(community, household):
            if now < each.ends_at and self.is_of_others(each):
                self._end(each, by=MOVED_IN, now=now)

    def __call__(self, due: Due, *, now: datetime) -> None:
        """End an absence whose time is over, or whose home lives; else look again."""
        absence = absence_of(due)
        if now >= absence.ends_at:
            self._wake(absence, now)
            self.store.put(absence, look_at=None)
        elif self.is_of_others(absence):
            self._end(absence, by=MOVED_IN, now=now)
        elif absence.kind is Declared.AWAY and self._came_back(absence, now):
            self._end(absence, by=LIFE_SIGNS, now=now)
        else:
            self.store.put(absence, look_at=_next_look(absence, now))

    def _end(self, absence: Absence, *, by: str, now: datetime) -> Absence:
        ended = absence.ended(now, by=by)
        self._wake(ended, now)  # the watches first: what fails now, the next try does
        self.store.put(ended, look_at=None)
        return ended

    def _came_back(self, absence: Absence, now: datetime) -> bool:
        signs = []
        for sensor in self.sensors_of(absence.community, absence.household):
            said = merged(self.series.between(sensor.id, now - READ_BACK, now))
            signs += [each.end for each in stretches(sensor, said, None) if each.sign]
        return came_back(signs, begins=epoch(absence.begins_at), now=epoch(now))

    def _wake(self, absence: Absence, now: datetime) -> None:
        """Let the home's watches count from the end of an absence."""
        if absence.kind is Declared.AWAY:
            until_undisturbed(partial(self._wake_water, absence))
            until_undisturbed(partial(self._wake_routine, absence, now))

    def _wake_water(self, absence: Absence) -> None:
        due = self.deadlines.get(*watch_key(absence.community, absence.household))
        if due is not None:
            watch = water_watch(due)
            resumed = absence.ends_at + watch.rule.window
            if watch.judged_until is not None and watch.judged_until > resumed:
                watch = replace(watch, judged_until=resumed)
                self.deadlines.arm(watch_due(watch, at=resumed), instead_of=due)

    def _wake_routine(self, absence: Absence, now: datetime) -> None:
        due = self.deadlines.get(*routine_key(absence.community, absence.household))
        if due is not None and due.due_at > now:
            self.deadlines.arm(replace(due, due_at=now), instead_of=due)


def _next_look(absence: Absence, at: datetime) -> datetime:
    """When to look again: at its end, and where somebody may come back sooner, every few hours."""
    looks = absence.kind is Declared.AWAY
    return min(absence.ends_at, at + LOOK_EVERY) if looks else absence.ends_at
