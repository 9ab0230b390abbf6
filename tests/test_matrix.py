"""Who may see what: every route × role × relation, each cell asserted, and no byte of another community."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest

from app import app
from chalicelib import wiring
from chalicelib.accounts.invitations import Invitation
from chalicelib.accounts.model import sign
from chalicelib.accounts.people import Newcomer
from chalicelib.accounts.sessions import As, SessionKind, handset_holder, new_session
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.http.endpoint import DECLARED
from chalicelib.http.throttle import THROTTLE
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import from_epoch
from chalicelib.onekey.endpoint import CALLS, HOOK, Endpoint
from chalicelib.onekey.hook import InboundCalls
from chalicelib.onekey.model import Contact, Line, Who
from chalicelib.registry.care import Care, DoorPack
from chalicelib.registry.model import Community, Grid, Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Team
from chalicelib.watch.absence import Absence, Declared
from tests.api import ASLEEP, Answer, Service, raised
from tests.builders import HOUR, TOKEN_KEY, Town, device, envelope, home, water
from tests.test_routes import OF_THE_ROTA, ROUTES, body_of, filled

OURS, THEIRS = "标记甲", "标记乙"
"""Planted in every text of Xinghe and of Yuehu."""


class Tie(StrEnum):
    """What the caller is to home h001 of Xinghe, whose rows every path names."""

    OWN = "own"
    SAME_COMMUNITY = "same community"
    OTHER_COMMUNITY = "other community"
    ON_THE_CASE = "on the case"
    AFTER_THE_CASE = "after the case"
    REVOKED = "revoked"
    NONE = "none"


R, K, V, G, N, D, C, B = (
    Role.RESIDENT, Role.KIN, Role.VOLUNTEER, Role.GRID_WORKER,
    Role.NURSE, Role.DEPARTMENT, Role.COORDINATOR, Role.BOARD,
)  # fmt: skip
IN_THE_COMMUNITY = frozenset({Tie.OWN, Tie.SAME_COMMUNITY, Tie.ON_THE_CASE, Tie.AFTER_THE_CASE})
ALWAYS = {G: IN_THE_COMMUNITY, C: IN_THE_COMMUNITY}
CASE = {V: frozenset({Tie.ON_THE_CASE}), N: frozenset({Tie.ON_THE_CASE})}
LIVES_THERE = {R: frozenset({Tie.OWN})}
SEEN: dict[str, dict[Role, frozenset[Tie]]] = {
    "household:status": {**ALWAYS, **CASE, **LIVES_THERE, K: frozenset({Tie.OWN})},
    "household:address": {C: IN_THE_COMMUNITY},
    "household:door": {G: frozenset({Tie.ON_THE_CASE}), C: IN_THE_COMMUNITY, **CASE, **LIVES_THERE},
    "resident:status": {**ALWAYS, **CASE, **LIVES_THERE, K: frozenset({Tie.OWN})},
    "resident:contacts": {G: frozenset({Tie.ON_THE_CASE}), C: IN_THE_COMMUNITY, **CASE, **LIVES_THERE},
    "resident:health": {G: frozenset({Tie.ON_THE_CASE}), C: IN_THE_COMMUNITY, **CASE, **LIVES_THERE},
    "household:series": {**ALWAYS, **LIVES_THERE},
    "device:series": {**ALWAYS, **LIVES_THERE},
    "alarm:history": {**ALWAYS, **CASE},
    "resident:consent": {**LIVES_THERE, C: IN_THE_COMMUNITY},
    "resident:everything": {**LIVES_THERE, C: IN_THE_COMMUNITY},
    "resident:access_log": {**LIVES_THERE, C: IN_THE_COMMUNITY},
}
"""By row rule: which ties let which roles see the row. What isn't here is a 404."""
UNTIED = frozenset({"mine", "communitys", "nobodys"})
"""Row rules under which a caller sees their own or their community's rows, whatever they are to a home."""
LET_IN = (200, 201, 409, 422)
"""Answers of a handler that was reached; a new resident's home may be another community's (422)."""
SPEAKS_FOR = {
    "r1": (("r1",), ("h001",)),
    "k1": (("r1",), ("h001",)),
    "r2": (("r2",), ("h002",)),
    "k2": (("r2",), ("h002",)),
    "r-moved-out": (("r-moved-out",), ("h001",)),
    "k-struck-off": (("r1",), ("h001",)),
}
"""Whom a token says its bearer speaks for. The last two were, and their token doesn't know it yet."""
OWN_ANSWERS = {
    ("GET", "/v1/rota/shares"): 422,
    ("PUT", "/v1/rota/overrides"): 400,
    ("PUT", "/v1/rota/settings"): 400,
    ("PUT", "/v1/rota/swaps"): 400,
    ("PUT", "/v1/rota/swaps/{swap_id}/offer"): 400,
    ("PUT", "/v1/rota/swaps/{swap_id}/confirmation"): 404,
    ("PUT", "/v1/rota/swaps/{swap_id}/taken"): 404,
    ("PUT", "/v1/rota/swaps/{swap_id}/withdrawal"): 404,
    ("DELETE", "/v1/rota/overrides/{override_id}"): 404,
    ("PUT", "/v1/duty/{grid}/confirmation"): 409,
    ("PUT", "/v1/duty/{grid}/taken"): 422,
    ("PUT", "/v1/me/leave"): 400,
    ("PUT", "/v1/me/channels"): 422,
    ("PUT", "/v1/me/push-subscriptions/{subscription_id}"): 400,
}
"""What the rota's routes, and those under `me`, answer here whoever may call them; the others 200."""
HOLD_A_TIE = {R, K, V, N}
"""Roles whose tie can be taken back; the others' token ends."""


