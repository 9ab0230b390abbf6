"""Someone always answers, in the deployed stack: a press rings, and the ladder climbs in real time."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.connection import Connection

from chalicelib import wiring
from chalicelib.alarms.shifts import SHIFT
from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, WITNESS, TableSchema
from chalicelib.aws.tables import DynamoTable
from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch
from chalicelib.onekey.upkeep import UPKEEP
from chalicelib.watch.deadlines import Due
from chalicelib.watch.model import Concern, ConcernKind
from infra.embedded.cloud import EmbeddedCloud
from infra.mqtt import DeviceLink, urgent_topic
from infra.simulator.play import Play
from infra.simulator.story import Story
from infra.simulator.street import ZONE, Street
from infra.stack import Stack
from tests.stack.outside import Outside, eventually


def on_the_stack(stack: Stack) -> wiring.Ground:
    """The stack's own tables, with the operator's rights."""
    connection = Connection(region=stack.region, host=stack.endpoint_url)
    connection.session.set_credentials(stack.access_key_id, stack.secret_access_key)
    _ = connection.client  # made in this thread, which alone has the credentials

    def table(output: str, schema: TableSchema) -> DynamoTable:
        return DynamoTable(stack.output(output), schema, connection)

    keys = stack.client("secretsmanager").get_secret_value(SecretId=stack.output("TokenKeyArn"))
    return wiring.Ground(
        registry=table("RegistryTable", REGISTRY),
        series=table("SeriesTable", SERIES),
        deadlines=table("DeadlinesTable", DEADLINES),
        quarantine=table("QuarantineTable", QUARANTINE),
        audit=table("AuditTable", AUDIT),
        witness=table("WitnessTable", WITNESS),
        token_key=keys["SecretString"],
    )


@pytest.fixture(scope="module")
def street(stack: Stack, cloud: EmbeddedCloud) -> Iterator[Street]:
    """Two homes with everybody who looks after them; the services stand on the stack's own tables."""
    wiring.use(on_the_stack(stack))
    found = Street.make(stack, cloud.home / "devices", households=2, seed=1, now=clock.now())
    found.enrol()
    found.staff()
    yield found
    wiring.use(None)


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud) -> Outside:
    return Outside(stack, cloud.home)


def phones(outside: Outside, street: Street, *more: str) -> list[dict[str, Any]]:
    """What people's phones show, latest first."""
    told: list[dict[str, Any]] = json.loads(
        outside.shouwang("phones", "--community", street.community, "--json", *more)
    )
    return told


def test_the_demo_plays_a_call_that_is_answered_beside_an_alarm_that_is_not(
    outside: Outside, street: Street
) -> None:
    """The press goes over HTTP; the second on duty is rung a minute later, and takes it."""
    now = clock.now()
    quiet = Concern(ConcernKind.STILL_WATER, street.community, street.quiet.id, now, {"used_litres": 0})
    wiring.alarms.concerns().raise_once(quiet, now=now)
    told: list[str] = []
    story = Story(street.community, ZONE, street.people())
    play = Play(street, story, told.append, clock_s=lambda: 10 * time.monotonic())  # nobody watches

    def goes_on() -> bool:
        told.extend(line.text for line in story.news())
        play.go_on()
        return play.is_over

    eventually(goes_on, seconds=240)
    told.extend(line.text for line in story.news())
    on_duty = wiring.rota.duties().on_duty(street.community, "g1", now)
    first, second = story.name(str(on_duty.first)), story.name(str(on_duty.second))
    moments = [
        "presses the “1” key",
        f"→ {first}",
        f"→ {second}",
        f"{second} takes it",
        f"{second} was there",
    ]
    places = [next(n for n, line in enumerate(told) if moment in line) for moment in moments]
    assert places == sorted(places), told
    assert any(line.startswith("→ 林霞 Lin Xia (kin)") for line in told), "the family is told, by name"
    assert on_duty.second in {row["person"] for row in phones(outside, street)}


def test_whoever_answers_on_a_phone_stands_in_the_log(outside: Outside, street: Street) -> None:
    told = phones(outside, street, "--take", "zhou-lan")
    assert "周岚" in {row["name"] for row in told}
    (taken,) = [a for a in _open(outside, street) if a["acknowledged_by"] == "zhou-lan"]
    phones(outside, street, "--on-my-way", "zhou-lan")
    phones(outside, street, "--there", "zhou-lan")
    phones(outside, street, "--found", "zhou-lan", "--cause", "asleep", "--note", "睡着了")
    assert taken["id"] not in {a["id"] for a in _open(outside, street)}
    closed = outside.call("GET", f"alarms/{taken['id']}", community=street.community).body
    by = [line["what"] for line in closed["log"] if line["by"] == "zhou-lan"]
    assert by == ["acknowledged", "en_route", "on_site", "resolved"]


