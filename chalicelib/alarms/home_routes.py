"""The app's home screen over HTTP: one request for whatever role somebody has."""

from chalice.app import Blueprint

from chalicelib import wiring
from chalicelib.accounts.sight import masked
from chalicelib.accounts.triggers import signed_in
from chalicelib.alarms.home import Case, HomeNow, Screen
from chalicelib.alarms.moves import State
from chalicelib.alarms.relations import RESPONDERS
from chalicelib.http.endpoint import AnyCall, Instant, Plain, View, endpoint
from chalicelib.http.rows import MINE
from chalicelib.kernel.caller import EVERYONE, STAFF, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.sight import Part, Relation, Sight
from chalicelib.notify.inbox import Entry
from chalicelib.watch.absence import Declared, until
from chalicelib.watch.model import ConcernKind
from chalicelib.watch.still_water import Finding

routes = Blueprint(__name__)

FAMILY = frozenset({Role.RESIDENT, Role.KIN})


class HomeCard(View):
    """One of the caller's homes, and how it is; no figures. `away_until` and `visitor_until` are what was
    declared: nobody is expected to be active in a home that is away.
    """

    household: str
    name: str
    residents: list[str]
    finding: Finding
    alarm_open: bool
    away_until: Instant | None
    visitor_until: Instant | None


class AlarmCard(View):
    """An open alarm. `mine` when the caller is on the case; read the alarm for the address. A public board is
    told no `id`.
    """

    id: str | None
    kind: ConcernKind
    severity: int
    state: State
    household_name: str
    building: str
    raised_at: Instant
    drill: bool
    mine: bool


class TellingCard(View):
    """Something the caller was told."""

    at: Instant
    title: str
    body: str
    alarm: str | None


class HomeView(View):
    """What the app opens with. Lists that are not for the caller's role are empty.

    `more_open` says that more alarms are open than are shown here.
    """

    role: Role
    homes: list[HomeCard]
    cases: list[AlarmCard]
    open_alarms: list[AlarmCard]
    more_open: bool
    notifications: list[TellingCard]


@routes.route("/home", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=MINE)
def read_home(call: Plain) -> HomeView:
    """The home screen: kin see how their homes are, responders their cases, staff and board what is open."""
    screen = _screen(call)
    if screen.residents:
        looked = Sight(
            Relation.SELF if call.caller.role is Role.RESIDENT else Relation.KIN,
            frozenset({Part.STATUS}),
            screen.residents,
        )
        wiring.privacy.access_log().note(call.caller, looked, now=call.now)
    return HomeView(
        role=call.caller.role,
        homes=[_home(each) for each in screen.homes],
        cases=[_alarm(case, call) for case in screen.cases],
        open_alarms=[_alarm(case, call) for case in screen.open],
        more_open=screen.more,
        notifications=[_told(entry, call.language) for entry in screen.told],
    )


def _screen(call: AnyCall) -> Screen:
    screens, caller = wiring.sight.home_screen(), call.caller
    if caller.role in FAMILY:
        return screens.of_family(caller, now=call.now)
    if caller.role in STAFF or caller.role is Role.BOARD:
        return screens.of_community(caller)
    return screens.of_responder(caller) if caller.role in RESPONDERS else Screen()


def _home(now: HomeNow) -> HomeCard:
    return HomeCard(
        household=now.home.id,
        name=now.home.name,
        residents=list(now.residents),
        finding=now.state.finding,
        alarm_open=now.alarm_open,
        away_until=_until(now, Declared.AWAY),
        visitor_until=_until(now, Declared.VISITOR),
    )


def _until(now: HomeNow, kind: Declared) -> str | None:
    ends_at = until(now.stays, kind)
    return rfc3339(ends_at) if ends_at else None


def _alarm(case: Case, call: AnyCall) -> AlarmCard:
    """To the public screen a name is masked, and there is nothing to ask further with."""
    alarm, on_board = case.alarm, call.caller.role is Role.BOARD
    name = case.home.name if case.home else ""
    return AlarmCard(
        id=None if on_board else alarm.id,
        kind=alarm.kind,
        severity=alarm.severity,
        state=alarm.state,
        household_name=masked(name) if on_board else name,
        building=case.home.building if case.home else "",
        raised_at=rfc3339(alarm.raised_at),
        drill=alarm.drill,
        mine=alarm.has_on_case(call.caller.name),
    )


def _told(entry: Entry, language: str) -> TellingCard:
    words = entry.in_language(language)
    return TellingCard(at=rfc3339(entry.at), title=words.title, body=words.body, alarm=entry.alarm or None)
