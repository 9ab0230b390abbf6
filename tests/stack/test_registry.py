"""The registry in the deployed stack: imported and exported, a resident enrolled, found and removed."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from infra.embedded.cloud import EmbeddedCloud
from infra.stack import Stack
from tests.stack.outside import Answer, Outside

TABLE = """户号,网格,楼栋,姓名,电话,类别,亲属1,亲属1电话,亲属1意愿,健康备注
h001,g1,3号楼,单桂英,13800000001,独居,王梅,13900000002,不要联系,糖尿病
h001,,,李大山,,高龄,,,,
"""
COORDINATOR: dict[str, Any] = {"community": "xining", "role": "coordinator"}


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """The stack, with a home and a grid of Xining imported as a spreadsheet in China saves them."""
    found = Outside(stack, cloud.home)
    file = tmp_path_factory.mktemp("import") / "homes.csv"
    file.write_bytes(TABLE.encode("gb18030"))
    told = found.shouwang("import", str(file), "--community", "xining", "--dry-run", "--json")
    assert json.loads(told)["residents"] == {"new": 2, "changed": 0, "unchanged": 0}
    for _ in range(2):
        found.shouwang("import", str(file), "--community", "xining")
    return found


def change(outside: Outside, method: str, path: str, body: Any = None) -> Answer:
    """PUT or DELETE what is there as it is now."""
    now = outside.call("GET", path, **COORDINATOR)
    assert now.status == 200, now
    return outside.call(method, path, body=body, headers={"If-Match": now.headers["ETag"]}, **COORDINATOR)


def found(outside: Outside, **query: str) -> list[str]:
    asked = "&".join(f"{name}={quote(text)}" for name, text in query.items())
    told = outside.call("GET", f"residents?{asked}", **COORDINATOR)
    assert told.status == 200
    return [item["name"] for item in told.body["items"]]


def test_whoever_was_imported_is_found(outside: Outside) -> None:
    for query in ({"name": "单"}, {"name": "sgy"}, {"name": "桂英"}, {"category": "living_alone"}):
        assert found(outside, **query) == ["单桂英"]
    assert sorted(found(outside, building="3")) == ["单桂英", "李大山"]


def test_what_was_imported_is_exported_and_taken_in_unchanged(outside: Outside, tmp_path: Path) -> None:
    file = tmp_path / "homes.xlsx"
    outside.shouwang("export", str(file), "--community", "xining", "--care")
    told = json.loads(outside.shouwang("import", str(file), "--community", "xining", "--json"))
    assert (told["residents"], told["errors"]) == ({"new": 0, "changed": 0, "unchanged": 2}, [])


def test_a_resident_is_enrolled_changed_and_removed_with_the_functions_own_rights(outside: Outside) -> None:
    new = {"id": "zhao", "household": "h001", "name": "赵六", "phone": "13800000003", "tags": ["听力弱"]}
    created = outside.call("POST", "residents", body=new, headers={"Idempotency-Key": "z1"}, **COORDINATOR)
    assert (created.status, found(outside, tag="听力弱")) == (201, ["赵六"])
    kin = {"kin": [{"name": "赵七", "phone": "13900000007", "relation": "儿子"}]}
    assert change(outside, "PUT", "residents/zhao/kin", kin).body["kin"][0]["name"] == "赵七"
    assert change(outside, "PUT", "residents/zhao/care", {"health_notes": "听力弱"}).status == 200
    renamed = change(outside, "PUT", "residents/zhao", {"household": "h001", "name": "赵小六"})
    assert (renamed.status, found(outside, name="zxl"), found(outside, name="zl")) == (200, ["赵小六"], [])
    assert change(outside, "DELETE", "residents/zhao").status == 200
    assert found(outside, name="z") == []


def test_a_home_moves_with_its_meter_and_the_settings_change(outside: Outside) -> None:
    outside.add_device("wm-xining", "xining", "h001")
    grid = {"id": "g2", "name": "二网格"}
    made = outside.call("POST", "grids", body=grid, headers={"Idempotency-Key": "g2"}, **COORDINATOR)
    moved = change(outside, "PUT", "households/h001", {"grid": "g2", "name": "单家", "building": "7号楼"})
    assert (made.status, moved.status, sorted(found(outside, building="7"))) == (
        201,
        200,
        ["单桂英", "李大山"],
    )
    home = outside.call("GET", "households/h001", **COORDINATOR).body
    assert (home["grid"], [d["standing"] for d in home["devices"]]) == ("g2", ["speaking"])
    told = {"name": "西宁一条街", "phone": "0971-1234567", "window_minutes": 600}
    assert change(outside, "PUT", "community", told).body["phone"] == "+869711234567"
