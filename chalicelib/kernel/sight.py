"""What somebody may see of a home, and on what grounds. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """What a caller is to a home or to someone who lives there."""

    SELF = "self"
    PROXY = "proxy"
    KIN = "kin"
    ON_CASE = "on_case"
    COMMUNITY = "community"
    NONE = "none"


class Part(StrEnum):
    """A part of what is known of a resident or their home."""

    STATUS = "status"
    """Name, building, and how the home is."""
    HISTORY = "history"
    """Its alarms with their logs."""
    SERIES = "series"
    """What its meters and sensors said."""
    ADDRESS = "address"
    DOOR = "door"
    """The door pack: door notes, and who keeps the key."""
    HEALTH = "health"
    """Health notes and medication."""
    CONTACTS = "contacts"
    """Phone numbers of the resident and of kin."""
    CONSENT = "consent"
    ACCESS_LOG = "access_log"
    EVERYTHING = "everything"
    """The whole record, as it is exported."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller sees of the rows that a call names: `parts`, by `relation`, of these `residents`.

    `case` is the alarm that brings them there; `kinds` are the kinds of data that were opened to them.
    """

    relation: Relation = Relation.NONE
    parts: frozenset[Part] = frozenset()
    residents: tuple[str, ...] = ()
    case: str = ""
    kinds: frozenset[str] = frozenset()

    def shows(self, part: Part) -> bool:
        """Whether a part may be shown."""
        return part in self.parts


BLIND = Sight()
"""The sight of calls that are about nobody's home."""
