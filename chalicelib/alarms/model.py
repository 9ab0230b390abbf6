"""The alarm: an open concern about a household, and how it moves. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.kernel.ids import digest
from chalicelib.watch.model import Concern, ConcernKind


class State(StrEnum):
    """Where an alarm stands. The states between these two moves come with the ladder."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


MOVES: dict[State, tuple[State, ...]] = {
    State.RAISED: (State.ACKNOWLEDGED, State.RESOLVED),
    State.ACKNOWLEDGED: (State.RESOLVED,),
    State.RESOLVED: (),
}
"""The legal moves."""

SEVERITY: dict[ConcernKind, int] = {
    ConcernKind.ONE_KEY: 1,
    ConcernKind.GAS: 1,
    ConcernKind.SMOKE: 1,
    ConcernKind.FALL: 1,
    ConcernKind.STILL_WATER: 2,
    ConcernKind.UNGUARDED: 3,
    ConcernKind.DEVICE_SILENT: 3,
}
"""1: someone may be dying. 2: someone should look in. 3: a task for working hours."""


class Verdict(StrEnum):
    """What an alarm turned out to be."""

    REAL = "real"
    FALSE = "false"
    DRILL = "drill"
    DEVICE = "device"


class Cause(StrEnum):
    """Why it was raised, as found at the door."""

    ASLEEP = "asleep"
    AWAY = "away"
    LOW_USE = "low_use"
    VISITING = "visiting"
    METER_FAULT = "meter_fault"
    NETWORK_FAULT = "network_fault"
    FELL = "fell"
    ILL = "ill"
    DIED = "died"
    FIRE = "fire"
    GAS = "gas"
    PRESSED_BY_MISTAKE = "pressed_by_mistake"
    TEST = "test"
    OTHER = "other"


class Action(StrEnum):
    """What was done about a real one: family told, ambulance, fire brigade, police, or helped on the spot."""

    FAMILY = "family"
    AMBULANCE = "120"
    FIRE_BRIGADE = "119"
    POLICE = "110"
    HELPED = "helped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the responder found. `real` names what was done."""

    verdict: Verdict
    cause: Cause
    note: str = ""
    action: Action | None = None

    def __post_init__(self) -> None:
        if self.verdict is Verdict.REAL and self.action is None:
            raise RefusedError(
                "A real alarm needs an action: family, 120, 119, 110 or helped.", pointer="/action"
            )


class IllegalMoveError(ConflictError):
    """The alarm can't make this move from where it stands. The text names the moves that it can make."""

    code = "illegal_move"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an alarm's log. `at` is when it happened, `known_at` when we learned of it."""

    at: datetime
    known_at: datetime
    what: str
    by: str
    channel: str
    on_behalf_of: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An open or closed concern about a household.

    `version` counts its moves and is what a change is conditional on.
    """

    id: str
    kind: ConcernKind
    severity: int
    community: str
    household: str
    state: State
    raised_at: datetime
    began_at: datetime
    evidence: dict[str, int | str] = field(default_factory=dict)
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    outcome: Outcome | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an outcome."""
        return self.state is not State.RESOLVED

    def acknowledged(self, *, by: str, at: datetime) -> "Alarm":
        """Someone took charge. By the same person again it is the same alarm. Raises IllegalMoveError."""
        if self.acknowledged_by == by:
            return self
        if self.acknowledged_by is not None and self.is_open:
            raise IllegalMoveError(f"{self.acknowledged_by} took charge of this alarm first. {self._legal()}")
        self._must_allow(State.ACKNOWLEDGED)
        return self._moved(State.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at)

    def resolved(self, outcome: Outcome, *, by: str, at: datetime) -> "Alarm":
        """Someone said what they found. The same outcome again by the same person changes nothing."""
        if self.outcome == outcome and self.resolved_by == by:
            return self
        self._must_allow(State.RESOLVED)
        return self._moved(State.RESOLVED, outcome=outcome, resolved_by=by, resolved_at=at)

    def _must_allow(self, move: State) -> None:
        if move not in MOVES[self.state]:
            raise IllegalMoveError(f"This alarm is {self.state} and can't become {move}. {self._legal()}")

    def _legal(self) -> str:
        legal = ", ".join(MOVES[self.state])
        return f"It can become: {legal}." if legal else "It is closed; a new concern raises a new alarm."

    def _moved(self, state: State, **changes: object) -> "Alarm":
        return replace(self, state=state, version=self.version + 1, **changes)  # type: ignore[arg-type]


def raised(concern: Concern, *, now: datetime) -> Alarm:
    """The alarm of a concern.

    Its id comes from home, kind and the spell's start: the same spell is the same alarm.
    """
    identity = (concern.community, concern.household, concern.kind.value, str(epoch(concern.began_at)))
    return Alarm(
        id=f"al-{digest(*identity)}",
        kind=concern.kind,
        severity=SEVERITY[concern.kind],
        community=concern.community,
        household=concern.household,
        state=State.RAISED,
        raised_at=now,
        began_at=concern.began_at,
        evidence=concern.evidence,
    )
