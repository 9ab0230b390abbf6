"""Staff and volunteers out of a table of rows: every bad row is named, and nothing is written here. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.kernel.caller import Role
from chalicelib.kernel.ids import Names
from chalicelib.registry.columns import PEOPLE, ROLES, understood, word
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import Cells, RowError, Rows, phone


@dataclass(slots=True)
class FoundPeople:
    """What a table of people holds; if there is an error, nothing may be written."""

    people: dict[str, Person] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)


def is_of_people(rows: Rows) -> bool:
    """Whether a table is one of people: it says what their role is."""
    told = understood(rows[:1])
    return bool(told) and "role" in told[0][1]


def read_people(
    rows: Rows, community: str, known: Mapping[str, Person], grids: frozenset[str], names: Names
) -> FoundPeople:
    """Check every row. Somebody without an id is whoever has that phone, or else that name; `names` makes the
    ids of those who are new.
    """
    found = FoundPeople()
    rows_of: dict[str, int] = {}
    told = understood(rows, of_people=True)
    strange = sorted({name for _, row in told[:1] for name in row if name} - set(PEOPLE))
    found.errors += [RowError(1, name, "there is no such column.") for name in strange]
    for count, row in told:
        cells = Cells(count, row)
        person = _person(cells, community, known, grids, names)
        if person is not None and (before := rows_of.setdefault(person.id, count)) != count:
            cells.wrong("person", f"row {before} has '{person.name}', too; give each an id of their own.")
        elif person is not None:
            found.people[person.id] = person
        found.errors += cells.errors
    return found


def _person(
    cells: Cells, community: str, known: Mapping[str, Person], grids: frozenset[str], names: Names
) -> Person | None:
    number = cells.read("phone", "", phone)
    old = _known(cells, known, number)
    if old is not None and old.role is Role.KIN:
        cells.wrong("person", f"'{old.name}' is known as somebody's relative; give an id of its own.")
    name = cells.text("name", old.name if old else "")
    role = cells.read("role", old.role if old else Role.VOLUNTEER, lambda text: word(Role, text, ROLES))
    grid = cells.text("grid", old.grid if old else "")
    if grid and grid not in grids:
        cells.wrong("grid", f"there is no grid '{grid}'.")
    known_as = cells.text("person") or (old.id if old else f"p-{names(community, number or name)}")
    base = old or Person(known_as, community, "new", role)

    def make() -> Person:
        language = cells.text("language", base.language) or "zh-CN"
        told = number if "phone" in cells else base.phone
        return replace(base, name=name, role=role, phone=told, grid=grid, language=language)

    return cells.made(make)


def _known(cells: Cells, known: Mapping[str, Person], number: str) -> Person | None:
    if told := cells.text("person"):
        return known.get(told)
    staff = [person for person in known.values() if person.role is not Role.KIN]
    same = [person for person in staff if number and person.phone == number]
    same = same or [person for person in staff if person.name == cells.text("name")]
    if len(same) > 1:
        cells.wrong("person", f"{len(same)} are called so; say by id who is meant.")
    return same[0] if same else None
