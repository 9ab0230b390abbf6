"""What an alarm is, and what follows from how it stands. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.alarms.climb import Climb
from chalicelib.alarms.drill import team_of
from chalicelib.alarms.ladder import DEFAULTS, Ladder
from chalicelib.alarms.moves import INACTIVITY, MOVES, ONLY_INACTIVITY, State
from chalicelib.alarms.outcome import Outcome
from chalicelib.watch.model import UNKNOWN_HOME, Concern, ConcernKind

THERE_FOR = timedelta(minutes=15)
"""So long whoever arrived counts as being there when help is called again: they may have left since."""
GOES_ON = frozenset({ConcernKind.GAS, ConcernKind.SMOKE})
"""What a detector says over and over for as long as it is so. A press, or a fall, is a call each time."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How an open or closed concern about a household stands.

    `version` counts its moves and is what a change is conditional on. `acknowledged_by` is who is in charge
    now, `offered_to` who may relieve them, since duty changed; `linked_to` the alarm that it goes on from.
    `asked` are all who were asked to act.
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
    drill: bool = False
    linked_to: str | None = None
    asked: tuple[str, ...] = ()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    en_route_at: datetime | None = None
    on_site_at: datetime | None = None
    self_answered_at: datetime | None = None
    cleared_at: datetime | None = None
    outcome: Outcome | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    offered_to: str | None = None
    offered_at: datetime | None = None
    climb: Climb | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an outcome."""
        return self.state is not State.RESOLVED

    def has_on_case(self, person: str) -> bool:
        """Whether a person is on this case: asked to act or in charge, as long as it is open."""
        return self.is_open and (person in self.asked or person == self.acknowledged_by)

    @property
    def is_calm(self) -> bool:
        """Whether a life sign came, and no silence since: nobody is asked to go there any more."""
        return self.cleared_at is not None

    @property
    def may_pass(self) -> bool:
        """Whether somebody has it in hand who may hand it on: not one who stands at the door."""
        return self.is_open and self.acknowledged_by is not None and self.state is not State.ON_SITE

    @property
    def may_be_offered(self) -> bool:
        """Whether the next on duty is to be asked to take it over: not where nobody need go any more."""
        return self.may_pass and not self.is_calm

    @property
    def drilled(self) -> tuple[str, ...] | None:
        """Who is to answer, if this is a team's drill."""
        return team_of(self.evidence) if self.drill else None

    @property
    def concern(self) -> Concern:
        """Why it was raised."""
        return Concern(
            self.kind, self.community, self.household, self.began_at, self.evidence, drill=self.drill
        )

    @property
    def moves(self) -> tuple[State, ...]:
        """What it can become from here."""
        quiet_home = self.kind in INACTIVITY
        return tuple(m for m in MOVES[self.state] if quiet_home or m not in ONLY_INACTIVITY)

    @property
    def ladder(self) -> Ladder:
        return self.climb.ladder if self.climb else DEFAULTS[self.severity]

    def may_be_relieved_by(self, person: str, at: datetime) -> bool:
        """Whether a person may take it from who has it: it was offered to them, or they were asked, and who
        set out should be there by now and may never come.
        """
        late = self.en_route_at and self.en_route_at + timedelta(seconds=self.ladder.arrive_within) <= at
        is_late = self.state is State.EN_ROUTE and bool(late) and person in self.asked
        return self.may_pass and (self.offered_to == person or is_late)

    def may_be_left(self, at: datetime) -> bool:
        """Whether whoever was at the door, and never said what they found, may be gone by now. What can't
        be dangerous at once waits for their word.
        """
        there = self.on_site_at is not None and at - self.on_site_at < THERE_FOR
        return self.state is State.ON_SITE and self.severity == 1 and not there

    def is_of_another(self, concern: Concern) -> bool:
        """Whether whoever calls now is somebody else than who called before. Callers whom nobody knows share
        an alarm, and who goes to one of them is no help for the next; in a home, they are.
        """
        unknown = self.household.startswith(UNKNOWN_HOME)
        return unknown and concern.evidence.get("subject") != self.evidence.get("subject")

    def is_still_said(self, concern: Concern) -> bool:
        """Whether a detector says again what it said: while it goes on, that is no new call."""
        same = concern.evidence.get("device") == self.evidence.get("device")
        return self.kind in GOES_ON and same
