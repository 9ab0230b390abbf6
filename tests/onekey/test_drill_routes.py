"""What staff are told of drills, and how a coordinator changes them."""

from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.alarms.service import Responder
from chalicelib.kernel.caller import Role
from chalicelib.onekey.model import Asked, Channel, Press, PressKind, Session
from chalicelib.registry.model import Resident
from infra.commands.status import drill_rows, drills_told
from tests.api import Service, raised

RULES = "/v1/drills/rules"


@pytest.fixture
def drilled(api: Service) -> Service:
    """Two residents; Du's test press was answered by Li, Su's by nobody yet."""
    residents = [Resident(name, "xinghe", "h001", name) for name in ("du", "su")]
    wiring.registry.residents().enrol(residents)
    press = Press("p1", api.now - timedelta(seconds=30), Channel.PAGE, Session.GOOD)
    placed = wiring.onekey.one_key().take_up(Asked(press, PressKind.TEST, "xinghe", "du"), now=api.now)
    wiring.alarms.desk().acknowledge(placed.call.alarm, by=Responder("li", "xinghe"), now=api.now)
    return api


def test_a_residents_last_proof_is_shown(drilled: Service) -> None:
    du, su = drilled.get("/v1/drills").body["items"]
    assert (du["of"], du["id"], du["household"], du["standing"]) == ("resident", "du", "h001", "proven")
    assert (du["proven_by"], du["answered_in_seconds"], du["last_drilled_at"]) == ("li", 0, None)
    assert du["last_proven_at"] is not None
    assert (su["standing"], su["last_proven_at"]) == ("waiting", None)
    assert su["next_drill_at"] > drilled.now.isoformat()


def test_an_operator_sees_who_is_not_proven(drilled: Service) -> None:
    rows = drill_rows("xinghe", now=drilled.now)
    assert drills_told(rows) == "Drills: 1 proven, 1 waiting, 0 missed."
    missed = [{**rows[0], "standing": "missed"}, rows[1]]
    assert drills_told(missed) == "Drills: 0 proven, 1 waiting, 1 missed. Nobody answered for: du."


def test_page_by_page(drilled: Service) -> None:
    first = drilled.get("/v1/drills?limit=1").body
    second = drilled.get(f"/v1/drills?limit=1&cursor={first['next_cursor']}").body
    assert [item["id"] for page in (first, second) for item in page["items"]] == ["du", "su"]
    assert drilled.get("/v1/drills", community="yuehu").body["items"] == []


def test_lists_of_drills_and_of_closed_alarms_are_looks_at_each_resident(drilled: Service) -> None:
    alarm = raised(drilled)
    drilled.put(f"/v1/alarms/{alarm}/outcome", {"verdict": "false", "cause": "asleep"}, name="Li")
    for path in ("drills", "alarms?state=closed", "alarms?state=open"):
        assert drilled.get(f"/v1/{path}", name="Zhou").status == 200
    seen = wiring.privacy.looks_at("xinghe", "su", now=drilled.now)
    looks = [look.parts for look in seen if look.who == "Zhou"]
    assert sorted(looks) == [("history",), ("status",)]


def test_a_coordinator_changes_the_rules(api: Service) -> None:
    assert api.get(RULES).body == {"version": 0, "on": True, "day": None}
    who = {"role": Role.COORDINATOR}
    changed = api.put(
        RULES, {"on": True, "day": 9}, headers={"if-match": api.get(RULES).headers["ETag"]}, **who
    )
    assert (changed.status, changed.body["day"]) == (200, 9)
    assert api.put(RULES, {"on": False}, **who).status == 428
    stale = api.put(RULES, {"on": False}, headers={"if-match": '"0"'}, **who)
    assert stale.status == 412
    wrong = api.put(RULES, {"on": True, "day": 31}, headers={"if-match": changed.headers["ETag"]}, **who)
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/day")
