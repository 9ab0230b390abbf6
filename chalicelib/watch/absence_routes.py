"""Absences over HTTP: the resident, kin and staff say when nobody is at home, or a visitor is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import Ask, Call, Creates, Instant, NoQuery, Plain, View, When, endpoint
from chalicelib.kernel.caller import STAFF, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.sight import Part
from chalicelib.watch.absence import Absence, Declared
from chalicelib.watch.absence_service import LIFE_SIGNS, MOVED_IN

routes = Blueprint(__name__)
WHO_DECLARES = STAFF | {Role.RESIDENT, Role.KIN}
A_HOME = wiring.sight.a_household(Part.STATUS)


class AbsenceAsk(Ask):
    """`away`: nobody is at home, and the watches for silence pause; gas, smoke, falls and the "1" key never
    do. `visitor`: somebody else is there, and nothing is learned. 30 days at most; without a beginning from
    now on.
    """

    kind: Declared = Declared.AWAY
    begins_at: When | None = None
    ends_at: When


class AbsenceView(View):
    """`ended_by` is who ended it early, `life_signs` when somebody lived there again, `moved_in` when others
    came to live there. `names` are those of who declared and ended it, by id.
    """

    id: str
    kind: Declared
    begins_at: Instant
    ends_at: Instant
    declared_by: str
    declared_at: Instant
    is_over: bool
    ended_by: str | None
    names: dict[str, str]


class AbsencesView(View):
    """The latest first, those of the last 40 days among them."""

    items: list[AbsenceView]


@routes.route("/households/{household_id}/absences", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=WHO_DECLARES, sees=A_HOME)
def list_absences(call: Plain, household_id: str) -> AbsencesView:
    """When nobody is, was or will be at home, or a visitor is, as it was declared. Who moved in isn't told of
    those before.
    """
    _must_be(call.caller.community, household_id)
    found = wiring.watch.absences().of(call.caller.community, household_id)
    if call.caller.role not in STAFF:
        since = wiring.sight.told_since(call.caller, household_id, call.sight)
        found = [each for each in found if each.declared_at >= since]
    return AbsencesView(items=_views(found, call.caller.community, call.now))


@routes.route("/households/{household_id}/absences", methods=["POST"], authorizer=signed_in)
@endpoint(
    routes,
    may=WHO_DECLARES,
    sees=A_HOME,
    body=AbsenceAsk,
    creates=Creates(wiring.http.once, "/v1/households/{household_id}/absences"),
)
def declare_absence(call: Call[NoQuery, AbsenceAsk], household_id: str) -> AbsenceView:
    """Say that nobody is at home, or that a visitor is. It ends by itself, or when somebody is back."""
    community, asked = call.caller.community, call.body
    _must_be(community, household_id)
    begins_at = (asked.begins_at or call.now).replace(microsecond=0)
    absence = Absence(
        community,
        household_id,
        asked.kind,
        begins_at,
        asked.ends_at.replace(microsecond=0),
        call.caller.name,
        call.now,
    )
    declared = wiring.watch.absences().declare(absence, now=call.now)
    return _views([declared], community, call.now)[0]


@routes.route("/households/{household_id}/absences/{absence_id}", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=WHO_DECLARES, sees=A_HOME)
def end_absence(call: Plain, household_id: str, absence_id: str) -> AbsenceView:
    """End it now: the watches count from this moment. One that is over stays as it is."""
    ended = wiring.watch.absences().end(
        call.caller.community, household_id, absence_id, by=call.caller.name, now=call.now
    )
    return _views([ended], call.caller.community, call.now)[0]


def _must_be(community: str, household: str) -> None:
    if wiring.registry.store().household(community, household) is None:
        raise NotFoundError(f"There is no household '{household}'.")


def _people_in(absence: Absence) -> set[str]:
    return {absence.declared_by, absence.ended_by} - {"", LIFE_SIGNS, MOVED_IN}


def _views(absences: Sequence[Absence], community: str, now: datetime) -> list[AbsenceView]:
    names = wiring.registry.names(community, {who for each in absences for who in _people_in(each)})
    return [_view(each, names, now) for each in absences]


def _view(absence: Absence, names: Mapping[str, str], now: datetime) -> AbsenceView:
    return AbsenceView(
        id=absence.id,
        kind=absence.kind,
        begins_at=rfc3339(absence.begins_at),
        ends_at=rfc3339(absence.ends_at),
        declared_by=absence.declared_by,
        declared_at=rfc3339(absence.declared_at),
        is_over=absence.ends_at <= now,
        ended_by=absence.ended_by or None,
        names={who: names[who] for who in _people_in(absence) if who in names},
    )