@dataclass
class World:
    """Xinghe and Yuehu, alike but for the markers, and whoever calls."""

    api: Service
    alarm: str = ""
    kept: list[dict[str, dict[str, Item]]] = field(default_factory=list)

    @property
    def tables(self) -> list[MemoryTable]:
        on = self.api.town.on
        found = [getattr(on, each.name) for each in fields(on)]
        return [table for table in found if isinstance(table, MemoryTable)]

    def keep(self) -> None:
        self.kept = [deepcopy(table._partitions) for table in self.tables]

    def restore(self) -> None:
        THROTTLE.forget()
        for table, partitions in zip(self.tables, self.kept, strict=True):
            table._partitions.clear()
            table._partitions.update(deepcopy(partitions))
        wiring.privacy.access_log.cache_clear()  # a process remembers what it wrote

    def tie(self, role: Role, tie: Tie) -> str:
        """Make a caller of a role what the tie says; their token."""
        mine = {R: "r1", K: "k1"}.get(role, "p1") if tie is Tie.OWN else {R: "r2", K: "k2"}.get(role, "p1")
        if tie is Tie.REVOKED and role in (R, K):
            mine = {R: "r-moved-out", K: "k-struck-off"}[role]
        alarms = AlarmStore(self.api.town.on.deadlines)
        alarm = alarms.get(self.alarm)
        assert alarm is not None
        asked = replace(alarm.asking([mine]), version=alarm.version + 1)
        line = alarms.log(alarm.id)[0]
        if tie in (Tie.ON_THE_CASE, Tie.AFTER_THE_CASE) or (tie is Tie.REVOKED and role in (V, N)):
            alarms.change(asked, line, lines=1)
        if tie is Tie.AFTER_THE_CASE:
            self.api.put(f"/v1/alarms/{alarm.id}/outcome", ASLEEP, name="other")
        community = "yuehu" if tie is Tie.OTHER_COMMUNITY else "xinghe"
        token = self.signed_in(role, community, mine)
        if tie is Tie.REVOKED and role in (V, N):
            self.api.call("DELETE", f"/v1/alarms/{alarm.id}/acknowledgement", token=token)
        if tie is Tie.REVOKED and role not in HOLD_A_TIE:
            ended = self.api.now - timedelta(hours=2)
            token = sign(Caller(mine, role, community), key=TOKEN_KEY, now=ended, life=HOUR)
        return token

    def signed_in(self, role: Role, community: str, name: str) -> str:
        """The token of somebody who signed in, with all that it says of whom they speak for."""
        residents, households = SPEAKS_FOR.get(name, ((), ()))
        session = new_session(
            "s1", SessionKind.PHONE, "n1", As(community, role, name), label="", secret="x", now=self.api.now
        )
        wiring.accounts.store().save(session, now=self.api.now)
        return self.api.token(
            role, community=community, name=name, residents=residents, households=households, session="s1"
        )

    def one_key(self, method: str, path: str, token: str, *, call: str = "") -> tuple[int, dict[str, Any]]:
        """What the one-key function answers about r1."""
        where = {"location": {"latitude": 36, "longitude": 103}}
        event = {
            "httpMethod": method,
            "resource": path,
            "pathParameters": {"resident_id": "r1", "call": call},
            "headers": {"Authorization": f"Bearer {token}"},
            "body": json.dumps(where),
        }
        placing, book = wiring.onekey.one_key(), wiring.onekey.book()
        note = wiring.privacy.access_log().note
        endpoint = Endpoint(
            placing, InboundCalls(placing, book), lambda _: TOKEN_KEY, lambda: "",
            lambda caller, sight, now: note(caller, sight, now=now),
        )  # fmt: skip
        found = endpoint.answer(event, now=self.api.now)
        return found["statusCode"], json.loads(found["body"])

    def call(self, method: str, path: str, token: str) -> Answer:
        there = filled(path, self.alarm)
        last_word = there.rpartition("/")[2]
        if last_word in ("en-route", "on-site"):  # what follows only on taking charge
            self.api.call("PUT", f"/v1/alarms/{self.alarm}/acknowledgement", token=token)
        sent = {"if-match": "*", "idempotency-key": "matrix"}
        return self.api.call(method, there, body=body_of(path), headers=sent, token=token)


