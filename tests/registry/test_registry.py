"""Enrolling homes and devices, and what the watches hear of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import StoreUnavailableError, Table
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.registry.model import Kind, StillWaterSettings
from chalicelib.registry.service import Registry, Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.deadlines import DeadlineStore, Due
from chalicelib.watch.service import Watchkeeper
from chalicelib.watch.store import RollStore, watch_key, water_watch
from tests.builders import HOUR, NOON, XINGHE, Town, device, home
from tests.faults import FaultyTable


@pytest.fixture
def town() -> Town:
    return Town()


def watched(town: Town, household: str = "h001") -> Due | None:
    return town.deadlines.get(*watch_key("xinghe", household))


def on_roll(town: Town) -> set[str]:
    roll = town.rolls.get("xinghe", "g1")
    return set(roll.entries) if roll else set()


def test_a_water_meter_begins_a_watch_and_every_device_joins_the_roll(town: Town) -> None:
    town.install(device(), device("ms-001", Kind.MOTION_SENSOR))
    due = watched(town)
    assert due
    assert water_watch(due).device == "wm-001"
    assert on_roll(town) == {"wm-001", "ms-001"}


def test_a_home_without_a_water_meter_has_no_still_water_watch(town: Town) -> None:
    town.install(device("ms-001", Kind.MOTION_SENSOR))
    assert watched(town) is None


def test_adding_the_same_device_again_mends_what_was_left_half_done(town: Town) -> None:
    town.registry_store.add_device(device())  # and then the process ended
    assert watched(town) is None
    town.install(device(), now=NOON)
    town.install(replace(device(), added_at=NOON), now=NOON)
    assert watched(town)
    assert on_roll(town) == {"wm-001"}


def test_a_home_has_one_water_meter(town: Town) -> None:
    town.install(device())
    with pytest.raises(RefusedError, match="wm-001"):
        town.install(device("wm-002"))
    assert town.registry_store.device("xinghe", "wm-002") is None


def test_a_meter_is_swapped_by_revoking_and_adding(town: Town) -> None:
    town.install(device())
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    assert watched(town) is None
    town.install(device("wm-002"), now=NOON)
    due = watched(town)
    assert due
    assert water_watch(due).device == "wm-002"
    assert on_roll(town) == {"wm-002"}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(device(kind=Kind.WATCH), id="another kind"),
        pytest.param(device(household="h002"), id="another home"),
        pytest.param(device(certificate="0a1b"), id="another certificate"),
    ],
)
def test_an_id_in_use_is_refused(town: Town, other: object) -> None:
    town.registry_store.put_households([home("h002")])
    town.install(device())
    with pytest.raises(ConflictError, match="choose another id"):
        town.install(other)  # type: ignore[arg-type]


def test_the_id_of_a_revoked_device_stays_taken(town: Town) -> None:
    town.install(device())
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    with pytest.raises(ConflictError):
        town.install(device())


def test_what_is_unknown_is_said(town: Town) -> None:
    with pytest.raises(NotFoundError, match="h999"):
        town.install(device(household="h999"))
    with pytest.raises(NotFoundError, match="wm-999"):
        town.registry.revoke_device("xinghe", "wm-999", now=NOON)
    with pytest.raises(NotFoundError, match="nowhere"):
        town.registry.set_still_water("nowhere", None, StillWaterSettings(), now=NOON)
    with pytest.raises(NotFoundError, match="h999"):
        town.registry.set_still_water("xinghe", "h999", StillWaterSettings(), now=NOON)


def test_revoking_twice_changes_nothing(town: Town) -> None:
    town.install(device())
    first = town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    assert town.registry.revoke_device("xinghe", "wm-001", now=NOON + HOUR) == first


@pytest.mark.parametrize("household", ["h001", None], ids=["for the home", "for the community"])
def test_new_numbers_hold_at_once(town: Town, household: str | None) -> None:
    town.install(device())
    due = watched(town)
    assert due
    town.deadlines.arm(replace(due, due_at=NOON + 12 * HOUR))
    town.registry.set_still_water("xinghe", household, StillWaterSettings(60, 5), now=NOON)
    due = watched(town)
    assert due
    assert due.due_at == NOON
    assert (water_watch(due).rule.window, water_watch(due).rule.least_litres) == (HOUR, 5)


def test_a_rule_is_changed_as_the_home_was_seen_or_not_at_all(town: Town) -> None:
    seen = town.registry_store.household("xinghe", "h001")
    assert seen
    town.registry.set_still_water("xinghe", "h001", StillWaterSettings(480, None), now=NOON)
    with pytest.raises(ConflictError):
        town.registry.change_rule(seen, StillWaterSettings(60, 5), now=NOON)
    stored = town.registry_store.household("xinghe", "h001")
    assert stored
    assert stored.still_water == StillWaterSettings(480, None)


def test_a_homes_own_numbers_outlive_the_communitys(town: Town) -> None:
    town.install(device())
    town.registry.set_still_water("xinghe", "h001", StillWaterSettings(480, None), now=NOON)
    town.registry.set_still_water("xinghe", None, StillWaterSettings(600, 7), now=NOON)
    due = watched(town)
    assert due
    assert (water_watch(due).rule.window, water_watch(due).rule.least_litres) == (8 * HOUR, 7)


def test_the_roster_knows_a_device_added_a_moment_ago(town: Town) -> None:
    roster = Roster(town.registry_store)
    assert roster.device("xinghe", "wm-001", now=NOON) is None
    town.install(device())
    assert roster.device("xinghe", "wm-001", now=NOON) == device()


def snapshot(town: Town) -> MemoryTable:
    """The registry as a replica has it that hears of nothing more."""
    assert isinstance(town.on.registry, MemoryTable)
    kept = MemoryTable(REGISTRY)
    kept.put_many(list(town.on.registry.items()))
    return kept


def lagging(town: Town) -> tuple[Roster, FaultyTable]:
    """A roster that reads from a replica, which stays behind from now on."""
    table = FaultyTable(town.on.registry, replica=snapshot(town))
    return Roster(RegistryStore(table)), table


def test_the_roster_knows_a_device_added_a_moment_ago_though_the_replica_lags(town: Town) -> None:
    roster, _ = lagging(town)
    town.install(device())
    assert roster.device("xinghe", "wm-001", now=NOON) == device()


def test_the_roster_reads_a_revocation_past_a_lagging_replica(town: Town) -> None:
    town.install(device())
    roster, table = lagging(town)
    roster.device("xinghe", "wm-001", now=NOON)
    before = snapshot(town)
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    table.replica = OnlyVersion(town.on.registry, before)  # the version has come through, the device hasn't
    found = roster.device("xinghe", "wm-001", now=NOON + timedelta(minutes=5))
    assert found
    assert found.revoked_at == NOON


class OnlyVersion(FaultyTable):
    """A replica at which the devices' version has arrived already, and nothing else."""

    def __init__(self, new: Table, old: Table) -> None:
        super().__init__(old)
        self._new = new

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        return (self._new if pk == "devices_version" else self.table).get(pk, sk, consistent=consistent)


