"""Use cases of residents: enrolling them by their own wish, their kin, their care, finding them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.kernel.ids import Names, passing_names
from chalicelib.registry.care import Care, DoorPack
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.kin import KinTold, ids_of, taken
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.needs import InUseError, ReservedError, new_id
from chalicelib.registry.people import PeopleStore, must_be_known
from chalicelib.registry.renewal import Renewal
from chalicelib.registry.resident_store import Change, ResidentStore
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.store import RegistryStore, moved_on


class Cards(Protocol):
    """Who keeps ready what a resident's press needs. The one-key capability does."""

    def residents_changed(self, changes: Sequence[Change]) -> None:
        """Residents are about to be as told, in their homes."""

    def resident_removed(self, resident: Resident, home: Household) -> None:
        """A resident is about to be removed."""


MovedIn = Callable[[str, str], None]
"""Hears of a community's household in which others live than before: who may agree to less, or to more."""
Settled = Callable[[Resident, datetime], None]
"""Ends what hangs on a resident's id, who is about to be removed: consents, proxy, handsets."""
Forgotten = Callable[[str, str], None]
"""Forgets what else is known of a community's person, who was somebody's relative and is nobody's now."""
StruckOff = Callable[[str, str, str], None]
"""Hears of a community's resident, and of somebody who was one of their kin and is no more."""
LONG_AGO = from_epoch(0)
"""For whoever doesn't say when."""


class NoCards:
    """For where nobody presses."""

    def residents_changed(self, changes: Sequence[Change]) -> None:
        """Nothing is kept ready."""

    def resident_removed(self, resident: Resident, home: Household) -> None:
        """Nothing was kept ready."""


