"""A community as a table: what an import takes in again, and a spreadsheet opens without harm. Pure."""

from collections.abc import Iterable, Sequence

from chalicelib.kernel.caller import Role
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.columns import (
    CARE,
    CATEGORIES,
    DOOR,
    HOME,
    PEOPLE,
    RESIDENT,
    ROLES,
    WISHES,
    kin_columns,
    title,
)
from chalicelib.registry.importing import Known
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import harmless

Table = list[list[str]]
"""Rows of cells; the first holds the titles."""


def homes_table(known: Known, *, language: str, care: bool) -> Table:
    """Every home with its residents, a row each; health notes and door packs only with `care`."""
    living: dict[str, list[Resident | None]] = {}
    for resident in known.residents.values():
        living.setdefault(resident.household, []).append(resident)
    places = max((len(resident.kin) for resident in known.residents.values()), default=0)
    kin = [column for place in range(1, places + 1) for column in kin_columns(place)]
    columns = [*HOME, *RESIDENT, *kin, *((*CARE, *DOOR) if care else ())]
    rows = (
        _row(known, home, resident, columns, language)
        for home in sorted(known.households.values(), key=lambda home: home.id)
        for resident in (living.get(home.id) or [None])
    )
    return _table([title(column, language) for column in columns], rows)


def people_table(people: Sequence[Person], *, language: str) -> Table:
    """Staff and volunteers, a row each."""
    rows = ([p.id, p.name, _role(p.role, language), _dialled(p.phone), p.grid, p.language] for p in people)
    titles = [title(column, language, of_people=True) for column in PEOPLE]
    return _table(titles, rows)


def _role(role: Role, language: str) -> str:
    return ROLES.get(role, role.value) if language == "zh-CN" else role.value


def _table(titles: list[str], rows: Iterable[Sequence[str]]) -> Table:
    return [titles, *([harmless(cell) for cell in row] for row in rows)]


def _row(
    known: Known, home: Household, resident: Resident | None, columns: Sequence[str], language: str
) -> list[str]:
    cells = _home_cells(home, known.doors.get(home.id))
    if resident is not None:
        cells |= _resident_cells(resident, language) | _care_cells(known.care.get(resident.id))
        cells |= _kin_cells(resident, known, language)
    return [cells.get(column, "") for column in columns]


def _home_cells(home: Household, door: DoorPack | None) -> dict[str, str]:
    numbers = home.still_water
    cells = {name: getattr(home, name) for name in ("id", "grid", "name", "building", "address", "steward")}
    cells["window_minutes"] = str(numbers.window_minutes or "")
    cells["least_litres"] = str(numbers.least_litres or "")
    if door is not None:
        cells |= {"door_notes": door.notes, "key_holder": door.key_holder, "key_place": door.key_place}
        cells["key_holder_phone"] = _dialled(door.key_holder_phone)
    return cells


def _resident_cells(resident: Resident, language: str) -> dict[str, str]:
    categories = sorted(resident.categories)
    return {
        "resident_id": resident.id,
        "resident": resident.name,
        "phone": _dialled(resident.phone),
        "born": resident.born.isoformat() if resident.born else "",
        "categories": "；".join(CATEGORIES[one] if language == "zh-CN" else one for one in categories),
        "tags": "；".join(resident.tags),
        "agreed_on": resident.agreed_on.isoformat() if resident.agreed_on else "",
        "agreed_by": resident.agreed_by,
        "language": resident.language,
    }


def _care_cells(care: Care | None) -> dict[str, str]:
    if care is None:
        return {}
    medication = "；".join(map(_medicine, care.medication))
    return {"health_notes": care.health_notes, "medication": medication, "routine": care.routine}


def _medicine(one: Medicine) -> str:
    return " | ".join((one.name, one.dose, one.times)).rstrip(" |")


def _kin_cells(resident: Resident, known: Known, language: str) -> dict[str, str]:
    cells: dict[str, str] = {}
    for place, kin in enumerate(resident.kin, start=1):
        person = known.relatives.get(kin.person)
        wish = WISHES[kin.wish] if language == "zh-CN" else kin.wish.value
        told = (
            person.name if person else "",
            _dialled(person.phone) if person else "",
            kin.relation,
            wish,
            kin.note,
        )
        cells |= dict(zip(kin_columns(place), (*told, kin.person), strict=True))
    return cells


def _dialled(phone: str) -> str:
    """A number as people in China write it; one from elsewhere in E.164."""
    if not phone.startswith("+86"):
        return phone
    return phone[3:] if phone[3] == "1" and len(phone) == 14 else f"0{phone[3:]}"
