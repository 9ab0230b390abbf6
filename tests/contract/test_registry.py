"""What the registry's store promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.schema import REGISTRY
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.model import Community, Grid, Kind, Resident, StillWaterSettings
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from tests.builders import NOON, XINGHE, device, home
from tests.contract.conftest import NewTable


@pytest.fixture
def store(new_table: NewTable) -> RegistryStore:
    return RegistryStore(new_table(REGISTRY))


def test_communities(store: RegistryStore) -> None:
    other = Community("alicante", "Alacant", "Europe/Madrid", StillWaterSettings(600, 5))
    store.put_community(XINGHE)
    store.put_community(replace(other, name="old"))
    store.put_community(other)
    assert store.communities() == [other, XINGHE]
    assert store.community("alicante") == other
    assert store.community("nowhere") is None


def test_grids(store: RegistryStore) -> None:
    grids = [Grid("g1", "xinghe", "一网格"), Grid("g2", "xinghe", "二网格")]
    for grid in [*grids, Grid("g1", "elsewhere", "x")]:
        store.put_grid(grid)
    assert store.grids("xinghe") == grids


def test_households(store: RegistryStore) -> None:
    full = home(
        "h002",
        building="3 号楼",
        address="星禾里 3 号楼 402 室",
        steward="周晓雯",
        still_water=StillWaterSettings(60, None),
    )
    store.put_households([home(name="old"), full, home("h001", community="elsewhere")])
    store.put_households([home(name="new")])
    assert store.households("xinghe") == [home(name="new"), full]
    assert store.household("xinghe", "h002") == full
    assert store.household("elsewhere", "h002") is None


def test_a_household_named_twice_at_once_is_as_it_was_named_last(store: RegistryStore) -> None:
    store.put_households([home(name="first"), home(name="last")])
    assert store.households("xinghe") == [home(name="last")]


def test_households_page_by_page(store: RegistryStore) -> None:
    homes = [home(f"h{n:03}") for n in range(70)]
    store.put_households(homes)
    first, page = store.household_page("xinghe", limit=40, after=None)
    second, _ = store.household_page("xinghe", limit=40, after=page.after)
    assert first + second == homes


def test_residents_and_devices_of_a_home_do_not_mix(new_table: NewTable) -> None:
    table = new_table(REGISTRY)
    store, residents = RegistryStore(table), ResidentStore(table)
    wang = Resident("r1", "xinghe", "h001", "王桂英", "+8613800000000")
    other = Resident("r2", "xinghe", "h002", "other")
    residents.put_many([(wang, home(), None, None), (other, home("h002"), None, None)])
    store.add_device(device())
    assert residents.of_household("xinghe", "h001") == [wang]
    assert store.household_devices("xinghe", "h001") == [device()]
    assert store.household_devices("xinghe", "h002") == []


def test_a_device_is_registered_once_in_all_communities(store: RegistryStore) -> None:
    store.add_device(device())
    for again in (device(), device(community="elsewhere"), device(kind=Kind.WATCH)):
        with pytest.raises(ConflictError, match="registered already"):
            store.add_device(again)
    assert store.devices("elsewhere") == []
    assert store.device("xinghe", "wm-001") == device()
    assert store.community_of_device("wm-001") == "xinghe"
    assert store.community_of_device("wm-002") is None


def test_the_version_grows_with_every_device_added_or_revoked_and_with_nothing_else(
    store: RegistryStore,
) -> None:
    assert store.roster_facts("xinghe")[0] == 0
    store.add_device(device())
    with pytest.raises(ConflictError):
        store.add_device(device())
    assert store.roster_facts("xinghe")[0] == 1
    revoked = store.revoke_device(device(), at=NOON)
    store.revoke_device(revoked, at=NOON + timedelta(days=1))
    assert store.roster_facts("xinghe")[0] == 2
    assert store.roster_facts("elsewhere")[0] == 0


def test_a_revoked_device_stays_known(store: RegistryStore) -> None:
    kept = device(certificate="0a1b", kind=Kind.GAS_ALARM, reports_every=timedelta(seconds=90))
    store.add_device(kept)
    store.revoke_device(kept, at=NOON)
    assert store.devices("xinghe", consistent=True) == [replace(kept, revoked_at=NOON)]
    assert store.household_devices("xinghe", "h001") == [replace(kept, revoked_at=NOON)]


def test_a_home_may_have_many_devices(store: RegistryStore) -> None:
    devices = [device(f"d{n:03}", Kind.MOTION_SENSOR) for n in range(30)]
    for each in reversed(devices):
        store.add_device(each)
    assert store.household_devices("xinghe", "h001") == devices
    assert store.devices("xinghe") == devices
