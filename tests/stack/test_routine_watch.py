"""The routine watch in the deployed stack: rehearsed, approved, learned; the phone first, then somebody."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch, from_epoch, rfc3339
from chalicelib.watch.routine_look import LEAD, RoutineWatched
from infra.embedded.cloud import EmbeddedCloud
from infra.mqtt import DeviceLink, KeyFiles, telemetry_topic
from infra.stack import Stack
from tests.stack.outside import Outside, eventually
from tests.stack.test_someone_answers import on_the_stack

TOWN, HOME = "routines", "r001"
HOUSEHOLDS = (
    f"id,name,grid,building,address,steward,resident,phone\n{HOME},杜家,g1,9 号楼,9 号楼,周岚,杜桂兰,\n"
)
Keys = dict[str, KeyFiles]
ZONE = ZoneInfo("Asia/Shanghai")
DAYS, QUIET = 40, 20
"""So many days are known, and so many hours nothing has happened."""
KINDS = {"wm-r001": "water_meter", "em-r001": "electricity_meter"}


def lived(now: datetime) -> dict[str, list[dict[str, int]]]:
    """What two meters read each hour of a life from seven to eleven, that stood still of late."""
    rng, litres, watt_hours = Random(5), 1000, 5000
    said: dict[str, list[dict[str, int]]] = {name: [] for name in KINDS}
    first = epoch(now) - 60 - DAYS * 86400
    for at in range(first, epoch(now), 3600):
        up = 7 <= from_epoch(at - 1800).astimezone(ZONE).hour < 23 and at < epoch(now) - QUIET * 3600
        litres += rng.randrange(2, 9) if up and rng.random() < 0.7 else 0
        watt_hours += 60 + (300 if up and rng.random() < 0.6 else 0)
        said["wm-r001"].append({"at": at, "register_litres": litres})
        said["em-r001"].append({"at": at, "register_watt_hours": watt_hours})
    return said


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud) -> Iterator[Outside]:
    wiring.use(on_the_stack(stack))
    yield Outside(stack, cloud.home)
    wiring.use(None)


@pytest.fixture(scope="module")
def said() -> dict[str, list[dict[str, int]]]:
    return lived(clock.now())


@pytest.fixture(scope="module")
def home(outside: Outside, said: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """A home with two meters that told of forty days over MQTT, up to a night ago."""
    file = tmp_path_factory.mktemp("import") / "households.csv"
    file.write_text(HOUSEHOLDS)
    outside.shouwang("import", str(file), "--community", TOWN, "--community-name", "作息社区")
    person = {"id": "chen-jing", "name": "陈静", "role": "coordinator"}
    made = outside.call("POST", "people", **boss(), body=person, headers={"Idempotency-Key": "chen"})
    assert made.status == 201, made.body
    keys = {d: outside.add_device(d, TOWN, HOME, "--kind", kind) for d, kind in KINDS.items()}
    tell(outside, keys, {device: samples[:-QUIET] for device, samples in said.items()})
    return keys


def boss() -> dict[str, Any]:
    return {"community": TOWN, "role": "coordinator"}


def tell(outside: Outside, keys: Keys, said: dict[str, list[dict[str, int]]]) -> None:
    """Let each meter send its samples, and wait until they are stored."""
    for device, samples in said.items():
        with DeviceLink(outside.stack, device, keys[device]) as link:
            message = {"v": 1, "kind": KINDS[device], "every": 3600, "samples": samples}
            link.publish(telemetry_topic(TOWN, device), message)
    eventually(lambda: all(is_stored(device, samples[-1]["at"]) for device, samples in said.items()))


def is_stored(device: str, at: int) -> bool:
    found = wiring.telemetry.series().between(device, from_epoch(at), from_epoch(at))
    return any(chunk.samples[-1]["at"] == at for chunk in found)


def watch() -> RoutineWatched | None:
    found = wiring.watch.habits().watch_of(TOWN, HOME)
    return found[0] if found else None


def routine(outside: Outside) -> dict[str, Any]:
    told: dict[str, Any] = outside.call("GET", f"households/{HOME}/routine", community=TOWN).body
    return told


def alarms(outside: Outside) -> list[dict[str, Any]]:
    items = outside.call("GET", "alarms", community=TOWN).body["items"]
    return [alarm for alarm in items if alarm["kind"] == "routine"]


def test_a_rule_is_rehearsed_and_holds_once_somebody_approves(outside: Outside, home: Keys) -> None:
    told = json.loads(outside.shouwang("rehearse-rule", "--community", TOWN, "--json"))
    assert (told["figures"]["homes"], told["figures"]["homes_ready"]) == (1, 0)
    assert told["homes"][0]["remark"].startswith("ready in ")
    assert wiring.watch.rules().get(TOWN) is None
    words = ("rehearse-rule", "--community", TOWN, "--json", "--approve")
    assert "nobody of this community" in outside.shouwang(*words, "nobody", fails=True)
    outside.shouwang(*words, "chen-jing")
    (rule,) = wiring.watch.rules().changes(TOWN)
    assert (rule.approved_by, rule.rehearsed["homes"]) == ("chen-jing", 1)


def test_the_nightly_update_learns_the_home_from_both_its_meters(outside: Outside, home: Keys) -> None:
    outside.ticking_until(lambda: (known := watch()) is not None and known.ready)
    told = routine(outside)
    assert (told["watched_by"], told["ready"]) == ("routine", True)
    assert {each["kind"] for each in told["sensors"]} == {"water_meter", "electricity_meter"}
    assert told["days_known"] >= 30


def test_a_home_s_own_budget_is_rehearsed_and_approved_too(outside: Outside, home: Keys) -> None:
    words = ("rehearse-rule", "--community", TOWN, "--household", HOME, "--checks", "6", "--knocks", "2")
    outside.shouwang(*words, "--approve", "chen-jing")
    told = routine(outside)
    assert (told["knocks_a_year"], told["own_budget"]["set_by"]) == (2, "chen-jing")


def test_a_silence_rings_the_phone_first_and_then_brings_somebody(
    outside: Outside, home: Keys, said: dict[str, Any]
) -> None:
    tell(outside, home, {device: samples[-QUIET:] for device, samples in said.items()})
    budget = {"checks_a_year": 24, "knocks_a_year": 12}
    path = f"households/{HOME}/routine-budget"
    own = outside.call("PUT", path, **boss(), body=budget, headers={"If-Match": "*"})  # and looks at once
    assert (own.status, own.body["own_budget"]["set_by"]) == (200, "a coordinator")
    outside.ticking_until(lambda: (known := watch()) is not None and known.checked is not None)
    assert alarms(outside) == []
    found = wiring.watch.habits().watch_of(TOWN, HOME)
    assert found is not None and found[0].rang_at is not None
    rang = replace(found[0], rang_at=found[0].rang_at - int(LEAD.total_seconds()))
    wiring.watch.habits().arm(rang, at=clock.now(), instead_of=found[1])  # ten minutes pass
    (alarm,) = outside.ticking_until(lambda: alarms(outside))
    assert "家里设备最后一次上报" in alarm["text"]


def test_an_absence_is_declared_and_shown_and_ended(outside: Outside, home: Keys) -> None:
    asked = {"ends_at": rfc3339(clock.now() + timedelta(days=3))}
    key = {"Idempotency-Key": "away"}
    made = outside.call("POST", f"households/{HOME}/absences", community=TOWN, body=asked, headers=key)
    assert (made.status, made.body["kind"]) == (201, "away")
    state = outside.call("GET", f"households/{HOME}", community=TOWN).body
    assert state["away_until"] == made.body["ends_at"]
    ended = outside.call("DELETE", f"households/{HOME}/absences/{made.body['id']}", community=TOWN)
    assert ended.body["is_over"] is True
