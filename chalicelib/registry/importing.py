"""Homes and residents out of a table of rows: every bad row is named, and nothing is written here. Pure.

A row is a home, or a resident in it; a home's columns may stand in its first row alone. What a table has no
column for stays as it is stored, so that a table of a few columns blanks nothing. Nobody is ever removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from chalicelib.kernel.ids import Names, is_id, passing_names
from chalicelib.registry.care import Care, DoorPack
from chalicelib.registry.columns import CARE, CATEGORIES, DOOR, HOME, KIN, RESIDENT, understood, word
from chalicelib.registry.columns import MOST_KIN_COLUMNS as MOST_KIN
from chalicelib.registry.import_cells import care_of, door_of, kin_of
from chalicelib.registry.model import Category, Household, Resident, StillWaterSettings
from chalicelib.registry.needs import new_id
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import Cells, RowError, Rows, day, number, phone, words

COLUMNS = frozenset(
    {*HOME, *RESIDENT, *CARE, *DOOR, *(f"kin{n}{what}" for n in range(1, MOST_KIN + 1) for what in KIN)}
)
NO_HOME = "the row says no home. Of merged cells only the first does: unmerge them, and fill each."
_OF_HOME = (*HOME[1:], *DOOR)
Thing = TypeVar("Thing")
_POINTERS = {"/name": "resident", "/window_minutes": "window_minutes", "/least_litres": "least_litres"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a community already, by id; `relatives` are all its people, `care` is by resident.

    `reserved` ids were residents' who were removed; `names` makes those of new relatives.
    """

    community: str
    households: Mapping[str, Household] = field(default_factory=dict)
    residents: Mapping[str, Resident] = field(default_factory=dict)
    relatives: Mapping[str, Person] = field(default_factory=dict)
    care: Mapping[str, Care] = field(default_factory=dict)
    doors: Mapping[str, DoorPack] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    names: Names = passing_names


@dataclass(slots=True)
class Found:
    """What a table holds, with what is stored; if there is an error, nothing may be written."""

    households: dict[str, Household] = field(default_factory=dict)
    residents: dict[str, Resident] = field(default_factory=dict)
    relatives: dict[str, Person] = field(default_factory=dict)
    care: dict[str, Care] = field(default_factory=dict)
    doors: dict[str, DoorPack] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


def read(rows: Rows, known: Known) -> Found:
    """Check every row."""
    found = Found()
    told = understood(rows)
    strange = sorted({name for _, row in told[:1] for name in row if name} - COLUMNS)
    found.errors += [RowError(1, name, "there is no such column.") for name in strange]
    if "id" not in (told[0][1] if told else {}):
        found.errors.append(RowError(1, "id", "the file needs this column, and at least one row."))
        return found
    reader = _Reader(known, found)
    for count, row in told:
        reader.take(Cells(count, row))
    return found


