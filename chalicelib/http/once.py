"""Doing what creates something once, however often it is sent (Idempotency-Key).

The first request with a key takes it; while it runs, others with that key are told to wait (409). Its answer
is kept for a day and given again to the same request; another request with the key is refused (422). One that
failed gives its key back. Ours, rather than Powertools': theirs reads its own clock, so no test on virtual
time could pass a day, and turns an unreachable store, which is a 503 here, into an error of its own kind.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.http.problems import KeyInUseError, KeyMissingError, KeyReusedError
from chalicelib.kernel.ids import digest

KEPT = timedelta(hours=24)
LONGEST_RUN = timedelta(seconds=30)
"""API Gateway waits no longer; whoever holds a key for longer has died."""
LONGEST_KEY = 255


class Memo(Protocol):
    """Remembers, by name, that something was begun and what came of it."""

    def begin(
        self, name: str, facts: Mapping[str, str], *, now: datetime, lapses_at: datetime
    ) -> Mapping[str, str] | None:
        """Take a name with these facts; None when it was free, else the facts that stand under it."""

    def finish(
        self, name: str, facts: Mapping[str, str], *, keep_until: datetime, about: Sequence[str] = ()
    ) -> None:
        """Replace a taken name's facts; `about` says whose they are, for whoever is to be forgotten."""

    def forget(self, name: str) -> None:
        """Give a name back."""


class Turn:
    """One request's turn: either its work is still to be done, or `answer` was given before."""

    def __init__(self, memo: Memo, name: str, fingerprint: str, answer: str | None) -> None:
        self._memo = memo
        self._name = name
        self._fingerprint = fingerprint
        self.answer = answer

    def done(self, answer: str, *, about: Sequence[str] = (), now: datetime) -> None:
        """Keep the answer; `about` are those (`kept_of`) with whom it is to be forgotten."""
        facts = {"fingerprint": self._fingerprint, "answer": answer}
        self._memo.finish(self._name, facts, keep_until=now + KEPT, about=about)

    def failed(self) -> None:
        """Let it be tried again."""
        self._memo.forget(self._name)


class Once:
    """Hands out turns."""

    def __init__(self, memo: Memo) -> None:
        self._memo = memo

    def turn(self, key: str | None, *, scope: tuple[str, ...], request: str, now: datetime) -> Turn:
        """The turn of a request. `scope` says whose key it is and for what.

        Raises KeyMissingError, KeyInUseError, KeyReusedError.
        """
        key = must_be_key(key)
        name, fingerprint = digest(*scope, key, length=40), digest(request, length=40)
        known = self._memo.begin(name, {"fingerprint": fingerprint}, now=now, lapses_at=now + LONGEST_RUN)
        if known is None:
            return Turn(self._memo, name, fingerprint, None)
        if known["fingerprint"] != fingerprint:
            raise KeyReusedError("This Idempotency-Key was used for another request; use a new one.")
        if "answer" not in known:
            raise KeyInUseError("This request is being worked on; send it again in a moment.")
        return Turn(self._memo, name, fingerprint, known["answer"])


def kept_of(community: str, place: str) -> str:
    """The name under which answers about a thing are found: its community and its path."""
    return f"{community}{place}"


def must_be_key(key: str | None, *, shortest: int = 1) -> str:
    """An Idempotency-Key. Raises KeyMissingError when there is none, or none of a length that can be."""
    if not key or not shortest <= len(key) <= LONGEST_KEY:
        raise KeyMissingError(
            f"Send an Idempotency-Key of {shortest} to {LONGEST_KEY} characters, a new one for each new "
            "thing.",
            zh=f"请加上 Idempotency-Key（{shortest} 到 {LONGEST_KEY} 个字符），每件新事用一个新的。",
        )
    return key
