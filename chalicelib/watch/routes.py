"""A household's state, and the system's own health, over HTTP."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib import wiring
from chalicelib.accounts.triggers import signed_in
from chalicelib.aws.remembered import Remembered
from chalicelib.http.cursors import cursor, position
from chalicelib.http.endpoint import (
    AnyCall,
    Ask,
    Call,
    IfMatch,
    Instant,
    NoQuery,
    PageQuery,
    Plain,
    Versioned,
    View,
    endpoint,
)
from chalicelib.http.rows import COMMUNITYS, NOBODYS
from chalicelib.http.shapes import KeptView
from chalicelib.kernel.caller import COORDINATORS, EVERYONE, STAFF, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.sight import Part
from chalicelib.registry.consent import DATA
from chalicelib.registry.model import Household, Kind, StillWaterSettings
from chalicelib.registry.records import HomeRecord, HomeSight
from chalicelib.watch.absence import Absence, Declared, until
from chalicelib.watch.roll import Standing
from chalicelib.watch.states import DeviceNow, HomeNow
from chalicelib.watch.still_water import Finding

routes = Blueprint(__name__)

LATE_TICK = timedelta(minutes=3)
SPEAKING = (Standing.SPEAKING, Standing.LATE)
WHO_SEES_HOMES = STAFF | {Role.RESIDENT, Role.KIN, Role.VOLUNTEER, Role.NURSE}
"""Each sees the homes that the row rule gives them, and of these the parts it gives them."""
A_HOME = wiring.sight.a_home_with_its_record(Part.STATUS, Part.ADDRESS, Part.SERIES, Part.HISTORY)


class HouseholdItem(View):
    """A home; its steward by id, empty when it has none."""

    id: str
    name: str
    building: str
    grid: str
    steward: str


class HouseholdPage(View):
    items: list[HouseholdItem]
    next_cursor: str | None


class StillWaterAsk(Ask):
    """The founding rule's numbers: 60 to 10080 minutes, 1 to 1000 litres; null for the community's."""

    window_minutes: Annotated[int, Field(ge=60, le=10_080)] | None
    least_litres: Annotated[int, Field(ge=1, le=1000)] | None


class DeviceStanding(View):
    """A device, and how it has been heard: speaking, late or silent; null when it was revoked."""

    id: str
    kind: Kind
    standing: Standing | None
    heard_at: Instant | None


class HouseholdState(HouseholdItem, Versioned, KeptView):
    """What is known of a home now.

    `finding` is active, inactive or unknown; `look_again_at` the next deadline. What isn't the caller's to
    see is null: the address for who isn't on the case, figures and devices for who sees no readings, alarms
    for kin, who are told only whether one is open. Kin see the devices of kinds that were opened to them;
    staff see all, and when those were heard. `away_until` and `visitor_until` are what was declared.
    `version` is the home's record's: what its devices tell doesn't change it.
    """

    version: int
    address: str | None
    window_minutes: int | None
    least_litres: int | None
    finding: Finding
    last_life_sign_at: Instant | None
    used_litres: int | None
    look_again_at: Instant | None
    guarded: bool
    devices: list[DeviceStanding] | None
    alarm_open: bool
    open_alarms: list[str] | None
    away_until: Instant | None
    visitor_until: Instant | None


class HealthStatus(StrEnum):
    OK = "ok"
    LATE = "late"


class Health(View):
    """`ok`, or `late` when no tick was completed, or a deadline was left waiting, for three minutes."""

    status: HealthStatus
    tick_at: Instant | None
    tick_age_seconds: int | None
    longest_overdue_seconds: int


@routes.route("/households", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=STAFF, sees=COMMUNITYS, query=PageQuery)
def list_households(call: Call[PageQuery, None]) -> HouseholdPage:
    """The community's households, by id."""
    query, key, community = call.query, wiring.ground.cursor_key(), call.caller.community
    scope = f"households/{community}"
    after = position(query.cursor, scope=scope, key=key) if query.cursor else None
    households, page = wiring.registry.store().household_page(community, limit=query.limit, after=after)
    more = cursor(page.after, scope=scope, key=key) if page.after else None
    return HouseholdPage(items=[HouseholdItem(**_names(home)) for home in households], next_cursor=more)


@routes.route("/households/{household_id}", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=WHO_SEES_HOMES, sees=A_HOME)
def read_household(call: Plain, household_id: str) -> HouseholdState:
    """A household with its last life sign, its next deadline, its devices and its open alarms."""
    return _state(call, HomeSight.of(call.sight))


