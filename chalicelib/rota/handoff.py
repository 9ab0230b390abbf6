"""Handing open cases on when duty changes. The alarms say what is open and take what is handed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.rota.duty import Duty


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that somebody has in hand: of which grid, who, and since when."""

    id: str
    grid: str
    responder: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Handoff:
    """A case passes to somebody else, since `giver` is no longer on duty."""

    case: str
    giver: str
    taker: str


class OpenCases(Protocol):
    """What the rota needs of the alarms."""

    def open_cases(self, community: str) -> Sequence[OpenCase]:
        """The cases that somebody has in hand and may hand on: not one who stands at the door."""

    def hand_over(self, community: str, handoff: Handoff, *, now: datetime) -> None:
        """Ask the taker to take a case; until they do, the giver has it. Again is harmless; a case that
        moved on meanwhile stays as it is.
        """


def handoff_of(case: OpenCase, before: Duty, after: Duty) -> Handoff | None:
    """Whom a case passes to, given the duty when it was taken and now; None when it stays.

    It passes only from one who had it by duty, and only once they are off duty: a steward keeps theirs, and
    nobody is relieved by a gap.
    """
    if case.responder not in before.team or case.responder in after.team or after.first is None:
        return None
    return Handoff(case.id, case.responder, after.first)
