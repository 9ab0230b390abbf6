"""The rota over HTTP: who is on duty, taking over, confirming, swapping, leave, calendars, the rules."""

from collections.abc import Iterable, Sequence
from datetime import timedelta, tzinfo

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import AnyCall, Call, IfMatch, NoQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS, MINE
from chalicelib.kernel.caller import STAFF, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import ForbiddenError, NotFoundError, RefusedError
from chalicelib.rota.duty import Duty
from chalicelib.rota.hours import Hours
from chalicelib.rota.model import COMMON, Holders, Settings
from chalicelib.rota.swaps import Swap
from chalicelib.rota.texts import shifts_calendar
from chalicelib.rota.views import (
    WHOLE,
    CalendarView,
    DutiesView,
    DutyQuery,
    DutyView,
    OfferAsk,
    SettingsAsk,
    SettingsView,
    SharesView,
    ShareView,
    SpanQuery,
    SwapAsk,
    SwapsView,
    SwapView,
    WarningsView,
    duty_view,
    swap_view,
    warning_view,
)

routes = Blueprint(__name__)
ON_CALL = STAFF | {Role.VOLUNTEER}
"""Those who may be on duty."""
COORDINATORS = frozenset({Role.COORDINATOR})
CALENDAR_DAYS = timedelta(days=60)
LONGEST_SHARES = timedelta(days=100)


@routes.route("/duty", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS, query=DutyQuery)
def who_is_on_duty(call: Call[DutyQuery, None]) -> DutiesView:
    """Who is on duty in each grid, and for the whole community, now or at any instant."""
    at, community = call.query.at or call.now, call.caller.community
    grids = wiring.rota.rota().grids(community)
    if call.query.grid is not None:
        grids = [_grid(call, call.query.grid)]
    duties = wiring.rota.rota().duties.everyone_on_duty(community, grids, at, now=call.now)
    wanted = duties if call.query.grid is None else duties[:1]
    return DutiesView(at=rfc3339(at.astimezone(_zone(call))), items=_duty_views(wanted, call))