def test_a_pendants_press_over_mqtt_rings_too_and_even_with_a_wrong_clock(
    outside: Outside, street: Street
) -> None:
    for pendant, home, at in (("pendant-1", "h002", epoch(clock.now())), ("pendant-2", "h002", 1000)):
        device = f"{pendant}-{street.community[-6:]}"
        keys = outside.add_device(device, street.community, home, "--kind", "one_key")
        press = {"v": 1, "kind": "one_key", "every": 3600, "samples": [{"at": at, "press": "call"}]}
        with DeviceLink(outside.stack, device, keys) as link:
            link.publish(urgent_topic(street.community, device), press)
        eventually(lambda: _open_call(outside, street, "h002"), seconds=20)


def test_a_drill_that_is_due_rings_and_its_answer_is_the_last_proof(outside: Outside, street: Street) -> None:
    """A team's, brought forward to now: the tick of the stack takes it, within its minute."""
    team = wiring.rota.duties().on_duty(street.community, "g1", clock.now()).teams[0]
    deadlines = wiring.watch.deadline_store()
    found = deadlines.get(f"drills#{street.community}", f"drill#team#{team}")
    assert found is not None
    deadlines.arm(replace(found, due_at=clock.now() - timedelta(seconds=1)), instead_of=found)
    drill = outside.ticking_until(lambda: _open_drill(outside, street))
    first = wiring.rota.duties().on_duty(street.community, "g1", clock.now()).first
    eventually(lambda: _told_of(outside, street, drill["id"], first), seconds=20)
    phones(outside, street, "--take", str(first), "--alarm", drill["id"])
    status = json.loads(outside.shouwang("status", "--community", street.community, "--json"))
    (proven,) = [row for row in status["drills"] if (row["of"], row["id"]) == ("team", team)]
    assert (proven["standing"], proven["proven_by"]) == ("proven", first)
    listed = outside.call("GET", "drills", community=street.community).body["items"]
    assert {row["of"] for row in listed} == {"resident", "team"}


def _open_drill(outside: Outside, street: Street) -> Any:
    items = outside.call("GET", "alarms", community=street.community).body["items"]
    return next((item for item in items if item["drill"]), None)


def _told_of(outside: Outside, street: Street, alarm: str, person: str | None) -> list[Any]:
    rows = phones(outside, street, "--last", "20")
    return [row for row in rows if (row["alarm"], row["person"]) == (alarm, person)]


def _open_call(outside: Outside, street: Street, home: str) -> list[Any]:
    return [a for a in _open(outside, street) if a["kind"] == "one_key" and a["household"] == home]


def _open(outside: Outside, street: Street) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = outside.call("GET", "alarms", community=street.community).body["items"]
    return found


def test_a_strangers_call_to_the_communitys_number_rings_who_is_on_duty(
    outside: Outside, street: Street
) -> None:
    hook = json.loads(outside.shouwang("hook", "--community", street.community, "--json"))
    assert hook["url"].endswith(f"/v1/hooks/inbound-call/{street.community}")
    rang = outside.shouwang("hook", "--community", street.community, "--call", "+8613800000099")
    assert json.loads(rang)["state"] == "ringing"
    cases = outside.call("GET", "cases", community=street.community).body["items"]
    assert "h002" in [case["household"] for case in cases]
    assert any(case["household"].startswith("unknown-") for case in cases)


def test_the_deployed_tick_keeps_duty(outside: Outside, street: Street) -> None:
    """Its rights reach as far: the rota is refreshed, and the coordinator told of a team that isn't there."""
    community = street.community
    moved = replace(wiring.registry.community(community), time_zone="Asia/Urumqi")
    wiring.registry.store().put_community(moved)
    wiring.rota.rota().remove_team(community, "night")
    look_now = Due(f"shift#{community}", SHIFT, clock.now(), str(epoch(clock.now())))
    wiring.watch.deadline_store().arm(look_now)
    outside.ticking_until(lambda: wiring.rota.rota().settings(community).time_zone == "Asia/Urumqi")
    inbox = wiring.notify.inbox()
    outside.ticking_until(lambda: "rota" in [e.kind for e in inbox.page(community, "chen-jing", limit=9)[0]])


def test_the_deployed_tick_gives_a_community_what_it_was_enrolled_without(
    outside: Outside, street: Street
) -> None:
    """As for one that was enrolled before there were drills and a watch over its duty."""
    community, deadlines = street.community, wiring.watch.deadline_store()
    resident = wiring.registry.resident_store().of(community)[0]
    drill = ("drills#" + community, f"drill#resident#{resident.id}")
    for key in ((f"shift#{community}", SHIFT), drill, ("drills#" + community, "caught_up")):
        deadlines.disarm(*key)
    deadlines.arm(Due(UPKEEP, UPKEEP, clock.now()))
    outside.ticking_until(lambda: deadlines.get(f"shift#{community}", SHIFT))
    outside.ticking_until(lambda: deadlines.get(*drill))
    outside.ticking_until(lambda: deadlines.get(f"upkeep#{community}", UPKEEP) is None)
