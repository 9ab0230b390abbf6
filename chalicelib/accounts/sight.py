"""Who may see what: the one table from role and relation to the parts of a record. Pure.

What is not in it is not seen. Address, door pack and health notes belong to whoever is on the case, and only
while they are; the coordinator keeps the registry and therefore reads it, which is logged like any look.
"""

from collections.abc import Mapping

from chalicelib.kernel.caller import Role
from chalicelib.kernel.sight import Part, Relation

WHOLE = frozenset(Part)
AT_THE_DOOR = frozenset({Part.STATUS, Part.HISTORY, Part.ADDRESS, Part.DOOR, Part.HEALTH, Part.CONTACTS})
"""What somebody needs who goes to a door."""
OF_STAFF = frozenset({Part.STATUS, Part.HISTORY, Part.SERIES})

SEES: Mapping[tuple[Role, Relation], frozenset[Part]] = {
    (Role.RESIDENT, Relation.SELF): WHOLE,
    (Role.KIN, Relation.KIN): frozenset({Part.STATUS}),
    (Role.KIN, Relation.PROXY): frozenset({Part.STATUS, Part.CONSENT, Part.ACCESS_LOG}),
    (Role.VOLUNTEER, Relation.ON_CASE): AT_THE_DOOR,
    (Role.NURSE, Relation.ON_CASE): AT_THE_DOOR,
    (Role.GRID_WORKER, Relation.COMMUNITY): OF_STAFF,
    (Role.GRID_WORKER, Relation.ON_CASE): OF_STAFF | AT_THE_DOOR,
    (Role.COORDINATOR, Relation.COMMUNITY): WHOLE,
    (Role.COORDINATOR, Relation.ON_CASE): WHOLE,
}


def parts(role: Role, relation: Relation) -> frozenset[Part]:
    """The parts that a role in a relation sees, before consent opens figures to them or closes them."""
    return SEES.get((role, relation), frozenset())


def masked(name: str) -> str:
    """A name as a public screen shows it: the first character alone (王桂英 → 王**)."""
    name = name.strip()
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""
