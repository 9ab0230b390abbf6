"""The rota's rules, and looking ahead. Everything here may be repeated without harm."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Protocol

from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.registry.people import PeopleStore, Person, must_be_known
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.arrangements import Arrangements
from chalicelib.rota.duty import Commons, Duty, Sheet, on_duty
from chalicelib.rota.editing import retried
from chalicelib.rota.handoff import Handoff, OpenCases, handoff_of
from chalicelib.rota.holidays import with_holidays
from chalicelib.rota.hours import ONE_DAY, Period, Shift
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import COMMON, Settings, Team
from chalicelib.rota.outlook import (
    RotaWarning,
    Share,
    Stretch,
    Trouble,
    next_change,
    nothing_rings,
    shares,
    shifts_of,
    unmanned,
    warnings,
)
from chalicelib.rota.store import RotaStore
from chalicelib.rota.swapping import Swaps

AHEAD = timedelta(days=14)
"""How far ahead gaps are shown before they hurt."""
FEW = 30
"""Up to how many people are read one by one; a community's 800 fit into fewer read units than 40 alone."""
BATCH = 50
"""How many grids' teams are written together."""


Seen = Callable[[Sequence[Team]], None]
"""Hears of the teams that a write replaces, as they stand when it is done."""


def anything(teams: Sequence[Team]) -> None:
    """Whatever there was may be replaced."""


class TeamWatchers(Protocol):
    """Who must hear of teams: each is drilled once a month."""

    def teams_made(self, community: str, teams: Sequence[Team], settings: Settings, *, now: datetime) -> None:
        """Teams are about to be created or changed."""


class Reach(Protocol):
    """Who knows how people are reached: the notifications."""

    def silent(self, community: str, people: Sequence[Person]) -> Mapping[str, Trouble] | None:
        """Those whose phone doesn't sound for what is urgent, and why; None when nobody's can."""