@pytest.mark.parametrize("devices", [1, 30], ids=["a few devices", "many devices"])
def test_the_roster_hears_of_a_revocation_within_its_refresh(town: Town, devices: int) -> None:
    names = [f"ms-{n:03}" for n in range(devices)]
    town.install(*(device(name, Kind.MOTION_SENSOR) for name in names))
    roster = Roster(town.registry_store)
    for name in names:
        assert roster.device("xinghe", name, now=NOON) is not None
    town.registry.revoke_device("xinghe", names[-1], now=NOON)
    later = NOON + timedelta(minutes=5)
    found = [roster.device("xinghe", name, now=later) for name in names]
    assert [d is not None and d.revoked_at is not None for d in found] == [False] * (devices - 1) + [True]
    assert roster.elsewhere(names[-1])
    assert not roster.elsewhere("ms-999")


def test_a_device_that_is_registered_is_watched_whatever_failed_in_between() -> None:
    town = Town()
    down = FaultyTable(town.on.deadlines, down={"write"})
    deadlines = DeadlineStore(down, shards=1)
    keeper = Watchkeeper(town.registry_store, deadlines, RollStore(down, deadlines))
    with pytest.raises(StoreUnavailableError):
        Registry(town.registry_store, keeper).add_device(device(), now=NOON)
    assert town.registry_store.device("xinghe", "wm-001") is None


def test_an_import_that_changes_a_window_takes_effect_at_once() -> None:
    town = Town()
    town.install(device())
    shorter = home(still_water=StillWaterSettings(window_minutes=360))
    town.registry.enrol(XINGHE, households=[shorter], now=NOON)
    due = town.deadlines.get("watch#xinghe#h001", "still_water")
    assert due is not None
    assert (due.due_at, json.loads(due.state)["window"]) == (NOON, 360 * 60)
