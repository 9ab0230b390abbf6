"""What people arrange otherwise than by rule: overrides, taking over, confirming, leave, planned shifts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.registry.people import PeopleStore, must_be_known
from chalicelib.rota.duty import Duty, Sheet, on_duty
from chalicelib.rota.editing import edited, retried
from chalicelib.rota.model import COMMON, LONGEST, LONGEST_PLAN, Confirmation, Entry, EntryKind, Leave
from chalicelib.rota.packing import Month, months
from chalicelib.rota.refusals import Refusals
from chalicelib.rota.store import RotaStore

EARLY = timedelta(hours=1)
"""How long before its start a shift may be confirmed."""


class NotOfTheTeamError(ConflictError):
    """Someone took a grid over in whose teams they don't serve: who serves there is let into its homes."""

    code = "not_of_the_team"


class Arrangements:
    """Where people say who serves instead, that they are there, and that they will be away."""

    def __init__(self, store: RotaStore, people: PeopleStore) -> None:
        self._store = store
        self._people = people
        self._refusals = Refusals(people)

    def override(
        self, community: str, grid: str, start: datetime, end: datetime, people: Sequence[str]
    ) -> Entry:
        """Put people over swaps, plans and rules for `[start, end)`; of two overrides the later made holds.

        Raises RefusedError for an unknown person or a bad span, OnLeaveError.
        """
        entry = Entry(EntryKind.OVERRIDE, grid, _whole(start), _whole(end), tuple(people))
        self._must_know(community, entry.people, "/people")
        for person in entry.people:
            self._must_be_here(community, person, entry.start, entry.end)
        self._arrange(community, entry)
        return entry

    def overrides(self, community: str, grids: Sequence[str], *, now: datetime) -> list[Entry]:
        """What is put over all else in these grids now or later, taken duty among it, by when it begins."""
        sheets = self._store.sheets(community, grids, now, now + LONGEST)
        found = {e for sheet in sheets for e in sheet.entries if e.kind is EntryKind.OVERRIDE and e.end > now}
        return sorted(found, key=lambda entry: (entry.start, entry.grid, entry.id))

    def lift(self, community: str, grids: Sequence[str], entry_id: str, *, now: datetime) -> None:
        """Take back an override of one of these grids; of one that holds already, what is left of it.

        Raises NotFoundError.
        """
        found = next((e for e in self.overrides(community, grids, now=now) if e.id == entry_id), None)
        if found is None:
            raise NotFoundError(f"There is no override '{entry_id}', or it is over.")
        served = (replace(found, end=_whole(now)),) if found.start < _whole(now) else ()
        self._edit(
            community,
            found.grid,
            (found.start, found.end),
            lambda m, _: replace(
                m, entries=tuple(kept for e in m.entries for kept in ((e,) if e != found else served))
            ),
        )

    def take_now(self, community: str, grid: str, person: str, *, now: datetime) -> Duty:
        """Make a person first on duty from now to the end of this shift: they say that they have it.

        By whoever has it already, it is their confirmation. For those who serve in a team of the grid or of
        the whole community, for whom staff put on duty there, for the grid's own grid workers and for
        coordinators. Raises RefusedError, OnLeaveError, NotOfTheTeamError.
        """
        self._must_know(community, [person])
        sheet = self._store.sheet(community, grid, now)
        duty = on_duty(sheet, now, now=now)
        self._must_be_of(community, grid, person, sheet, duty)
        if duty.first == person:
            return self.confirm(community, grid, person, now=now)
        entry = Entry(EntryKind.OVERRIDE, grid, _whole(now), duty.shift.end, (person,), taken=True)
        self._must_be_here(community, person, now, now + timedelta(seconds=1))
        self._arrange(community, entry)
        return on_duty(replace(sheet, entries=(*sheet.entries, entry)), now, now=now)

    def confirm(self, community: str, grid: str, person: str, *, now: datetime) -> Duty:
        """Note that someone is there for this shift, or for the next when it begins within the hour.

        Raises NotOnDutyError, naming who is.
        """
        sheet = self._store.sheet(community, grid, now)
        duty = on_duty(sheet, now, now=now)
        if duty.shift.end - now <= EARLY:
            at = duty.shift.end
            sheet = self._store.sheets(community, [grid], now, at + timedelta(seconds=1))[0]
            coming = on_duty(sheet, at, now=now)
            duty = coming if coming.first == person else duty
        if person not in (*duty.team, duty.backup, duty.leader):
            raise self._refusals.not_on_duty(community, person, first=duty.first)
        entry = Confirmation(duty.served_by, duty.shift.start, person)
        span = (entry.shift_start, duty.shift.end)
        self._edit(community, entry.grid, span, lambda m, _: _with_confirmation(m, entry))
        sheet = replace(sheet, confirmations=(*sheet.confirmations, entry))
        return on_duty(sheet, max(now, duty.shift.start), now=max(now, duty.shift.start))

    def away(self, community: str, person: str, start: datetime, end: datetime, *, now: datetime) -> Leave:
        """Note that someone can't be asked in `[start, end)`. Raises RefusedError, also for what is over."""
        leave = Leave(person, _whole(start), _whole(end))
        if leave.end <= now:
            raise RefusedError(
                "This leave is over already and changes nothing. Give an end that is still to come.",
                pointer="/ends_at",
                zh="这段假期已经过去，登记了也不起作用。请填一个还没到的结束时间。",
            )
        self._must_know(community, [person])
        self._edit(
            community,
            COMMON,
            (leave.start, leave.end),
            lambda m, _: m if leave in m.leaves else replace(m, leaves=(*m.leaves, leave)),
        )
        return leave

    def leaves(self, community: str, person: str, *, now: datetime) -> list[Leave]:
        """The leave that someone is on, and all that is to come, by when it begins."""
        sheet = self._store.sheets(community, [COMMON], now, now + LONGEST)[0]
        mine = {leave for leave in sheet.leaves if leave.person == person and leave.end > now}
        return sorted(mine, key=lambda leave: (leave.start, leave.end))

    def back(self, community: str, person: str, *, now: datetime, start: datetime | None = None) -> None:
        """End the leave that someone is on now; what is left of it is gone, what was stays.

        With `start`, take back what begins then instead. Raises NotFoundError when nothing does.
        """
        mine = self.leaves(community, person, now=now)
        meant = [one for one in mine if (one.start <= now if start is None else one.start == _whole(start))]
        if start is not None and not meant:
            raise NotFoundError(f"{person} has no leave that begins then.")
        for leave in meant:
            self._edit(community, COMMON, (leave.start, leave.end), _shortened(leave, _whole(now)))

    def plan(self, community: str, grid: str, entries: Sequence[Entry]) -> None:
        """Plan shifts of a grid's teams; earlier plans of a team that overlap the new ones make way."""
        if not entries:
            return
        first, last = min(e.start for e in entries), max(e.end for e in entries)
        span = (first - LONGEST_PLAN, last + LONGEST_PLAN)  # and all of every plan that makes way
        self._edit(community, grid, span, lambda m, name: _with_plans(m, name, entries))

    def _arrange(self, community: str, entry: Entry) -> None:
        self._edit(community, entry.grid, (entry.start, entry.end), lambda m, _: _with_entry(m, entry))

    def _edit(
        self, community: str, grid: str, span: tuple[datetime, datetime], edit: Callable[[Month, str], Month]
    ) -> None:
        def change() -> None:
            if changes := edited(self._store, community, grid, span, edit):
                self._store.put_months(community, changes)

        retried(change)

    def _must_know(self, community: str, people: Sequence[str], pointer: str = "") -> None:
        must_be_known(people, self._people.get_many(community, people), pointer=pointer)

    def _must_be_of(self, community: str, grid: str, person: str, sheet: Sheet, duty: Duty) -> None:
        served = {one for team in (*sheet.teams, *sheet.common) for one in team.people}
        if person in served or person in duty.team:
            return
        known = self._people.get_many(community, [person])[person]
        own = known.role is Role.GRID_WORKER and known.grid in ("", grid)
        if not own and known.role is not Role.COORDINATOR:
            raise NotOfTheTeamError(
                f"{known.name} serves in no team of this grid; ask the coordinator to put you on duty here.",
                zh=f"{known.name}不在这个网格的值守队伍里；请联系社区协调员安排你值守。",
            )

    def _must_be_here(self, community: str, person: str, start: datetime, end: datetime) -> None:
        must_be_here(self._store, self._refusals, community, person, start, end)


