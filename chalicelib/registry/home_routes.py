"""Homes as records over HTTP, and how to get into them. How a home is, the watch's routes tell."""

from dataclasses import replace

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import AnyCall, Call, Creates, IfMatch, NoQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF, Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.sight import Part
from chalicelib.registry.care import DoorPack
from chalicelib.registry.model import Household
from chalicelib.registry.office_views import HouseholdAsk, HouseholdRecord, NewHouseholdAsk, RemovedView
from chalicelib.registry.sheets import phone
from chalicelib.registry.views import DoorAsk, DoorView

routes = Blueprint(__name__)

A_HOME = wiring.sight.a_household(Part.ADDRESS)
A_DOOR = wiring.sight.a_household(Part.DOOR)


@routes.route("/households", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=NewHouseholdAsk,
    creates=Creates(wiring.http.once, "/v1/households/{id}", personal=True),
)  # fmt: skip
def add_household(call: Call[NoQuery, NewHouseholdAsk]) -> HouseholdRecord:
    """Add a home."""
    asked = call.body
    made = Household(
        asked.id, call.caller.community, asked.grid, asked.name, asked.building, asked.address, asked.steward
    )
    return HouseholdRecord.of(wiring.registry.registry().change_household(made, now=call.now))


@routes.route("/households/{household_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_HOME, body=HouseholdAsk, if_match=IfMatch.REQUIRED)
def change_household(call: Call[NoQuery, HouseholdAsk], household_id: str) -> HouseholdRecord:
    """Replace a home's record. Its residents and devices come along; the still-water rule stays."""
    known, asked = _home(call, household_id), call.body
    call.seen.must_be(known.version)
    changed = replace(
        known, grid=asked.grid, name=asked.name, building=asked.building, address=asked.address,
        steward=asked.steward,
    )  # fmt: skip
    return HouseholdRecord.of(wiring.registry.registry().change_household(changed, now=call.now))


@routes.route("/households/{household_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_HOME, if_match=IfMatch.REQUIRED)
def remove_household(call: Plain, household_id: str) -> RemovedView:
    """Remove a home in which nobody lives and nothing measures any more."""
    known = _home(call, household_id)
    call.seen.must_be(known.version)
    wiring.registry.residents().must_be_empty(known)
    wiring.registry.registry().remove_household(known)
    return RemovedView(id=household_id)


@routes.route("/households/{household_id}/door-pack", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF | {Role.RESIDENT, Role.VOLUNTEER, Role.NURSE}, sees=A_DOOR)
def read_door_pack(call: Plain, household_id: str) -> DoorView:
    """What to know at the door, and who holds a key: for whoever is on the case."""
    return DoorView.of(wiring.registry.residents().door(call.caller.community, household_id))


@routes.route("/households/{household_id}/door-pack", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_DOOR, body=DoorAsk, if_match=IfMatch.REQUIRED)
def change_door_pack(call: Call[NoQuery, DoorAsk], household_id: str) -> DoorView:
    """Replace a home's door pack."""
    known, asked = wiring.registry.residents().door(call.caller.community, household_id), call.body
    call.seen.must_be(known.version)
    number = phone(asked.key_holder_phone, pointer="/key_holder_phone")
    made = DoorPack(
        known.community, known.household, asked.notes, asked.key_holder, number, asked.key_place,
        version=known.version,
    )  # fmt: skip
    return DoorView.of(wiring.registry.residents().put_door(made))


def _home(call: AnyCall, household_id: str) -> Household:
    found = wiring.registry.store().household(call.caller.community, household_id)
    if found is None:
        raise NotFoundError(f"There is no household '{household_id}'.")
    return found
