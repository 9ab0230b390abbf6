"""The people who look after a community: volunteers, grid workers, coordinators; and how they are kept."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, ExpectationError, Put, Table, Write, every_item, put_all
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.registry.needs import LONGEST_NAME, must_be_id, must_be_phone, must_be_text
from chalicelib.registry.phone_links import phone_link
from chalicelib.registry.store import moved_on


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
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        must_be_id(self.id, "Person")
        if not self.name.strip():
            raise RefusedError(f"Person '{self.id}' needs a name.", pointer="/name", zh="请写上姓名。")
        must_be_text(self.name, "A person's name", most=LONGEST_NAME, pointer="/name")
        must_be_phone(self.phone)
        if self.language not in LANGUAGES:
            raise RefusedError(
                f"'{self.language}' is none of {', '.join(LANGUAGES)}.",
                pointer="/language",
                zh=f"语言只能是 {'、'.join(LANGUAGES)}。",
            )


class PeopleStore:
    """The people of a community, by id.

    Relatives are kept in a list of their own: there may be ten thousand, and whoever looks through a
    community's staff and volunteers must not pay for them.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_many(self, people: Sequence[Person], *, before: Mapping[str, Person] | None = None) -> None:
        """Create or replace people; `before` are those of them who were stored, whom no old number finds."""
        links = {_key(link): link for person in people for link in _links(person)}
        put_all(self._table, [*links.values(), *(_item(person) for person in people)])
        known = [before[person.id] for person in people if person.id in before] if before else []
        gone = {_key(link) for person in known for link in _links(person)} - links.keys()
        for pk, sk in sorted(gone):
            self._table.write(Delete(pk, sk))

    def change(self, person: Person) -> Person:
        """Write a person as they were read and changed, or a new one. Raises ConflictError."""
        record = Put(_item(person), {"version": person.version} if person.version else NEW)
        before = self.get(person.community, person.id)
        gone = [link for link in _links(before) if link not in _links(person)] if before else []
        self._write(
            person, [record, *map(Put, _links(person)), *(Delete(one["pk"], one["sk"]) for one in gone)]
        )
        return replace(person, version=person.version + 1)

    def remove(self, person: Person) -> None:
        """Remove a person as they were read. Raises ConflictError."""
        record = Delete(_list(person), person.id, {"version": person.version})
        self._write(person, [record, *(Delete(link["pk"], link["sk"]) for link in _links(person))])

    def step_back(self, person: Person) -> Person:
        """Whoever worked here, as they were read, is somebody's relative and nothing else from now on.

        Raises ConflictError.
        """
        relative = replace(person, role=Role.KIN, grid="", version=0)
        self._write(
            person, [Delete(_list(person), person.id, {"version": person.version}), Put(_item(relative))]
        )
        return replace(relative, version=1)

    def _write(self, person: Person, writes: Sequence[Write]) -> None:
        try:
            self._table.write_all(writes)
        except ExpectationError as error:
            raise moved_on(person.id, person.version) from error

    def get(self, community: str, person: str) -> Person | None:
        """A person by id."""
        return self.get_many(community, [person]).get(person)

    def get_many(self, community: str, people: Sequence[str]) -> dict[str, Person]:
        """Those of several people who exist, by id."""
        lists = (f"relatives#{community}", f"people#{community}")
        found = self._table.get_many([(pk, person) for pk in lists for person in people]) if people else []
        return {item["sk"]: _person(item, community) for item in sorted(found, key=_is_staff)}

    def of(self, community: str, *, consistent: bool = False) -> list[Person]:
        """A community's staff and volunteers: one query."""
        ask = Ask(f"people#{community}", consistent=consistent)
        return [_person(item, community) for item in every_item(self._table, ask)]

    def page(self, community: str, *, limit: int, after: Item | None) -> tuple[list[Person], Item | None]:
        """One page of staff and volunteers by id, and where to go on, if there is more."""
        page = self._table.query(Ask(f"people#{community}", limit=limit, after=after))
        return [_person(item, community) for item in page.items], page.after

    def relatives(self, community: str) -> list[Person]:
        """Everyone who is somebody's kin and nothing else there: for imports and exports alone."""
        return [_person(item, community) for item in every_item(self._table, Ask(f"relatives#{community}"))]


def must_be_known(asked: Iterable[str], known: Container[str], *, pointer: str = "") -> None:
    """Nothing, when everybody is known who was asked for. Raises RefusedError that names one who isn't."""
    if missing := next((person for person in asked if person not in known), None):
        raise nobody(missing, pointer=pointer)


def nobody(person: str, *, pointer: str = "") -> RefusedError:
    """What to say to whoever names somebody by an id that is nobody's here."""
    return RefusedError(
        f"There is nobody '{person}' here.", pointer=pointer, zh=f"这里没有“{person}”这个人。"
    )


def _links(person: Person) -> list[Item]:
    return phone_link(person.community, "person", person.id, person.phone)


def _key(item: Item) -> tuple[str, str]:
    return item["pk"], item["sk"]


def _list(person: Person) -> str:
    return f"{'relatives' if person.role is Role.KIN else 'people'}#{person.community}"


def _is_staff(item: Item) -> bool:
    return str(item["pk"]).startswith("people#")


def _item(person: Person) -> Item:
    return {
        "pk": _list(person),
        "sk": person.id,
        "name": person.name,
        "role": person.role.value,
        "phone": person.phone,
        "grid": person.grid,
        "language": person.language,
        "version": person.version + 1,
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
        version=item["version"],
    )
