"""Who has a phone number: what the login asks the registry. It is the accounts' `Directory`.

A link lies under each number's name for everyone who has it. Links are hints: whoever they lead to is read,
and counts if they still have the number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.accounts.model import MOST_RESIDENTS
from chalicelib.accounts.people import Account, Newcomer
from chalicelib.accounts.sessions import As
from chalicelib.aws.tables import Ask, Table, every_item
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.kernel.ids import Names, passing_names
from chalicelib.kernel.phones import phone_name
from chalicelib.registry.model import Kin, Resident
from chalicelib.registry.needs import LONGEST_NAME, LONGEST_RELATION, MOST_KIN, must_be_text
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.phone_links import phone_key, read_link
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.store import RegistryStore

RACES = 5


class PhoneDirectory:
    """People and residents of all communities, by phone."""

    def __init__(
        self,
        table: Table,
        registry: RegistryStore,
        people: PeopleStore,
        residents: ResidentStore,
        enrolling: Residents,
        names: Names = passing_names,
    ) -> None:
        self._table = table
        self._registry = registry
        self._people = people
        self._residents = residents
        self._enrolling = enrolling
        self._names = names

    def accounts(self, number: str) -> Sequence[Account]:
        """Everyone with the phone number of this name, by id. A person who is also somebody's kin has two."""
        found: list[Account] = []
        for link in every_item(self._table, Ask(phone_key(number))):
            community, kind, name = read_link(link["sk"])
            if kind == "resident":
                found += self._resident_with(community, name, number)
            else:
                found += self._person_with(community, name, number)
        return sorted(found, key=lambda account: account.who.id)

    def resident(self, community: str, resident: str) -> Account | None:
        """A resident as they call from their own handset."""
        found = self._residents.get(community, resident)
        return _resident_account(found) if found else None

    def person(self, community: str, person: str) -> tuple[Account, str] | None:
        """A person, and their phone number (E.164, or empty)."""
        found = self._people.get(community, person)
        return (_person_account(found), found.phone) if found else None

    def kin(self, community: str, person: str) -> Account | None:
        """A person as the kin of somebody; None for who is nobody's."""
        found = self._people.get(community, person)
        residents = self._residents.of_kin(community, person) if found else []
        return self._kin_account(found, residents) if found and residents else None

    def must_know(self, newcomer: Newcomer) -> None:
        """Raises RefusedError for an invitation that could not be kept."""
        must_be_text(newcomer.name, "A person's name", most=LONGEST_NAME, least=1, pointer="/name")
        must_be_text(newcomer.relation, "A relation", most=LONGEST_RELATION, pointer="/relation")
        if newcomer.role is Role.KIN and not newcomer.residents:
            raise RefusedError(
                "Kin are invited to at least one resident.",
                pointer="/residents",
                zh="邀请家属要写明是哪位居民的。",
            )
        if newcomer.role is not Role.KIN and newcomer.residents:
            raise RefusedError(
                "Only kin are invited to residents.", pointer="/residents", zh="只有家属才对应居民。"
            )
        known = {one.id: one for one in self._residents.get_many(newcomer.community, newcomer.residents)}
        for resident in newcomer.residents:
            if resident not in known:
                raise RefusedError(
                    f"There is no resident '{resident}'.", pointer="/residents", zh=f"没有居民“{resident}”。"
                )
            if len(known[resident].kin) >= MOST_KIN:
                raise RefusedError(
                    f"'{resident}' has {MOST_KIN} relatives already.",
                    pointer="/residents",
                    zh=f"“{resident}”的家属已有 {MOST_KIN} 位。",
                )
        if newcomer.grid and self._registry.grid(newcomer.community, newcomer.grid) is None:
            raise RefusedError(
                f"There is no grid '{newcomer.grid}'.", pointer="/grid", zh=f"没有网格“{newcomer.grid}”。"
            )

    def welcome(self, newcomer: Newcomer, phone: str) -> Account:
        """Enrol somebody who was invited; again changes nothing. Raises RefusedError, ConflictError."""
        person = self._known(newcomer, phone) or self._enrolled(newcomer, phone)
        for resident in newcomer.residents:
            self._befriend(newcomer, resident, person)
        if newcomer.role is Role.KIN:
            return self._kin_account(person, list(newcomer.residents))
        return _person_account(person)

    def _known(self, newcomer: Newcomer, phone: str) -> Person | None:
        """Who is here already: in that role, or, to become kin, in any."""
        for account in self.accounts(phone_name(phone)):
            who = account.who
            fits = who.role is newcomer.role or newcomer.role is Role.KIN
            if who.community == newcomer.community and who.role is not Role.RESIDENT and fits:
                return self._people.get(who.community, who.name)
        return None

    def _enrolled(self, newcomer: Newcomer, phone: str) -> Person:
        name = f"p-{self._names(newcomer.community, newcomer.role, phone)}"
        person = Person(
            name, newcomer.community, newcomer.name, newcomer.role, phone, newcomer.grid, newcomer.language
        )
        self._people.put_many([person])
        return person

    def _befriend(self, newcomer: Newcomer, resident: str, person: Person) -> None:
        for _ in range(RACES):
            found = self._residents.get(newcomer.community, resident, consistent=True)
            if found is None or any(kin.person == person.id for kin in found.kin):
                return
            try:
                self._enrolling.put(replace(found, kin=(*found.kin, Kin(person.id, newcomer.relation))))
            except ConflictError:
                continue
            except NotFoundError:
                return
            return
        raise ConflictError("This resident is being changed at this moment; try again.")

    def _resident_with(self, community: str, resident: str, number: str) -> Iterator[Account]:
        found = self._residents.get(community, resident)
        if found is not None and phone_name(found.phone) == number:
            yield _resident_account(found)

    def _person_with(self, community: str, person: str, number: str) -> Iterator[Account]:
        found = self._people.get(community, person)
        if found is None or phone_name(found.phone) != number:
            return
        residents = self._residents.of_kin(community, person)
        if found.role is not Role.KIN:
            yield _person_account(found)
        if found.role is Role.KIN or residents:
            yield self._kin_account(found, residents)

    def _kin_account(self, person: Person, residents: Sequence[str]) -> Account:
        theirs = self._residents.get_many(person.community, residents[:MOST_RESIDENTS])
        return replace(
            _person_account(person),
            who=As(person.community, Role.KIN, person.id),
            residents=tuple(one.id for one in theirs),
            households=tuple(dict.fromkeys(one.household for one in theirs)),
        )


def _person_account(person: Person) -> Account:
    who = As(person.community, person.role, person.id)
    return Account(who, person.name, person.language, person.grid)


def _resident_account(resident: Resident) -> Account:
    who = As(resident.community, Role.RESIDENT, resident.id)
    return Account(who, resident.name, resident.language, "", (resident.id,), (resident.household,))
