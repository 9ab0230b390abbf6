"""Only the right eyes, in the deployed stack, with its roles enforced: looks, consent, erasure."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.cloud import EmbeddedCloud
from infra.mqtt import DeviceLink, telemetry_topic
from infra.stack import Stack
from tests.builders import mentions_number
from tests.stack.outside import Outside, eventually
from tests.stack.test_main_line import hourly

MARK, PHONE = "涂标记", "+8613800004711"
HOUSEHOLDS = f"""id,name,grid,building,address,steward,resident,phone
p001,{MARK},g1,8 号楼,{MARK}路 8 号,周岚,{MARK}兰,{PHONE}
p002,马长顺,g1,8 号楼,星禾里 8 号楼 502 室,周岚,马长顺,
"""
TABLES = ("RegistryTable", "SeriesTable", "DeadlinesTable", "QuarantineTable", "AuditTable", "WitnessTable")
COORDINATOR: dict[str, Any] = {"community": "private", "role": "coordinator"}


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """A community of two homes, one of them with markers and a meter that has spoken."""
    found = Outside(stack, cloud.home)
    file = tmp_path_factory.mktemp("import") / "households.csv"
    file.write_text(HOUSEHOLDS)
    found.shouwang("import", str(file), "--community", "private", "--community-name", "隐私社区")
    keys = found.add_device("wm-p001", "private", "p001")
    with DeviceLink(stack, "wm-p001", keys) as link:
        link.publish(telemetry_topic("private", "wm-p001"), hourly([60, 0] + [7] * 14))
        link.publish(telemetry_topic("private", "wm-p001"), MARK.encode())
    eventually(lambda: readings(found))
    return found


def readings(outside: Outside) -> list[Any]:
    found: list[Any] = outside.call("GET", "devices/wm-p001/readings", community="private").body["items"]
    return found


@pytest.fixture(scope="module")
def resident(outside: Outside) -> str:
    """The id of the marked resident."""
    for item in items(outside, "RegistryTable"):
        if item["pk"]["S"] == "residents#private" and MARK in item["name"]["S"]:
            return str(item["sk"]["S"])
    raise AssertionError("the import made no resident")


def items(outside: Outside, table: str) -> list[dict[str, Any]]:
    pages = outside.stack.client("dynamodb").get_paginator("scan")
    name = outside.stack.output(table)
    return [item for page in pages.paginate(TableName=name) for item in page["Items"]]


def tainted(outside: Outside) -> list[str]:
    return [
        f"{table} {item['pk']['S']} {item['sk']['S']}"
        for table in TABLES
        for item in items(outside, table)
        if MARK in (text := json.dumps(item, ensure_ascii=False)) or mentions_number(text, PHONE)
    ]


def test_a_look_is_logged_and_the_log_proves_itself(outside: Outside, resident: str) -> None:
    assert outside.call("GET", "households/p001", community="private").body["address"] is None
    assert outside.call("GET", "households/p001", **COORDINATOR).body["address"] == f"{MARK}路 8 号"
    looks = outside.call("GET", f"residents/{resident}/access-log", **COORDINATOR).body["items"]
    assert {"a grid_worker", "a coordinator"} <= {look["who"] for look in looks}
    assert "as it was written" in outside.shouwang("audit", "verify", "--community", "private")


def test_a_no_is_heard_and_what_was_stored_goes(outside: Outside, resident: str) -> None:
    path = f"residents/{resident}/consents/water/watch"
    said = outside.call("PUT", path, body={"granted": False}, headers={"If-Match": "*"}, **COORDINATOR)
    assert said.status == 200, said.body
    outside.ticking_until(
        lambda: not any(i["pk"]["S"].startswith("wm-p001#") for i in items(outside, "SeriesTable"))
    )
    said = outside.call("PUT", path, body={"granted": True}, headers={"If-Match": "*"}, **COORDINATOR)
    assert said.status == 200, said.body


def test_everything_about_a_person_is_told_and_then_erased(
    outside: Outside, resident: str, tmp_path: Path
) -> None:
    outside.shouwang(
        "person", "export", resident, "--community", "private", "--out", str(tmp_path / "all.json")
    )
    assert MARK in (tmp_path / "all.json").read_text()
    assert tainted(outside)
    asked = {"confirm": resident}
    done = outside.call("PUT", f"residents/{resident}/erasure", body=asked, **COORDINATOR)
    assert done.status == 200, done.body
    assert outside.call("GET", f"residents/{resident}/export", **COORDINATOR).status == 404
    outside.ticking_until(lambda: not tainted(outside))
    verified = json.loads(outside.shouwang("audit", "verify", "--community", "private", "--json"))
    assert verified["faults"] == []


def test_the_home_screen_opens_for_every_role(outside: Outside) -> None:
    for role in ("kin", "volunteer", "grid_worker", "board"):
        assert outside.call("GET", "home", community="private", role=role).status == 200