def must_be_here(
    store: RotaStore, refusals: Refusals, community: str, person: str, start: datetime, end: datetime
) -> None:
    """Nothing, when someone has no leave in `[start, end)`. Raises OnLeaveError."""
    sheet = store.sheets(community, [COMMON], start, end)[0]
    for leave in sheet.leaves:
        if leave.person == person and leave.start < end and start < leave.end:
            raise refusals.on_leave(community, person, until=leave.end, zone=sheet.settings.zone)


def _with_entry(month: Month, entry: Entry) -> Month:
    """An entry that was made before is made once more: it goes to the end, where the later ones are."""
    return replace(month, entries=(*(e for e in month.entries if e != entry), entry))


def _with_confirmation(month: Month, entry: Confirmation) -> Month:
    if entry in month.confirmations:
        return month
    return replace(month, confirmations=(*month.confirmations, entry))


def _with_plans(month: Month, name: str, plans: Sequence[Entry]) -> Month:
    here = tuple(p for p in plans if name in months(p.start, p.end))
    kept = tuple(e for e in month.entries if e not in here and not any(_clash(e, p) for p in plans))
    unchanged = len(kept) + len(here) == len(month.entries) and set(here) <= set(month.entries)
    return month if unchanged else replace(month, entries=(*kept, *here))


def _clash(entry: Entry, plan: Entry) -> bool:
    return (
        entry.kind is EntryKind.PLAN
        and entry.team == plan.team
        and entry.start < plan.end
        and plan.start < entry.end
    )


def _shortened(leave: Leave, end: datetime) -> Callable[[Month, str], Month]:
    def edit(month: Month, _: str) -> Month:
        others = tuple(one for one in month.leaves if one != leave)
        if len(others) == len(month.leaves):
            return month
        left = (replace(leave, end=end),) if leave.start < end else ()
        return replace(month, leaves=(*others, *left))

    return edit


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
