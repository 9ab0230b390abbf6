"""What the routine watch holds of a resident's home: told, and erased."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import epoch
from chalicelib.registry.holdings import Left, Subject, plain
from chalicelib.registry.stays import FOREVER
from chalicelib.watch.absence_store import AbsenceStore
from chalicelib.watch.routine_store import HabitsStore


@dataclass(frozen=True, slots=True)
class RoutineHoldings:
    """The habits of their home. Where others live too, they are theirs as well, and stay."""

    habits: HabitsStore
    name: str = "routine"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """What was learned of the home, as it is kept, and what lies beside it: the watch, when somebody last
        answered a check call, knocks for nothing with their causes, who settled what they proposed, budgets.
        """
        if not subject.household:
            return None
        home = subject.community, subject.household
        beside = [item for item in self.habits.beside(*home) if item.get("at", FOREVER) >= subject.since]
        habits = self.habits.kept(*home)
        return {"habits": habits, "beside": plain(beside)} if habits or beside else None

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Forget the home's habits, and stop watching them."""
        if subject.alone and not subject.taken:
            self.habits.forget(subject.community, subject.household)
        return None


@dataclass(frozen=True, slots=True)
class AbsenceHoldings:
    """When their homes were declared to be away; where others live too, that is theirs as well, and stays."""

    absences: AbsenceStore
    name: str = "absences"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """All that were declared lately."""
        homes = {subject.household, *(home.household for home in subject.past)} - {""}
        return plain(
            [
                asdict(each)
                for home in sorted(homes)
                for each in self.absences.of(subject.community, home)
                if (home == subject.household and epoch(each.declared_at) >= subject.since)
                or subject.owns(home, each.declared_at)
            ]
        )

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Forget them."""
        for home in sorted({home.household for home in subject.homes}):
            for absence in self.absences.of(subject.community, home, consistent=True):
                if subject.owns(home, absence.declared_at):
                    self.absences.forget(absence)
        return None
