"""The people who look after a community: volunteers, grid workers, coordinators; and how they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Table, every_item, put_all
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import must_be_id


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may be asked to act. `phone` is E.164, or empty when they have none."""

    id: str
    community: str
    name: str
    role: Role
    phone: str = ""
    grid: str = ""
    language: str = "zh-CN"

    def __post_init__(self) -> None:
        must_be_id(self.id, "Person")
        if not self.name.strip():
            raise RefusedError(f"Person '{self.id}' needs a name.", pointer="/name")
        if self.phone and not (self.phone.startswith("+") and self.phone[1:].isdigit()):
            raise RefusedError(f"'{self.phone}' is no phone number such as +8613800000000.", pointer="/phone")


class PeopleStore:
    """The people of a community, by id."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_many(self, people: Sequence[Person]) -> None:
        """Create or replace people."""
        put_all(self._table, [_item(person) for person in people])

    def get(self, community: str, person: str) -> Person | None:
        """A person by id."""
        item = self._table.get(f"people#{community}", person)
        return _person(item, community) if item else None

    def get_many(self, community: str, people: Sequence[str]) -> dict[str, Person]:
        """Those of several people who exist, by id."""
        keys = [(f"people#{community}", person) for person in people]
        found = self._table.get_many(keys) if keys else []
        return {item["sk"]: _person(item, community) for item in found}

    def of(self, community: str) -> list[Person]:
        """Everyone of a community: one query."""
        return [_person(item, community) for item in every_item(self._table, Ask(f"people#{community}"))]


def _item(person: Person) -> Item:
    return {
        "pk": f"people#{person.community}",
        "sk": person.id,
        "name": person.name,
        "role": person.role.value,
        "phone": person.phone,
        "grid": person.grid,
        "language": person.language,
    }


def _person(item: Item, community: str) -> Person:
    return Person(
        id=item["sk"],
        community=community,
        name=item["name"],
        role=Role(item["role"]),
        phone=item["phone"],
        grid=item["grid"],
        language=item["language"],
    )
