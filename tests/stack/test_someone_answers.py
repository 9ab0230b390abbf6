"""Someone always answers, in the deployed stack: a press rings, and the ladder climbs in real time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.connection import Connection

from chalicelib import wiring
from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, TableSchema
from chalicelib.aws.tables import DynamoTable
from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch
from infra.embedded.cloud import EmbeddedCloud
from infra.mqtt import DeviceLink, urgent_topic
from infra.simulator.street import Street
from infra.stack import Stack
from tests.stack.outside import Outside, eventually


@pytest.fixture(scope="module")
def street(stack: Stack, cloud: EmbeddedCloud) -> Iterator[Street]:
    """Two homes with everybody who looks after them; the services stand on the stack's own tables."""
    connection = Connection(region=stack.region, host=stack.endpoint_url)
    connection.session.set_credentials(stack.access_key_id, stack.secret_access_key)
    _ = connection.client  # made in this thread, which alone has the credentials

    def table(output: str, schema: TableSchema) -> DynamoTable:
        return DynamoTable(stack.output(output), schema, connection)

    ground = wiring.Ground(
        registry=table("RegistryTable", REGISTRY),
        series=table("SeriesTable", SERIES),
        deadlines=table("DeadlinesTable", DEADLINES),
        quarantine=table("QuarantineTable", QUARANTINE),
        audit=table("AuditTable", AUDIT),
        token_key="not used here",
    )
    wiring.use(ground)
    found = Street.make(stack, cloud.home / "devices", households=2, seed=1, now=clock.now())
    found.enrol()
    found.staff()
    yield found
    wiring.use(None)


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud) -> Outside:
    return Outside(stack, cloud.home)


def told(outside: Outside, street: Street) -> list[str]:
    """Whose phones show something, latest first."""
    return [row["person"] for row in json.loads(_phones(outside, street))]


def _phones(outside: Outside, street: Street, *more: str) -> str:
    return outside.shouwang("phones", "--community", street.community, "--json", *more)


def test_a_press_over_http_rings_at_once_and_the_second_on_duty_after_a_minute(
    outside: Outside, street: Street
) -> None:
    call: dict[str, Any] = json.loads(
        outside.shouwang("press", "h001", "--community", street.community, "--json")
    )
    assert (call["state"], call["dial"][-1]["who"]) == ("ringing", "community")
    on_duty = wiring.rota.duties().on_duty(street.community, "g1", clock.now())
    first = eventually(lambda: told(outside, street), seconds=15)
    assert {on_duty.first, "zhou-lan"} <= set(first)
    eventually(lambda: on_duty.second in told(outside, street), seconds=90)


def test_who_takes_charge_on_the_phone_stands_in_the_log(outside: Outside, street: Street) -> None:
    _phones(outside, street, "--take", "zhou-lan")
    items = outside.call("GET", "alarms", community=street.community).body["items"]
    assert [(a["kind"], a["acknowledged_by"]) for a in items] == [("one_key", "zhou-lan")]


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
    drill = eventually(lambda: _open_drill(outside, street), seconds=90)
    first = wiring.rota.duties().on_duty(street.community, "g1", clock.now()).first
    eventually(lambda: _told_of(outside, street, drill["id"]), seconds=20)
    _phones(outside, street, "--take", str(first))
    status = json.loads(outside.shouwang("status", "--community", street.community, "--json"))
    (proven,) = [row for row in status["drills"] if (row["of"], row["id"]) == ("team", team)]
    assert (proven["standing"], proven["proven_by"]) == ("proven", first)
    listed = outside.call("GET", "drills", community=street.community).body["items"]
    assert {row["of"] for row in listed} == {"resident", "team"}


def _open_drill(outside: Outside, street: Street) -> Any:
    items = outside.call("GET", "alarms", community=street.community).body["items"]
    return next((item for item in items if item["drill"]), None)


def _told_of(outside: Outside, street: Street, alarm: str) -> list[Any]:
    rows = json.loads(_phones(outside, street, "--last", "20"))
    return [row for row in rows if row["alarm"] == alarm]


def _open_call(outside: Outside, street: Street, home: str) -> list[Any]:
    items = outside.call("GET", "alarms", community=street.community).body["items"]
    return [a for a in items if a["kind"] == "one_key" and a["household"] == home]
