"""A household's state, and the system's health, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.tables import Delete
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import rfc3339
from chalicelib.registry.consent import Audience, Choice, Consents, DataKind
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Kind, Resident
from tests.api import ASLEEP, Service, raised
from tests.builders import HOUR, device, envelope, home, water


def test_a_household_and_what_is_known_of_it(api: Service) -> None:
    water_drawn = water(100, 130, 131, 131, until=api.now)
    api.town.hear(envelope(water_drawn, received_at=api.now), now=api.now)
    alarm = raised(api)
    state = api.get("/v1/households/h001").body
    assert (state["window_minutes"], state["least_litres"], state["guarded"]) == (720, 10, True)
    assert state["last_life_sign_at"] == rfc3339(api.now - HOUR)
    assert state["look_again_at"]
    assert state["open_alarms"] == [alarm]
    assert [(d["id"], d["kind"], d["standing"]) for d in state["devices"]] == [
        ("wm-001", "water_meter", "speaking")
    ]


def test_a_household_without_devices_is_unknown_and_unguarded(api: Service) -> None:
    api.town.registry_store.put_households([home("h002")])
    state = api.get("/v1/households/h002").body
    assert (state["finding"], state["guarded"], state["look_again_at"], state["devices"]) == (
        "unknown",
        False,
        None,
        [],
    )


def test_health_tells_the_ticks_age(api: Service) -> None:
    never = api.get("/v1/health", role=Role.BOARD).body
    assert (never["status"], never["tick_at"], never["tick_age_seconds"]) == ("late", None, None)
    api.town.deadlines.beat(api.now - timedelta(minutes=4), fired=0, failed=0)
    late = api.get("/v1/health").body
    assert late["status"] == "late"
    assert late["tick_age_seconds"] >= 240
    api.town.deadlines.beat(api.now, fired=1, failed=0)
    assert api.get("/v1/health").body["status"] == "ok"


def test_a_coordinator_sets_a_households_window_and_it_counts_from_the_next_tick(api: Service) -> None:
    api.town.hear(envelope(water(1000, 1040, *[1040] * 9, until=api.now)))
    wanted = {"window_minutes": 360, "least_litres": None}
    answer = api.change("/v1/households/h001/still-water", wanted, role=Role.COORDINATOR)
    assert (answer.body["window_minutes"], answer.body["least_litres"]) == (360, 10)
    assert answer.body["look_again_at"] <= rfc3339(api.now + HOUR)


def test_a_window_out_of_bounds_is_refused_with_its_place(api: Service) -> None:
    wanted = {"window_minutes": 5, "least_litres": None}
    answer = api.change("/v1/households/h001/still-water", wanted, role=Role.COORDINATOR)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/window_minutes")


def test_whoever_reads_a_home_that_was_changed_and_changed_back_may_change_it_still(api: Service) -> None:
    """Its version is the one that stands, though all else reads as it did before."""
    home, rule = "/v1/households/h001", {"window_minutes": None, "least_litres": None}
    api.get(home, role=Role.COORDINATOR)
    api.change(f"{home}/still-water", {**rule, "least_litres": 20}, role=Role.COORDINATOR)
    api.change(f"{home}/still-water", rule, role=Role.COORDINATOR)
    tag = api.get(home, role=Role.COORDINATOR).headers["ETag"]
    again = api.call(
        "PUT", f"{home}/still-water", body=rule, headers={"if-match": tag}, role=Role.COORDINATOR
    )
    assert again.status == 200
    same = api.call(
        "PUT",
        f"{home}/still-water",
        body=rule,
        headers={"if-match": again.headers["ETag"]},
        role=Role.COORDINATOR,
    )
    assert same.status == 200


def test_a_device_that_seems_not_to_speak_is_looked_for_in_the_roll_too(api: Service) -> None:
    """What came late and tells of long ago stands in no recent day of its series; the roll heard of it."""

    def standing() -> tuple[str, str]:
        (known,) = api.get("/v1/households/h001").body["devices"]
        return known["standing"], known["heard_at"]

    assert standing() == ("silent", rfc3339(device().added_at))
    roll = api.town.rolls.get("xinghe", "g1")
    assert roll is not None
    api.town.rolls.put(roll.heard({"wm-001": api.now - 3 * HOUR}), call_again_at=api.now)
    assert standing() == ("late", rfc3339(api.now - 3 * HOUR))
    api.town.hear(envelope(water(100, 130, until=api.now), received_at=api.now), now=api.now)
    assert standing() == ("speaking", rfc3339(api.now))


def test_a_look_at_a_home_whose_devices_speak_does_not_read_its_grids_roll(api: Service) -> None:
    """It is the longest item that a grid has."""
    api.town.hear(envelope(water(100, 130, until=api.now), received_at=api.now), now=api.now)
    api.town.on.deadlines.write(Delete("roll#xinghe#g1", "roll"))
    (known,) = api.get("/v1/households/h001").body["devices"]
    assert (known["standing"], known["heard_at"]) == ("speaking", rfc3339(api.now))


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.COORDINATOR])
def test_what_a_home_is_shown_to_be_follows_whatever_changes_in_it(api: Service, role: Role) -> None:
    """What was made before is kept, and never shown once anything of it reads otherwise."""

    def shown() -> dict[str, Any]:
        body: dict[str, Any] = api.get("/v1/households/h001", role=role).body
        return body

    assert (shown()["last_life_sign_at"], shown()["alarm_open"]) == (None, False)
    api.town.hear(envelope(water(100, 130, until=api.now), received_at=api.now), now=api.now)
    assert shown()["last_life_sign_at"] == rfc3339(api.now)
    alarm = raised(api)
    assert shown()["open_alarms"] == [alarm]
    api.put(f"/v1/alarms/{alarm}/outcome", ASLEEP)
    assert shown()["open_alarms"] == []
    api.town.install(device("door-1", Kind.DOOR_CONTACT), now=api.now)
    assert [one["id"] for one in shown()["devices"]] == ["door-1", "wm-001"]
    api.town.registry_store.revoke_device(device(), at=api.now)
    assert shown()["devices"][1]["standing"] is None
    api.town.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英")])
    closed = Choice(DataKind.WATER, Audience.STAFF, False, api.now, "r1", "r1")
    known = Consents("xinghe", "r1").chosen(closed)
    ConsentStore(api.town.on.registry).put(known, what=closed, at=0, by="r1")
    assert (shown()["last_life_sign_at"], shown()["used_litres"]) == (None, None)
