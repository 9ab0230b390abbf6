"""Use cases of a community's office: its grids and its people."""

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.registry.model import Grid
from chalicelib.registry.needs import InUseError
from chalicelib.registry.people import PeopleStore, Person, must_be_known
from chalicelib.registry.renewal import Renewal
from chalicelib.registry.store import RegistryStore

OTHERS = frozenset({Role.KIN, Role.RESIDENT})
"""Roles of those who are looked after, and of their relatives."""


class Office:
    """Keeps grids and people sound: what one names, the other has."""

    def __init__(self, registry: RegistryStore, people: PeopleStore, renewal: Renewal) -> None:
        self._registry = registry
        self._people = people
        self._renewal = renewal

    def put_grid(self, grid: Grid) -> Grid:
        """Write a grid as it was read and changed, or a new one. Raises ConflictError, RefusedError."""
        known = self._people.get_many(grid.community, list(grid.workers))
        must_be_known(grid.workers, known, pointer="/workers")
        return self._registry.change_grid(grid)

    def remove_grid(self, grid: Grid) -> None:
        """Remove a grid without homes. Raises ConflictError."""
        home = next((h for h in self._registry.households(grid.community) if h.grid == grid.id), None)
        if home is not None:
            raise InUseError(f"Grid '{grid.id}' has homes ({home.name}); move them first.")
        self._registry.remove_grid(grid)

    def put_person(self, person: Person) -> Person:
        """Write a member of staff or a volunteer as they were read and changed, or a new one.

        Raises ConflictError, RefusedError for an unknown grid, or for somebody who is only a relative.
        """
        if person.role in OTHERS:
            raise RefusedError(
                "Residents and kin are enrolled with their home.",
                pointer="/role",
                zh="居民和家属请随住户一起登记。",
            )
        if person.grid and self._registry.grid(person.community, person.grid) is None:
            raise RefusedError(
                f"There is no grid '{person.grid}'.", pointer="/grid", zh=f"没有网格“{person.grid}”。"
            )
        known = self._people.get(person.community, person.id)
        if known is not None and known.role is Role.KIN:
            raise ConflictError(f"'{person.id}' is known as somebody's relative; choose another id.")
        stored = self._people.change(person)
        self._renewal.people_changed([known] if known else [], [stored])
        return stored

    def remove_person(self, person: Person) -> Person | None:
        """Remove somebody who works in no grid; a resident's relative stays one, and is returned as that.

        Raises ConflictError.
        """
        for grid in self._registry.grids(person.community):
            if person.id in grid.workers:
                raise InUseError(f"'{person.name}' works in grid '{grid.id}'; take them out first.")
        if self._renewal.is_a_relative(person):
            relative = self._people.step_back(person)
            self._renewal.people_changed([person], [relative])
            return relative
        self._people.remove(person)
        self._renewal.people_changed([person], [])
        return None
