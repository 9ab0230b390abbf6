"""The alarms over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.relations import RESPONDERS
from chalicelib.alarms.service import Responder
from chalicelib.alarms.texts import evidence_text
from chalicelib.http.cursors import cursor, position
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
from chalicelib.kernel.caller import STAFF
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.sight import Part
from chalicelib.registry.model import Household
from chalicelib.watch.model import ConcernKind

routes = Blueprint(__name__)

AN_ALARM = wiring.sight.an_alarm(Part.HISTORY, Part.STATUS, Part.ADDRESS)
AN_ALARM_TO_MOVE = wiring.sight.an_alarm(Part.HISTORY, Part.STATUS)
"""Moving it answers without the address: who is on the case only since this call reads the alarm for it."""
AN_ALARM_TO_CLOSE = wiring.sight.an_alarm(Part.HISTORY, Part.STATUS, or_closed_by_them=True)
"""Who closed it may say so again, as a phone does that lost the answer."""


class AlarmsQuery(Ask):
    """`state=open` (default) or `closed`; up to `limit` a page; `cursor` from the page before."""

    state: Literal["open", "closed"] = "open"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: str | None = None


class OutcomeAsk(Ask):
    """What was found at the door. `real` names the action: family, 120, 119, 110 or helped."""

    verdict: Verdict
    cause: Cause
    note: Annotated[str, Field(max_length=1000)] = ""
    action: Action | None = None
    seen_version: int | None = None


class ReopeningAsk(Ask):
    """Why the outcome was not the last word."""

    note: Annotated[str, Field(min_length=1, max_length=1000)]


class OutcomeView(View):
    verdict: Verdict
    cause: Cause
    note: str
    action: Action | None


class AlarmView(Versioned):
    """An alarm as staff see it. `text` is its evidence in the caller's language."""

    id: str
    kind: ConcernKind
    severity: Annotated[int, Field(ge=1, le=3)]
    state: State
    household: str
    household_name: str
    building: str
    steward: str
    text: str
    evidence: dict[str, int | str]
    raised_at: Instant
    drill: bool
    linked_to: str | None
    moves: list[State]
    acknowledged_by: str | None
    acknowledged_at: Instant | None
    en_route_at: Instant | None
    on_site_at: Instant | None
    self_answered_at: Instant | None
    cleared_at: Instant | None
    outcome: OutcomeView | None
    resolved_by: str | None
    resolved_at: Instant | None
    version: int


class LogEntryView(View):
    at: Instant
    known_at: Instant
    what: str
    by: str
    channel: str
    on_behalf_of: str | None
    note: str


class AlarmWithLog(AlarmView):
    """With its log; and the home's address, for who is on the case."""

    address: str | None
    log: list[LogEntryView]


class AlarmPage(View):
    items: list[AlarmView]
    next_cursor: str | None


@routes.route("/alarms", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=AlarmsQuery)
def list_alarms(call: Call[AlarmsQuery, None]) -> AlarmPage:
    """The community's open or closed alarms, newest first."""
    query, key = call.query, wiring.ground.cursor_key()
    scope = f"alarms/{call.caller.community}/{query.state}"
    after = position(query.cursor, scope=scope, key=key) if query.cursor else None
    alarms, page = wiring.alarms.desk().page(
        call.caller.community, is_open=query.state == "open", limit=query.limit, after=after
    )
    more = cursor(page.after, scope=scope, key=key) if page.after else None
    store = wiring.registry.store()
    items = [_view(alarm, call, store.household(alarm.community, alarm.household)) for alarm in alarms]
    return AlarmPage(items=items, next_cursor=more)


