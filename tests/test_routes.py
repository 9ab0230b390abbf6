"""The whole API: who may call what, and what they are told when it can't be."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from chalice.app import Blueprint, Chalice, RouteEntry

from app import app
from chalicelib import wiring
from chalicelib.accounts.model import sign
from chalicelib.accounts.sessions import As, SessionKind, new_session
from chalicelib.http.endpoint import DECLARED
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.notify.routes import CALLBACKS
from tests.api import ASLEEP, Service, raised
from tests.builders import HOUR, TOKEN_KEY, Town, envelope, ground, home
from tests.faults import FaultyTable

STAFF = {Role.GRID_WORKER, Role.COORDINATOR}
ON_CALL = {*STAFF, Role.VOLUNTEER}
RESPONDERS = {*ON_CALL, Role.NURSE}
ROUTES: dict[tuple[str, str], set[Role]] = {
    ("GET", "/v1/alarms"): STAFF,
    ("GET", "/v1/cases"): RESPONDERS,
    ("GET", "/v1/alarms/{alarm_id}"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/acknowledgement"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/outcome"): RESPONDERS,
    ("DELETE", "/v1/alarms/{alarm_id}/acknowledgement"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/en-route"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/on-site"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/self-answer"): RESPONDERS,
    ("PUT", "/v1/alarms/{alarm_id}/reopening"): STAFF,
    ("GET", "/v1/devices/{device_id}/readings"): {*STAFF, Role.RESIDENT, Role.KIN},
    ("GET", "/v1/quarantine"): STAFF,
    ("GET", "/v1/households"): STAFF,
    ("GET", "/v1/households/{household_id}"): {*RESPONDERS, Role.RESIDENT, Role.KIN},
    ("PUT", "/v1/households/{household_id}/still-water"): {Role.COORDINATOR},
    ("GET", "/v1/households/{household_id}/routine"): STAFF,
    ("PUT", "/v1/households/{household_id}/proposals/{cause}"): {Role.COORDINATOR},
    ("PUT", "/v1/households/{household_id}/routine-budget"): {Role.COORDINATOR},
    ("GET", "/v1/households/{household_id}/absences"): {*STAFF, Role.RESIDENT, Role.KIN},
    ("POST", "/v1/households/{household_id}/absences"): {*STAFF, Role.RESIDENT, Role.KIN},
    ("DELETE", "/v1/households/{household_id}/absences/{absence_id}"): {*STAFF, Role.RESIDENT, Role.KIN},
    ("POST", "/v1/households"): {Role.COORDINATOR},
    ("PUT", "/v1/households/{household_id}"): {Role.COORDINATOR},
    ("DELETE", "/v1/households/{household_id}"): {Role.COORDINATOR},
    ("GET", "/v1/households/{household_id}/door-pack"): {*RESPONDERS, Role.RESIDENT},
    ("PUT", "/v1/households/{household_id}/door-pack"): {Role.COORDINATOR},
    ("GET", "/v1/residents"): STAFF,
    ("POST", "/v1/residents"): {Role.COORDINATOR},
    ("GET", "/v1/residents/{resident_id}"): {*RESPONDERS, Role.RESIDENT, Role.KIN},
    ("PUT", "/v1/residents/{resident_id}"): {Role.COORDINATOR},
    ("DELETE", "/v1/residents/{resident_id}"): {Role.COORDINATOR},
    ("GET", "/v1/residents/{resident_id}/kin"): {*RESPONDERS, Role.RESIDENT},
    ("PUT", "/v1/residents/{resident_id}/kin"): {Role.COORDINATOR},
    ("GET", "/v1/residents/{resident_id}/care"): {*RESPONDERS, Role.RESIDENT},
    ("PUT", "/v1/residents/{resident_id}/care"): {Role.COORDINATOR},
    ("GET", "/v1/community"): STAFF,
    ("PUT", "/v1/community"): {Role.COORDINATOR},
    ("GET", "/v1/community/channels"): {Role.COORDINATOR},
    ("PUT", "/v1/community/channels"): {Role.COORDINATOR},
    ("GET", "/v1/me/channels"): set(Role) - {Role.BOARD},
    ("PUT", "/v1/me/channels"): set(Role) - {Role.BOARD},
    ("PUT", "/v1/me/push-subscriptions/{subscription_id}"): set(Role) - {Role.BOARD},
    ("DELETE", "/v1/me/push-subscriptions/{subscription_id}"): set(Role) - {Role.BOARD},
    ("GET", "/v1/push-key"): set(Role),
    ("GET", "/v1/grids"): STAFF,
    ("POST", "/v1/grids"): {Role.COORDINATOR},
    ("GET", "/v1/grids/{grid_id}"): STAFF,
    ("PUT", "/v1/grids/{grid_id}"): {Role.COORDINATOR},
    ("DELETE", "/v1/grids/{grid_id}"): {Role.COORDINATOR},
    ("GET", "/v1/people"): STAFF,
    ("POST", "/v1/people"): {Role.COORDINATOR},
    ("GET", "/v1/people/{person_id}"): STAFF,
    ("PUT", "/v1/people/{person_id}"): {Role.COORDINATOR},
    ("DELETE", "/v1/people/{person_id}"): {Role.COORDINATOR},
    ("GET", "/v1/teams"): STAFF,
    ("POST", "/v1/teams"): {Role.COORDINATOR},
    ("GET", "/v1/teams/{team_id}"): STAFF,
    ("PUT", "/v1/teams/{team_id}"): {Role.COORDINATOR},
    ("DELETE", "/v1/teams/{team_id}"): {Role.COORDINATOR},
    ("GET", "/v1/ladders/{severity}"): STAFF,
    ("PUT", "/v1/ladders/{severity}"): {Role.COORDINATOR},
    ("GET", "/v1/home"): set(Role),
    ("GET", "/v1/drills"): STAFF,
    ("GET", "/v1/drills/rules"): STAFF,
    ("PUT", "/v1/drills/rules"): {Role.COORDINATOR},
    ("GET", "/v1/me"): set(Role),
    ("GET", "/v1/me/notifications"): set(Role),
    ("GET", "/v1/sessions"): set(Role),
    ("DELETE", "/v1/sessions"): set(Role),
    ("DELETE", "/v1/sessions/current"): set(Role),
    ("POST", "/v1/invitations"): STAFF,
    ("GET", "/v1/invitations"): STAFF,
    ("DELETE", "/v1/invitations/{invitation_id}"): STAFF,
    ("POST", "/v1/residents/{resident_id}/handset-pairings"): STAFF,
    ("GET", "/v1/residents/{resident_id}/handsets"): STAFF,
    ("DELETE", "/v1/handsets/{handset_id}"): STAFF,
    ("DELETE", "/v1/people/{person_id}/sessions"): {Role.COORDINATOR},
    ("GET", "/v1/duty"): ON_CALL,
    ("PUT", "/v1/duty/{grid}/taken"): ON_CALL,
    ("PUT", "/v1/duty/{grid}/confirmation"): ON_CALL,
    ("GET", "/v1/rota/swaps"): ON_CALL,
    ("PUT", "/v1/rota/swaps"): ON_CALL,
    ("PUT", "/v1/rota/swaps/{swap_id}/offer"): ON_CALL,
    ("PUT", "/v1/rota/swaps/{swap_id}/taken"): ON_CALL,
    ("PUT", "/v1/rota/swaps/{swap_id}/confirmation"): ON_CALL,
    ("PUT", "/v1/rota/swaps/{swap_id}/withdrawal"): ON_CALL,
    ("PUT", "/v1/me/leave"): ON_CALL,
    ("GET", "/v1/me/leave"): ON_CALL,
    ("DELETE", "/v1/me/leave"): ON_CALL,
    ("GET", "/v1/me/shifts.ics"): ON_CALL,
    ("GET", "/v1/rota/warnings"): STAFF,
    ("GET", "/v1/rota/shares"): STAFF,
    ("GET", "/v1/rota/settings"): STAFF,
    ("PUT", "/v1/rota/settings"): {Role.COORDINATOR},
    ("GET", "/v1/rota/overrides"): STAFF,
    ("PUT", "/v1/rota/overrides"): STAFF,
    ("DELETE", "/v1/rota/overrides/{override_id}"): STAFF,
    ("GET", "/v1/residents/{resident_id}/consents"): {Role.RESIDENT, Role.KIN, Role.COORDINATOR},
    ("PUT", "/v1/residents/{resident_id}/consents/{kind}/{audience}"): {
        Role.RESIDENT,
        Role.KIN,
        Role.COORDINATOR,
    },
    ("PUT", "/v1/residents/{resident_id}/proxy"): {Role.RESIDENT, Role.COORDINATOR},
    ("GET", "/v1/residents/{resident_id}/export"): {Role.RESIDENT, Role.COORDINATOR},
    ("PUT", "/v1/residents/{resident_id}/erasure"): {Role.RESIDENT, Role.COORDINATOR},
    ("GET", "/v1/residents/{resident_id}/access-log"): {Role.RESIDENT, Role.KIN, Role.COORDINATOR},
    ("GET", "/v1/retention"): STAFF,
    ("PUT", "/v1/retention"): {Role.COORDINATOR},
    ("GET", "/v1/health"): set(Role),
}
"""Every route, and who may call it; which rows they see then is tests/test_matrix.py."""


OPEN_TO_ALL = {
    ("POST", "/v1/sign-in-codes"),
    ("POST", "/v1/sessions"),
    ("POST", "/v1/sessions/refresh"),
    ("POST", "/v1/handsets"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/docs"),
    ("GET", "/v1/docs/page.css"),
    ("GET", "/v1/docs/{script}"),
}
"""Routes that anybody may call, signed in or not. A line more is a decision."""
OF_THE_ROTA = ("/v1/rota", "/v1/duty", "/v1/me/")
BODIES: Mapping[str, object] = {
    "outcome": ASLEEP,
    "reopening": {"note": "她又打来了"},
    "2": {
        "rungs": [{"after_seconds": 0, "ask": ["steward"]}, {"after_seconds": 600, "ask": ["team", "desk"]}],
        "set_out_within_seconds": 600,
        "arrive_within_seconds": 1800,
        "repeat_every_seconds": 900,
        "repeats": 3,
    },
    "rules": {"on": True, "day": 9},
    "still-water": {"window_minutes": 360, "least_litres": None},
    "staff": {"granted": True},
    "proxy": {"person": None},
    "erasure": {"confirm": "r1"},
    "low_use": {"accepted": True},
    "routine-budget": {"checks_a_year": 12, "knocks_a_year": 4},
    "absences": {"kind": "visitor", "ends_at": rfc3339(datetime.now(UTC) + timedelta(days=2))},
    "retention": {"series_days": 30, "alarm_days": 400},
    "invitations": {"phone": "+8613900000009", "role": "volunteer", "name": "林晓"},
    "households": {"id": "h777", "grid": "g1", "name": "新家"},
    "h001": {"grid": "g1", "name": "王家"},
    "door-pack": {"notes": "请敲门"},
    "residents": {"household": "h001", "name": "新人"},
    "r1": {"household": "h001", "name": "王桂英"},
    "kin": {"kin": [{"name": "王梅", "phone": "13900000002"}]},
    "care": {"health_notes": "听力弱"},
    "community": {"name": "星禾里"},
    "channels": {"sms": None, "voice": None, "quiet": None},
    "grids": {"id": "g7", "name": "七网格"},
    "g1": {"name": "一网格"},
    "people": {"id": "sun", "name": "孙浩", "role": "volunteer"},
    "zhou": {"name": "周岚", "role": "grid_worker"},
    "teams": {"id": "t7", "name": "夜队", "grid": "-", "period": "night", "members": ["zhou"]},
    "t1": {"name": "日队", "grid": "-", "period": "day", "members": ["zhou"]},
}
"""What the routes that take a body may be sent, by the path's last word."""


