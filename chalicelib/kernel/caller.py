"""Who calls, and in which role. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.clock import epoch, from_epoch


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
    """Who calls, in which role, for which community.

    `name` is their id in the registry: a person's, or a resident's own. `residents` are those whom a resident
    or kin may speak for: themselves, or their relatives; `households` are where these live. `grid` is the
    grid someone belongs to, if any. `session` names the sign-in, and is empty for a token that an operator
    signed. `until` is when the token ends; None where nobody asked. `handset` says who paired it, when a
    resident's own handset calls, which whoever holds it does.
    """

    name: str
    role: Role
    community: str
    residents: tuple[str, ...] = ()
    households: tuple[str, ...] = ()
    grid: str = ""
    session: str = ""
    until: datetime | None = field(default=None, compare=False)
    handset: str = ""

    def context(self) -> dict[str, str]:
        """The caller as an authorizer hands it on: API Gateway carries flat text and nothing else."""
        told = {
            "name": self.name,
            "role": self.role.value,
            "community": self.community,
            "residents": " ".join(self.residents),
            "households": " ".join(self.households),
            "grid": self.grid,
            "session": self.session,
            "handset": self.handset,
            "until": str(epoch(self.until)) if self.until else "",
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def of(cls, context: Mapping[str, str]) -> "Caller":
        """The caller out of such a context. Raises KeyError or ValueError for anything else."""
        until = context.get("until")
        return cls(
            name=context["name"],
            role=Role(context["role"]),
            community=context["community"],
            residents=tuple(context.get("residents", "").split()),
            households=tuple(context.get("households", "").split()),
            grid=context.get("grid", ""),
            session=context.get("session", ""),
            until=from_epoch(int(until)) if until else None,
            handset=context.get("handset", ""),
        )