def _state(call: AnyCall, sight: HomeSight) -> HouseholdState:
    record, home = sight.record, sight.record.household
    states = wiring.watch.states()
    known = states.of(home.community, home.id, now=call.now)
    devices = states.of_devices(home, record.devices, known, now=call.now)
    stays = wiring.watch.absences().in_force(home.community, home.id, now=call.now)
    seen = (sight.parts, sight.kinds)
    told = (record, known, devices, sight.alarms, stays, *seen)
    return _SHOWN.of((home.community, home.id, *seen), told, lambda: _shown(*told))


_SHOWN: Remembered[HouseholdState] = Remembered()
"""Homes' states as they were shown: one of which nothing is new isn't made again."""


def _shown(
    record: HomeRecord,
    known: HomeNow,
    devices: Sequence[DeviceNow],
    alarms: tuple[str, ...],
    stays: Sequence[Absence],
    parts: frozenset[Part],
    kinds: frozenset[str],
) -> HouseholdState:
    home, figures, state = record.household, Part.SERIES in parts, known.state
    return HouseholdState(
        **_names(home),
        version=home.version,
        address=home.address if Part.ADDRESS in parts else None,
        window_minutes=record.numbers.window_minutes,
        least_litres=record.numbers.least_litres,
        finding=state.finding,
        last_life_sign_at=rfc3339(state.last_drawn_at) if figures and state.last_drawn_at else None,
        used_litres=state.used_litres if figures else None,
        look_again_at=rfc3339(known.look_again_at) if figures and known.look_again_at else None,
        guarded=any(device.standing in SPEAKING for device in devices),
        devices=_standings(devices, kinds, all_of_them=Part.HISTORY in parts) if kinds else None,
        alarm_open=bool(alarms),
        open_alarms=list(alarms) if Part.HISTORY in parts else None,
        away_until=_until(stays, Declared.AWAY),
        visitor_until=_until(stays, Declared.VISITOR),
    )


def _until(stays: Sequence[Absence], kind: Declared) -> str | None:
    ends_at = until(stays, kind)
    return rfc3339(ends_at) if ends_at else None


@routes.route("/households/{household_id}/still-water", methods=["PUT"], authorizer=signed_in)
@endpoint(routes, may=COORDINATORS, sees=A_HOME, body=StillWaterAsk, if_match=IfMatch.REQUIRED)
def set_still_water(call: Call[NoQuery, StillWaterAsk], household_id: str) -> HouseholdState:
    """Change a household's window and least use; null means the community's. It takes effect at once."""
    home = HomeSight.of(call.sight).record.household
    call.seen.must_be(home.version)
    numbers = StillWaterSettings(call.body.window_minutes, call.body.least_litres)
    wiring.registry.registry().change_rule(home, numbers, now=call.now)
    return _state(call, HomeSight.of(A_HOME.find(call.caller, {"household_id": household_id}, call.now)))


@routes.route("/health", methods=["GET"], authorizer=signed_in)
@endpoint(routes, may=EVERYONE, sees=NOBODYS)
def read_health(call: Plain) -> Health:
    """Whether deadlines are being taken: the tick's age, and how overdue the oldest deadline is."""
    beat = wiring.watch.deadline_store().last_beat()
    overdue = wiring.watch.deadline_store().longest_overdue(now=call.now)
    late = beat is None or call.now - beat > LATE_TICK or overdue > LATE_TICK
    return Health(
        status=HealthStatus.LATE if late else HealthStatus.OK,
        tick_at=rfc3339(beat) if beat else None,
        tick_age_seconds=int((call.now - beat).total_seconds()) if beat else None,
        longest_overdue_seconds=int(overdue.total_seconds()),
    )


def _names(home: Household) -> dict[str, str]:
    return {
        "id": home.id,
        "name": home.name,
        "building": home.building,
        "grid": home.grid,
        "steward": home.steward,
    }


def _standings(
    devices: Sequence[DeviceNow], kinds: frozenset[str], *, all_of_them: bool
) -> list[DeviceStanding]:
    """Of what wasn't opened to them kin see nothing, and staff that it works, without when it was heard."""
    shown = []
    for now in devices:
        data = DATA.get(now.device.kind)
        heard = all_of_them if data is None else data in kinds
        if heard or all_of_them:
            shown.append(_standing(now, heard=heard))
    return shown


def _standing(now: DeviceNow, *, heard: bool) -> DeviceStanding:
    heard_at = rfc3339(now.heard_at) if now.heard_at and heard else None
    return DeviceStanding(id=now.device.id, kind=now.device.kind, standing=now.standing, heard_at=heard_at)
