"""Answers that are kept for a day for whoever asks again: erased with those they tell of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws.memos import MemoStore
from chalicelib.http.once import kept_of
from chalicelib.registry.holdings import Left, Subject


@dataclass(frozen=True, slots=True)
class AnswerHoldings:
    """What was answered to whoever enrolled them, or made something in their home."""

    memos: MemoStore
    name: str = "kept_answers"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """How many there are: they repeat what the record says."""
        return sum(self.memos.count_about(whose) for whose in _names(subject))

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Forget them."""
        for whose in _names(subject):
            self.memos.forget_about(whose)
        return None


def _names(subject: Subject) -> list[str]:
    home = [f"/v1/households/{subject.household}"] if subject.alone and not subject.taken else []
    return [kept_of(subject.community, place) for place in (f"/v1/residents/{subject.resident}", *home)]
