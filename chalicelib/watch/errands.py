"""Errands: big work in small steps, that waits in the index like everything else and survives every crash.

A step does a little, and says what is left as plain values. Twice must be harmless.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.watch.deadlines import DeadlineStore, Due

State = Mapping[str, Any]
STEPS = 10
"""So many steps at a time: an errand shares the tick with everything that can't wait."""


class Left(NamedTuple):
    """What a step leaves to be done, and when to go on."""

    state: State
    at: datetime


Step = Callable[[str, str, State, datetime], tuple[State, datetime] | None]
"""A step of an errand: community, subject, what was left, now. Returns what is left, if anything is."""


@dataclass(frozen=True, slots=True)
class Errands:
    """Sends errands on their way."""

    deadlines: DeadlineStore

    def send(self, kind: str, community: str, subject: str, state: State, *, at: datetime) -> None:
        """Let an errand begin at `at`. One that is under way for the same subject begins anew."""
        self.deadlines.arm(_due(kind, community, subject, state, at))

    def state(self, kind: str, community: str, subject: str) -> State | None:
        """What is left of an errand, if it is under way."""
        due = self.deadlines.get(_pk(kind, community, subject), kind)
        return json.loads(due.state) if due else None


@dataclass(frozen=True, slots=True)
class Errand:
    """Takes the deadlines of one kind of errand."""

    deadlines: DeadlineStore
    step: Step

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Do some steps, and write down what is left."""
        kind, community, subject = due.pk.split("#", 2)
        left = self.step(community, subject, json.loads(due.state), now)
        for _ in range(STEPS - 1):
            if left is None or left[1] > now:
                break
            left = self.step(community, subject, left[0], now)
        if left is None:
            self.deadlines.disarm(due.pk, due.sk)
        else:
            self.deadlines.arm(_due(kind, community, subject, *left), instead_of=due)


def _due(kind: str, community: str, subject: str, state: State, at: datetime) -> Due:
    return Due(_pk(kind, community, subject), kind, at, json.dumps(state, separators=(",", ":")))


def _pk(kind: str, community: str, subject: str) -> str:
    return f"{kind}#{community}#{subject}"
