"""What only they may read who stand at the door: health notes, medication, daily routine, a way in. Pure.

Each is kept in an item of its own, so that nothing that runs often ever reads it by the way.
"""

from dataclasses import dataclass, field

from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.needs import must_be_phone, must_be_text

MOST_MEDICINES = 30
_DIVIDERS = frozenset(";；|｜\n")
"""They stand between medicines where several are in one cell of a table."""


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine as its box or the nurse says: what, how much, when."""

    name: str
    dose: str = ""
    times: str = ""

    def __post_init__(self) -> None:
        must_be_text(self.name, "A medicine's name", most=60, least=1, pointer="/medication")
        must_be_text(self.dose, "A dose", most=60, pointer="/medication")
        must_be_text(self.times, "A medicine's times", most=60, pointer="/medication")
        if _DIVIDERS & {*self.name, *self.dose, *self.times}:
            raise RefusedError(
                "A medicine may not hold ; or | or a line break.",
                pointer="/medication",
                zh="药品里不能有分号、竖线或换行。",
            )


@dataclass(frozen=True, slots=True)
class Care:
    """What to know of a resident's health and days. `version` counts its changes; 0 was never stored."""

    community: str
    resident: str
    health_notes: str = ""
    medication: tuple[Medicine, ...] = ()
    routine: str = ""
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_text(self.health_notes, "Health notes", most=2000, pointer="/health_notes")
        must_be_text(self.routine, "A daily routine", most=1000, pointer="/routine")
        if len(self.medication) > MOST_MEDICINES:
            raise RefusedError(
                f"Up to {MOST_MEDICINES} medicines.",
                pointer="/medication",
                zh=f"最多 {MOST_MEDICINES} 种药。",
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is noted."""
        return not (self.health_notes or self.medication or self.routine)


@dataclass(frozen=True, slots=True)
class DoorPack:
    """How to get into a home: what to know at the door, and who holds a key.

    `version` counts its changes; 0 was never stored.
    """

    community: str
    household: str
    notes: str = ""
    key_holder: str = ""
    key_holder_phone: str = ""
    key_place: str = ""
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_text(self.notes, "Door notes", most=500, pointer="/notes")
        must_be_text(self.key_holder, "A key-holder", most=60, pointer="/key_holder")
        must_be_text(self.key_place, "A key's place", most=200, pointer="/key_place")
        try:
            must_be_phone(self.key_holder_phone)
        except RefusedError as error:
            raise RefusedError(str(error), pointer="/key_holder_phone", zh=error.zh) from error

    @property
    def is_empty(self) -> bool:
        """Whether nothing is noted."""
        return not (self.notes or self.key_holder or self.key_holder_phone or self.key_place)