def undeclared(application: Chalice) -> list[str]:
    """Routes that don't say who may call them, or which rows these see."""
    return [
        f"{method} {path}"
        for path, methods in application.routes.items()
        for method, entry in methods.items()
        if takes_callers(method, entry) and not is_guarded(entry)
    ]


def is_guarded(entry: RouteEntry) -> bool:
    """Whether an authorizer stands before a route that says who may call it, or it says that anybody may."""
    declared = DECLARED.get(entry.view_function.__name__)
    if declared is None:
        return False
    return declared.is_public if entry.authorizer is None else bool(declared.may)


def takes_callers(method: str, entry: RouteEntry) -> bool:
    """Whether it is a route that people call: neither a provider's callback nor made for every path alike."""
    return method not in ("HEAD", "OPTIONS") and entry.view_function.__name__ not in CALLBACKS


def filled(path: str, alarm: str) -> str:
    return path.format(
        alarm_id=alarm,
        device_id="wm-001",
        household_id="h001",
        severity="2",
        grid="g1",
        swap_id="s1",
        resident_id="r1",
        invitation_id="i1",
        handset_id="hs1",
        kind="water",
        cause="low_use",
        absence_id="away-1767225600",
        audience="staff",
        grid_id="g1",
        person_id="zhou",
        team_id="t1",
        subscription_id="phone-1",
        override_id="ov1",
    )


