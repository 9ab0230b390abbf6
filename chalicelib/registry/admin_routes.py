"""The community itself over HTTP: its settings, its grids, its people."""

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.sessions import As
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import Call, Creates, IfMatch, NoQuery, PageQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF, Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.model import Grid, StillWaterSettings
from chalicelib.registry.needs import InUseError
from chalicelib.registry.office_views import (
    CommunityAsk,
    CommunityView,
    GridAsk,
    GridList,
    GridView,
    NewGridAsk,
    NewPersonAsk,
    PersonAsk,
    PersonPage,
    PersonRecord,
    RemovedView,
)
from chalicelib.registry.people import Person
from chalicelib.registry.sheets import phone

routes = Blueprint(__name__)


@routes.route("/community", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_community(call: Plain) -> CommunityView:
    """The caller's community and its settings."""
    return CommunityView.of(wiring.registry.community(call.caller.community))


@routes.route("/community", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=CommunityAsk, if_match=IfMatch.REQUIRED)
def change_community(call: Call[NoQuery, CommunityAsk]) -> CommunityView:
    """Replace the community's settings. They hold at once, in every home without numbers of its own."""
    known, asked = wiring.registry.community(call.caller.community), call.body
    call.seen.must_be(known.version)
    numbers = StillWaterSettings(asked.window_minutes, asked.least_litres)
    changed = replace(
        known, name=asked.name, time_zone=asked.time_zone, phone=phone(asked.phone), still_water=numbers
    )
    stored = wiring.registry.registry().change_community(changed, now=call.now)
    wiring.onekey.card_keeper().community_changed(stored)
    return CommunityView.of(stored)


@routes.route("/grids", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def list_grids(call: Plain) -> GridList:
    """The community's grids, with their workers."""
    found = wiring.registry.store().grids(call.caller.community)
    return GridList(items=[GridView.of(grid) for grid in found])


@routes.route("/grids", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=NewGridAsk,
    creates=Creates(wiring.http.once, "/v1/grids/{id}"),
)  # fmt: skip
def add_grid(call: Call[NoQuery, NewGridAsk]) -> GridView:
    """Add a grid."""
    asked = call.body
    made = Grid(asked.id, call.caller.community, asked.name, tuple(asked.workers))
    return GridView.of(wiring.registry.office().put_grid(made))


@routes.route("/grids/{grid_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_grid(call: Plain, grid_id: str) -> GridView:
    """A grid and its workers."""
    return GridView.of(_grid(call, grid_id))


@routes.route("/grids/{grid_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, body=GridAsk, if_match=IfMatch.REQUIRED)
def change_grid(call: Call[NoQuery, GridAsk], grid_id: str) -> GridView:
    """Replace a grid's name and workers."""
    known = _grid(call, grid_id)
    call.seen.must_be(known.version)
    changed = replace(known, name=call.body.name, workers=tuple(call.body.workers))
    return GridView.of(wiring.registry.office().put_grid(changed))


@routes.route("/grids/{grid_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=COMMUNITYS, if_match=IfMatch.REQUIRED)
def remove_grid(call: Plain, grid_id: str) -> RemovedView:
    """Remove a grid without homes."""
    known = _grid(call, grid_id)
    call.seen.must_be(known.version)
    wiring.registry.office().remove_grid(known)
    return RemovedView(id=grid_id)


@routes.route("/people", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=PageQuery)
def list_people(call: Call[PageQuery, None]) -> PersonPage:
    """Staff and volunteers, by id."""
    community, key = call.caller.community, wiring.ground.cursor_key()
    scope = f"people/{community}"
    after = position(call.query.cursor, scope=scope, key=key) if call.query.cursor else None
    found, last = wiring.registry.people().page(community, limit=call.query.limit, after=after)
    items = [PersonRecord.of(person, phone=_sees_phones(call)) for person in found]
    return PersonPage(items=items, next_cursor=cursor(last, scope=scope, key=key) if last else None)


@routes.route("/people", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=NewPersonAsk,
    creates=Creates(wiring.http.once, "/v1/people/{id}"),
    present=wiring.accounts.present,
)  # fmt: skip
def add_person(call: Call[NoQuery, NewPersonAsk]) -> PersonRecord:
    """Add somebody who looks after the community."""
    asked, community, number = call.body, call.caller.community, phone(call.body.phone)
    known_as = asked.id or f"p-{wiring.registry.private_names()(community, number or asked.name)}"
    made = Person(known_as, community, asked.name, asked.role, number, asked.grid, asked.language)
    return _stored(call, made)


@routes.route("/people/{person_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_person(call: Plain, person_id: str) -> PersonRecord:
    """Somebody who looks after the community."""
    return PersonRecord.of(_person(call, person_id), phone=_sees_phones(call))


@routes.route("/people/{person_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=COORDINATORS,
    sees=COMMUNITYS,
    body=PersonAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.present,
)
def change_person(call: Call[NoQuery, PersonAsk], person_id: str) -> PersonRecord:
    """Replace somebody's record."""
    known, asked = _person(call, person_id), call.body
    call.seen.must_be(known.version)
    changed = replace(
        known, name=asked.name, role=asked.role, phone=phone(asked.phone), grid=asked.grid,
        language=asked.language,
    )  # fmt: skip
    told = _stored(call, changed)
    who = As(known.community, known.role, known.id)
    if changed.role is not known.role:
        wiring.accounts.left(who, now=call.now)
    elif changed.phone != known.phone:
        wiring.accounts.moved(who, changed.phone, now=call.now)
    return told


@routes.route("/people/{person_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, if_match=IfMatch.REQUIRED, present=wiring.accounts.present
)
def remove_person(call: Plain, person_id: str) -> RemovedView:
    """Remove somebody. Whoever still stands in a team or a grid is refused: the ladder would ring nobody. A
    resident's relative stays their relative.
    """
    known = _person(call, person_id)
    call.seen.must_be(known.version)
    if named := wiring.rota.where_named(known.community, known.id):
        raise InUseError(f"'{known.name}' still stands in {named}; take them out there first.")
    if wiring.registry.office().remove_person(known) is None:
        wiring.notify.address_book().erase(known.community, known.id)
        wiring.notify.inbox().erase(known.community, known.id)  # the id may be another's tomorrow
    wiring.accounts.left(As(known.community, known.role, known.id), now=call.now)
    return RemovedView(id=person_id)


def _stored(call: Call[Any, Any], person: Person) -> PersonRecord:
    """Write somebody; whoever is on duty is rung under their number of now."""
    stored = wiring.registry.office().put_person(person)
    wiring.onekey.board_watch().begin(person.community, now=call.now)
    return PersonRecord.of(stored, phone=True)


def _sees_phones(call: Call[Any, Any]) -> bool:
    return call.caller.role is Role.COORDINATOR


def _grid(call: Call[Any, Any], grid_id: str) -> Grid:
    found = wiring.registry.store().grid(call.caller.community, grid_id)
    if found is None:
        raise NotFoundError(f"There is no grid '{grid_id}'.")
    return found


def _person(call: Call[Any, Any], person_id: str) -> Person:
    found = wiring.registry.people().get(call.caller.community, person_id)
    if found is None or found.role is Role.KIN:
        raise NotFoundError(f"There is nobody '{person_id}'.")
    return found
