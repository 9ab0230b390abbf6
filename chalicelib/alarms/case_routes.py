"""Cases over HTTP: what is open in each home, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.cases import Case, OnIt
from chalicelib.alarms.listing import open_cases
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import State
from chalicelib.alarms.relations import RESPONDERS
from chalicelib.alarms.texts import evidence_text
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import AnyCall, Call, Instant, PageQuery, View, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.kernel.caller import STAFF
from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.model import Household
from chalicelib.watch.model import ConcernKind

routes = Blueprint(__name__)


class OnItView(View):
    """Somebody who took charge of one of a home's alarms: how far they are, and since when."""

    person: str
    name: str
    state: State
    since: Instant
    alarm: str


class CaseAlarmView(View):
    """One of a home's open alarms; `GET /v1/alarms/{id}` has the rest."""

    id: str
    kind: ConcernKind
    severity: int
    state: State
    text: str
    raised_at: Instant
    drill: bool
    acknowledged_by: str | None
    offered_to: str | None


class CaseView(View):
    """A home's open alarms, the most severe first, and everybody who is on one of them, the nearest first."""

    household: str
    household_name: str
    building: str
    steward: str
    severity: int
    since: Instant
    drill: bool
    on_it: list[OnItView]
    alarms: list[CaseAlarmView]


class CasePage(View):
    items: list[CaseView]
    next_cursor: str | None


@routes.route("/cases", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=RESPONDERS, sees=COMMUNITYS, query=PageQuery)
def list_cases(call: Call[PageQuery, None]) -> CasePage:
    """One item a home: the most severe first. Staff see all of their community, others those they are on."""
    query, key, caller = call.query, wiring.ground.cursor_key(), call.caller
    scope = f"cases/{caller.community}"
    after = position(query.cursor, scope=scope, key=key)["after"] if query.cursor else None
    cases = open_cases(wiring.alarms.store(), caller.community)
    mine = [case for case in cases if caller.role in STAFF or case.has_on_it(caller.name)]
    left = [case for case in mine if after is None or case.place > after]
    page = left[: query.limit]
    more = cursor({"after": page[-1].place}, scope=scope, key=key) if len(left) > len(page) else None
    known = _known(call, page)
    return CasePage(items=[_view(case, call, known) for case in page], next_cursor=more)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read for a whole page: homes, names, whose drills, which alarms are told without figures."""

    homes: Mapping[str, Household]
    names: Mapping[str, str]
    called: Mapping[str, str]
    hidden: frozenset[str]
    zone: tzinfo


def _known(call: AnyCall, page: Sequence[Case]) -> _Known:
    community, alarms = call.caller.community, [alarm for case in page for alarm in case.alarms]
    return _Known(
        homes=wiring.registry.store().some_households(community, {case.household for case in page}),
        names=wiring.registry.names(community, {one.person for case in page for one in case.on_it}),
        called=wiring.alarms.called(community, alarms),
        hidden=wiring.sight.discretion().hides(call.caller, alarms),
        zone=wiring.registry.community(community).zone,
    )


def _view(case: Case, call: AnyCall, known: _Known) -> CaseView:
    home = known.homes.get(case.household)
    return CaseView(
        household=case.household,
        household_name=home.name if home else "",
        building=home.building if home else "",
        steward=home.steward if home else "",
        severity=case.severity,
        since=rfc3339(case.since),
        drill=case.drill,
        on_it=[_on_it(one, known.names) for one in case.on_it],
        alarms=[_alarm(alarm, call, known) for alarm in case.alarms],
    )


def _on_it(one: OnIt, names: Mapping[str, str]) -> OnItView:
    return OnItView(
        person=one.person,
        name=names.get(one.person, one.person),
        state=one.state,
        since=rfc3339(one.since),
        alarm=one.alarm,
    )


def _alarm(alarm: Alarm, call: AnyCall, known: _Known) -> CaseAlarmView:
    hidden, who = alarm.id in known.hidden, known.called.get(alarm.id, "")
    return CaseAlarmView(
        id=alarm.id,
        kind=alarm.kind,
        severity=alarm.severity,
        state=alarm.state,
        text=evidence_text(
            alarm, language=call.language, zone=known.zone, now=call.now, hidden=hidden, who=who
        ),
        raised_at=rfc3339(alarm.raised_at),
        drill=alarm.drill,
        acknowledged_by=alarm.acknowledged_by,
        offered_to=alarm.offered_to,
    )
