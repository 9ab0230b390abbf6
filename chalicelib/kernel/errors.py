"""The root of every error that we raise ourselves."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class ShouwangError(Exception):
    """Something we foresaw.

    Its text, in English, and `zh`, the same in Chinese, tell a person what is wrong and, where they can act,
    what to do next. Without `zh` a Chinese reader is told what the `code` means. `facts` say the same to a
    program: they become members of the problem.
    """

    code = "error"

    def __init__(self, message: str = "", *, zh: str = "", facts: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.zh = zh
        self.facts = facts or {}


class NotFoundError(ShouwangError):
    """What was asked for isn't there, or isn't the caller's to know of: the two must look alike."""

    code = "not_found"


class ConflictError(ShouwangError):
    """The thing has moved on since the caller last saw it."""

    code = "conflict"


class StaleError(ShouwangError):
    """The thing has changed since the caller read it, and they said that they would not change it then."""

    code = "stale"


class Fault(NamedTuple):
    """One thing that is wrong: a JSON pointer (RFC 6901) to the place, and what is wrong with it."""

    pointer: str
    detail: str
    zh: str = ""


class RefusedError(ShouwangError):
    """What was sent can't be accepted as it is.

    `pointer` is a JSON pointer (RFC 6901) to the offending place; `faults` are all of them.
    """

    code = "invalid"

    def __init__(
        self, message: str, *, pointer: str = "", zh: str = "", faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(message, zh=zh)
        self.faults = tuple(faults) or ((Fault(pointer, message, zh),) if pointer else ())
        self.pointer = pointer or (self.faults[0].pointer if self.faults else "")


class UnauthorizedError(ShouwangError):
    """Nobody is signed in, or what they signed in with is no longer good."""

    code = "unauthorized"


class ForbiddenError(ShouwangError):
    """The caller's role may not do this."""

    code = "forbidden"


class TooManyError(ShouwangError):
    """Asked too often. `after_seconds` says when to ask again."""

    code = "too_many_requests"

    def __init__(self, message: str, *, after_seconds: int, zh: str = "") -> None:
        super().__init__(message, zh=zh)
        self.after_seconds = after_seconds
