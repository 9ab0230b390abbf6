"""What an alarm's log is made of. Pure."""

from dataclasses import dataclass
from datetime import datetime

SYSTEM = "shouwang"
"""Who the log names when no person acted."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an alarm's log. `at` is when it happened, `known_at` when we learned of it."""

    at: datetime
    known_at: datetime
    what: str
    by: str
    channel: str
    on_behalf_of: str | None = None
    note: str = ""
