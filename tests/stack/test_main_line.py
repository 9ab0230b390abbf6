"""The main line in the deployed stack: a quiet water meter brings someone to the door."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch
from infra.embedded.cloud import EmbeddedCloud
from infra.mqtt import DeviceLink, KeyFiles, LinkError, telemetry_topic, urgent_topic
from infra.stack import Stack
from tests.stack.outside import Outside, eventually

HOUSEHOLDS = """id,name,grid,building,address,steward,resident,phone
h001,杜桂兰,g1,3 号楼,星禾里 3 号楼 402 室,周岚,杜桂兰,
h002,马长顺,g1,3 号楼,星禾里 3 号楼 502 室,周岚,马长顺,
"""
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "alicante_water" / "readings.csv.gz"


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """The stack, with two homes of Lanzhou imported, and one of another community."""
    found = Outside(stack, cloud.home)
    file = tmp_path_factory.mktemp("import") / "households.csv"
    file.write_text(HOUSEHOLDS)
    found.shouwang("import", str(file), "--community", "lanzhou", "--community-name", "兰州一条街")
    found.shouwang("import", str(file), "--community", "hefei")
    return found


@pytest.fixture(scope="module")
def meters(outside: Outside) -> dict[str, KeyFiles]:
    """A meter in each home: in h001 nothing was drawn for fourteen hours, in h002 someone is up and about."""
    keys = {f"wm-{home}": outside.add_device(f"wm-{home}", "lanzhou", home) for home in ("h001", "h002")}
    publish(outside, keys, "wm-h001", hourly([60, 0] + [0] * 14))
    publish(outside, keys, "wm-h002", hourly([60, 0] + [7] * 14))
    return keys


@pytest.fixture(scope="module")
def alarm(outside: Outside, meters: dict[str, KeyFiles]) -> dict[str, Any]:
    """The alarm that the quiet home raises by itself."""
    found: dict[str, Any] = eventually(lambda: open_alarms(outside, "still_water"))[0]
    return found


def hourly(used: list[int]) -> dict[str, Any]:
    """A message with an hourly register, the last reading a minute ago."""
    newest, index, samples = epoch(clock.now()) - 60, 5000, []
    for hours_ago, litres in zip(range(len(used) - 1, -1, -1), used, strict=True):
        index += litres
        samples.append({"at": newest - hours_ago * 3600, "register_litres": index})
    return {"v": 1, "kind": "water_meter", "every": 3600, "samples": samples}


def publish(
    outside: Outside, keys: dict[str, KeyFiles], device: str, *payloads: bytes | dict[str, Any]
) -> None:
    with DeviceLink(outside.stack, device, keys[device]) as link:
        for payload in payloads:
            link.publish(telemetry_topic("lanzhou", device), payload)


def active(state: dict[str, Any]) -> dict[str, Any]:
    """The state of a home, once what its meter sent was taken in."""
    return state if state["finding"] == "active" else {}


def open_alarms(outside: Outside, kind: str) -> list[dict[str, Any]]:
    return [a for a in outside.call("GET", "alarms").body["items"] if a["kind"] == kind]


def reasons(outside: Outside) -> set[str]:
    return {item["reason"] for item in outside.call("GET", "quarantine").body["items"]}


def test_the_quiet_home_raises_an_alarm_that_says_why(outside: Outside, alarm: dict[str, Any]) -> None:
    assert (alarm["household"], alarm["steward"], alarm["severity"]) == ("h001", "周岚", 2)
    assert "0升水" in alarm["text"]
    told = outside.call("GET", f"alarms/{alarm['id']}", headers={"Accept-Language": "en"}).body
    assert told["text"].startswith("0 litres since")


def test_the_home_where_someone_is_up_raises_none(outside: Outside, alarm: dict[str, Any]) -> None:
    state = eventually(lambda: active(outside.call("GET", "households/h002").body))
    assert (state["finding"], state["open_alarms"], state["guarded"]) == ("active", [], True)
    assert state["look_again_at"] > clock.rfc3339(clock.now())
    assert len(outside.call("GET", "devices/wm-h002/readings").body["items"]) == 16


def test_someone_takes_charge_and_says_what_they_found(outside: Outside, alarm: dict[str, Any]) -> None:
    taken = outside.call("PUT", f"alarms/{alarm['id']}/acknowledgement").body
    assert (taken["state"], taken["acknowledged_by"]) == ("acknowledged", "a grid_worker")
    second = outside.call("PUT", f"alarms/{alarm['id']}/acknowledgement", role="coordinator")
    assert (second.status, second.body["code"]) == (409, "illegal_move")
    outcome = {"verdict": "false", "cause": "low_use", "note": "只吃了蒸包子"}
    closed = outside.call("PUT", f"alarms/{alarm['id']}/outcome", body=outcome).body
    by_people = [line["what"] for line in closed["log"] if line["channel"] not in ("ladder", "voice")]
    assert by_people == ["raised", "acknowledged", "resolved"]
    assert open_alarms(outside, "still_water") == []


def test_nothing_is_open_to_strangers_or_to_other_communities(
    outside: Outside, alarm: dict[str, Any]
) -> None:
    assert outside.call("GET", "alarms", role="").status in (401, 403)
    assert outside.call("GET", "alarms", role="volunteer").status == 403
    assert outside.call("GET", f"alarms/{alarm['id']}", community="hefei").status == 404
    assert outside.call("GET", "devices/wm-h001/readings", community="hefei").status == 404
    assert outside.call("GET", "alarms", community="hefei").body["items"] == []


def test_an_unchanged_answer_is_not_sent_twice(outside: Outside, meters: dict[str, KeyFiles]) -> None:
    first = outside.call("GET", "households")
    again = outside.call("GET", "households", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status, again.body) == (200, 304, None)


def test_what_can_t_be_read_goes_to_quarantine_and_harms_no_neighbour(
    outside: Outside, meters: dict[str, KeyFiles]
) -> None:
    good = hourly([1, 2])
    odd = {**good, "kind": "teapot"}
    late = {**good, "samples": [{"at": epoch(clock.now()) + 3600, "register_litres": 1}]}
    publish(outside, meters, "wm-h002", b"\xff not JSON", odd, late, {**good, "v": 2}, good)
    wanted = {"not_json", "unknown_kind", "future_sample", "unknown_version"}
    eventually(lambda: wanted <= reasons(outside), seconds=30)
    eventually(lambda: len(outside.call("GET", "devices/wm-h002/readings").body["items"]) == 18, seconds=30)


def test_a_device_can_t_speak_for_another(outside: Outside, meters: dict[str, KeyFiles]) -> None:
    before = outside.call("GET", "devices/wm-h001/readings").body["items"]
    with (
        pytest.raises(LinkError),
        DeviceLink(outside.stack, "wm-h001", meters["wm-h002"]),
    ):
        pass
    with DeviceLink(outside.stack, "wm-h002", meters["wm-h002"]) as link:
        link.send(telemetry_topic("lanzhou", "wm-h001"), hourly([0, 99]))  # which no broker says it has taken
    publish(outside, meters, "wm-h002", b"a mark that comes later")
    eventually(lambda: "a mark" in json.dumps(outside.call("GET", "quarantine").body), seconds=30)
    assert outside.call("GET", "devices/wm-h001/readings").body["items"] == before


def test_a_revoked_device_can_t_connect(outside: Outside) -> None:
    keys = outside.add_device("door-1", "lanzhou", "h001", "--kind", "door_contact")
    with DeviceLink(outside.stack, "door-1", keys):
        pass
    outside.shouwang("device", "revoke", "door-1", "--community", "lanzhou")
    with pytest.raises(LinkError), DeviceLink(outside.stack, "door-1", keys):
        pass


def test_a_press_does_not_wait_for_the_tick(outside: Outside) -> None:
    keys = outside.add_device("key-1", "lanzhou", "h002", "--kind", "one_key")
    press = {
        "v": 1,
        "kind": "one_key",
        "every": 3600,
        "samples": [{"at": epoch(clock.now()), "press": "call"}],
    }
    with DeviceLink(outside.stack, "key-1", keys) as link:
        link.publish(urgent_topic("lanzhou", "key-1"), press)
    assert eventually(lambda: open_alarms(outside, "one_key"), seconds=20)[0]["severity"] == 1


def test_key_files_are_their_owners_alone(meters: dict[str, KeyFiles]) -> None:
    assert {
        path.stat().st_mode & 0o777 for k in meters.values() for path in (k.certificate, k.private_key)
    } == {0o600}


def test_the_doctor_and_the_health_route_find_the_stack_well(outside: Outside, alarm: dict[str, Any]) -> None:
    findings = json.loads(outside.shouwang("doctor", "--json"))
    assert all(finding["well"] for finding in findings)
    health = outside.call("GET", "health", role="kin").body
    assert health["status"] == "ok"
    assert health["tick_age_seconds"] < 180


def test_status_shows_homes_and_what_was_refused(outside: Outside, meters: dict[str, KeyFiles]) -> None:
    told = json.loads(outside.shouwang("status", "--community", "lanzhou", "--json"))
    assert [row["household"] for row in told["households"]] == ["h001", "h002"]


def test_what_is_wrong_is_said_in_a_line(outside: Outside, tmp_path: Path) -> None:
    assert "no household 'h999'" in outside.shouwang(
        "device", "add", "wm-9", "--community", "lanzhou", "--household", "h999", fails=True
    )
    assert "registered already" in outside.shouwang(
        "device", "add", "wm-h001", "--community", "lanzhou", "--household", "h001", fails=True
    )
    assert "no community 'nowhere'" in outside.shouwang("token", "--community", "nowhere", fails=True)
    kin = ("token", "--community", "lanzhou", "--role", "kin", "--name", "nobody")
    assert "has no relative 'nobody'" in outside.shouwang(*kin, fails=True)
    assert "There is no file" in outside.shouwang("judge", str(tmp_path / "none.csv"), fails=True)


@pytest.mark.skipif(not DATA.exists(), reason="the real meters' data is not beside this checkout")
def test_replayed_homes_raise_what_judge_finds(outside: Outside) -> None:
    told = json.loads(
        outside.shouwang(
            "replay", str(DATA), "--homes", "H46,H66", "--days", "4", "--end", "2016-03-06T05:30:00Z",
            "--until-now", "--json",
        )
    )  # fmt: skip
    assert told["open_alarms"] == told["still_inactive"] == ["h46"]
