"""The alarm: an open concern about a household, and how it moves. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.alarms.climb import ANSWER_LASTS, Climb, begun
from chalicelib.alarms.drill import PASSED
from chalicelib.alarms.facts import Facts
from chalicelib.alarms.ladder import Ladder
from chalicelib.alarms.logbook import SYSTEM, LogEntry
from chalicelib.alarms.moves import (
    IN_CHINESE,
    ONLY_INACTIVITY,
    REOPENED_WITHIN,
    IllegalMoveError,
    State,
    illegal,
    taken,
)
from chalicelib.alarms.outcome import Outcome
from chalicelib.alarms.spell import identity
from chalicelib.watch.model import ConcernKind

__all__ = ["SYSTEM", "Alarm", "IllegalMoveError", "LogEntry"]


@dataclass(frozen=True, slots=True)
class Alarm(Facts):
    """An alarm, and how it moves: each move makes the alarm as it stands afterwards."""

    def asking(self, people: Iterable[str]) -> "Alarm":
        """The alarm with more people on its case."""
        return replace(self, asked=tuple(dict.fromkeys((*self.asked, *people))))

    def acknowledged(self, *, by: str, at: datetime) -> "Alarm":
        """Someone took charge. By the same person again it is the same alarm. Raises IllegalMoveError."""
        calmed = self.state in ONLY_INACTIVITY
        if self.acknowledged_by == by and not calmed:
            return self
        relieves = self.may_be_relieved_by(by, at)
        if self.acknowledged_by not in (None, by) and self.is_open and not relieves:
            raise self._taken(by, "{who} took charge of this alarm first.", "{who}已先接手。")
        if self.drill:
            return self._answered(by, at)
        if not relieves:
            self._must_allow(State.ACKNOWLEDGED)
        late = [self.acknowledged_by] if self.acknowledged_by and self.offered_to != by else []
        return self.asking(late)._moved(
            State.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at, en_route_at=None, offered_to=None,
            climb=self._paused(at, self.ladder.set_out_within),
        )  # fmt: skip

    def offered(self, to: str, *, at: datetime) -> "Alarm":
        """Duty changed: `to` may relieve who has it, who stays responsible until then."""
        if not self.may_be_offered or self.offered_to == to:
            return self
        return self.asking([to])._moved(self.state, offered_to=to, offered_at=at)

    def _answered(self, by: str, at: datetime) -> "Alarm":
        """A drill that somebody heard is over. A team's proves nothing by anybody else's answer."""
        if not self.is_open:
            first = self.acknowledged_by or self.resolved_by or ""
            raise taken("{who} answered this drill first.", "{who}已先应答了这次演练。", who=first, moves=())
        if self.drilled is not None and by not in self.drilled:
            return self
        done = self.resolved(PASSED, by=by, at=at)
        return replace(done, acknowledged_by=by, acknowledged_at=at)

    def set_out(self, *, by: str, at: datetime) -> "Alarm":
        """Who took charge is on the way. While nobody is in charge, whoever was asked says both at once."""
        paused = self._paused(at, self.ladder.arrive_within)
        self._must_be_in_charge(by)
        return self._by_who_is_on_it(State.EN_ROUTE, by, at, en_route_at=at, climb=paused)

    def arrived(self, *, by: str, at: datetime) -> "Alarm":
        """Somebody is at the door: who took charge, or whoever else was asked and is there before them."""
        paused = self.climb.paused(at + self.climb.reminds_every) if self.climb else None
        if not (self.may_pass and self.has_on_case(by)):
            self._must_be_in_charge(by)
        return self._by_who_is_on_it(State.ON_SITE, by, at, on_site_at=at, climb=paused)

    def took_too_long(self, *, at: datetime) -> "Alarm":
        """Somebody else is asked too. Who took charge stays on the case: they may be running there."""
        late = self.acknowledged_by or ""
        return self.given_back(by=late, at=at).asking([late])

    def given_back(self, *, by: str, at: datetime) -> "Alarm":
        """Who took charge can't go after all: somebody else is asked, unless a life sign came, and they leave
        the case. Twice is harmless. Who was only asked leaves the case too.
        """
        others = tuple(person for person in self.asked if person != by)
        if self.state is State.RAISED and self.acknowledged_by is None:
            refused = self.climb.refused(by, at) if self.climb else None
            return self if others == self.asked else self._moved(State.RAISED, asked=others, climb=refused)
        self._must_be_in_charge(by)
        nobody = {"acknowledged_by": None, "acknowledged_at": None, "asked": others}
        if self.state in ONLY_INACTIVITY and self.acknowledged_by == by:
            return self._moved(self.state, **nobody)
        if self.state not in (State.ACKNOWLEDGED, State.EN_ROUTE):
            raise self._illegal(
                f"This alarm is {self.state}; there is nothing to give back.", "现在没有可以交还的。"
            )
        if self.is_calm:
            lasts = self._paused(at, int(ANSWER_LASTS.total_seconds()))
            return self._moved(State.CLEARED, en_route_at=None, climb=lasts, **nobody)
        again = self.climb.resumed(at) if self.climb else None
        return self._moved(State.RAISED, en_route_at=None, climb=again, **nobody)

    def self_answered(self, *, at: datetime) -> "Alarm":
        """The resident said that all is well. Only of a quiet home, and it lapses without a life sign."""
        if self.state is State.SELF_ANSWERED:
            return self
        self._must_allow(State.SELF_ANSWERED)
        paused = self._paused(at, int(ANSWER_LASTS.total_seconds()))
        return self._moved(State.SELF_ANSWERED, self_answered_at=at, climb=paused)

    def to_be_called_back(self, resident: str, *, at: datetime) -> "Alarm":
        """The resident asked to be rung later: once more, while nobody has taken charge."""
        later = self.climb.to_be_called_back(resident, at) if self.climb else None
        if self.state is not State.RAISED or later is None or later is self.climb:
            return self
        return self._moved(self.state, climb=later)

    def hurried(self, person: str, *, at: datetime) -> "Alarm":
        """A provider says that somebody who was rung wasn't reached: nobody waits for that proof any more."""
        sooner = self.climb.hurried(person, at) if self.climb else None
        if sooner is None or sooner == self.climb:
            return self
        return self._moved(self.state, climb=sooner)

    def raised_again(self, *, at: datetime) -> "Alarm":
        """What had calmed it no longer holds: no life sign followed, the home went quiet anew, or help is
        called again where somebody was.
        """
        if self.state not in ONLY_INACTIVITY and not self.may_be_left(at):
            return self
        return self._anew([self.acknowledged_by] if self.may_be_left(at) and self.acknowledged_by else [], at)

    def again(self, evidence: dict[str, int | str], *, at: datetime) -> "Alarm":
        """Its cause came again: it takes the new evidence; what had been calmed, or where somebody was and
        may have left, is raised anew.
        """
        told = replace(self, evidence=evidence, cleared_at=None)
        anew = told.raised_again(at=at)
        return told._moved(self.state) if anew is told else anew

    def goes_on(self, evidence: dict[str, int | str]) -> "Alarm":
        """Its cause is still there: it takes the new evidence, and whoever is on it goes on."""
        return replace(self, evidence=evidence)._moved(self.state)

    def for_another(self, evidence: dict[str, int | str], *, at: datetime) -> "Alarm":
        """Somebody else calls, to whom nobody goes: it is raised anew. Who was on it still sees it."""
        told = replace(self, evidence=evidence)
        if self.state is State.RAISED:
            return told._moved(self.state)
        return told._anew([self.acknowledged_by] if self.acknowledged_by else [], at)

    def _anew(self, before: Iterable[str], at: datetime) -> "Alarm":
        return self.asking(before)._moved(
            State.RAISED, self_answered_at=None, cleared_at=None, acknowledged_by=None, acknowledged_at=None,
            en_route_at=None, on_site_at=None, offered_to=None, climb=begun(self.ladder, at),
        )  # fmt: skip

    def cleared(self, *, at: datetime) -> "Alarm":
        """A life sign came. Only of a quiet home; nobody is rung any more, and someone still closes it."""
        if self.state is State.CLEARED:
            return self
        self._must_allow(State.CLEARED)
        paused = self._paused(at, int(ANSWER_LASTS.total_seconds()))
        return self._moved(State.CLEARED, cleared_at=at, climb=paused)

    def resolved(self, outcome: Outcome, *, by: str, at: datetime, seen: int | None = None) -> "Alarm":
        """Someone said what they found. The same outcome again by the same person changes nothing.

        Raises RefusedError for what contradicts itself or the alarm, and IllegalMoveError, too, when the
        alarm has moved on from the version that they had `seen`.
        """
        if self.outcome == outcome and self.resolved_by == by:
            return self
        outcome.must_fit(drill=self.drill, about_drill=self.kind is ConcernKind.DRILL_MISSED)
        if seen is not None and seen != self.version:
            raise self._illegal(
                f"More has happened since version {seen}; look again.", "情况又有变化，请再看一看。"
            )
        self._must_allow(State.RESOLVED)
        return self._moved(State.RESOLVED, outcome=outcome, resolved_by=by, resolved_at=at, climb=None)

    def reopened(self, ladder: Ladder, *, at: datetime) -> "Alarm":
        """The outcome was wrong: it climbs `ladder`. Within two hours the alarm is raised again; then it is a
        new one, linked.
        """
        if self.state is State.RAISED and self.acknowledged_by is None:
            return self
        if self.drill:
            raise self._illegal(
                "A drill isn't opened again; press once more as a test.", "演练不能重开，请再按一次测试。"
            )
        self._must_allow(State.RAISED)
        if self.resolved_at is None:
            raise self._illegal(f"This alarm is {self.state}, and not closed.", "它还没有结束。")
        if at - self.resolved_at > REOPENED_WITHIN:
            return replace(
                _fresh(self, ladder, at), id=identity(self.community, self.household, self.kind.value, at),
                raised_at=at, began_at=at, linked_to=self.id,
            )  # fmt: skip
        return replace(_fresh(self, ladder, at), version=self.version + 1)

    def _paused(self, at: datetime, seconds: int) -> Climb | None:
        """The climb while somebody is on it."""
        return self.climb.paused(at + timedelta(seconds=seconds)) if self.climb else None

    def climbed(self, climb: Climb) -> "Alarm":
        """The alarm a step further on its ladder, in the state it is in."""
        return replace(self, climb=climb, version=self.version + 1)

    def _by_who_is_on_it(self, state: State, by: str, at: datetime, **changes: object) -> "Alarm":
        if self.state is state and self.acknowledged_by == by:
            return self
        if self.drill or not self.has_on_case(by) or State.ACKNOWLEDGED not in self.moves:
            self._must_allow(state)
        if self.acknowledged_by == by:
            return self._moved(state, **changes)
        before = [self.acknowledged_by] if self.acknowledged_by else []
        return self.asking(before)._moved(
            state, acknowledged_by=by, acknowledged_at=at, offered_to=None, **changes
        )

    def _must_be_in_charge(self, by: str) -> None:
        if self.acknowledged_by is not None and self.acknowledged_by != by and self.is_open:
            raise self._taken(by, "{who} is in charge of this alarm.", "{who}正在负责。")

    def _must_allow(self, move: State) -> None:
        if move not in self.moves:
            raise self._illegal(
                f"This alarm is {self.state} and can't become {move}.",
                f"它现在是“{IN_CHINESE[self.state]}”，不能改成“{IN_CHINESE[move]}”。",
            )

    def _taken(self, by: str, what: str, zh: str) -> IllegalMoveError:
        """What tells a person that somebody else has it in hand, and what is left to them."""
        theirs = {State.SELF_ANSWERED, State.RESOLVED}
        if self.may_pass and self.has_on_case(by):
            theirs.add(State.ON_SITE)
        left = [move for move in self.moves if move in theirs]
        return taken(what, zh, who=self.acknowledged_by or "", moves=left)

    def _illegal(self, what: str, zh: str) -> IllegalMoveError:
        return illegal(what, zh, self.state, self.moves)

    def _moved(self, state: State, **changes: object) -> "Alarm":
        return replace(self, state=state, version=self.version + 1, **changes)  # type: ignore[arg-type]


def _fresh(alarm: Alarm, ladder: Ladder, at: datetime) -> Alarm:
    """The alarm as if it had just been raised."""
    return replace(
        alarm, state=State.RAISED, version=1, climb=begun(ladder, at),
        acknowledged_by=None, acknowledged_at=None, en_route_at=None, on_site_at=None, self_answered_at=None,
        cleared_at=None, outcome=None, resolved_by=None, resolved_at=None,
    )  # fmt: skip
