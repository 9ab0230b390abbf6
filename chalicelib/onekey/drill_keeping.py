"""Beginning drills: when residents are enrolled, and when teams are made."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.onekey.drill_book import DrillBook
from chalicelib.onekey.drill_plan import Plan, Whose, month_of, planned
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.resident_store import Change
from chalicelib.rota.model import Settings, Team

NOT_BEFORE = timedelta(days=1)
"""Whoever came today is not drilled today."""


class DrillKeeper:
    """Lets drills wait for whoever is new. Hears of residents as the registry's `Cards` do, and of teams.

    `settings_of` gives a community's rules of duty, which hold its clock; `clock` the time at which residents
    change, since nobody who tells of it says so.
    """

    def __init__(
        self, book: DrillBook, settings_of: Callable[[str], Settings], clock: Callable[[], datetime]
    ) -> None:
        self._book = book
        self._settings_of = settings_of
        self._clock = clock

    def residents_changed(self, changes: Sequence[Change]) -> None:
        """Begin the drills of residents who are new or live elsewhere."""
        for community in dict.fromkeys(new.community for new, *_ in changes):
            here = [(new, old) for new, _, old, _ in changes if new.community == community]
            moved = [new for new, old in here if old is not None and old.household != new.household]
            self._book.begin(self._plans(community, [new for new, old in here if old is None]))
            self._book.keep(self._plans(community, moved))

    def catch_up(self, community: str, residents: Sequence[Resident]) -> None:
        """Begin the drills of residents who have none yet; those that wait stay as they are."""
        self._book.keep(self._plans(community, residents))

    def resident_removed(self, resident: Resident, home: Household) -> None:
        """End their drill."""
        self._book.end(resident.community, Whose.RESIDENT, resident.id)

    def teams_made(self, community: str, teams: Sequence[Team], settings: Settings, *, now: datetime) -> None:
        """Begin the drills of teams that are new."""
        (rules, _), after = self._book.rules(community), now + NOT_BEFORE
        bare = [_bare(community, Whose.TEAM, team.id, after, settings) for team in teams]
        self._book.keep(
            [planned(plan, t, rules, settings, after=after) for plan, t in zip(bare, teams, strict=True)]
        )

    def _plans(self, community: str, residents: Sequence[Resident]) -> list[Plan]:
        if not residents:
            return []
        (rules, _), settings = self._book.rules(community), self._settings_of(community)
        after = self._clock() + NOT_BEFORE
        bare = [_bare(community, Whose.RESIDENT, r.id, after, settings, r.household) for r in residents]
        return [planned(plan, None, rules, settings, after=after) for plan in bare]


def _bare(
    community: str, of: Whose, name: str, after: datetime, settings: Settings, household: str = ""
) -> Plan:
    return Plan(community, of, name, after, month_of(after, settings.zone), household)


class Hears(Protocol):
    """Somebody who must hear that residents change: the registry's `Cards`."""

    def residents_changed(self, changes: Sequence[Change]) -> None: ...

    def resident_removed(self, resident: Resident, home: Household) -> None: ...


class Both:
    """Two who must hear it."""

    def __init__(self, *all_of_them: Hears) -> None:
        self._all = all_of_them

    def residents_changed(self, changes: Sequence[Change]) -> None:
        """Tell them all."""
        for each in self._all:
            each.residents_changed(changes)

    def resident_removed(self, resident: Resident, home: Household) -> None:
        """Tell them all."""
        for each in self._all:
            each.resident_removed(resident, home)
