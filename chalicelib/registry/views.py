"""Homes, residents and people as the API shows them, and what it is asked."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from chalicelib.http.endpoint import Ask, PageQuery, Versioned, View
from chalicelib.http.shapes import NEVER_KEPT, Language
from chalicelib.kernel.ids import ID_PATTERN
from chalicelib.kernel.sight import Part, Relation, Sight
from chalicelib.registry.care import Care, DoorPack
from chalicelib.registry.finding import Hit
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Category, Wish
from chalicelib.registry.people import Person

Id = Annotated[str, Field(pattern=ID_PATTERN)]
Text = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Phone = Annotated[str, Field(max_length=40, examples=["+8613800000000"])]
"""E.164, or as people in China write it; empty for none."""


class ResidentsQuery(PageQuery):
    """Which residents: `name` is the beginning of a name, a given name or of pinyin initials (`wgy`);

    `building` the beginning of a building's name; `tag` a whole tag, `category` a category. Several narrow
    each other down. A page may be shorter than `limit` while there are more.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    building: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    tag: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    category: Category | None = None


class ResidentItem(View):
    """A resident as lists show them."""

    id: str
    name: str
    household: str
    building: str
    grid: str
    categories: list[Category]
    tags: list[str]

    @classmethod
    def of(cls, hit: Hit) -> "ResidentItem":
        return cls(
            id=hit.id, name=hit.name, household=hit.household, building=hit.building, grid=hit.grid,
            categories=list(hit.categories), tags=list(hit.tags),
        )  # fmt: skip


class ResidentPage(View):
    items: list[ResidentItem]
    next_cursor: str | None


class ResidentAsk(Ask):
    """A resident. `agreed_on` is the day on which they, or whoever `agreed_by` names, agreed to this."""

    household: Id
    name: Name
    phone: Phone = ""
    born: date | None = None
    categories: Annotated[tuple[Category, ...], Field(max_length=6)] = ()
    tags: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    agreed_on: date | None = None
    agreed_by: Annotated[str, Field(max_length=60)] = ""
    language: Language = "zh-CN"


class NewResidentAsk(ResidentAsk):
    """A new resident; without an `id` they are given one."""

    id: Id | None = None


class ResidentView(Versioned):
    """A resident. Phone and birthday are null for who may not see contacts; categories and tags, which are
    the staff's own words, are empty for kin.
    """

    version: int
    id: str
    household: str
    name: str
    phone: str | None
    born: date | None
    categories: list[Category]
    tags: list[str]
    enrolled: bool
    agreed_on: date | None
    agreed_by: str
    language: Language

    @classmethod
    def of(cls, resident: Resident, sight: Sight) -> "ResidentView":
        contacts, family = sight.shows(Part.CONTACTS), sight.relation in (Relation.KIN, Relation.PROXY)
        return cls(
            version=resident.version, id=resident.id, household=resident.household, name=resident.name,
            phone=resident.phone if contacts else None, born=resident.born if contacts else None,
            categories=[] if family else sorted(resident.categories),
            tags=[] if family else list(resident.tags),
            enrolled=resident.is_enrolled, agreed_on=resident.agreed_on, agreed_by=resident.agreed_by,
            language=resident.language,
        )  # fmt: skip


class KinAsk(Ask):
    """A relative: one who is known, by `person`, or a new one by `name` and `phone`.

    `do_not_call` holds except in severity 1.
    """

    person: Id | None = None
    name: Annotated[str, Field(max_length=60)] = ""
    phone: Phone = ""
    relation: Annotated[str, Field(max_length=20)] = ""
    wish: Wish = Wish.CALL
    note: Annotated[str, Field(max_length=200)] = ""


class KinListAsk(Ask):
    """All of a resident's kin, in the order in which to ask them."""

    kin: Annotated[list[KinAsk], Field(max_length=10)]


class KinView(View):
    """A relative: their id as a person, what they are to the resident, and whether they may be called."""

    person: str
    name: str
    phone: str
    relation: str
    wish: Wish
    note: str


class KinListView(Versioned):
    """A resident's kin, in the order in which they are asked. The version is the resident's."""

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    version: int
    kin: list[KinView]

    @classmethod
    def of(cls, resident: Resident, people: dict[str, Person]) -> "KinListView":
        found = [(one, people[one.person]) for one in resident.kin if one.person in people]
        return cls(
            version=resident.version,
            kin=[
                KinView(
                    person=person.id, name=person.name, phone=person.phone, relation=one.relation,
                    wish=one.wish, note=one.note,
                )
                for one, person in found
            ],
        )  # fmt: skip


class MedicineModel(Ask):
    name: Name
    dose: Annotated[str, Field(max_length=60)] = ""
    times: Annotated[str, Field(max_length=60)] = ""


class MedicineView(View):
    name: str
    dose: str
    times: str


class CareAsk(Ask):
    """What to know of a resident's health and days."""

    health_notes: Text = ""
    medication: Annotated[tuple[MedicineModel, ...], Field(max_length=30)] = ()
    routine: Annotated[str, Field(max_length=1000)] = ""


class CareView(Versioned):
    """What to know of a resident's health and days. Version 0 was never noted."""

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    version: int
    health_notes: str
    medication: list[MedicineView]
    routine: str

    @classmethod
    def of(cls, care: Care) -> "CareView":
        medication = [MedicineView(name=m.name, dose=m.dose, times=m.times) for m in care.medication]
        return cls(
            version=care.version,
            health_notes=care.health_notes,
            medication=medication,
            routine=care.routine,
        )


class DoorAsk(Ask):
    """How to get into a home: what to know at the door, and who holds a key."""

    notes: Annotated[str, Field(max_length=500)] = ""
    key_holder: Annotated[str, Field(max_length=60)] = ""
    key_holder_phone: Phone = ""
    key_place: Annotated[str, Field(max_length=200)] = ""


class DoorView(Versioned):
    """How to get into a home. Version 0 was never noted."""

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    version: int
    notes: str
    key_holder: str
    key_holder_phone: str
    key_place: str

    @classmethod
    def of(cls, door: DoorPack) -> "DoorView":
        return cls(
            version=door.version, notes=door.notes, key_holder=door.key_holder,
            key_holder_phone=door.key_holder_phone, key_place=door.key_place,
        )  # fmt: skip
