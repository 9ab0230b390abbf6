"""Who looked at a resident's record, its export and erasure, and how long what is kept, over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.http.endpoint import (
    AnyCall,
    Ask,
    Call,
    IfMatch,
    Instant,
    NoQuery,
    Plain,
    Versioned,
    View,
    endpoint,
)
from chalicelib.http.rows import COMMUNITYS
from chalicelib.http.shapes import NEVER_KEPT
from chalicelib.kernel.caller import COORDINATORS, STAFF
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.sight import Part
from chalicelib.registry.consent_routes import SELF_OR_COORDINATOR, THEIRS
from chalicelib.registry.retention import LONGEST_SERIES_DAYS, Retention

routes = Blueprint(__name__)


class ExportView(View):
    """Everything that is known of a person, by who holds it. Readings are too many for one answer: `readings`
    names where to read them.
    """

    headers: ClassVar[Mapping[str, str]] = NEVER_KEPT
    resident: str
    at: Instant
    readings: list[str]
    held: dict[str, Any]


class ErasureAsk(Ask):
    """Erasure can't be undone: say the resident's id once more."""

    confirm: str


class ErasureView(View):
    """The record is gone from now on; everything else by `gone_by`, with what was still under way. Only an
    alarm that has no outcome even then is kept, until an hour after it has one.
    """

    resident: str
    gone_by: Instant


class RetentionView(Versioned):
    """Days from a reading, or from an alarm's outcome, until it is forgotten."""

    series_days: int
    alarm_days: int


class RetentionAsk(Ask):
    """Readings 7 to 366 days, closed alarms 30 to 3660: for what is stored or closed from now on."""

    series_days: Annotated[int, Field(ge=7, le=LONGEST_SERIES_DAYS)]
    alarm_days: Annotated[int, Field(ge=30, le=3660)]


class LookView(View):
    """A look: who (`name` is what they are called), in which role, on what grounds, at which parts, for which
    alarm. Who runs the stack is an `operator`, by what they are to AWS.
    """

    at: Instant
    who: str
    name: str
    role: str
    grounds: str
    parts: list[str]
    case: str | None


class LooksView(View):
    """Who looked, newest first, as far back as looks are kept."""

    resident: str
    items: list[LookView]


@routes.route("/residents/{resident_id}/access-log", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=THEIRS, sees=wiring.sight.a_resident(Part.ACCESS_LOG))
def read_access_log(call: Plain, resident_id: str) -> LooksView:
    """Who looked at a resident's record, newest first.

    Of the lists that showed them, those of this month and the one before.
    """
    return LooksView(resident=resident_id, items=_looks(call, resident_id))


@routes.route("/residents/{resident_id}/export", methods=["GET"], authorizer=signed_in)
@endpoint(
    routes,
    may=SELF_OR_COORDINATOR,
    sees=wiring.sight.a_resident(Part.EVERYTHING),
    present=wiring.accounts.in_person,
)
def export_resident(call: Plain, resident_id: str) -> ExportView:
    """Everything about a resident, as JSON."""
    everything, community = wiring.privacy.everything(), call.caller.community
    subject = everything.subject(community, resident_id)
    return ExportView(
        resident=resident_id,
        at=rfc3339(call.now),
        readings=[f"/v1/devices/{device}/readings" for device in subject.devices],
        held=everything.export(community, resident_id, without=["readings"], now=call.now),
    )


@routes.route("/residents/{resident_id}/erasure", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=SELF_OR_COORDINATOR,
    sees=wiring.sight.a_resident(Part.EVERYTHING),
    body=ErasureAsk,
    present=wiring.accounts.in_person,
)
def erase_resident(call: Call[NoQuery, ErasureAsk], resident_id: str) -> ErasureView:
    """Erase everything about a resident within a day. What is left of their alarms is statistics."""
    if call.body.confirm != resident_id:
        raise RefusedError(
            "Say the resident's id once more to confirm.",
            pointer="/confirm",
            zh="请再填一遍居民编号，以便确认。",
        )
    by = wiring.privacy.everything().request_erasure(call.caller.community, resident_id, now=call.now)
    return ErasureView(resident=resident_id, gone_by=rfc3339(by))


@routes.route("/retention", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS)
def read_retention(call: Plain) -> RetentionView:
    """How long the community keeps what."""
    return _retention_view(wiring.registry.store().retention(call.caller.community))


@routes.route("/retention", methods=["PUT"], authorizer=signed_in)
@endpoint(
    routes,
    may=COORDINATORS,
    sees=COMMUNITYS,
    body=RetentionAsk,
    if_match=IfMatch.REQUIRED,
    present=wiring.accounts.present,
)
def put_retention(call: Call[NoQuery, RetentionAsk]) -> RetentionView:
    """Change how long readings and closed alarms are kept. A running ingest hears of it in five minutes."""
    store, community = wiring.registry.store(), call.caller.community
    known = store.retention(community)
    call.seen.must_be(known.version)
    store.put_retention(community, Retention(call.body.series_days, call.body.alarm_days, known.version))
    return _retention_view(store.retention(community))


def _retention_view(retention: Retention) -> RetentionView:
    return RetentionView(
        series_days=retention.series_days, alarm_days=retention.alarm_days, version=retention.version
    )


def _looks(call: AnyCall, resident_id: str) -> list[LookView]:
    community = call.caller.community
    looks = wiring.privacy.looks_at(community, resident_id, now=call.now)
    names = wiring.registry.names(community, {look.who for look in looks})
    return [
        LookView(
            at=rfc3339(look.at),
            who=look.who,
            name=names.get(look.who, look.who),
            role=look.role,
            grounds=look.grounds,
            parts=list(look.parts),
            case=look.case or None,
        )
        for look in looks
    ]
