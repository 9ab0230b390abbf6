"""Who signs in: what the login needs of the registry, and of those who deliver its messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.accounts.sessions import As
from chalicelib.kernel.caller import Caller, Role


@dataclass(frozen=True, slots=True)
class Account:
    """A person, or a resident, in one role and community. The rest as in `Caller`."""

    who: As
    name: str
    language: str = "zh-CN"
    grid: str = ""
    residents: tuple[str, ...] = ()
    households: tuple[str, ...] = ()

    def caller(self, session: str) -> Caller:
        """The account as it calls."""
        who = self.who
        return Caller(who.name, who.role, who.community, self.residents, self.households, self.grid, session)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom staff invited: who they will be once they have proven their number."""

    community: str
    role: Role
    name: str
    residents: tuple[str, ...] = ()
    relation: str = ""
    grid: str = ""
    language: str = "zh-CN"


class Directory(Protocol):
    """The people of all communities, by phone. The registry implements it."""

    def accounts(self, number: str) -> Sequence[Account]:
        """Everyone with the phone number of this name (`phone_name`), in a fixed order; nobody has an unknown
        one.
        """

    def resident(self, community: str, resident: str) -> Account | None:
        """A resident as they call from their own handset."""

    def person(self, community: str, person: str) -> tuple[Account, str] | None:
        """A person, and their phone number (E.164, or empty)."""

    def welcome(self, newcomer: Newcomer, phone: str) -> Account:
        """Enrol somebody who was invited; again changes nothing."""

    def must_know(self, newcomer: Newcomer) -> None:
        """Raises RefusedError for an invitation that could not be kept, such as to a resident who isn't."""


class Post(Protocol):
    """Hands codes to a community's SMS provider. Notify implements it."""

    def send_code(self, community: str, phone: str, code: str, *, language: str, now: datetime) -> bool:
        """Whether a provider took it."""


class Lane(Protocol):
    """The way to whoever sends codes."""

    def put(self, text: str) -> None:
        """Put a message into it."""