@routes.route("/duty/{grid}/taken", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def take_duty_now(call: Plain, grid: str) -> DutyView:
    """Take a grid's duty over, from now to the end of the shift. Again changes nothing.

    For those who serve in its teams or the whole community's, and for whom staff put on duty there.
    """
    arrange = wiring.rota.rota().arrangements
    duty = arrange.take_now(call.caller.community, _grid(call, grid), call.caller.name, now=call.now)
    _changed(call)
    return _duty_views([duty], call)[0]


@routes.route("/duty/{grid}/confirmation", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def confirm_duty(call: Plain, grid: str) -> DutyView:
    """Say that one is there, from an hour before on.

    Ten minutes in, without it, the backup steps in, ten minutes later the leader; at last the coordinator is
    told.
    """
    arrange = wiring.rota.rota().arrangements
    duty = arrange.confirm(call.caller.community, _grid(call, grid), call.caller.name, now=call.now)
    _changed(call)
    return _duty_views([duty], call)[0]


@routes.route("/rota/warnings", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_rota_warnings(call: Plain) -> WarningsView:
    """Gaps, and people on duty who can't be reached, in the next 14 days."""
    found = wiring.rota.rota().warnings(call.caller.community, now=call.now)
    return WarningsView(items=[warning_view(each, _zone(call)) for each in found])


@routes.route("/rota/shares", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=SpanQuery)
def list_shares(call: Call[SpanQuery, None]) -> SharesView:
    """How duty is shared in a span of up to 100 days: shifts, nights, nights woken."""
    start, end = call.query.begins_at, call.query.ends_at
    if not timedelta() < end - start <= LONGEST_SHARES:
        raise RefusedError("A span is up to 100 days long.", pointer="/ends_at", zh="一次最多看 100 天。")
    shares = wiring.rota.rota().shares(call.caller.community, start, end, now=call.now)
    return SharesView(
        items=[ShareView(person=s.person, shifts=s.shifts, nights=s.nights, woken=s.woken) for s in shares]
    )


@routes.route("/rota/swaps", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def list_swaps(call: Plain) -> SwapsView:
    """The swaps of shifts that aren't long over."""
    found = wiring.rota.rota().swaps.of(call.caller.community, now=call.now)
    return SwapsView(items=_swap_views(found, call))


@routes.route("/rota/swaps", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS, body=SwapAsk)
def request_swap(call: Call[NoQuery, SwapAsk]) -> SwapView:
    """Ask that somebody else serve one's shift. Until it is taken and confirmed it stays one's own."""
    grid = _grid(call, call.body.grid)
    swaps, caller = wiring.rota.rota().swaps, call.caller
    return _shown(swaps.request(caller.community, grid, caller.name, call.body.at, now=call.now), call)


@routes.route("/rota/swaps/{swap_id}/offer", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS, body=OfferAsk)
def offer_swap(call: Call[NoQuery, OfferAsk], swap_id: str) -> SwapView:
    """Offer it to somebody: by its owner, or by staff."""
    swap, community = _owned(call, swap_id), call.caller.community
    return _moved(wiring.rota.rota().swaps.offer(community, swap.id, call.body.to, now=call.now), call)


@routes.route("/rota/swaps/{swap_id}/taken", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def take_swap(call: Plain, swap_id: str) -> SwapView:
    """Take what is offered to the caller."""
    caller = call.caller
    return _moved(wiring.rota.rota().swaps.take(caller.community, swap_id, caller.name, now=call.now), call)


@routes.route("/rota/swaps/{swap_id}/confirmation", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def confirm_swap(call: Plain, swap_id: str) -> SwapView:
    """Make it hold: by its owner, or by staff."""
    swap = _owned(call, swap_id)
    confirmed = wiring.rota.rota().swaps.confirm(call.caller.community, swap.id, now=call.now)
    _changed(call)
    return _moved(confirmed, call)


@routes.route("/rota/swaps/{swap_id}/withdrawal", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=COMMUNITYS)
def withdraw_swap(call: Plain, swap_id: str) -> SwapView:
    """Give it up: by its owner, or by staff."""
    swap = _owned(call, swap_id)
    return _moved(wiring.rota.rota().swaps.withdraw(call.caller.community, swap.id, now=call.now), call)


@routes.route("/me/shifts.ics", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=MINE)
def my_shifts(call: Plain) -> CalendarView:
    """One's shifts of the next 60 days, for a calendar (RFC 5545)."""
    caller = call.caller
    today = call.now.replace(hour=0, minute=0, second=0, microsecond=0)  # so that the file keeps its ETag
    rota, community = wiring.rota.rota(), caller.community
    # Whole shifts: one that is cut short would be another event tomorrow.
    first, last = (rota.shift_at(community, at) for at in (today, today + CALENDAR_DAYS))
    found = rota.shifts_of(community, caller.name, first.start, last.end, now=call.now)
    names = {grid.id: grid.name for grid in wiring.registry.store().grids(caller.community)}
    return CalendarView(text=shifts_calendar(caller.name, found, names, language=call.language, now=today))


@routes.route("/rota/settings", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_rota_settings(call: Plain) -> SettingsView:
    """The rules of duty."""
    return _settings_view(call.caller.community)


@routes.route("/rota/settings", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=SettingsAsk, if_match=IfMatch.REQUIRED)
def put_rota_settings(call: Call[NoQuery, SettingsAsk]) -> SettingsView:
    """Set the rules of duty. Public holidays that are known stay known."""
    asked, community = call.body, call.caller.community
    settings = Settings(
        hours=Hours(asked.day, asked.night),
        confirm_minutes=asked.confirm_minutes,
        country=asked.country,
        calendar=wiring.rota.rota().settings(community).calendar,
        holders=Holders(asked.coordinator, asked.desk, asked.secretary),
    )
    wiring.rota.rota().put_settings(community, settings, now=call.now, seen=call.seen.must_be)
    _changed(call)
    return _settings_view(community)


def _grid(call: AnyCall, grid: str) -> str:
    if grid == WHOLE:
        return COMMON
    if grid not in wiring.rota.rota().grids(call.caller.community):
        raise NotFoundError(f"There is no grid '{grid}'.")
    return grid


def _changed(call: AnyCall) -> None:
    wiring.rota.changed(call.caller.community, now=call.now)


def _zone(call: AnyCall) -> tzinfo:
    return wiring.registry.community(call.caller.community).zone


def _duty_views(duties: Iterable[Duty], call: AnyCall) -> list[DutyView]:
    found = list(duties)
    asked = sorted({p for d in found for p in (d.second, d.leader, d.backup, d.stood_in_for, *d.team) if p})
    people = wiring.rota.rota().people(call.caller.community, asked)
    phones, zone = call.caller.role in STAFF, _zone(call)
    return [duty_view(duty, people, zone, phones=phones) for duty in found]


def _owned(call: AnyCall, swap_id: str) -> Swap:
    swap: Swap = wiring.rota.rota().swaps.get(call.caller.community, swap_id, now=call.now)
    if call.caller.role not in STAFF and call.caller.name != swap.owner:
        raise ForbiddenError("Only the owner of a shift, or staff, may do this.")
    return swap


def _moved(swap: Swap, call: AnyCall) -> SwapView:
    """The swap as it is now, of which those hear who wait for it."""
    wiring.alarms.swap_news().tell(call.caller.community, swap, by=call.caller.name, now=call.now)
    return _shown(swap, call)


def _shown(swap: Swap, call: AnyCall) -> SwapView:
    return _swap_views([swap], call)[0]


def _swap_views(swaps: Sequence[Swap], call: AnyCall) -> list[SwapView]:
    named = {who for swap in swaps for who in (swap.owner, swap.to) if who}
    names, zone = wiring.registry.names(call.caller.community, named), _zone(call)
    return [swap_view(swap, names, zone) for swap in swaps]


def _settings_view(community: str) -> SettingsView:
    version = wiring.rota.rota().settings_version(community)
    settings = wiring.rota.rota().settings(community)
    return SettingsView(
        version=version,
        time_zone=settings.time_zone,
        day=settings.hours.day.isoformat("minutes"),
        night=settings.hours.night.isoformat("minutes"),
        confirm_minutes=settings.confirm_minutes,
        country=settings.country,
        coordinator=list(settings.holders.coordinator),
        desk=list(settings.holders.desk),
        secretary=list(settings.holders.secretary),
    )