def body_of(path: str) -> object:
    """What a route that takes a body may be sent."""
    return BODIES.get(filled(path, "").rpartition("/")[2])


def test_every_route_declares_who_may_call_it() -> None:
    assert undeclared(app) == []


def test_the_board_only_reads_and_may_sign_out() -> None:
    changing = {key for key in ROUTES if key[0] != "GET" and Role.BOARD in ROUTES[key]}
    assert changing <= {key for key in ROUTES if key[1].startswith("/v1/sessions")}


def test_a_route_that_declares_nothing_is_found() -> None:
    careless, routes = Chalice("careless"), Blueprint(__name__)

    @routes.route("/open")
    def open_to_all_for_tests() -> None:
        """A route without an authorizer, and without a rule."""

    careless.register_blueprint(routes)
    assert undeclared(careless) == ["GET /open"]


def test_the_table_of_routes_is_complete() -> None:
    found = {
        (method, path)
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if takes_callers(method, entry)
    }
    assert set(ROUTES) | OPEN_TO_ALL == found


def test_only_what_is_meant_to_be_is_open_to_all() -> None:
    found = {
        (method, path)
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if takes_callers(method, entry) and entry.authorizer is None
    }
    assert found == OPEN_TO_ALL


def hands_out(method: str, path: str) -> bool:
    """Whether a route lets people in, keeps them out, or gives away or erases a whole record."""
    of_people = path.startswith(("/v1/people", "/v1/residents", "/v1/invitations", "/v1/handsets"))
    return (method != "GET" and of_people and not path.endswith("/care")) or path.endswith("/export")