def planted(service: Service, community: str, mark: str, number: int) -> None:
    """A community with homes, people, readings, a refused message and an alarm, its marker in each."""
    town, homes = service.town, [f"h{number:03}", f"h{number + 1:03}"]
    marked = {"name": f"{mark}家", "building": f"{mark}楼", "address": f"{mark}路", "steward": f"{mark}管家"}
    prefix = "" if community == "xinghe" else "y"
    residents = [
        Resident(
            f"{prefix}r1", community, homes[0], f"{mark}王", phone="+8613800000001", kin=(Kin(f"{prefix}k1"),)
        ),
        Resident(f"{prefix}r2", community, homes[1], f"{mark}李", kin=(Kin(f"{prefix}k2"),)),
    ]
    places = [home(each, community=community, **marked) for each in homes]
    grid = Grid("g1", community, f"{mark}格")
    town.registry.enrol(Community(community, f"{mark}社区"), [grid], places, now=service.now)
    town.people.put_many(
        [
            Person("zhou", community, f"{mark}周", Role.GRID_WORKER),
            Person(f"{prefix}k1", community, f"{mark}梅", Role.KIN, "+8613900000001"),
            Person(f"{prefix}k2", community, f"{mark}兰", Role.KIN, "+8613900000002"),
        ]
    )
    town.residents.enrol(residents)
    town.care.put_many(
        [Care(community, residents[0].id, f"{mark}病")], [DoorPack(community, homes[0], f"{mark}门")]
    )
    daughter = {residents[0].id: [Contact(Who.KIN, f"{mark}梅", "+8613900000001")]}
    wiring.onekey.cards().enrol(Line(community, f"{mark}社区", ""), places, residents, kin=daughter)
    team = Team("t1", f"{mark}队", COMMON, Period.DAY, "", ("zhou",))
    wiring.rota.rota().put_teams(community, [team], now=service.now)
    away = Absence(
        community, homes[0], Declared.AWAY, from_epoch(1767225600), service.now + HOUR, "p0", service.now
    )
    wiring.watch.absences().store.add(away, look_at=service.now + HOUR)
    meter = device(f"wm-{number:03}", community=community, household=homes[0])
    town.install(meter, now=service.now)
    town.hear(
        envelope(
            water(1, 2, 3, until=service.now), device=meter.id, community=community, received_at=service.now
        ),
        envelope(mark.encode(), device=meter.id, community=community, received_at=service.now),
        now=service.now,
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    service = Service(Town())
    planted(service, "xinghe", OURS, 1)
    planted(service, "yuehu", THEIRS, 900)
    planted_sign_ins(service, "xinghe", OURS)
    planted_sign_ins(service, "yuehu", THEIRS, "y")
    took_back(service)
    found = World(service, raised(service))
    raised(service, household="h900", community="yuehu")
    found.keep()
    yield found
    service.close()


def planted_sign_ins(service: Service, community: str, mark: str, prefix: str = "") -> None:
    """A volunteer, an invitation, and a handset of the first resident's."""
    helper = Person(f"{prefix}p9", community, f"{mark}志愿者", V, "+8613800000009")
    wiring.registry.people().put_many([helper])
    newcomer = Newcomer(community, V, f"{mark}新人")
    ends, resident = service.now + timedelta(days=1), f"{prefix}r1"
    handset = new_session(
        f"{prefix}hs1", SessionKind.HANDSET, handset_holder(community, resident), As(community, R, resident),
        label=f"{mark}平板", secret="x", now=service.now, paired_by=f"{mark}人",
    )  # fmt: skip
    invited = Invitation(f"{prefix}i1", f"{prefix}n1", newcomer, "k.m", f"{mark}人", ends)
    wiring.accounts.store().save(handset, invited, now=service.now)


def took_back(service: Service) -> None:
    """A resident of h001 moved out, and one of r1's relatives was struck off the list."""
    moved = Resident("r-moved-out", "xinghe", "h001", "搬走的")
    service.town.residents.enrol([moved])
    known = service.town.resident_store.get("xinghe", "r1")
    assert known is not None
    daughter = Person("k-struck-off", "xinghe", "不再联系的", Role.KIN, "+8613900000003")
    service.town.people.put_many([daughter])
    service.town.residents.put(replace(known, kin=(*known.kin, Kin(daughter.id))))
    now = service.town.resident_store.get("xinghe", "r1")
    assert now is not None
    service.town.residents.put(replace(now, kin=known.kin))
    stored = service.town.resident_store.get("xinghe", "r-moved-out")
    assert stored is not None
    service.town.residents.remove(stored)


def rule_of(method: str, path: str) -> str:
    return DECLARED[app.routes[path][method].view_function.__name__].sees.name


def let_in(status: int, method: str, path: str) -> bool:
    """Whether a handler was reached. The rota's routes, with their teams in tests/rota, have one answer each.

    What is still in use can't be removed: whoever hears that was let in.
    """
    return (
        status == OWN_ANSWERS.get((method, path), 200) if path.startswith(OF_THE_ROTA) else status in LET_IN
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_cell_of_the_matrix(world: World, method: str, path: str, role: Role) -> None:
    rule, may = rule_of(method, path), ROUTES[method, path]
    for tie in Tie:
        world.restore()
        if tie is Tie.NONE:
            assert world.api.client.http.request(method, filled(path, world.alarm)).status_code == 401
            continue
        answer = world.call(method, path, world.tie(role, tie))
        cell = f"{method} {path} as {role}, {tie}: {answer.status}"
        if tie is Tie.REVOKED and role not in HOLD_A_TIE:
            assert answer.status == 403, cell  # the authorizer, before any route
        elif role not in may:
            assert (answer.status, answer.body["code"]) == (403, "forbidden"), cell
        elif rule in UNTIED and not (tie is Tie.OTHER_COMMUNITY and "{" in path):
            assert let_in(answer.status, method, path), cell
        elif rule not in UNTIED and tie in SEEN[rule].get(role, ()):
            moves_what_is_closed = tie is Tie.AFTER_THE_CASE and not path.endswith("reopening")
            in_use = method == "DELETE" and "household_id" in path
            moved = rule == "alarm:history" and moves_what_is_closed
            assert answer.status in ({200, 409} if moved or in_use else {200, 201}), cell
        elif rule not in UNTIED:
            assert (answer.status, answer.body["code"]) == (404, "not_found"), cell
        told = json.dumps([answer.body, answer.headers], ensure_ascii=False, default=bytes.decode)
        assert (OURS if tie is Tie.OTHER_COMMUNITY else THEIRS) not in told, cell


OF_A_PRESS = {R: {Tie.OWN}, K: {Tie.OWN}, **ALWAYS}
"""Who is told of r1's emergency call, and reads the card."""
ONE_KEY = [key for key in Endpoint.PATHS if key[1] != HOOK]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "path"), ONE_KEY)
def test_every_cell_of_the_one_key_s_matrix(world: World, method: str, path: str, role: Role) -> None:
    """Whoever presses is heard; who may not look is told nothing but that."""
    for tie in Tie:
        world.restore()
        call = world.one_key("POST", CALLS, world.api.token(R, name="r1", residents=("r1",)))[1]["id"]
        token = "none" if tie is Tie.NONE else world.tie(role, tie)
        status, told = world.one_key(method, path, token, call=call)
        cell = f"{method} {path} as {role}, {tie}: {status} {told}"
        ended = tie is Tie.NONE or (tie is Tie.REVOKED and role not in HOLD_A_TIE)
        sees = not ended and tie in OF_A_PRESS.get(role, ())
        bare = {"id", "kind", "state"}
        if (method, path) == ("POST", CALLS):
            assert status in (200, 201), cell
            at_home = role in (G, C) and tie is Tie.OTHER_COMMUNITY  # it is a call of their own community
            assert sees or at_home or set(told) == {*bare, "dial"}, cell
            assert not {one["who"] for one in told["dial"]} & {"kin", "grid_worker"} or sees, cell
        elif ended:
            assert status == 401, cell
        elif role not in OF_A_PRESS:
            assert (status, told["code"]) == (403, "forbidden"), cell
        elif not sees:
            assert (status, told["code"]) == (404, "not_found"), cell
        else:
            assert status == 200, cell
            assert method == "GET" or role is R or set(told) == bare, cell
        if "dial" in told and role in (K, G):
            assert "kin" not in {one["who"] for one in told["dial"]}, cell
        text = json.dumps(told, ensure_ascii=False)
        assert THEIRS not in text and (sees or OURS not in text), cell


