"""When somebody changes: the cards that carry their number or name are written anew, and who works for the
community from now on is nobody's proxy any more.

A card carries the numbers of the resident's kin and of the grid workers of the home's grid. Who is on duty
stands on boards instead, which are made anew with every change and every hour.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chalicelib.kernel.caller import Role
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.people import Person
from chalicelib.registry.proxies import MAY_STAND_IN
from chalicelib.registry.resident_store import Change, ResidentStore
from chalicelib.registry.store import RegistryStore

Renew = Callable[[Sequence[Change], Sequence[Person]], None]
"""Writes the cards of residents anew; these people have been written a moment ago."""
StruckOff = Callable[[str, str, str], None]
"""Hears of a community's resident, and of a relative who may not decide for them."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Finds the residents whose cards carry people's numbers, and those for whom people might decide."""

    residents: ResidentStore
    homes: RegistryStore
    renew: Renew = lambda changes, people: None
    struck_off: StruckOff = lambda community, resident, person: None

    def people_changed(self, before: Iterable[Person], after: Iterable[Person]) -> None:
        """People are stored as `after` now, where they were as `before`. Again is harmless, and mends what a
        first try left undone.
        """
        old, new = list(before), list(after)
        for person in (one for one in new if one.role not in MAY_STAND_IN):
            for resident in self.residents.of_kin(person.community, person.id):
                self.struck_off(person.community, resident, person.id)
        for community in sorted({person.community for person in (*old, *new)}):
            people = [person for person in (*old, *new) if person.community == community]
            found = {resident.id: resident for resident in self._of_kin(community, people)}
            homes = self._homes_of_grids(community, people)
            if homes:
                living = self.residents.of(community)
                found |= {resident.id: resident for resident in living if resident.household in homes}
            homes |= self.homes.some_households(
                community, {one.household for one in found.values()} - homes.keys()
            )
            changes = [
                (one, homes[one.household], one, homes[one.household])
                for one in found.values()
                if one.household in homes
            ]
            if changes:
                self.renew(changes, [person for person in new if person.community == community])

    def is_a_relative(self, person: Person) -> bool:
        """Whether a resident names them as one."""
        return bool(self.residents.of_kin(person.community, person.id))

    def _of_kin(self, community: str, people: Sequence[Person]) -> list[Resident]:
        ids = {one for person in {p.id for p in people} for one in self.residents.of_kin(community, person)}
        return self.residents.get_many(community, sorted(ids))

    def _homes_of_grids(self, community: str, people: Sequence[Person]) -> dict[str, Household]:
        """The homes of the grids in which these people work, or worked."""
        grids = {person.grid for person in people if person.role is Role.GRID_WORKER and person.grid}
        if not grids:
            return {}
        return {home.id: home for home in self.homes.households(community) if home.grid in grids}
