"""What people arrange over HTTP: overrides, and their own leave; and taking both back."""

from datetime import tzinfo

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import AnyCall, Call, NoQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS, MINE
from chalicelib.kernel.caller import STAFF, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.office_views import RemovedView
from chalicelib.rota.model import COMMON, Entry, Leave
from chalicelib.rota.views import (
    WHOLE,
    LeaveAsk,
    LeaveQuery,
    LeavesView,
    LeaveView,
    LeftView,
    OverrideAsk,
    OverridesView,
    OverrideView,
)

routes = Blueprint(__name__)
ON_CALL = STAFF | {Role.VOLUNTEER}


@routes.route("/rota/overrides", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_overrides(call: Plain) -> OverridesView:
    """Who is put on duty over all else, now and later; whoever took duty over is among them."""
    found = wiring.rota.rota().arrangements.overrides(call.caller.community, _grids(call), now=call.now)
    return OverridesView(items=[_override_view(entry, _zone(call)) for entry in found])


@routes.route("/rota/overrides", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, body=OverrideAsk)
def put_override(call: Call[NoQuery, OverrideAsk]) -> OverrideView:
    """Put people on duty over all else; of two that overlap the later made holds.

    The same again changes nothing, unless another was made since: then it is the later one.
    """
    asked = call.body
    if (grid := COMMON if asked.grid == WHOLE else asked.grid) not in _grids(call):
        raise NotFoundError(f"There is no grid '{asked.grid}'.")
    entry = wiring.rota.rota().arrangements.override(
        call.caller.community, grid, asked.begins_at, asked.ends_at, asked.people
    )
    _changed(call)
    return _override_view(entry, _zone(call))


@routes.route("/rota/overrides/{override_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def lift_override(call: Plain, override_id: str) -> RemovedView:
    """Take an override back; of one that holds already, what is left of it."""
    arrange = wiring.rota.rota().arrangements
    arrange.lift(call.caller.community, _grids(call), override_id, now=call.now)
    _changed(call)
    return RemovedView(id=override_id)


@routes.route("/me/leave", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=MINE)
def list_leave(call: Plain) -> LeavesView:
    """When one can't be asked: now, and in the year to come."""
    return LeavesView(items=_leaves(call))


@routes.route("/me/leave", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=MINE, body=LeaveAsk)
def take_leave(call: Call[NoQuery, LeaveAsk]) -> LeaveView:
    """Say when one can't be asked. It may have begun, and ends later than now."""
    caller = call.caller
    leave = wiring.rota.rota().arrangements.away(
        caller.community, caller.name, call.body.begins_at, call.body.ends_at, now=call.now
    )
    _changed(call)
    return _leave_view(leave, _zone(call))


@routes.route("/me/leave", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=ON_CALL, sees=MINE, query=LeaveQuery)
def end_leave(call: Call[LeaveQuery, None]) -> LeftView:
    """End the leave that one is on now or, with `begins_at`, take back what is to come. Says what stands."""
    caller = call.caller
    arrange = wiring.rota.rota().arrangements
    arrange.back(caller.community, caller.name, now=call.now, start=call.query.begins_at)
    _changed(call)
    return LeftView(items=_leaves(call))


def _leaves(call: AnyCall) -> list[LeaveView]:
    caller, zone = call.caller, _zone(call)
    found = wiring.rota.rota().arrangements.leaves(caller.community, caller.name, now=call.now)
    return [_leave_view(leave, zone) for leave in found]


def _leave_view(leave: Leave, zone: tzinfo) -> LeaveView:
    return LeaveView(
        person=leave.person, begins_at=rfc3339(leave.start.astimezone(zone)),
        ends_at=rfc3339(leave.end.astimezone(zone)),
    )  # fmt: skip


def _override_view(entry: Entry, zone: tzinfo) -> OverrideView:
    return OverrideView(
        id=entry.id, grid=entry.grid or None, people=list(entry.people),
        begins_at=rfc3339(entry.start.astimezone(zone)), ends_at=rfc3339(entry.end.astimezone(zone)),
    )  # fmt: skip


def _grids(call: AnyCall) -> list[str]:
    return [*wiring.rota.rota().grids(call.caller.community), COMMON]


def _changed(call: AnyCall) -> None:
    wiring.rota.changed(call.caller.community, now=call.now)


def _zone(call: AnyCall) -> tzinfo:
    return wiring.registry.community(call.caller.community).zone