def test_every_row_rule_of_the_table_has_its_expectations() -> None:
    assert {rule_of(method, path) for method, path in ROUTES} == {*SEEN, *UNTIED}


@pytest.mark.parametrize("role", [G, C, V, N, R, K])
@pytest.mark.parametrize(("method", "path"), [key for key in ROUTES if "{" in key[1]])
def test_what_is_anothers_and_what_is_not_there_are_alike_to_the_byte(
    world: World, method: str, path: str, role: Role
) -> None:
    if role not in ROUTES[method, path] or rule_of(method, path) in UNTIED:
        return
    world.restore()
    token = world.tie(role, Tie.OTHER_COMMUNITY)
    there = world.call(method, path, token)
    nowhere = world.api.call(
        method,
        re.sub(r"\{(\w+_id)\}", "none", path).format(kind="water", audience="staff", cause="low_use"),
        body=body_of(path),
        headers={"if-match": "*", "idempotency-key": "matrix"},
        token=token,
    )
    assert (there.status, there.body, there.headers) == (404, nowhere.body, nowhere.headers)


def test_the_address_is_theirs_who_are_on_the_case_and_only_while_they_are(world: World) -> None:
    for role, tie, sees in (
        (V, Tie.ON_THE_CASE, True),
        (G, Tie.ON_THE_CASE, True),
        (G, Tie.SAME_COMMUNITY, False),
        (G, Tie.AFTER_THE_CASE, False),
        (C, Tie.SAME_COMMUNITY, True),
        (K, Tie.OWN, False),
        (R, Tie.OWN, True),
    ):
        world.restore()
        body = world.api.get("/v1/households/h001", token=world.tie(role, tie)).body
        assert body["address"] == (f"{OURS}路" if sees else None), (role, tie)


