"""What is told of a resident's relatives, and the people and links that it makes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import Names
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import Person, nobody


@dataclass(frozen=True, slots=True)
class KinTold:
    """A relative as somebody tells of them: one who is known, by id, or a new one by name and phone."""

    person: str
    name: str
    phone: str
    relation: str
    wish: Wish
    note: str


def new_id(names: Names, community: str, phone_or_resident: str, name: str) -> str:
    """An id for a relative: the same for one phone and name, so that a daughter of two residents is one."""
    return f"k-{names(community, phone_or_resident, name)}"


def taken(
    resident: Resident, told: Sequence[KinTold], people: Mapping[str, Person], names: Names
) -> tuple[Resident, list[Person]]:
    """The resident with these kin, in order, and the relatives that are to be written.

    Staff and volunteers who are kin, too, stay as they are. Raises RefusedError.
    """
    kin: list[Kin] = []
    changed: list[Person] = []
    for place, (one, known_as) in enumerate(zip(told, ids_of(resident, told, names), strict=True)):
        known = people.get(known_as)
        if known is None and (one.person or not one.name.strip()):
            raise _unknown(one, place)
        kin.append(Kin(known_as, one.relation, one.wish, one.note))
        base = known or Person(known_as, resident.community, one.name, Role.KIN)
        if base.role is Role.KIN:
            now = replace(base, name=one.name, phone=one.phone) if one.name else base
            changed += [now] if now != known else []
    return replace(resident, kin=tuple(kin)), changed


def _unknown(one: KinTold, place: int) -> RefusedError:
    if one.person:
        return nobody(one.person, pointer=f"/kin/{place}/person")
    return RefusedError("A relative needs a name.", pointer=f"/kin/{place}/name", zh="请写上家属的姓名。")


def ids_of(resident: Resident, told: Sequence[KinTold], names: Names) -> list[str]:
    """The ids under which these relatives may be known."""
    return [
        one.person or new_id(names, resident.community, one.phone or resident.id, one.name) for one in told
    ]