PRESENT = [key for key in ROUTES if DECLARED[app.routes[key[1]][key[0]].view_function.__name__].present]


def test_whatever_hands_out_access_or_a_record_looks_up_the_session() -> None:
    grave = {
        ("PUT", "/v1/retention"),
        ("PUT", "/v1/community/channels"),  # where everything that is told goes
        ("PUT", "/v1/me/push-subscriptions/{subscription_id}"),  # which outlives the token
    }
    assert {key for key in ROUTES if hands_out(*key)} | grave == set(PRESENT)


@pytest.mark.parametrize(("method", "path"), PRESENT)
def test_a_token_outlives_its_sign_in_but_does_nothing_grave(api: Service, method: str, path: str) -> None:
    role = next(role for role in Role if role in ROUTES[method, path] & STAFF)
    session = new_session(
        "s1", SessionKind.PHONE, "n1", As("xinghe", role, "Li"), label="", secret="x", now=api.now
    )  # fmt: skip
    wiring.accounts.store().save(session, now=api.now)
    token = sign(Caller("Li", role, "xinghe", session="s1"), key=TOKEN_KEY, now=api.now, life=HOUR)

    def ask() -> tuple[int, object]:
        headers = {"if-match": "*", "idempotency-key": "grave"}
        answer = api.call(method, filled(path, "al-1"), body=body_of(path), headers=headers, token=token)
        return answer.status, answer.body.get("code")

    wiring.accounts.sessions().sign_out("s1", now=api.now)
    assert ask() == (401, "signed_out")
    found = wiring.accounts.store().session("s1")
    assert found is not None
    wiring.accounts.store().save(replace(found, ended=""), now=api.now)
    assert ask()[0] != 401  # nothing else was in its way


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", ["garbage", "e30.e30.e30"])
def test_a_bad_token_lets_nobody_in(api: Service, method: str, path: str, token: str) -> None:
    assert api.call(method, filled(path, "al-1"), token=token).status == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_token_nobody_gets_in(api: Service, method: str, path: str) -> None:
    assert api.client.http.request(method, filled(path, "al-1")).status_code == 401


