"""Residents over HTTP: finding them, their records, their kin, their care."""

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.sessions import As
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import Call, Creates, IfMatch, NoQuery, Plain, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import COORDINATORS, STAFF, Role
from chalicelib.kernel.sight import Part
from chalicelib.registry.care import Care, Medicine
from chalicelib.registry.kin import KinTold
from chalicelib.registry.model import Resident
from chalicelib.registry.office_views import RemovedView
from chalicelib.registry.search import Wanted
from chalicelib.registry.sheets import phone
from chalicelib.registry.views import (
    CareAsk,
    CareView,
    KinListAsk,
    KinListView,
    NewResidentAsk,
    ResidentAsk,
    ResidentItem,
    ResidentPage,
    ResidentsQuery,
    ResidentView,
)

routes = Blueprint(__name__)

AT_THE_DOOR = STAFF | {Role.RESIDENT, Role.VOLUNTEER, Role.NURSE}
"""Who may see contacts and health notes at all; the row rule says whose."""
A_RESIDENT = wiring.sight.a_resident(Part.STATUS, Part.CONTACTS)
CONTACTS = wiring.sight.a_resident(Part.CONTACTS)
HEALTH = wiring.sight.a_resident(Part.HEALTH)


@routes.route("/residents", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=ResidentsQuery)
def find_residents(call: Call[ResidentsQuery, None]) -> ResidentPage:
    """Residents by the beginning of a name or its pinyin initials, by building, tag or category; or all."""
    asked, key = call.query, wiring.ground.cursor_key()
    wanted = Wanted(asked.name or "", asked.building or "", asked.tag or "", asked.category)
    scope = f"residents/{call.caller.community}/{wanted.scope}"
    after = position(asked.cursor, scope=scope, key=key) if asked.cursor else None
    hits, last = wiring.registry.search().page(call.caller.community, wanted, limit=asked.limit, after=after)
    more = cursor(last, scope=scope, key=key) if last else None
    wiring.sight.listed(call.caller, [hit.id for hit in hits], call.now)
    return ResidentPage(items=[ResidentItem.of(hit) for hit in hits], next_cursor=more)


@routes.route("/residents", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=COMMUNITYS, body=NewResidentAsk,
    creates=Creates(wiring.http.once, "/v1/residents/{id}", personal=True),
    present=wiring.accounts.present,
)  # fmt: skip
def add_resident(call: Call[NoQuery, NewResidentAsk]) -> ResidentView:
    """Enrol a resident, by their own wish."""
    asked, community = call.body, call.caller.community
    residents = wiring.registry.residents()
    known_as = asked.id or residents.new_id(community, asked.household, asked.name)
    made = _described(Resident(known_as, community, asked.household, asked.name), asked)
    return ResidentView.of(residents.put(made, now=call.now), wiring.sight.WHOLE)


@routes.route("/residents/{resident_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=AT_THE_DOOR | {Role.KIN}, sees=A_RESIDENT)
def read_resident(call: Plain, resident_id: str) -> ResidentView:
    """A resident."""
    return ResidentView.of(_resident(call, resident_id), call.sight)


@routes.route("/residents/{resident_id}", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=COORDINATORS,
    sees=A_RESIDENT,
    body=ResidentAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.present,
)
def change_resident(call: Call[NoQuery, ResidentAsk], resident_id: str) -> ResidentView:
    """Replace what is known of a resident. Kin and health notes stay as they are."""
    known = _resident(call, resident_id)
    call.seen.must_be(known.version)
    stored = wiring.registry.residents().put(_described(known, call.body), now=call.now)
    if stored.phone != known.phone:
        who = As(known.community, Role.RESIDENT, known.id)
        wiring.accounts.moved(who, stored.phone, now=call.now)
    return ResidentView.of(stored, call.sight)


@routes.route("/residents/{resident_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(
    routes, may=COORDINATORS, sees=A_RESIDENT, if_match=IfMatch.REQUIRED, present=wiring.accounts.present
)
def remove_resident(call: Plain, resident_id: str) -> RemovedView:
    """Remove a resident who moved away, with kin links, health notes, card, consents and handsets.

    What the home measured stays, and the id is nobody else's, until they are erased.
    """
    known = _resident(call, resident_id)
    call.seen.must_be(known.version)
    wiring.registry.residents().remove(known, now=call.now)
    wiring.accounts.left(As(known.community, Role.RESIDENT, known.id), now=call.now)
    return RemovedView(id=resident_id)


@routes.route("/residents/{resident_id}/kin", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=AT_THE_DOOR, sees=CONTACTS)
def read_kin(call: Plain, resident_id: str) -> KinListView:
    """A resident's kin, in the order in which they are asked, with the resident's wishes."""
    return _kin(_resident(call, resident_id))


@routes.route("/residents/{resident_id}/kin", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=COORDINATORS,
    sees=CONTACTS,
    body=KinListAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.present,
)
def change_kin(call: Call[NoQuery, KinListAsk], resident_id: str) -> KinListView:
    """Replace a resident's kin: who they are, their order, and who may not be called."""
    known = _resident(call, resident_id)
    call.seen.must_be(known.version)
    told = [
        KinTold(
            one.person or "", one.name, phone(one.phone, pointer=f"/kin/{place}/phone"), one.relation,
            one.wish, one.note,
        )
        for place, one in enumerate(call.body.kin)
    ]  # fmt: skip
    stored = wiring.registry.residents().put_kin(known, told)
    named = wiring.registry.people().get_many(stored.community, [one.person for one in stored.kin])
    for person in named.values():
        wiring.accounts.moved(As(person.community, Role.KIN, person.id), person.phone, now=call.now)
    return _kin(stored)


@routes.route("/residents/{resident_id}/care", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=AT_THE_DOOR, sees=HEALTH)
def read_care(call: Plain, resident_id: str) -> CareView:
    """A resident's health notes, medication and daily routine."""
    return CareView.of(wiring.registry.residents().care(call.caller.community, resident_id))


@routes.route("/residents/{resident_id}/care", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=HEALTH, body=CareAsk, if_match=IfMatch.REQUIRED)
def change_care(call: Call[NoQuery, CareAsk], resident_id: str) -> CareView:
    """Replace a resident's health notes, medication and daily routine."""
    known, asked = wiring.registry.residents().care(call.caller.community, resident_id), call.body
    call.seen.must_be(known.version)
    medication = tuple(Medicine(one.name, one.dose, one.times) for one in asked.medication)
    made = Care(
        known.community, known.resident, asked.health_notes, medication, asked.routine, version=known.version
    )
    return CareView.of(wiring.registry.residents().put_care(made))


def _resident(call: Call[Any, Any], resident_id: str) -> Resident:
    return wiring.registry.residents().get(call.caller.community, resident_id)


def _described(resident: Resident, asked: ResidentAsk) -> Resident:
    return replace(
        resident, household=asked.household, name=asked.name, phone=phone(asked.phone), born=asked.born,
        categories=frozenset(asked.categories), tags=tuple(asked.tags), agreed_on=asked.agreed_on,
        agreed_by=asked.agreed_by, language=asked.language,
    )  # fmt: skip


def _kin(resident: Resident) -> KinListView:
    asked = [one.person for one in resident.kin]
    return KinListView.of(resident, wiring.registry.people().get_many(resident.community, asked))