class _Reader:
    """Takes rows one by one, and knows what those before held."""

    def __init__(self, known: Known, found: Found) -> None:
        self._known = known
        self._found = found
        self._first_rows: dict[str, Cells] = {}
        self._rows_of: dict[str, int] = {}
        self._living: dict[str, list[Resident]] = {}
        for resident in known.residents.values():
            self._living.setdefault(resident.household, []).append(resident)

    def take(self, cells: Cells) -> None:
        """Take a row."""
        home = self._home(cells) or self._stand_in(cells)
        if home is not None and (cells.text("resident") or cells.text("resident_id")):
            self._resident(cells, home)
        self._found.errors += cells.errors

    def _home(self, cells: Cells) -> Household | None:
        name = cells.text("id")
        if not name:
            cells.wrong("id", NO_HOME)
            return None
        first = self._first_rows.setdefault(name, cells)
        if first is not cells:
            self._must_agree(cells, first)
            return self._found.households.get(name)
        old = self._known.households.get(name)
        settings = old.still_water if old else StillWaterSettings()
        window = cells.read("window_minutes", settings.window_minutes, number)
        least = cells.read("least_litres", settings.least_litres, number)
        texts = {
            column: cells.text(column, getattr(old, column) if old else "")
            for column in ("grid", "name", "building", "address", "steward")
        }
        if "name" not in cells and old is None:
            texts["name"] = cells.text("resident") or name

        def make() -> Household:
            numbers = StillWaterSettings(window, least)
            version = old.version if old else 0
            return Household(name, self._known.community, **texts, still_water=numbers, version=version)

        home = cells.made(make)
        if home is not None:
            self._found.households[name] = home
            if door := door_of(cells, self._known.doors.get(name) or DoorPack(home.community, name)):
                self._found.doors[name] = door
        return home

    def _stand_in(self, cells: Cells) -> Household | None:
        """A home in place of one that can't be read, so that the rest of the row is checked, too."""
        name = cells.text("id")
        return Household(name, self._known.community, "unknown", "unknown") if is_id(name) else None

    def _must_agree(self, cells: Cells, first: Cells) -> None:
        """A home's columns stand in its first row; the others repeat them, or leave them blank."""
        for column in _OF_HOME:
            told = cells.text(column)
            if told and told != first.text(column):
                cells.wrong(column, f"row {first.number} has '{first.text(column)}' for this home.")

    def _resident(self, cells: Cells, home: Household) -> None:
        old = self._one(cells, home)
        base = old or Resident("new", home.community, home.id, "new", language="zh-CN")
        name = cells.text("resident", old.name if old else "") or (old.name if old else "")
        known_as = cells.text("resident_id") or (old.id if old else self._new_id(home, name))
        if old is None and known_as in self._known.reserved:
            cells.wrong("resident_id", "was somebody's who was removed; take another, or have them erased.")
        number, born = cells.read("phone", base.phone, phone), cells.read("born", base.born, day)
        categories = cells.read("categories", base.categories, _categories)
        tags, agreed_on = cells.read("tags", base.tags, words), cells.read("agreed_on", base.agreed_on, day)
        kin, relatives = kin_of(cells, base, known_as, self._known.relatives, self._known.names)
        care = care_of(cells, self._known.care.get(known_as) or Care(home.community, known_as))

        def make() -> Resident:
            return replace(
                base, id=known_as, household=home.id, name=name, phone=number, kin=kin, born=born,
                categories=categories, tags=tags, agreed_on=agreed_on,
                agreed_by=cells.text("agreed_by", base.agreed_by),
                language=cells.text("language", base.language) or "zh-CN",
            )  # fmt: skip

        made = cells.made(make, _POINTERS)
        if made is None or not self._is_first(cells, made):
            return
        self._found.residents[made.id] = made
        self._found.relatives |= {person.id: person for person in relatives}
        if care:
            self._found.care[made.id] = care

    def _one(self, cells: Cells, home: Household) -> Resident | None:
        """Who of those stored a row is about: by id, or else by the name in the home."""
        if told := cells.text("resident_id"):
            return self._known.residents.get(told)
        same = [one for one in self._living.get(home.id, []) if one.name == cells.text("resident")]
        if len(same) > 1:
            cells.wrong("resident_id", f"{len(same)} in this home have that name; say by id who is meant.")
        return same[0] if same else None

    def _new_id(self, home: Household, name: str) -> str:
        """An id for somebody new: the same however often a table is read."""
        return new_id(home.community, home.id, name, self._known.reserved.__contains__)

    def _is_first(self, cells: Cells, made: Resident) -> bool:
        """Whether no row before was about the same person."""
        before = self._rows_of.setdefault(made.id, cells.number)
        if before != cells.number:
            cells.wrong("resident_id", f"row {before} has '{made.name}', too; give each an id of their own.")
        return before == cells.number


def _categories(text: str) -> frozenset[Category]:
    return frozenset(word(Category, one, CATEGORIES) for one in words(text))


@dataclass(frozen=True, slots=True)
class Changes:
    """What of a table isn't stored just so already."""

    households: Sequence[Household]
    residents: Sequence[Resident]
    relatives: Sequence[Person]
    care: Sequence[Care]
    doors: Sequence[DoorPack]

    @property
    def count(self) -> int:
        """How many things are to be written."""
        parts = (self.households, self.residents, self.relatives, self.care, self.doors)
        return sum(map(len, parts))


def changed(found: Found, known: Known) -> Changes:
    """What of a table is new or differs from what is stored."""
    return Changes(
        _new(found.households, known.households),
        _new(found.residents, known.residents),
        _new(found.relatives, known.relatives),
        [care for care in _new(found.care, known.care) if care.version or not care.is_empty],
        [door for door in _new(found.doors, known.doors) if door.version or not door.is_empty],
    )


def _new(found: Mapping[str, Thing], known: Mapping[str, Thing]) -> list[Thing]:
    return [thing for name, thing in found.items() if known.get(name) != thing]