@pytest.mark.parametrize("community", ["xinghe", "yuehu"])
def test_another_communitys_rows_are_as_if_they_were_not_there(api: Service, community: str) -> None:
    foreign = raised(api, household="h900", community="yuehu")
    paths = [
        f"/v1/alarms/{foreign}",
        f"/v1/alarms/{foreign}/acknowledgement",
        f"/v1/alarms/{foreign}/outcome",
        "/v1/devices/wm-900/readings",
        "/v1/households/h900",
    ]
    for path in paths:
        change = path.endswith(("acknowledgement", "outcome"))
        body = ASLEEP if path.endswith("outcome") else None
        response = api.call("PUT" if change else "GET", path, body=body, community=community)
        assert response.status == (200 if community == "yuehu" else 404)
    if community == "xinghe":
        assert api.get("/v1/alarms").body["items"] == []
        assert api.get("/v1/alarms?state=closed").body["items"] == []
        assert [h["id"] for h in api.get("/v1/households").body["items"]] == ["h001"]


@pytest.mark.parametrize(
    "unknown", ["x", "al-unknown", quote("户#1"), quote("a/b", safe=""), "%00", "y" * 3000]
)
@pytest.mark.parametrize(
    ("method", "path"), [k for k in ROUTES if "{" in k[1] and not k[1].startswith(OF_THE_ROTA)]
)
def test_what_is_unknown_is_404(api: Service, method: str, path: str, unknown: str) -> None:
    body, there = body_of(path), re.sub(r"\{\w+\}", lambda _: unknown, path)
    headers = {"if-match": "*", "idempotency-key": "k"}
    response = api.call(method, there, body=body, headers=headers, role=Role.COORDINATOR)
    assert (response.status, response.body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    ["/v1/alarms", "/v1/households", "/v1/quarantine", "/v1/devices/wm-001/readings", "/v1/drills"],
)
@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("cursor=garbage", 400, "/cursor"),
        ("cursor=%E2%98%82", 400, "/cursor"),
        ("cursor=AAAAAAAAAAAAAAAAe30", 400, "/cursor"),
        ("limit=0", 422, "/limit"),
        ("limit=101", 422, "/limit"),
        ("limit=ten", 422, "/limit"),
        ("limit=1e2", 422, "/limit"),
        ("offset=5", 422, "/offset"),
    ],
)
def test_what_is_wrong_with_a_query(api: Service, path: str, query: str, status: int, pointer: str) -> None:
    response = api.get(f"{path}?{query}")
    assert (response.status, response.body["errors"][0]["pointer"]) == (status, pointer)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_cursor_of_one_list_opens_no_other(api: Service) -> None:
    api.town.registry_store.put_households([home("h002")])
    mine = api.get("/v1/households?limit=1").body["next_cursor"]
    assert api.get(f"/v1/households?limit=1&cursor={mine}").body["items"][0]["id"] == "h002"
    assert api.get(f"/v1/households?limit=1&cursor={mine}", community="yuehu").status == 400
    for path in ("/v1/alarms", "/v1/quarantine", "/v1/devices/wm-001/readings"):
        assert api.get(f"{path}?cursor={mine}").status == 400


@pytest.mark.parametrize("path", ["/v1/households", "/v1/households/h001", "/v1/quarantine", "/v1/alarms"])
def test_what_did_not_change_is_not_sent_again(api: Service, path: str) -> None:
    first = api.get(path)
    again = api.get(path, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status, again.body, again.headers["ETag"]) == (304, None, first.headers["ETag"])
    api.town.registry_store.put_households([home(name="renamed", steward="周")])
    api.town.hear(envelope(b"?", received_at=api.now), now=api.now)
    raised(api)
    assert api.get(path, headers={"if-none-match": first.headers["ETag"]}).status == 200


def test_a_store_that_is_down_is_503_and_says_so() -> None:
    empty = ground()
    down = FaultyTable(empty.deadlines)
    service = Service(Town(replace(empty, deadlines=down)))
    down.down |= {"query", "get"}
    try:
        response = service.get("/v1/alarms")
        assert (response.status, response.body["code"]) == (503, "store_unavailable")
    finally:
        service.close()