class Residents:
    """Enrols residents and looks after what is known of them. Also the registry's `Neighbours`."""

    def __init__(
        self,
        store: ResidentStore,
        registry: RegistryStore,
        care: CareStore,
        people: PeopleStore,
        cards: Cards | None = None,
        moved_in: MovedIn | None = None,
        renewal: Renewal | None = None,
        stays: StayStore | None = None,
        settled: Settled | None = None,
        struck_off: StruckOff | None = None,
        names: Names = passing_names,
        forgotten: Forgotten | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._care = care
        self._people = people
        self._cards = cards or NoCards()
        self._moved_in = moved_in or (lambda community, household: None)
        self._renewal = renewal or Renewal(store, registry)
        self._stays = stays
        self._settled = settled or (lambda resident, now: None)
        self._struck_off = struck_off or (lambda community, resident, person: None)
        self._names = names
        self._forgotten = forgotten or (lambda community, person: None)

    def get(self, community: str, resident: str) -> Resident:
        """A resident. Raises NotFoundError."""
        found = self._store.get(community, resident, consistent=True)
        if found is None:
            raise NotFoundError(f"There is no resident '{resident}'.")
        return found

    def new_id(self, community: str, household: str, name: str) -> str:
        """An id for somebody who is told without one: always the same, but never a removed resident's."""
        return new_id(community, household, name, lambda known_as: self._is_reserved(community, known_as))

    def put(self, resident: Resident, *, now: datetime = LONG_AGO) -> Resident:
        """Write a resident as they were read and changed, or a new one. Returns them as stored.

        Raises RefusedError for an unknown household or relative, ConflictError when they changed since, or
        when the id is taken, be it by somebody who was removed and not erased.
        """
        home = self._registry.household(resident.community, resident.household)
        if home is None:
            raise RefusedError(
                f"There is no household '{resident.household}'.",
                pointer="/household",
                zh=f"没有住户“{resident.household}”。",
            )
        self._must_know_kin(resident)
        known = self._must_be_as_read(resident)
        if known is None and self._is_reserved(resident.community, resident.id):
            raise ReservedError(resident.id)
        before = self._home_of(known) if known else None
        change: Change = (resident, home, known, before)
        self._cards.residents_changed([change])
        self._settle_homes([change])
        stored = self._store.put(resident, home, known, before, at=epoch(now))
        self._settle_homes([change])
        self._strike_off([change])
        self._forget_strangers([change])
        return stored

    def put_kin(self, resident: Resident, told: Sequence[KinTold]) -> Resident:
        """Write a resident's kin, and those people themselves, in place of the kin there were.

        Raises RefusedError for somebody unknown, ConflictError when the resident changed since.
        """
        people = self._people.get_many(resident.community, ids_of(resident, told, self._names))
        changed, relatives = taken(resident, told, people, self._names)
        self._must_be_as_read(resident)  # before anything is written: a refusal leaves nobody changed
        self._people.put_many(relatives, before=people)
        stored = self.put(changed)
        self._renewal.people_changed([people[one.id] for one in relatives if one.id in people], relatives)
        return stored

    def enrol(self, residents: Sequence[Resident], *, now: datetime = LONG_AGO) -> None:
        """Create or replace residents whatever their versions, in batches; unchanged ones cost a read.

        Raises NotFoundError for an unknown household.
        """
        for community in {resident.community for resident in residents}:
            here = [resident for resident in residents if resident.community == community]
            known = {one.id: one for one in self._store.get_many(community, [one.id for one in here])}
            homes = self._registry.some_households(
                community,
                list({*(one.household for one in here), *(one.household for one in known.values())}),
            )
            self.write(_changes(here, known, homes), now=now)

    def write(
        self, changes: Sequence[Change], *, staying: Collection[str] = (), now: datetime = LONG_AGO
    ) -> None:
        """Write residents who differ from what is stored, in batches and whatever their versions.

        `staying` are relatives whom somebody names who is yet to be written.
        """
        different = [change for change in changes if (change[0], change[1]) != (change[2], change[3])]
        self._cards.residents_changed(different)
        self._settle_homes(different)
        self._store.put_many(different, at=epoch(now))
        self._settle_homes(different)
        self._strike_off(different)
        self._forget_strangers(different, staying)

    def remove(self, resident: Resident, *, now: datetime = LONG_AGO) -> None:
        """Remove a resident, with kin links, health notes, card, consents and handsets. Raises ConflictError.

        Their id is nobody else's until they were erased.
        """
        home = self._home_of(resident)
        self._settled(resident, now)
        self._cards.resident_removed(resident, home)
        self._moved_in(resident.community, resident.household)
        self._store.remove(resident, home, at=epoch(now))
        self._moved_in(resident.community, resident.household)
        self._forget_strangers([(replace(resident, kin=()), home, resident, home)])

    def homes_changed(self, changes: Sequence[tuple[Household, Household]]) -> None:
        """Homes are about to change: what is made of their residents names building and grid."""
        told = [
            (resident, new, resident, old)
            for old, new in changes
            if (old.building, old.grid) != (new.building, new.grid)
            for resident in self._store.of_household(old.community, old.id)
        ]
        self.write(told)

    def must_be_empty(self, home: Household) -> None:
        """Raises ConflictError while somebody lives there."""
        living = self._store.of_household(home.community, home.id)
        if living:
            raise InUseError(f"Household '{home.id}' has residents ({living[0].name}); move them first.")

    def care(self, community: str, resident: str) -> Care:
        """What to know of a resident's health and days. Raises NotFoundError."""
        return self._care.care(community, self.get(community, resident).id)

    def put_care(self, care: Care) -> Care:
        """Write it as it was read and changed. Raises NotFoundError, ConflictError."""
        self.get(care.community, care.resident)
        return self._care.put_care(care)

    def door(self, community: str, household: str) -> DoorPack:
        """How to get into a home. Raises NotFoundError."""
        if self._registry.household(community, household) is None:
            raise NotFoundError(f"There is no household '{household}'.")
        return self._care.door(community, household)

    def put_door(self, door: DoorPack) -> DoorPack:
        """Write it as it was read and changed. Raises NotFoundError, ConflictError."""
        self.door(door.community, door.household)
        return self._care.put_door(door)

    def _home_of(self, resident: Resident) -> Household:
        """A resident's home; a bare one, should it be gone, so that nothing is left behind by it."""
        found = self._registry.household(resident.community, resident.household)
        return found or Household(resident.household, resident.community, "gone", "gone")

    def _is_reserved(self, community: str, resident: str) -> bool:
        return self._stays is not None and self._stays.removed(community, resident) is not None

    def _settle_homes(self, changes: Sequence[Change]) -> None:
        """Ask anew what may watch a home, where others live than before.

        Said before they do, for a crash, and after, for a tick in between.
        """
        homes = {
            (new.community, home)
            for new, _, old, _ in changes
            if old is None or old.household != new.household
            for home in {new.household, old.household if old else new.household}
        }
        for community, home in sorted(homes):
            if self._registry.household_devices(community, home):
                self._moved_in(community, home)

    def _forget_strangers(self, changes: Sequence[Change], staying: Collection[str] = ()) -> None:
        """Forget relatives whom nobody names any more: they were known for the resident's sake alone."""
        left = {
            (old.community, kin.person)
            for new, _, old, _ in changes
            if old
            for kin in {*old.kin} - {*new.kin}
            if kin.person not in staying
        }
        for community, person in sorted(left):
            known = self._people.get(community, person)
            if known and known.role is Role.KIN and not self._store.of_kin(community, person):
                self._forgotten(community, person)
                self._people.remove(known)

    def _strike_off(self, changes: Sequence[Change]) -> None:
        for new, _, old, _ in changes:
            staying = {kin.person for kin in new.kin}
            for person in [kin.person for kin in old.kin if kin.person not in staying] if old else ():
                self._struck_off(new.community, new.id, person)

    def _must_be_as_read(self, resident: Resident) -> Resident | None:
        known = self._store.get(resident.community, resident.id, consistent=True)
        if (known.version if known else 0) != resident.version:
            raise moved_on(resident.id, resident.version)
        return known

    def _must_know_kin(self, resident: Resident) -> None:
        asked = [one.person for one in resident.kin]
        must_be_known(asked, self._people.get_many(resident.community, asked), pointer="/kin")


def _changes(
    residents: Sequence[Resident], known: dict[str, Resident], homes: dict[str, Household]
) -> list[Change]:
    made: list[Change] = []
    for resident in residents:
        home, old = homes.get(resident.household), known.get(resident.id)
        if home is None:
            raise NotFoundError(f"There is no household '{resident.household}'; import it first.")
        made.append((resident, home, old, homes.get(old.household) if old else None))
    return made
