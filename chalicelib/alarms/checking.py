"""Check calls before any alarm: the routine watch's `CheckCalls`, and what residents answer to them.

A quiet home's phone rings before anybody walks there. It is no alarm: nobody else hears of it, and a resident
who is well has ended it with one key.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.alarms.calling import Teller
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.raising import raised
from chalicelib.kernel.clock import epoch
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.routine_store import HabitsStore

CHECK = "check"
"""What a check call's answers name instead of an alarm."""


@dataclass(frozen=True, slots=True)
class QuietChecks:
    """Rings the residents of a quiet home."""

    residents: ResidentStore
    teller: Teller

    def ring(self, community: str, household: str, *, key: str, now: datetime) -> datetime | None:
        """Ring everybody who lives there, or go on with it. Returns when to go on, None when all is done."""
        concern = Concern(ConcernKind.ROUTINE, community, household, now, {})
        question = replace(raised(concern, now=now), id=CHECK)
        waits = [
            again_at
            for resident in self.residents.of_household(community, household)
            if (again_at := self.teller.check(question, resident.id, key=f"{key}/{resident.id}", now=now)[1])
        ]
        return min(waits, default=None)


class CheckAnswers(Protocol):
    """What `CallAnswers` passes on."""

    def answered(self, community: str, resident: str, digit: str, at: datetime, *, now: datetime) -> None:
        """A resident pressed a key in a check call."""


@dataclass(frozen=True, slots=True)
class QuietAnswers:
    """1, all is well, and 3, not now, are life signs. 2 is a one-key call. Other keys say nothing."""

    residents: ResidentStore
    habits: HabitsStore
    concerns: Concerns

    def answered(self, community: str, resident: str, digit: str, at: datetime, *, now: datetime) -> None:
        """Take an answer. Again changes nothing."""
        known = self.residents.get(community, resident)
        if known is None:
            return
        if digit == "2":
            evidence: dict[str, int | str] = {"at": epoch(at)}
            concern = Concern(ConcernKind.ONE_KEY, community, known.household, at, evidence)
            self.concerns.raise_once(concern, now=now)
        elif digit in ("1", "3"):
            self.habits.answered(community, known.household, at=min(at, now))