class Rota:
    """The rota of every community: its rules, and what follows from them.

    `duties` looks up who is on duty; `arrangements` and `swaps` are what people agree on.
    """

    def __init__(
        self,
        store: RotaStore,
        registry: RegistryStore,
        people: PeopleStore,
        watchers: TeamWatchers | None = None,
        reach: Reach | None = None,
    ) -> None:
        self.duties = Duties(store)
        self.arrangements = Arrangements(store, people)
        self.swaps = Swaps(store, people)
        self._store = store
        self._registry = registry
        self._people = people
        self._watchers = watchers
        self._reach = reach

    def settings(self, community: str) -> Settings:
        """The rules that hold: those that were set, or the usual ones in the community's time zone.

        Raises NotFoundError.
        """
        zone = self._zone(community)
        found, _ = self._store.settings(community)
        return found or Settings(time_zone=zone)

    def settings_version(self, community: str) -> int:
        """How often the rules were set."""
        return self._store.settings(community)[1]

    def put_settings(
        self,
        community: str,
        settings: Settings,
        *,
        now: datetime,
        seen: Callable[[int], None] = lambda version: None,
    ) -> Settings:
        """Set the rules. The time zone is the registry's; published holidays are added.

        `seen` is told the version that is replaced and may raise. Raises NotFoundError, RefusedError for an
        unknown holder of an office.
        """
        holders = settings.holders
        offices = {"coordinator": holders.coordinator, "desk": holders.desk, "secretary": holders.secretary}
        self._must_know(community, {f"/{name}": people for name, people in offices.items()})
        return self._write_settings(community, settings, now, seen)

    def _write_settings(
        self, community: str, settings: Settings, now: datetime, seen: Callable[[int], None]
    ) -> Settings:
        zone = self._zone(community)
        first, last = date(now.year - 1, 1, 1), date(now.year + 1, 12, 31)
        calendar = with_holidays(settings.calendar, settings.country, first=first, last=last)
        whole = replace(settings, time_zone=zone, calendar=calendar)

        def change() -> Settings:
            known, version = self._store.settings(community)
            seen(version)
            if known != whole:
                self._store.put_settings(community, whole, version=version)
            return whole

        return retried(change)

    def refresh(self, community: str, *, now: datetime) -> Settings:
        """Set the rules there are once more, whoever left: a moved community's time zone, new holidays."""
        return self._write_settings(community, self.settings(community), now, lambda version: None)

    def teams(self, community: str) -> list[Team]:
        """Every team of a community."""
        return self._store.all_teams(community)

    def put_teams(
        self, community: str, teams: Sequence[Team], *, now: datetime, seen: Seen = anything
    ) -> None:
        """Create or replace teams, by id; one that names another grid moves there.

        `seen` is told those of them that are replaced, as they stand when it is done, and may raise. Raises
        NotFoundError, RefusedError for an unknown grid or person.
        """
        self._must_know(community, _placed(teams))
        grids = {grid.id for grid in self._registry.grids(community)} | {COMMON}
        if strange := next((t for t in teams if t.grid not in grids), None):
            raise RefusedError(
                f"Team '{strange.id}': there is no grid '{strange.grid}'.",
                pointer="/grid",
                zh=f"没有网格“{strange.grid}”。",
            )
        if len({team.id for team in teams}) < len(teams):
            raise RefusedError("A team is named twice.", pointer="/id", zh="同一个队写了两次。")
        if self._store.settings(community)[0] is None:
            self.refresh(community, now=now)
        if self._watchers is not None:  # before they are written: what a crash leaves, the next try does
            self._watchers.teams_made(community, teams, self.settings(community), now=now)
        self._write_teams(community, {team.id: team for team in teams}, seen)

    def remove_team(self, community: str, team: str, *, seen: Seen = anything) -> None:
        """Dissolve a team; `seen` is told it as it is removed, and may raise. Raises NotFoundError."""
        if team not in {t.id for t in self._store.all_teams(community)}:
            raise NotFoundError(f"There is no team '{team}'.")
        self._write_teams(community, {team: None}, seen)

    def warnings(self, community: str, *, now: datetime, ahead: timedelta = AHEAD) -> list[RotaWarning]:
        """Gaps, people on duty who can't be reached, and an unmanned desk, from now on."""
        people, until = self._people.of(community), now + ahead
        phones = {person.id: person.phone for person in people}
        silent = self._reach.silent(community, people) if self._reach is not None else {}
        found = unmanned(self.settings(community).holders, phones, now, until)
        found += [nothing_rings(now, until)] if silent is None else []
        return [*found, *warnings(self._sheets(community, now, until), phones, now, until, silent=silent)]

    def shifts_of(
        self, community: str, person: str, start: datetime, end: datetime, *, now: datetime
    ) -> list[Stretch]:
        """When somebody is first or second on duty in `[start, end)`."""
        return shifts_of(person, self._sheets(community, start, end), start, end, now=now)

    def plan(self, community: str, *, now: datetime) -> tuple[list[Duty], datetime]:
        """Who answers for each grid now, and last for the whole community; and when that may change next."""
        sheets = self._sheets(community, now, now + ONE_DAY)
        commons = Commons()
        duties = [on_duty(sheet, now, now=now, commons=commons) for sheet in sheets]
        return duties, next_change(sheets, now, now + ONE_DAY)

    def shift_at(self, community: str, at: datetime) -> Shift:
        """The shift that holds at an instant. Raises NotFoundError."""
        settings = self.settings(community)
        return settings.hours.shift_at(at, settings.zone)

    def woken(self, community: str, person: str, *, at: datetime) -> None:
        """Note that somebody was rung for an alarm: once a night, however often, and by day not at all."""
        shift = self.shift_at(community, at)
        if shift.period is Period.NIGHT:
            self._store.woken(community, person, shift.day)

    def shares(self, community: str, start: datetime, end: datetime, *, now: datetime) -> list[Share]:
        """How duty was, or will be, shared in `[start, end)`; who served most comes first."""
        zone = self.settings(community).zone
        last = (end - timedelta(seconds=1)).astimezone(zone).date()
        woken = self._store.woken_nights(community, start.astimezone(zone).date(), last)
        return shares(self._sheets(community, start, end), woken, start, end, now=now)

    def handoffs(self, community: str, cases: OpenCases, *, now: datetime) -> list[Handoff]:
        """Which open cases pass to whom, since those who took them on duty have been relieved."""
        found = []
        after = cache(lambda grid: self.duties.on_duty(community, grid, now))
        for case in cases.open_cases(community):
            before = on_duty(self._store.sheet(community, case.grid, case.since), case.since, now=now)
            found.append(handoff_of(case, before, after(case.grid)))
        return [handoff for handoff in found if handoff is not None]

    def hand_over(self, community: str, cases: OpenCases, *, now: datetime) -> list[Handoff]:
        """Ask those on duty now to take these cases, and say which."""
        due = self.handoffs(community, cases, now=now)
        for handoff in due:
            cases.hand_over(community, handoff, now=now)
        return due

    def people(self, community: str, asked: Sequence[str]) -> dict[str, Person]:
        """Those of several people who exist: each by itself, or everyone at once where that costs less."""
        if len(asked) <= FEW:
            return self._people.get_many(community, asked)
        return {person.id: person for person in self._people.of(community)}

    def grids(self, community: str) -> list[str]:
        """The ids of a community's grids."""
        return [grid.id for grid in self._registry.grids(community)]

    def _sheets(self, community: str, start: datetime, end: datetime) -> list[Sheet]:
        return self._store.sheets(community, [*self.grids(community), COMMON], start, end)

    def _write_teams(self, community: str, changes: dict[str, Team | None], seen: Seen) -> None:
        moved = {t.grid for t in self._store.all_teams(community) if t.id in changes}
        grids = sorted(moved | {team.grid for team in changes.values() if team is not None})
        for begin in range(0, len(grids), BATCH):
            some = grids[begin : begin + BATCH]
            retried(partial(self._write_grids, community, some, changes, seen))

    def _write_grids(
        self, community: str, grids: Iterable[str], changes: dict[str, Team | None], seen: Seen
    ) -> None:
        stood: list[Team] = []
        writes: dict[str, tuple[tuple[Team, ...], int]] = {}
        for grid in grids:
            known, version = self._store.teams(community, grid)
            stood += [team for team in known if team.id in changes]
            new = _merged(known, grid, changes)
            if new != known:
                writes[grid] = (new, version)
        seen(stood)
        if writes:
            self._store.put_teams(community, writes)

    def _must_know(self, community: str, placed: Mapping[str, Iterable[str]]) -> None:
        """Refuse people who aren't there; `placed` are ids by where they stand in what was asked."""
        known = self.people(community, sorted({person for people in placed.values() for person in people}))
        for pointer, people in placed.items():
            must_be_known(people, known, pointer=pointer)

    def _zone(self, community: str) -> str:
        found = self._registry.community(community)
        if found is None:
            raise NotFoundError(f"There is no community '{community}'.")
        return found.time_zone


def _placed(teams: Sequence[Team]) -> dict[str, set[str]]:
    """Everybody whom teams name, by where they stand in one."""
    placed: dict[str, set[str]] = {"/members": set(), "/leader": set(), "/backup": set()}
    for team in teams:
        placed["/members"].update(team.members)
        placed["/leader"].update({team.leader} - {""})
        placed["/backup"].update({team.backup} - {""})
    placed["/rotations"] = {person for team in teams for person in team.people} - set().union(
        *placed.values()
    )
    return placed


def _merged(known: Sequence[Team], grid: str, changes: dict[str, Team | None]) -> tuple[Team, ...]:
    """A grid's teams with changes: each stays in its place, new ones come after."""
    merged = {team.id: team for team in known}
    for name, team in changes.items():
        if team is not None and team.grid == grid:
            merged[name] = team
        else:
            merged.pop(name, None)
    return tuple(merged.values())
