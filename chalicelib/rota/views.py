"""The rota as the API shows it, and what it is asked."""

from collections.abc import Mapping
from datetime import time, tzinfo
from typing import Annotated, ClassVar

from pydantic import Field

from chalicelib.http.endpoint import Ask, FileView, Instant, TimeOfDay, Versioned, View, When
from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.people import Person
from chalicelib.rota.duty import Duty
from chalicelib.rota.hours import Period
from chalicelib.rota.outlook import RotaWarning, Trouble
from chalicelib.rota.swaps import Swap, SwapState

WHOLE = "-"
"""In a path or a body: the whole community, in place of a grid."""
Id = Annotated[str, Field(min_length=1, max_length=40)]
People = Annotated[tuple[Id, ...], Field(max_length=50)]


class DutyQuery(Ask):
    """`at` an instant (RFC 3339), now by default; `grid` one grid, all by default."""

    at: When | None = None
    grid: Id | None = None


class SpanQuery(Ask):
    """From `begins_at` to before `ends_at`."""

    begins_at: When
    ends_at: When


class LeaveAsk(SpanQuery):
    """When the caller can't be asked."""


class OverrideAsk(SpanQuery):
    """Who serves a grid (`-`: the whole community) instead, in order."""

    grid: Id
    people: Annotated[People, Field(min_length=1)]


class SwapAsk(Ask):
    """Which shift the caller asks somebody else to serve: theirs at `at`, in `grid` or, as `-`, for the whole
    community. Where the whole community's team serves the grid, it is that team's shift, in every such grid.
    """

    grid: Id
    at: When


class OfferAsk(Ask):
    to: Id


class SettingsAsk(Ask):
    """The rules of duty. `day` and `night` are when each begins, by the community's clock."""

    day: TimeOfDay = time(8)
    night: TimeOfDay = time(20)
    confirm_minutes: Annotated[int, Field(ge=0, le=120)] = 10
    country: Annotated[str, Field(max_length=2)] = "CN"
    coordinator: People = ()
    desk: People = ()
    secretary: People = ()


class PersonView(View):
    """Someone on duty. Only staff see the phone."""

    id: str
    name: str
    phone: str | None


class DutyView(View):
    """Who answers for a grid; without a grid, for the whole community. `gap` says that nobody does.

    `first` is who is rung, `stood_in_for` who was to be first and didn't confirm, `confirm_by` by when the
    first must. Where a grid has no team on duty, those of the whole community serve it.
    """

    grid: str | None
    shift: Period
    begins_at: Instant
    ends_at: Instant
    gap: bool
    first: PersonView | None
    second: PersonView | None
    leader: PersonView | None
    backup: PersonView | None
    team: list[PersonView]
    stood_in_for: PersonView | None
    confirm_by: Instant | None


class DutiesView(View):
    at: Instant
    items: list[DutyView]


class WarningView(View):
    """Trouble with duty, from the first stretch to the end of the last of `times` in all.

    Without a grid it is the whole community's; `person` is whom it is about, if anybody.
    """

    trouble: Trouble
    grid: str | None
    person: str | None
    begins_at: Instant
    ends_at: Instant
    times: int


class WarningsView(View):
    items: list[WarningView]


class ShareView(View):
    """How often somebody served: shifts, nights among them, and nights in which they were rung."""

    person: str
    shifts: int
    nights: int
    woken: int


class SharesView(View):
    items: list[ShareView]


class SwapView(View):
    """A shift that its `owner` asks somebody else to serve, and `to` whom it is offered; `names` are theirs,
    by id. `grid` is whose team serves it: null for the whole community's, which may serve the grid that was
    asked for.
    """

    id: str
    grid: str | None
    owner: str
    to: str | None
    names: dict[str, str]
    begins_at: Instant
    ends_at: Instant
    state: SwapState


class SwapsView(View):
    items: list[SwapView]


class LeaveView(View):
    person: str
    begins_at: Instant
    ends_at: Instant


class LeavesView(View):
    """The leave that the caller is on, and what is to come."""

    items: list[LeaveView]


class LeftView(View):
    """What of the caller's leave still stands."""

    items: list[LeaveView]


class LeaveQuery(Ask):
    """Which leave: the one that begins at `begins_at`. Without it, the one that the caller is on now."""

    begins_at: When | None = None


class OverrideView(View):
    """Who serves a grid instead, in order; without a grid, the whole community."""

    id: str
    grid: str | None
    begins_at: Instant
    ends_at: Instant
    people: list[str]


class OverridesView(View):
    items: list[OverrideView]


class SettingsView(Versioned):
    """The rules of duty. `day` and `night` are when each begins, by the clock of `time_zone`; `coordinator`,
    `desk` and `secretary` are who holds the office, by id, in order.
    """

    version: int
    time_zone: str
    day: str
    night: str
    confirm_minutes: int
    country: str
    coordinator: list[str]
    desk: list[str]
    secretary: list[str]


class CalendarView(FileView):
    """An iCalendar file (RFC 5545)."""

    media_type: ClassVar[str] = "text/calendar; charset=utf-8"


def duty_view(duty: Duty, people: Mapping[str, Person], zone: tzinfo, *, phones: bool) -> DutyView:
    """A duty with names; with phones, for staff."""

    def shown(person: str | None) -> PersonView | None:
        if person is None:
            return None
        known = people.get(person)
        return PersonView(
            id=person, name=known.name if known else person, phone=known.phone if known and phones else None
        )

    return DutyView(
        grid=duty.grid or None,
        shift=duty.shift.period,
        begins_at=rfc3339(duty.shift.start.astimezone(zone)),
        ends_at=rfc3339(duty.shift.end.astimezone(zone)),
        gap=duty.is_gap,
        first=shown(duty.first),
        second=shown(duty.second),
        leader=shown(duty.leader),
        backup=shown(duty.backup),
        team=[view for person in duty.team if (view := shown(person))],
        stood_in_for=shown(duty.stood_in_for),
        confirm_by=rfc3339(duty.confirm_by.astimezone(zone)) if duty.confirm_by else None,
    )


def swap_view(swap: Swap, names: Mapping[str, str], zone: tzinfo) -> SwapView:
    """A swap, with the names of those whom it names."""
    return SwapView(
        id=swap.id,
        grid=swap.grid or None,
        owner=swap.owner,
        to=swap.to or None,
        names={who: names[who] for who in (swap.owner, swap.to) if who in names},
        begins_at=rfc3339(swap.start.astimezone(zone)),
        ends_at=rfc3339(swap.end.astimezone(zone)),
        state=swap.state,
    )


def warning_view(warning: RotaWarning, zone: tzinfo) -> WarningView:
    """A warning."""
    return WarningView(
        trouble=warning.trouble,
        grid=warning.grid or None,
        person=warning.person or None,
        begins_at=rfc3339(warning.start.astimezone(zone)),
        ends_at=rfc3339(warning.end.astimezone(zone)),
        times=warning.times,
    )
