"""Drills: a test press a month for every resident and every team, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.alarms.drill import PEOPLE, missed
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.proof import Proof, ProofStore
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest
from chalicelib.onekey.drill_book import DrillBook
from chalicelib.onekey.drill_plan import (
    Plan,
    Whose,
    begins,
    month_after,
    month_of,
    plan_of,
    planned,
    resident_time_again,
    team_time_again,
)
from chalicelib.onekey.model import Asked, Channel, Press, PressKind, Session
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.rota.duty import Duty
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import Settings, Team
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import Concern, ConcernKind

LATE = timedelta(minutes=10)
"""A drill that is so late waits for the next good moment: after an outage not all ring at once."""


class Presses(Protocol):
    """Places test presses, as a resident's own key does."""

    def take_up(self, asked: Asked, *, now: datetime) -> object:
        """Place a call. The same press twice is one press."""


class Raises(Protocol):
    """Raises what rings, and what a drill becomes that proved nothing."""

    def raise_once(self, concern: Concern, *, now: datetime) -> str:
        """Raise an alarm, once per concern."""


class Desk(Protocol):
    """Knows what a home has open."""

    def open_of(self, community: str, household: str) -> Sequence[Alarm]:
        """A home's open alarms."""


class Rosters(Protocol):
    """The rota: rules, teams, and who is on duty."""

    @property
    def duties(self) -> Duties: ...

    def settings(self, community: str) -> Settings: ...

    def teams(self, community: str) -> list[Team]: ...


@dataclass(slots=True)
class Drills:
    """Takes the deadlines of drills.

    A month in which the resident pressed a test of their own, and was answered, needs no other drill. One
    that nobody answered is a task as soon as it ends: the ladder sees to that. One that never took place, or
    was closed without an answer, is a task when the next is due.
    """

    book: DrillBook
    proofs: ProofStore
    residents: ResidentStore
    rota: Rosters
    presses: Presses
    concerns: Raises
    desk: Desk

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take a plan's deadline: drill, or wait on. Twice is harmless."""
        plan = plan_of(due)
        team = self._team(plan)
        if team is None and not self._lives(plan):
            self.book.end(plan.community, plan.of, plan.id)
            return
        (rules, _), settings = self.book.rules(plan.community), self.rota.settings(plan.community)
        proof = newest(list(self.proofs.of_many(plan.community, plan.proofs).values()))
        proven = proof is not None and proof.at >= begins(plan.month, settings.zone)
        month = plan.month if proven else max(plan.month, month_of(now, settings.zone))
        if rules.on:
            self._own_up(plan, proof, settings, now)
            if not proven and (later := self._not_now(plan, team, settings, now)) is not None:
                self.book.arm(later, instead_of=due)
                return
            if not proven:
                self._ring(plan, team, now)
                plan = replace(plan, drilled_at=plan.due_at)
        after = max(now, begins(month_after(month), settings.zone))
        self.book.arm(planned(plan, team, rules, settings, after=after), instead_of=due)

    def _own_up(self, plan: Plan, proof: Proof | None, settings: Settings, now: datetime) -> None:
        """Raise the task for a drill that proved nothing, or for a month that passed without any."""
        since = [plan.drilled_at] if plan.drilled_at is not None else []
        if now >= begins(month_after(plan.month), settings.zone):
            since.append(begins(plan.month, settings.zone))
        for at in since:
            if proof is None or proof.at < at:
                self.concerns.raise_once(missed(_drill(plan, at)), now=now)

    def _team(self, plan: Plan) -> Team | None:
        if plan.of is Whose.RESIDENT:
            return None
        return next((team for team in self.rota.teams(plan.community) if team.id == plan.id), None)

    def _lives(self, plan: Plan) -> bool:
        if plan.of is Whose.TEAM:
            return False
        return self.residents.get(plan.community, plan.id, consistent=True) is not None

    def _not_now(self, plan: Plan, team: Team | None, settings: Settings, now: datetime) -> Plan | None:
        """The plan for later: when it is late, the home has trouble of its own, or the team isn't on duty."""
        in_time = now - plan.due_at < LATE
        if team is None:
            if in_time and not self._is_busy(plan):
                return None
            return replace(plan, due_at=resident_time_again(plan.name, settings.zone, after=now))
        if in_time and team.id in self._duty(plan, team, now).teams:
            return None
        again = team_time_again(plan.name, team, settings, after=now)
        if again is not None:
            return replace(plan, due_at=again)
        month = month_after(month_of(now, settings.zone))  # it doesn't serve: there is nothing to prove
        return replace(plan, due_at=begins(month, settings.zone), month=month)

    def _is_busy(self, plan: Plan) -> bool:
        """Whether the home has an alarm that matters, or another's drill."""
        found = self.desk.open_of(plan.community, plan.household)
        return any(a.severity < 3 and not (a.drill and a.began_at == plan.due_at) for a in found)

    def _ring(self, plan: Plan, team: Team | None, now: datetime) -> None:
        if team is None:
            name = digest(plan.name, str(epoch(plan.due_at)))
            press = Press(name, plan.due_at, Channel.DRILL, Session.GOOD)
            asked = Asked(press, PressKind.TEST, plan.community, plan.id, plan.household)
            self.presses.take_up(asked, now=now)
            return
        duty = self._duty(plan, team, now)
        people = duty.team if len(duty.teams) == 1 else [p for p in duty.team if p in team.people]
        drill = _drill(plan, plan.due_at)
        whose = {**drill.evidence, PEOPLE: ",".join(people)}
        self.concerns.raise_once(replace(drill, evidence=whose), now=now)

    def _duty(self, plan: Plan, team: Team, now: datetime) -> Duty:
        return self.rota.duties.on_duty(plan.community, team.grid, now)


def newest(proofs: Sequence[Proof]) -> Proof | None:
    """The latest of several proofs."""
    return max(proofs, key=lambda proof: proof.at, default=None)


def _drill(plan: Plan, at: datetime) -> Concern:
    """Why a drill rings. A resident's rings through their call, which makes the same of it."""
    whose = {"team": plan.id} if plan.of is Whose.TEAM else {"subject": plan.id}
    evidence: dict[str, int | str] = {"at": epoch(at), **whose}
    home = plan.household or f"team:{plan.id}"
    return Concern(ConcernKind.ONE_KEY, plan.community, home, at, evidence, drill=True)
