"""What reading all of a home's record together promises."""

from dataclasses import replace

import pytest

from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import Table
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.consent import AGREED, Audience, Choice, Consents, DataKind
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Kind, Resident, StillWaterSettings
from chalicelib.registry.records import HomeRecord, HomeRecords
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from tests.builders import NOON, XINGHE, device, home
from tests.contract.conftest import NewTable

BY_AGREEMENT = frozenset(kind for kind, audience in AGREED if audience is Audience.STAFF)


@pytest.fixture
def table(new_table: NewTable) -> Table:
    table = new_table(REGISTRY)
    store = RegistryStore(table)
    store.put_community(XINGHE)
    store.put_households([home(), home("h002")])
    store.add_device(device())
    store.add_device(device("door-1", Kind.DOOR_CONTACT))
    store.add_device(device("wm-002", household="h002"))
    ResidentStore(table).put(Resident("wang", "xinghe", "h001", "王桂英"), home(), None, None)
    return table


def read(records: HomeRecords, household: str = "h001") -> HomeRecord:
    record = records.of("xinghe", household)
    assert record is not None
    return record


def test_a_record_has_the_home_its_devices_and_who_lives_there(table: Table) -> None:
    record = read(HomeRecords(table))
    assert record.household == home()
    assert record.numbers == StillWaterSettings(720, 10)
    assert record.devices == (device("door-1", Kind.DOOR_CONTACT), device())
    assert record.residents == ("wang",)
    assert record.opened[Audience.STAFF] == BY_AGREEMENT


def test_there_is_no_record_of_a_home_that_is_not_there(table: Table) -> None:
    assert HomeRecords(table).of("xinghe", "h404") is None
    RegistryStore(table).put_households([home(community="nowhere")])
    with pytest.raises(NotFoundError):
        HomeRecords(table).of("nowhere", "h001")


def test_a_record_is_the_same_object_until_anything_of_it_changes(table: Table) -> None:
    records, store, residents = HomeRecords(table), RegistryStore(table), ResidentStore(table)
    known = read(records)

    def made_anew() -> HomeRecord:
        nonlocal known
        found, before = read(records), known
        assert found is not before
        assert read(records) is found
        known = found
        return found

    assert read(records) is known
    stored = store.change_household(replace(known.household, still_water=StillWaterSettings(360, None)))
    assert made_anew().numbers == StillWaterSettings(360, 10)
    back = store.change_household(replace(stored, still_water=StillWaterSettings()))
    assert made_anew().household.version == back.version
    store.change_community(replace(XINGHE, version=1, still_water=StillWaterSettings(None, 20)))
    assert made_anew().numbers == StillWaterSettings(720, 20)
    store.revoke_device(device(), at=NOON)
    assert [one.revoked_at for one in made_anew().devices] == [None, NOON]
    store.add_device(device("gas-1", Kind.GAS_METER))
    assert [one.id for one in made_anew().devices] == ["door-1", "gas-1", "wm-001"]
    residents.put(Resident("li", "xinghe", "h001", "李四"), home(), None, None)
    assert made_anew().residents == ("li", "wang")
    choice = Choice(DataKind.WATER, Audience.STAFF, False, NOON, "li", "li")
    ConsentStore(table).put(Consents("xinghe", "li").chosen(choice), what=choice, at=0, by="li")
    assert made_anew().opened[Audience.STAFF] == BY_AGREEMENT - {DataKind.WATER}
