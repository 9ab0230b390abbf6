"""What a row says of kin, health and the door: the parts of an import that fill several columns. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import Names
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.columns import CARE, DOOR, KIN, WISHES, word
from chalicelib.registry.kin import new_id
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import MOST_KIN, Kin, Wish
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import Cells, phone

_MEDICINES = str.maketrans({"；": ";", "｜": "|", "\n": ";"})


def kin_of(
    cells: Cells, resident: Resident, resident_id: str, relatives: Mapping[str, Person], names: Names
) -> tuple[tuple[Kin, ...], list[Person]]:
    """A resident's kin as a row has them, in order, and those people themselves.

    Without a column about kin they stay as they are; with one, the row says who they all are.
    """
    if not any(name.startswith("kin") for name in cells.row):
        return resident.kin, []
    kin: list[Kin] = []
    people: list[Person] = []
    for place in range(1, MOST_KIN + 1):
        told = {what: cells.text(f"kin{place}{what}") for what in KIN}
        if any(told.values()):
            one, person = _relative(cells, resident, resident_id, relatives, names, place)
            kin += [one] if one else []
            people += [person] if person else []
    return tuple(kin), people


def _relative(
    cells: Cells,
    resident: Resident,
    resident_id: str,
    relatives: Mapping[str, Person],
    names: Names,
    place: int,
) -> tuple[Kin | None, Person | None]:
    column = f"kin{place}"
    name, known_as = cells.text(column), cells.text(f"{column}_id")
    number = cells.read(f"{column}_phone", "", phone)
    wish = cells.read(f"{column}_wish", Wish.CALL, _wish)
    old = _known(resident, relatives, known_as, name)
    known_as = known_as or (old.id if old else new_id(names, resident.community, number or resident_id, name))
    if known_as in relatives and not name:
        name = relatives[known_as].name
    if not name:
        cells.wrong(column, "a relative needs a name.")
        return None, None
    base = old or relatives.get(known_as) or Person(known_as, resident.community, name, Role.KIN)
    has_phone = f"{column}_phone" in cells
    person = cells.made(lambda: replace(base, name=name, phone=number if has_phone else base.phone), {
        "/name": column, "/phone": f"{column}_phone",
    })  # fmt: skip
    note, relation = cells.text(f"{column}_note"), cells.text(f"{column}_relation")
    link = cells.made(lambda: Kin(known_as, relation, wish, note), {"/kin": column})
    return link, person if base.role is Role.KIN else None  # staff and volunteers have lists of their own


def _wish(text: str) -> Wish:
    return word(Wish, text, WISHES) if text else Wish.CALL


def _known(resident: Resident, relatives: Mapping[str, Person], known_as: str, name: str) -> Person | None:
    """Whom of those stored is meant: by id, or else by the name among the resident's own kin."""
    if known_as:
        return relatives.get(known_as)
    own = [relatives[one.person] for one in resident.kin if one.person in relatives]
    return next((person for person in own if person.name == name), None)


def care_of(cells: Cells, known: Care) -> Care | None:
    """What a row says of somebody's health and days; None when it says nothing."""
    if not any(column in cells for column in CARE):
        return None
    medication = cells.read("medication", known.medication, medicines)
    notes = cells.text("health_notes", known.health_notes)
    routine = cells.text("routine", known.routine)
    return cells.made(lambda: replace(known, health_notes=notes, medication=medication, routine=routine))


def medicines(text: str) -> tuple[Medicine, ...]:
    """Medicines in one cell: `name | dose | times`, a semicolon or line break between them."""
    found: list[Medicine] = []
    for one in filter(None, (part.strip() for part in text.translate(_MEDICINES).split(";"))):
        parts = [part.strip() for part in one.split("|")]
        if len(parts) > 3:
            raise RefusedError(f"'{one}' is no medicine such as 二甲双胍 | 0.5 g | 早晚.")
        found.append(Medicine(*parts))
    return tuple(found)


def door_of(cells: Cells, known: DoorPack) -> DoorPack | None:
    """What a row says of a home's door; None when it says nothing."""
    if not any(column in cells for column in DOOR):
        return None
    notes = cells.text("door_notes", known.notes)
    holder, place = cells.text("key_holder", known.key_holder), cells.text("key_place", known.key_place)
    number = cells.read("key_holder_phone", known.key_holder_phone, phone)
    return cells.made(
        lambda: replace(known, notes=notes, key_holder=holder, key_holder_phone=number, key_place=place),
        {"/notes": "door_notes"},
    )
