"""The root of every error that we raise ourselves."""


class ShouwangError(Exception):
    """Something we foresaw.

    Its text tells a person what is wrong and, where they can act, what to do next.
    """

    code = "error"


class NotFoundError(ShouwangError):
    """What was asked for isn't there, or isn't the caller's to know of: the two must look alike."""

    code = "not_found"


class ConflictError(ShouwangError):
    """The thing has moved on since the caller last saw it."""

    code = "conflict"


class RefusedError(ShouwangError):
    """What was sent can't be accepted as it is.

    `pointer` is a JSON pointer (RFC 6901) to the offending place.
    """

    code = "invalid"

    def __init__(self, message: str, *, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class UnauthorizedError(ShouwangError):
    """Nobody is signed in, or what they signed in with is no longer good."""

    code = "unauthorized"


class TooManyError(ShouwangError):
    """Asked too often. `after_seconds` says when to ask again."""

    code = "too_many_requests"

    def __init__(self, message: str, *, after_seconds: int) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds
