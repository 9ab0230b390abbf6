"""Everything that is known of a resident: told to them, and erased at their wish within a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.holdings import Holdings, Subject
from chalicelib.registry.subjects import Subjects

ERASE = "erase"
ONCE_MORE_AFTER = timedelta(hours=20)
"""After the first round all is gone over again, for what was still in a queue or in an open alarm."""
PROMISED = timedelta(hours=24)
AGAIN_EVERY = timedelta(hours=1)
"""How often it is gone over once more, as long as an alarm of theirs waits for its outcome."""


class Progress(NamedTuple):
    """What is left of an erasure, as plain values, and when to go on."""

    state: Mapping[str, Any]
    at: datetime


class Errands(Protocol):
    """Carries out big work in small steps. The deadline index does."""

    def send(
        self, kind: str, community: str, subject: str, state: Mapping[str, Any], *, at: datetime
    ) -> None:
        """Let an errand begin at `at`."""

    def state(self, kind: str, community: str, subject: str) -> Mapping[str, Any] | None:
        """What is left of an errand, if it is under way."""


@dataclass(frozen=True, slots=True)
class Everything:
    """All holdings together, in the order in which they are erased; the registry's come first.

    `waits` says whether something of a resident's can't be erased yet, such as an alarm that is still open.
    """

    subjects: Subjects
    holdings: Sequence[Holdings]
    errands: Errands
    waits: Callable[[Subject], bool] = lambda subject: False

    def export(
        self, community: str, resident: str, *, without: Sequence[str] = (), now: datetime
    ) -> dict[str, Any]:
        """Everything about a person as plain JSON values, by holding. Raises NotFoundError."""
        subject = self.subject(community, resident)
        return {each.name: each.about(subject, now=now) for each in self.holdings if each.name not in without}

    def request_erasure(self, community: str, resident: str, *, now: datetime) -> datetime:
        """Erase a resident, or who was removed. The record goes at once, the rest step by step; returns when
        all is gone at last.

        Asked again while it is under way, it goes on. An alarm that is open even then is stripped once it has
        an outcome: somebody may be at the door. Raises NotFoundError.
        """
        if (state := self.errands.state(ERASE, community, resident)) is not None:
            return from_epoch(state["began"]) + PROMISED
        subject = self.subject(community, resident)
        state = {"subject": asdict(subject), "began": epoch(now), "place": 0, "left": {}, "round": 1}
        self.errands.send(ERASE, community, resident, state, at=now)  # first: a crash leaves it to the tick
        self.holdings[0].erase(subject, {}, now=now)
        self.errands.send(ERASE, community, resident, {**state, "place": 1}, at=now)
        return now + PROMISED

    def step(self, community: str, resident: str, state: Mapping[str, Any], now: datetime) -> Progress | None:
        """A step of an erasure: a little of one holding."""
        subject = self.subjects.still(
            Subject.of(state["subject"]), asked_at=from_epoch(state["began"]), again=state["round"] > 1
        )
        left = self.holdings[state["place"]].erase(subject, state["left"], now=now)
        if left is not None:
            return Progress({**state, "left": left}, now)
        if state["place"] + 1 < len(self.holdings):
            return Progress({**state, "place": state["place"] + 1, "left": {}}, now)
        again = {**state, "place": 0, "left": {}, "round": state["round"] + 1}
        if state["round"] == 1:
            return Progress(again, from_epoch(state["began"]) + ONCE_MORE_AFTER)
        if self.waits(subject):
            return Progress(again, now + AGAIN_EVERY)
        self.subjects.stays.release(community, resident)
        return None

    def subject(self, community: str, resident: str) -> Subject:
        """Whom it is about. Raises NotFoundError."""
        return self.subjects.of(community, resident)
