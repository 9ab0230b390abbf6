"""What each route declares of itself: what the build checks, and what the contract is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import get_type_hints

from chalicelib.http.once import Once
from chalicelib.http.rows import RowRule
from chalicelib.http.shapes import Ask, NoQuery, View
from chalicelib.kernel.caller import Caller, Role


class _Anybody(frozenset[Role]):
    """Not the empty set, of which Python has only one: whoever forgets to name a role opens nothing."""


PUBLIC: frozenset[Role] = _Anybody()
"""For routes that anybody may call, signed in or not. They know no caller."""


class IfMatch(StrEnum):
    """How a change guards against what its caller hasn't seen."""

    UNUSED = "unused"
    HEEDED = "heeded"
    """Held against the thing's version when it is sent: for moves that a state machine guards anyhow."""
    REQUIRED = "required"
    """428 without it: for whatever replaces what somebody else may have written."""


@dataclass(frozen=True, slots=True)
class Creates:
    """A POST that creates. `once` keeps its first answer by Idempotency-Key; `at` is where the new thing is,

    such as `/v1/cases/{id}`, filled from the view. The answer about a `personal` thing is
    erased with it; one about residents in any case is with them.
    """

    once: Callable[[], Once]
    at: str = ""
    personal: bool = False


class KeyUse(StrEnum):
    """What a POST that keeps no answer makes of an Idempotency-Key."""

    UNUSED = "unused"
    HEEDED = "heeded"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A POST whose answer is not kept, since it is a secret, or since nothing is made.

    `says` what becomes of it when it is sent twice. Where an Idempotency-Key is heeded, it is `call.key`; one
    that must not be guessed has a `shortest` length.
    """

    says: str
    key: KeyUse = KeyUse.UNUSED
    shortest: int = 1


Present = Callable[[Caller, datetime], None]
"""Makes sure that a caller is signed in at this moment. Raises UnauthorizedError for who was signed out."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One route, as it declared itself. `handler` answers the view that its annotation names."""

    handler: Callable[..., View]
    may: frozenset[Role]
    sees: RowRule
    is_public: bool
    query: type[Ask] = NoQuery
    body: type[Ask] | None = None
    if_match: IfMatch = IfMatch.UNUSED
    creates: Creates | None = None
    status: int = 200
    repeated: Repeated | None = None
    present: Present | None = None
    proves: bool = False

    @property
    def name(self) -> str:
        """The route's name, which is its operation's id."""
        return self.handler.__name__

    @property
    def view(self) -> type[View]:
        """What it answers."""
        view: type[View] = get_type_hints(self.handler)["return"]
        return view


DECLARED: dict[str, Declared] = {}
"""Every route by its handler's name."""
