"""Residents, and what follows when their homes change."""

from dataclasses import replace

import pytest

from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.errors import ConflictError, NotFoundError, RefusedError
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.model import Category, Grid, Kind, Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from tests.builders import HOUR, NOON, XINGHE, Town, device, envelope, home, water
from tests.faults import FaultyTable

LI = Resident("li", "xinghe", "h001", "李四")


@pytest.fixture
def town() -> Town:
    made = Town()
    made.registry.enrol(XINGHE, [Grid("g2", "xinghe", "二网格")], now=NOON)
    return made


def found(town: Town, building: str) -> list[str]:
    return [hit.id for hit in town.resident_store.in_building("xinghe", building, limit=9, after=None)[0]]


def test_several_may_live_in_one_home(town: Town) -> None:
    town.residents.put(LI)
    assert [r.name for r in town.resident_store.of_household("xinghe", "h001")] == ["李四", "王桂英"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"household": "h999"}, "/household"), ({"kin": (Kin("nobody"),)}, "/kin")],
)
def test_what_a_resident_names_must_be_known(town: Town, change: dict[str, object], pointer: str) -> None:
    with pytest.raises(RefusedError) as refused:
        town.residents.put(replace(LI, **change))  # type: ignore[arg-type]
    assert refused.value.pointer == pointer


def test_a_resident_who_changed_since_is_not_overwritten(town: Town) -> None:
    stored = town.residents.put(LI)
    town.residents.put(replace(stored, phone="+8613800000004"))
    for stale in (LI, stored):
        with pytest.raises(ConflictError, match="read it again" if stale.version else "is taken already"):
            town.residents.put(replace(stale, name="李五"))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "Li"}, {"name": " "}, {"name": "李" * 61}, {"name": "a\x00b"}, {"phone": "138"},
        {"phone": "13800000000"}, {"tags": ("",)}, {"tags": ("a", "a")}, {"tags": tuple("abcdefghijklm")},
        {"kin": (Kin("mei"), Kin("mei"))}, {"kin": tuple(Kin(f"k{n}") for n in range(11))},
        {"language": "fr"}, {"agreed_by": "x" * 61},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_resident_is(fields: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        replace(LI, **fields)  # type: ignore[arg-type]


def test_nobody_is_enrolled_but_by_their_wish(town: Town) -> None:
    assert not LI.is_enrolled
    assert replace(LI, agreed_on=NOON.date()).is_enrolled


def test_health_notes_and_door_packs_need_somebody_and_a_home(town: Town) -> None:
    town.residents.put_care(Care("xinghe", "r1", medication=(Medicine("阿司匹林"),)))
    town.residents.put_door(DoorPack("xinghe", "h001", "请敲门"))
    assert town.residents.care("xinghe", "r1").medication[0].name == "阿司匹林"
    assert town.residents.door("xinghe", "h001").notes == "请敲门"
    for unknown in (
        lambda: town.residents.put_care(Care("xinghe", "nobody", "x")),
        lambda: town.residents.put_door(DoorPack("xinghe", "h999", "x")),
        lambda: town.residents.care("xinghe", "nobody"),
        lambda: town.residents.door("xinghe", "h999"),
    ):
        with pytest.raises(NotFoundError):
            unknown()


def test_a_home_that_is_renamed_takes_its_residents_along(town: Town) -> None:
    known = town.registry_store.household("xinghe", "h001")
    assert known
    town.registry.change_household(replace(known, building="5号楼"), now=NOON)
    assert (found(town, "5"), found(town, "3")) == (["r1"], [])
    town.registry.enrol(XINGHE, households=[replace(known, building="6号楼")], now=NOON)
    assert (found(town, "6"), found(town, "5")) == (["r1"], [])


def test_an_import_that_failed_in_between_is_completed_by_the_next_try(town: Town) -> None:
    table = FaultyTable(town.on.registry)
    store = ResidentStore(table)
    residents = Residents(store, town.registry_store, town.care, town.people)
    known = town.resident_store.get("xinghe", "r1")
    assert known
    table.down.add("write_all")
    renamed = replace(known, name="赵六", household="h001", categories=frozenset({Category.DISABLED}))
    with pytest.raises(StoreUnavailableError):
        residents.enrol([renamed])
    table.down.clear()
    residents.enrol([renamed])
    assert [h.id for h in store.named("xinghe", "zl", limit=9, after=None)[0]] == ["r1"]
    assert store.named("xinghe", "王", limit=9, after=None)[0] == []


def test_a_home_that_moves_to_another_grid_moves_its_devices_from_roll_to_roll(town: Town) -> None:
    town.install(device(), device("ms-001", Kind.MOTION_SENSOR))
    town.hear(envelope(water(0, 5)))
    before = town.rolls.get("xinghe", "g1")
    assert before
    for _ in range(2):  # importing the same again changes nothing
        town.registry.enrol(XINGHE, households=[home(grid="g2")], now=NOON)
    old, new = town.rolls.get("xinghe", "g1"), town.rolls.get("xinghe", "g2")
    assert old
    assert new
    assert (set(old.entries), set(new.entries)) == (set(), {"wm-001", "ms-001"})
    assert new.entries == before.entries  # what is known of them comes along
    assert {d.grid for d in town.registry_store.devices("xinghe")} == {"g2"}
    known = town.roster.device("xinghe", "wm-001", now=NOON + HOUR)
    assert known
    assert known.grid == "g2"  # where ingest notes that it was heard


def test_a_grid_that_is_full_takes_no_home_and_nothing_has_changed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.watch.service.MOST_DEVICES", 0)
    town.registry_store.add_device(device())
    with pytest.raises(RefusedError, match="split the grid"):
        town.registry.enrol(XINGHE, households=[home(grid="g2")], now=NOON)
    known = town.registry_store.household("xinghe", "h001")
    assert known
    assert known.grid == "g1"


def test_a_home_moves_only_to_a_grid_that_exists(town: Town) -> None:
    with pytest.raises(RefusedError, match="g9"):
        town.registry.change_household(home("h009", grid="g9"), now=NOON)


def test_a_home_goes_only_once_nobody_and_nothing_is_left_in_it(town: Town) -> None:
    town.install(device())
    known = town.registry_store.household("xinghe", "h001")
    wang = town.resident_store.get("xinghe", "r1")
    assert known
    assert wang
    with pytest.raises(ConflictError, match="王桂英"):
        town.residents.must_be_empty(known)
    town.residents.remove(wang)
    town.residents.must_be_empty(known)
    with pytest.raises(ConflictError, match="devices"):
        town.registry.remove_household(known)
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    town.registry.remove_household(known)
    assert town.registry_store.household("xinghe", "h001") is None
