"""Who stands on a rung: from the rota, the household and the community's offices."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import INACTIVITY
from chalicelib.kernel.caller import Role
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.duty import Duty
from chalicelib.rota.lookup import Duties

_ON_DUTY: dict[Who, Callable[[Duty], Sequence[str | None]]] = {
    Who.DUTY_FIRST: lambda duty: [duty.first],
    Who.DUTY_SECOND: lambda duty: [duty.second],
    Who.TEAM: lambda duty: duty.team,
    Who.BACKUP: lambda duty: [duty.backup],
}

_OFFICES = frozenset({Who.COORDINATOR, Who.DESK, Who.SECRETARY})


def _of_the_team(team: Sequence[str], who: Who) -> Sequence[str]:
    """Who stands on a rung in a team's drill, which is about no home."""
    return {Who.DUTY_FIRST: team[:1], Who.DUTY_SECOND: team[1:2], Who.TEAM: team}.get(who, ())


class RungPeople:
    """The climber's `People`."""

    def __init__(
        self, registry: RegistryStore, residents: ResidentStore, duties: Duties, people: PeopleStore
    ) -> None:
        self._registry = registry
        self._residents = residents
        self._duties = duties
        self._people = people

    def asked(self, alarm: Alarm, who: Who, *, now: datetime) -> Sequence[str]:
        """The ids of those people, in the order in which to ask them, as duty stands at `now`."""
        if alarm.drilled is not None and who not in _OFFICES:
            return _of_the_team(alarm.drilled, who)
        if who in _ON_DUTY:
            return [person for person in _ON_DUTY[who](self._duty(alarm, now)) if person]
        if who in _OFFICES:
            return self._in_office(alarm, who, now)
        match who:
            case Who.RESIDENT:
                return self._to_be_asked(alarm)
            case Who.STEWARD:
                return self._here(alarm, now, self._steward(alarm))
            case Who.GRID_WORKER:
                return self._here(alarm, now, self._grid_workers(alarm))
        return list(self._kin(alarm))

    def _here(self, alarm: Alarm, now: datetime, *asked: Sequence[str]) -> Sequence[str]:
        """The first of these that has anybody who isn't on leave, without those who are."""
        away = self._duties.away(alarm.community, now) if any(asked) else ()
        here = ([person for person in people if person not in away] for people in asked)
        return next((people for people in here if people), [])

    def _in_office(self, alarm: Alarm, who: Who, now: datetime) -> Sequence[str]:
        """Who holds an office; on leave, too, when nobody else holds it: offices have nobody behind them."""
        match who:
            case Who.SECRETARY:
                holders = self._duties.secretary(alarm.community)
            case Who.COORDINATOR:
                holders = self._duties.coordinator(alarm.community)
            case _:
                return self._at_the_desk(alarm, now)
        return self._here(alarm, now, holders) or holders

    def _at_the_desk(self, alarm: Alarm, now: datetime) -> Sequence[str]:
        """Who sits at the desk; while nobody does, the nearest who can stand in: an alarm that reached the
        desk has nowhere else to go. A drill disturbs nobody beyond the offices.
        """
        holders = self._duties.holders(alarm.community)
        offices = (holders.desk, holders.coordinator, holders.secretary)
        if named := self._here(alarm, now, *offices) or next(filter(None, offices), ()):
            return named
        if alarm.drill:
            return ()
        known = self._people.of(alarm.community)
        near = (
            [person.id for person in known if person.role is Role.COORDINATOR],
            self._leading(alarm, now),
            self._grid_workers(alarm),
            self._steward(alarm),
        )
        return self._here(alarm, now, *near) or next(filter(None, near), ())

    def _leading(self, alarm: Alarm, now: datetime) -> Sequence[str]:
        """The leader of the team on duty, or the first on duty: here, or else anywhere."""
        duty = self._duty(alarm, now)
        duty = self._anywhere(alarm.community, now) or duty if duty.is_gap else duty
        return [person for person in (duty.leader or duty.first,) if person]

    def _grid_workers(self, alarm: Alarm) -> Sequence[str]:
        grid = self._grid(alarm)
        return self._registry.grid_workers(alarm.community, grid) if grid else ()

    def _steward(self, alarm: Alarm) -> Sequence[str]:
        home = self._registry.household(alarm.community, alarm.household)
        return [home.steward] if home and home.steward else []

    def against_wish(self, alarm: Alarm) -> Mapping[str, Sequence[str]]:
        """Which kin are told though residents wish that they are not called, and which residents those are.

        In severity 1 somebody's life may hang on it; in anything less, and in a drill, the wish holds.
        """
        return {kin: unasked for kin, unasked in self._kin(alarm).items() if unasked}

    def _kin(self, alarm: Alarm) -> dict[str, list[str]]:
        """A home's kin who are to be told, in order, each with the residents who wish otherwise.

        Somebody whom one resident wants told and another doesn't is told: for the first one.
        """
        broken = alarm.severity == 1 and not alarm.drill
        found: dict[str, list[Kin]] = {}
        owners: dict[str, list[str]] = {}
        for resident in self._residents.of_household(alarm.community, alarm.household):
            for kin in resident.kin:
                found.setdefault(kin.person, []).append(kin)
                owners.setdefault(kin.person, []).append(resident.id)
        return {
            person: [] if any(kin.wish is Wish.CALL for kin in links) else owners[person]
            for person, links in found.items()
            if broken or any(kin.wish is Wish.CALL for kin in links)
        }

    def _to_be_asked(self, alarm: Alarm) -> Sequence[str]:
        """Who is asked how they are: of a quiet home. Whoever pressed for help is not to be asked."""
        if alarm.kind not in INACTIVITY:
            return []
        living = self._residents.of_household(alarm.community, alarm.household)
        return [resident.id for resident in living]

    def _duty(self, alarm: Alarm, now: datetime) -> Duty:
        """Who answers for the home; for a caller whom nobody knows, whoever is on duty anywhere."""
        grid = self._grid(alarm)
        duty = self._duties.on_duty(alarm.community, grid, now)
        if grid or not duty.is_gap:
            return duty
        return self._anywhere(alarm.community, now) or duty

    def _anywhere(self, community: str, now: datetime) -> Duty | None:
        """Somebody's duty, wherever in the community."""
        grids = [each.id for each in self._registry.grids(community)]
        everyone = self._duties.everyone_on_duty(community, grids, now, now=now)
        return next((each for each in everyone if not each.is_gap), None)

    def _grid(self, alarm: Alarm) -> str:
        """The home's grid; for a caller whom nobody knows, the whole community."""
        home = self._registry.household(alarm.community, alarm.household)
        return home.grid if home else ""
