"""Homes, grids and people as the API shows them, and what it is asked."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.http.endpoint import Ask, Versioned, View
from chalicelib.http.shapes import Language
from chalicelib.kernel.caller import Role
from chalicelib.registry.model import Community, Grid, Household
from chalicelib.registry.office import OTHERS
from chalicelib.registry.people import Person
from chalicelib.registry.views import Id, Name, Phone


class HouseholdAsk(Ask):
    """A home, and the steward who looks after it, by their id. Another grid takes its devices along."""

    grid: Id
    name: Name
    building: Annotated[str, Field(max_length=40)] = ""
    address: Annotated[str, Field(max_length=200)] = ""
    steward: Annotated[str, Field(max_length=60)] = ""


class NewHouseholdAsk(HouseholdAsk):
    """A new home under an id of your choice, such as its number on the register."""

    id: Id


class HouseholdRecord(Versioned):
    """A home as the registry has it; how it is, is `/v1/households/{id}`."""

    version: int
    id: str
    grid: str
    name: str
    building: str
    address: str
    steward: str

    @classmethod
    def of(cls, home: Household) -> "HouseholdRecord":
        return cls(
            version=home.version, id=home.id, grid=home.grid, name=home.name, building=home.building,
            address=home.address, steward=home.steward,
        )  # fmt: skip


class RemovedView(View):
    """It is no more."""

    id: str


class CommunityAsk(Ask):
    """A community's settings: its own number, which a press may dial, and the still-water rule's two numbers

    (null for the founding 720 minutes and 10 litres).
    """

    name: Name
    time_zone: Annotated[str, Field(max_length=40)] = "Asia/Shanghai"
    phone: Phone = ""
    window_minutes: Annotated[int, Field(ge=60, le=10080)] | None = None
    least_litres: Annotated[int, Field(ge=1, le=1000)] | None = None


class CommunityView(Versioned):
    """A community and its settings; null where the founding rule's own numbers hold."""

    version: int
    id: str
    name: str
    time_zone: str
    phone: str
    window_minutes: int | None
    least_litres: int | None

    @classmethod
    def of(cls, community: Community) -> "CommunityView":
        numbers = community.still_water
        return cls(
            version=community.version, id=community.id, name=community.name, time_zone=community.time_zone,
            phone=community.phone, window_minutes=numbers.window_minutes, least_litres=numbers.least_litres,
        )  # fmt: skip


class GridAsk(Ask):
    """A grid and its workers, by id, in the order in which to ask them."""

    name: Name
    workers: Annotated[tuple[Id, ...], Field(max_length=50)] = ()


class NewGridAsk(GridAsk):
    id: Id


class GridView(Versioned):
    """A grid, and its workers by id, in the order in which to ask them."""

    version: int
    id: str
    name: str
    workers: list[str]

    @classmethod
    def of(cls, grid: Grid) -> "GridView":
        return cls(version=grid.version, id=grid.id, name=grid.name, workers=list(grid.workers))


class GridList(View):
    items: list[GridView]


class PersonAsk(Ask):
    """Somebody who looks after the community. Residents and kin are enrolled with their home."""

    name: Name
    role: Annotated[Role, WithJsonSchema({"type": "string", "enum": sorted(set(Role) - OTHERS)})]
    phone: Phone = ""
    grid: Annotated[str, Field(max_length=40)] = ""
    language: Language = "zh-CN"


class NewPersonAsk(PersonAsk):
    """Somebody new; without an `id` they are given one."""

    id: Id | None = None


class PersonRecord(Versioned):
    """Somebody who looks after the community. Grid workers see no phones here: duty shows whom to ring."""

    version: int
    id: str
    name: str
    role: Role
    phone: str | None
    grid: str
    language: Language

    @classmethod
    def of(cls, person: Person, *, phone: bool) -> "PersonRecord":
        return cls(
            version=person.version, id=person.id, name=person.name, role=person.role,
            phone=person.phone if phone else None, grid=person.grid, language=person.language,
        )  # fmt: skip


class PersonPage(View):
    items: list[PersonRecord]
    next_cursor: str | None
