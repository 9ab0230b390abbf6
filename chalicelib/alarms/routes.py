"""The alarms over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import Annotated, Literal

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.log_texts import people_in
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import TakenError
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.relations import RESPONDERS, narrowed, once_moved
from chalicelib.alarms.service import Responder
from chalicelib.alarms.views import AlarmPage, AlarmView, AlarmWithLog, alarm_view, log_view, place_view
from chalicelib.alarms.whence import UNTOLD
from chalicelib.aws.remembered import Remembered
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import (
    AnyCall,
    Ask,
    Call,
    IfMatch,
    NoQuery,
    PageQuery,
    Plain,
    endpoint,
)
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import STAFF
from chalicelib.kernel.sight import Part, Sight

routes = Blueprint(__name__)

ALARM_PARTS = frozenset({Part.HISTORY, Part.STATUS, Part.ADDRESS})
AN_ALARM = wiring.sight.an_alarm(Part.HISTORY, *sorted(ALARM_PARTS))
AN_ALARM_TO_MOVE = wiring.sight.an_alarm(Part.HISTORY, Part.STATUS)
"""Moving it answers with what reading it shows then: who took charge is on the case."""
AN_ALARM_TO_CLOSE = wiring.sight.an_alarm(Part.HISTORY, Part.STATUS, or_closed_by_them=True)
"""Who closed it may say so again, as a phone does that lost the answer."""


class AlarmsQuery(PageQuery):
    """The alarms that wait for an outcome, or those that have one."""

    state: Literal["open", "closed"] = "open"


class OutcomeAsk(Ask):
    """What was found at the door. `real` names the action: family, 120, 119, 110 or helped.

    The causes of each verdict, any other is refused (422):

    - `real`: fell, ill, fire, gas, died, away, low_use, other. Not of a drill.
    - `false`: asleep, away, low_use, visiting, pressed_by_mistake, test, meter_fault, network_fault, other.
    - `device`: meter_fault, network_fault, other.
    - `drill`: test, pressed_by_mistake, other. Only of a drill, or of the task after one.
    """

    verdict: Verdict
    cause: Cause
    note: Annotated[str, Field(max_length=1000)] = ""
    action: Action | None = None
    seen_version: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


class ReopeningAsk(Ask):
    """Why the outcome was not the last word."""

    note: Annotated[str, Field(min_length=1, max_length=1000)]


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
    if query.state == "closed":  # what is open is the desk's work, and told to whom it asks
        wiring.sight.homes_listed(call.caller, [alarm.household for alarm in alarms], call.now)
    views = _views(alarms, call)
    return _PAGES.of(
        (scope, query.cursor, call.language),
        (views, more),
        lambda: AlarmPage(items=views, next_cursor=more),
    )


_PAGES: Remembered[AlarmPage] = Remembered(most=50)
"""Pages as they were shown: one on which nothing is new isn't made again."""


