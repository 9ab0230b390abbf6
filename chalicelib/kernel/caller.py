"""Who calls, and in which role. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What someone is to a community."""

    RESIDENT = "resident"
    KIN = "kin"
    VOLUNTEER = "volunteer"
    GRID_WORKER = "grid_worker"
    NURSE = "nurse"
    DEPARTMENT = "department"
    COORDINATOR = "coordinator"
    BOARD = "board"


STAFF = frozenset({Role.GRID_WORKER, Role.COORDINATOR})
"""Those who look after a community's homes for a living."""
COORDINATORS = frozenset({Role.COORDINATOR})
"""Those who decide how a community is looked after."""
EVERYONE = frozenset(Role)
"""Whoever has a valid token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, in which role, for which community."""

    name: str
    role: Role
    community: str
