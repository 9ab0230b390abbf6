"""Taking in many homes, residents and people at once: what an import needs to know, and how it is written.

Batches, not transactions: each thing is written whatever its version, in an order in which a second try of
the same import completes what a first left half done. What is stored just so already is not written.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from chalicelib.kernel.caller import Role
from chalicelib.kernel.ids import Names, passing_names
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.importing import Found, Known, changed
from chalicelib.registry.model import Community, Grid, Resident
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.renewal import Renewal
from chalicelib.registry.resident_store import Change, ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.service import Registry
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.store import RegistryStore

CHUNK = 500
Progress = Callable[[int], None]
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Intake:
    """Writes what imports found. Everything may be repeated without harm."""

    registry: Registry
    residents: Residents
    homes: RegistryStore
    living: ResidentStore
    people: PeopleStore
    care: CareStore
    renewal: Renewal
    stays: StayStore
    names: Names = passing_names

    def known(self, community: str) -> Known:
        """All that is stored of a community: a query each."""
        return Known(
            community,
            households={home.id: home for home in self.homes.households(community)},
            residents={resident.id: resident for resident in self.living.of(community)},
            relatives={p.id: p for p in (*self.people.relatives(community), *self.people.of(community))},
            care=self.care.every_care(community),
            doors=self.care.every_door(community),
            reserved=self.stays.all_removed(community),
            names=self.names,
        )

    def write(
        self, owner: Community, found: Found, known: Known, *, now: datetime, done: Progress = lambda _: None
    ) -> None:
        """Write all that differs from what is stored; `done` is told how many things were taken each time."""
        new = changed(found, known)
        have = {grid.id for grid in self.homes.grids(owner.id)}
        grids = [Grid(g, owner.id, g) for g in sorted({h.grid for h in found.households.values()} - have)]
        self.registry.enrol(owner, grids, now=now)
        for people in _chunks(new.relatives):
            self.people.put_many(people, before=known.relatives)
            done(len(people))
        for homes in _chunks(new.households):
            self.registry.enrol(owner, households=homes, now=now)
            done(len(homes))
        named = {kin.person for resident in new.residents for kin in resident.kin}
        for residents in _chunks(new.residents):
            changes = [_change(resident, found, known) for resident in residents]
            self.residents.write(changes, staying=named, now=now)
            done(len(residents))
        for cares in _chunks(new.care):
            self.care.put_many(cares, [])
            done(len(cares))
        for doors in _chunks(new.doors):
            self.care.put_many([], doors)
            done(len(doors))
        self._renew(new.relatives, known)

    def write_people(
        self, people: Sequence[Person], known: Known, *, done: Progress = lambda _: None
    ) -> None:
        """Write staff and volunteers."""
        for some in _chunks(people):
            self.people.put_many(some, before=known.relatives)
            done(len(some))
        self._renew(people, known)

    def _renew(self, people: Sequence[Person], known: Known) -> None:
        """Cards that stand. A new relative is on none yet: theirs was written with the resident."""
        before = [known.relatives[person.id] for person in people if person.id in known.relatives]
        changed = {person.id for person in before}
        after = [one for one in people if one.id in changed or one.role is Role.GRID_WORKER]
        self.renewal.people_changed(before, after)


def _change(resident: Resident, found: Found, known: Known) -> Change:
    """A resident and the home as they are to be, and as they are stored."""
    old = known.residents.get(resident.id)
    home = found.households.get(resident.household) or known.households[resident.household]
    before = None
    if old is not None:  # homes were written before: what is made of their residents is up to date with them
        before = found.households.get(old.household) or known.households.get(old.household) or home
    return resident, home, old, before


def _chunks(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
