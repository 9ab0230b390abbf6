"""Which homes are watched by their routine, and by which of their sensors and budgets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Device
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_fusion import Told, learned
from chalicelib.watch.routine_look import LEARNS_AFTER, RoutineWatched
from chalicelib.watch.routine_rule import Budget, RoutineRule
from chalicelib.watch.routine_senses import Sensor, mix_of, sensor
from chalicelib.watch.routine_store import HabitsStore, Rules
from chalicelib.watch.store import until_undisturbed


def kept_routine(
    habits: HabitsStore, watch: RoutineWatched, rule: RoutineRule, calendar: Calendar
) -> Routine:
    """What is known of a home by the mix of sensors it has now."""
    mix, prior = (found := mix_of(watch.sensors)), rule.prior_for(found.step)
    return habits.get(watch, mix=mix, calendar=calendar, prior=prior)


@dataclass(frozen=True, slots=True)
class RoutineHomes:
    """Begins and ends the watches, and begins them anew for others.

    `budget_of` says what budget of its own a home has, `take_back` ends that, and `since_of` says when the
    household that lives there began.
    """

    habits: HabitsStore
    rules: Rules
    calendar_of: Callable[[str], Calendar]
    budget_of: Callable[[str, str], Budget | None] = lambda community, household: None
    since_of: Callable[[str, str], int] = lambda community, household: 0
    take_back: Callable[[str, str, datetime], None] = lambda community, household, now: None

    def begin(self, device: Device, *, now: datetime) -> None:
        """Watch a home by its routine from now on, with this device among its sensors. Again changes nothing.

        A home whose kinds of sensors change is learned anew from what all of them said.
        """
        if (one := sensor(device)) is not None and self.rules.get(device.community, now=now) is not None:
            until_undisturbed(partial(self._join, device, one, now))

    def begin_learned(self, community: str, household: str, told: Told, *, now: datetime) -> None:
        """Watch a home by its routine, learned from what its sensors told. Again changes nothing."""
        rule, known = self.rules.get(community, now=now), self.habits.watch_of(community, household)
        if rule is None or (known is not None and known[0].sensors == told.sensors):
            return
        watch = self._new(community, household, told.sensors, now)
        fresh = kept_routine(self.habits, watch, rule, self.calendar_of(community))
        until, theirs = epoch(now - LEARNS_AFTER), told.since(watch.since or 0)
        self.habits.put(watch, learned(fresh, theirs, until=until, now=epoch(now)))
        self.habits.arm(watch, at=now, instead_of=known[1] if known else None)

    def end(self, device: Device, *, now: datetime) -> None:
        """Watch a home by this device no more; by what is left of it, if anything is."""
        until_undisturbed(partial(self._leave, device, now))

    def _join(self, device: Device, one: Sensor, now: datetime) -> None:
        community, household = device.community, device.household
        known = self.habits.watch_of(community, household)
        sensors = known[0].sensors if known else ()
        if one not in sensors:
            joined = tuple(sorted([*(s for s in sensors if s.id != one.id), one], key=lambda s: s.id))
            watch = known[0] if known else self._new(community, household, (), now)
            watch = replace(watch, sensors=joined, learn_at=epoch(now))
            self.habits.arm(watch, at=now, instead_of=known[1] if known else None)

    def _new(
        self, community: str, household: str, sensors: tuple[Sensor, ...], now: datetime
    ) -> RoutineWatched:
        own, since = self.budget_of(community, household), self.since_of(community, household)
        return RoutineWatched(community, household, sensors, epoch(now), budget=own, since=since)

    def settle(self, community: str, household: str, *, now: datetime) -> bool:
        """Forget what was learned of a home where others live now than when it was, and learn from their
        first day; so too where nobody does. Returns whether anything changed: again changes nothing.
        """
        known = self.habits.watch_of(community, household)
        since = self.since_of(community, household) if known else None
        if known is None or since is None or known[0].since == since:
            return False
        if known[0].since is None and since == 0:
            self.habits.arm(replace(known[0], since=0), at=known[1].due_at, instead_of=known[1])
        else:
            self.take_back(community, household, now)
            self.habits.begin_anew(community, household, since=since, now=now)
        return True

    def take_budget(self, community: str, household: str, *, now: datetime) -> None:
        """Let a home be watched by its own budget as it is now, if it is watched at all; look at once."""
        until_undisturbed(partial(self._take_budget, community, household, now))

    def _take_budget(self, community: str, household: str, now: datetime) -> None:
        known = self.habits.watch_of(community, household)
        if known is not None:
            watch = replace(known[0], budget=self.budget_of(community, household))
            self.habits.arm(watch, at=min(now, known[1].due_at), instead_of=known[1])

    def _leave(self, device: Device, now: datetime) -> None:
        known = self.habits.watch_of(device.community, device.household)
        if known is None or device.id not in {s.id for s in known[0].sensors}:
            return
        left = tuple(s for s in known[0].sensors if s.id != device.id)
        if left:
            watch = replace(known[0], sensors=left, learn_at=epoch(now))
            self.habits.arm(watch, at=now, instead_of=known[1])
        else:
            self.habits.forget(device.community, device.household, settings=False)