@routes.route("/alarms/{alarm_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM)
def read_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """One alarm with its whole log."""
    return _with_log(wiring.alarms.desk().get(alarm_id, community=call.caller.community), call)


@routes.route("/alarms/{alarm_id}/acknowledgement", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def acknowledge_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Take charge of an alarm.

    Again by the same person changes nothing; by another is a 409 that names the first.
    """
    by = _mover(call, alarm_id)
    return _with_log(wiring.alarms.desk().acknowledge(alarm_id, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/acknowledgement", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def decline_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Give an alarm back: it is raised again, and somebody else is asked."""
    return _with_log(wiring.alarms.desk().decline(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/en-route", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def set_out_for_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Be on the way."""
    return _with_log(wiring.alarms.desk().set_out(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/on-site", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def arrive_at_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Be at the door."""
    return _with_log(wiring.alarms.desk().arrive(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/self-answer", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def self_answer_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Note that the resident of a quiet home answered that all is well."""
    by = _mover(call, alarm_id)
    return _with_log(wiring.alarms.desk().self_answer(alarm_id, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/reopening", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=AN_ALARM_TO_MOVE, body=ReopeningAsk, if_match=IfMatch.HEEDED)
def reopen_alarm(call: Call[NoQuery, ReopeningAsk], alarm_id: str) -> AlarmWithLog:
    """Raise a closed alarm again; more than two hours after its outcome, as a new one linked to it."""
    by, note = _mover(call, alarm_id), call.body.note
    return _with_log(wiring.alarms.desk().reopen(alarm_id, note=note, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/outcome", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_CLOSE, body=OutcomeAsk, if_match=IfMatch.HEEDED)
def resolve_alarm(call: Call[NoQuery, OutcomeAsk], alarm_id: str) -> AlarmWithLog:
    """Say what was found, which closes the alarm."""
    asked = call.body
    outcome = Outcome(asked.verdict, asked.cause, asked.note, asked.action)
    return _with_log(
        wiring.alarms.desk().resolve(
            alarm_id, outcome, by=_mover(call, alarm_id), now=call.now, seen=asked.seen_version
        ),
        call,
    )


def _responder(call: AnyCall) -> Responder:
    return Responder(call.caller.name, call.caller.community)


def _mover(call: AnyCall, alarm_id: str) -> Responder:
    """Who moves an alarm. If they say what they saw, it must still be so."""
    if call.seen.versions is not None:
        call.seen.must_be(wiring.alarms.desk().get(alarm_id, community=call.caller.community).version)
    return _responder(call)


def _with_log(alarm: Alarm, call: AnyCall) -> AlarmWithLog:
    log = [_log_view(entry) for entry in wiring.alarms.desk().log(alarm)]
    home = wiring.registry.store().household(alarm.community, alarm.household)
    address = home.address if home and call.sight.shows(Part.ADDRESS) else None
    return AlarmWithLog(**_view(alarm, call, home).model_dump(), address=address, log=log)


def _view(alarm: Alarm, call: AnyCall, home: Household | None) -> AlarmView:
    community = wiring.registry.community(alarm.community)
    outcome = alarm.outcome
    return AlarmView(
        id=alarm.id,
        kind=alarm.kind,
        severity=alarm.severity,
        state=alarm.state,
        household=alarm.household,
        household_name=home.name if home else "",
        building=home.building if home else "",
        steward=home.steward if home else "",
        text=evidence_text(alarm, language=call.language, zone=community.zone, now=call.now),
        evidence=alarm.evidence,
        raised_at=rfc3339(alarm.raised_at),
        drill=alarm.drill,
        linked_to=alarm.linked_to,
        moves=list(alarm.moves),
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_at=_time(alarm.acknowledged_at),
        en_route_at=_time(alarm.en_route_at),
        on_site_at=_time(alarm.on_site_at),
        self_answered_at=_time(alarm.self_answered_at),
        cleared_at=_time(alarm.cleared_at),
        outcome=OutcomeView(
            verdict=outcome.verdict, cause=outcome.cause, note=outcome.note, action=outcome.action
        ) if outcome else None,
        resolved_by=alarm.resolved_by,
        resolved_at=_time(alarm.resolved_at),
        version=alarm.version,
    )  # fmt: skip


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def _log_view(entry: LogEntry) -> LogEntryView:
    return LogEntryView(
        at=rfc3339(entry.at),
        known_at=rfc3339(entry.known_at),
        what=entry.what,
        by=entry.by,
        channel=entry.channel,
        on_behalf_of=entry.on_behalf_of,
        note=entry.note,
    )