def test_kin_see_how_the_home_is_and_no_figure(world: World) -> None:
    world.restore()
    body = world.api.get("/v1/households/h001", token=world.tie(K, Tie.OWN)).body
    assert (body["finding"], body["alarm_open"]) == ("unknown", True)
    hidden = ("address", "used_litres", "last_life_sign_at", "look_again_at", "devices", "open_alarms")
    assert {name: body[name] for name in hidden} == dict.fromkeys(hidden)


def test_every_look_at_a_record_is_logged_and_none_that_was_refused(world: World) -> None:
    world.restore()
    token = world.tie(V, Tie.ON_THE_CASE)
    log = wiring.privacy.access_log()
    before = len(log.looks("xinghe", "r1"))
    world.api.get("/v1/households/h001", token=world.api.token(V, name="p2"))
    world.api.get("/v1/households", token=world.api.token(G))
    assert len(log.looks("xinghe", "r1")) == before
    world.api.get("/v1/households/h001", token=token)
    world.api.get(f"/v1/alarms/{world.alarm}", token=token)
    world.api.get("/v1/devices/wm-001/readings", token=world.api.token(G, name="周"))
    looks = log.looks("xinghe", "r1")[: len(log.looks("xinghe", "r1")) - before]
    assert sorted((look.who, look.grounds, look.parts, look.case == world.alarm) for look in looks) == [
        ("p1", "on_case", ("address", "history", "status"), True),
        ("周", "community", ("series",), False),
    ]
    assert log.verify("xinghe", ["r1", "r2"]) == []


def test_who_closed_an_alarm_may_say_so_again_and_see_nothing_else(world: World) -> None:
    world.restore()
    token = world.tie(V, Tie.ON_THE_CASE)
    first, again = (world.api.put(f"/v1/alarms/{world.alarm}/outcome", ASLEEP, token=token) for _ in "12")
    assert (first.status, again.status, first.body) == (200, 200, again.body)
    assert world.api.get(f"/v1/alarms/{world.alarm}", token=token).status == 404
