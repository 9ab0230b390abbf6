"""Row rules: of the rows that a route is about, which ones a caller may see. Every route declares one.

A rule is asked before the handler runs. What it doesn't let through is a 404 like any other: whoever asks for
another community's rows, or for rows that aren't theirs, learns no more than if they weren't there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.caller import Caller
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.sight import BLIND, Sight

Find = Callable[[Caller, Mapping[str, str], datetime], Sight]
"""Says what a caller sees of the rows that a path names. Raises NotFoundError for rows that aren't theirs."""
Note = Callable[[Caller, Sight, datetime], None]
"""Writes down that a caller looked."""


class NotYoursError(NotFoundError):
    """There is no such row, or it isn't the caller's: the two look alike, to the byte."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such thing here, or it isn't yours to see.",
            zh="没有找到：可能已经不在，或不归您看。",
        )


@dataclass(frozen=True, slots=True)
class RowRule:
    """A row rule: its name, what it says in a sentence, and how it finds what a caller sees.

    `note` writes the look down, for rules about a resident's record.
    """

    name: str
    says: str
    find: Find = lambda caller, path, now: BLIND
    note: Note = lambda caller, sight, now: None


NOBODYS = RowRule("nobodys", "About nobody: the system's own state.")
MINE = RowRule("mine", "The caller's own rows, found under their own id.")
COMMUNITYS = RowRule("communitys", "Rows of the caller's community, found under its id; nobody's record.")
