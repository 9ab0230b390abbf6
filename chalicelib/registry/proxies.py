"""Who may choose for a resident: a relative, for as long as the resident's record names them as one. Pure."""

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.model import Resident
from chalicelib.registry.people import Person, nobody

MAY_STAND_IN = frozenset({Role.KIN, Role.VOLUNTEER})
"""Whoever looks after the community for a living may not, relative or not: they would allow themselves what
they want to see.
"""


def must_be_able_to_stand_in(resident: Resident, person: Person | None, told: str) -> None:
    """Whether a person, told by id, may be the resident's proxy. A volunteer who is their relative may: they
    sign in as that, too. Raises RefusedError.
    """
    if person is None:
        raise nobody(told, pointer="/person")
    if person.role not in MAY_STAND_IN:
        raise RefusedError(
            f"{person.name} works for the community and can't decide for a resident; name a relative.",
            pointer="/person",
            zh=f"{person.name}是社区的工作人员，不能代居民作决定；请指定一位亲属。",
        )
    if not stands_in(resident, person.id):
        raise RefusedError(
            f"{person.name} isn't on this resident's list of kin; add them there first.",
            pointer="/person",
            zh=f"{person.name}不在这位居民的亲属名单里，请先加入名单。",
        )


def stands_in(resident: Resident, person: str) -> bool:
    """Whether a proxy still is one of the resident's relatives."""
    return any(kin.person == person for kin in resident.kin)