@routes.route("/alarms/{alarm_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM)
def read_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """One alarm with its whole log."""
    return _with_log(wiring.alarms.desk().get(alarm_id, community=call.caller.community), call, call.sight)


@routes.route("/alarms/{alarm_id}/acknowledgement", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def acknowledge_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Take charge of an alarm.

    Again by the same person changes nothing; by another is a 409 that names the first.
    """
    by = _mover(call, alarm_id)
    with _by_name(call):
        return _moved(wiring.alarms.desk().acknowledge(alarm_id, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/acknowledgement", methods=["DELETE"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def decline_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Give an alarm back: it is raised again, and somebody else is asked."""
    with _by_name(call):
        return _moved(wiring.alarms.desk().decline(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/en-route", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def set_out_for_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Be on the way."""
    with _by_name(call):
        return _moved(wiring.alarms.desk().set_out(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/on-site", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def arrive_at_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Be at the door."""
    with _by_name(call):
        return _moved(wiring.alarms.desk().arrive(alarm_id, by=_mover(call, alarm_id), now=call.now), call)


@routes.route("/alarms/{alarm_id}/self-answer", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_MOVE, if_match=IfMatch.HEEDED)
def self_answer_alarm(call: Plain, alarm_id: str) -> AlarmWithLog:
    """Note that the resident of a quiet home answered that all is well."""
    by = _mover(call, alarm_id)
    return _moved(wiring.alarms.desk().self_answer(alarm_id, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/reopening", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=AN_ALARM_TO_MOVE, body=ReopeningAsk, if_match=IfMatch.HEEDED)
def reopen_alarm(call: Call[NoQuery, ReopeningAsk], alarm_id: str) -> AlarmWithLog:
    """Raise a closed alarm again; more than two hours after its outcome, as a new one linked to it."""
    by, note = _mover(call, alarm_id), call.body.note
    return _moved(wiring.alarms.desk().reopen(alarm_id, note=note, by=by, now=call.now), call)


@routes.route("/alarms/{alarm_id}/outcome", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=AN_ALARM_TO_CLOSE, body=OutcomeAsk, if_match=IfMatch.HEEDED)
def resolve_alarm(call: Call[NoQuery, OutcomeAsk], alarm_id: str) -> AlarmWithLog:
    """Say what was found, which closes the alarm."""
    asked = call.body
    outcome = Outcome(asked.verdict, asked.cause, asked.note, asked.action)
    return _moved(
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


@contextmanager
def _by_name(call: AnyCall) -> Iterator[None]:
    """Who has an alarm in hand is named to whoever else may move it: they may have to talk."""
    try:
        yield
    except TakenError as error:
        person = wiring.registry.people().get(call.caller.community, error.who)
        raise error.named(person.name if person else error.who) from error


def _moved(alarm: Alarm, call: AnyCall) -> AlarmWithLog:
    sight = narrowed(once_moved(call.caller, call.sight, alarm), Part.HISTORY, ALARM_PARTS)
    return _with_log(alarm, call, sight).under(sight)


def _with_log(alarm: Alarm, call: AnyCall, sight: Sight) -> AlarmWithLog:
    log = wiring.alarms.desk().log(alarm)
    named = people_in(log) | {alarm.acknowledged_by, alarm.offered_to, alarm.resolved_by}
    names = wiring.registry.names(alarm.community, [person for person in named if person])
    home = wiring.registry.store().household(alarm.community, alarm.household)
    sees_address = sight.shows(Part.ADDRESS)
    whence = wiring.onekey.calls_from().of(alarm) if sees_address else UNTOLD
    hidden = bool(wiring.sight.discretion().hides(call.caller, [alarm]))
    shown = alarm_view(
        alarm, home, zone=_zone(call), language=call.language, now=call.now, hidden=hidden,
        who=wiring.alarms.called(alarm.community, [alarm]).get(alarm.id, ""),
    )  # fmt: skip
    return AlarmWithLog(
        **shown.model_dump(),
        address=home.address if home and sees_address else None,
        location=place_view(whence.place) if whence.place else None,
        caller_phone=whence.phone or None,
        names=names,
        log=[log_view(entry, names, language=call.language) for entry in log],
    )


def _views(alarms: list[Alarm], call: AnyCall) -> list[AlarmView]:
    """A page of alarms: their homes are read together, and what hasn't changed isn't made again."""
    if not alarms:
        return []
    wanted = list(dict.fromkeys(alarm.household for alarm in alarms))
    homes = wiring.registry.store().some_households(call.caller.community, wanted)
    zone, faces = _zone(call), wiring.alarms.faces()
    hidden = wiring.sight.discretion().hides(call.caller, alarms)
    called = wiring.alarms.called(call.caller.community, alarms)
    return [
        faces.of(
            alarm, homes.get(alarm.household), zone=zone, language=call.language, now=call.now,
            hidden=alarm.id in hidden, who=called.get(alarm.id, ""),
        )
        for alarm in alarms
    ]  # fmt: skip


def _zone(call: AnyCall) -> tzinfo:
    return wiring.registry.community(call.caller.community).zone
