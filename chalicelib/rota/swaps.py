"""Swapping a shift: requested → offered → taken → confirmed. Pure.

The owner stays responsible until the other has taken it and it is confirmed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.errors import ConflictError
from chalicelib.kernel.ids import digest
from chalicelib.rota.model import Entry, EntryKind, must_be_span


class SwapState(StrEnum):
    """How far a swap is."""

    REQUESTED = "requested"
    OFFERED = "offered"
    TAKEN = "taken"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class SwapMoveError(ConflictError):
    """A swap doesn't go that way from where it is; the text names where it can go."""

    code = "illegal_move"


_NEXT = {
    SwapState.REQUESTED: (SwapState.OFFERED, SwapState.WITHDRAWN),
    SwapState.OFFERED: (SwapState.OFFERED, SwapState.TAKEN, SwapState.WITHDRAWN),
    SwapState.TAKEN: (SwapState.CONFIRMED, SwapState.WITHDRAWN),
    SwapState.CONFIRMED: (),
    SwapState.WITHDRAWN: (),
}


@dataclass(frozen=True, slots=True)
class Swap:
    """A shift `[start, end)` of a grid that its owner asks somebody else to serve."""

    grid: str
    owner: str
    start: datetime
    end: datetime
    requested_at: datetime
    state: SwapState = SwapState.REQUESTED
    to: str = ""
    confirmed_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        must_be_span(self.start, self.end)

    @property
    def id(self) -> str:
        """Made from the shift, its owner and when it was first asked: asking again makes another."""
        asked = (str(self.start.timestamp()), str(self.requested_at.timestamp()))
        return f"sw-{digest(self.grid, self.owner, *asked, length=12)}"

    @property
    def is_open(self) -> bool:
        """Whether it may still come to something."""
        return bool(_NEXT[self.state])

    def offered(self, to: str) -> "Swap":
        """Ask somebody in particular. Raises SwapMoveError."""
        if to == self.owner:
            raise SwapMoveError(
                "A shift can't be offered to its owner; name somebody else.",
                zh="不能请本人替自己的班，请换一个人。",
            )
        if self.state is SwapState.OFFERED and self.to == to:
            return self
        return replace(self._moved(SwapState.OFFERED), to=to)

    def taken(self, by: str) -> "Swap":
        """Accept what was offered to you. Raises SwapMoveError."""
        if self.state is SwapState.TAKEN and self.to == by:
            return self
        if self.state is SwapState.OFFERED and self.to != by:
            raise SwapMoveError(
                "This shift is offered to somebody else; only they can take it.",
                zh="这一班请的是别人，只有对方可以接。",
            )
        return self._moved(SwapState.TAKEN)

    def confirmed(self, at: datetime) -> "Swap":
        """Make it hold, from its start or, in mid-shift, from now on. Raises SwapMoveError."""
        if self.state is SwapState.CONFIRMED:
            return self
        if at >= self.end:
            raise SwapMoveError(
                "This shift is over; its owner has served it.", zh="这一班已经结束，不能再换了。"
            )
        return replace(self._moved(SwapState.CONFIRMED), confirmed_at=at)

    def withdrawn(self) -> "Swap":
        """Give it up; the owner serves. Raises SwapMoveError once it is confirmed."""
        return self if self.state is SwapState.WITHDRAWN else self._moved(SwapState.WITHDRAWN)

    def entry(self) -> Entry | None:
        """What a confirmed swap arranges; None as long as the owner is responsible."""
        if self.state is not SwapState.CONFIRMED or self.confirmed_at is None:
            return None
        return Entry(EntryKind.SWAP, self.grid, max(self.start, self.confirmed_at), self.end, (self.to,))

    def _moved(self, state: SwapState) -> "Swap":
        if state not in _NEXT[self.state]:
            ways = " or ".join(_NEXT[self.state]) or "nothing else"
            raise SwapMoveError(f"This swap is {self.state}; it can become {ways}.")
        return replace(self, state=state, version=self.version + 1)
