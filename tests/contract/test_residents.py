"""What the stores of residents, their care and their homes' doors promise."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.care import Care, DoorPack, Medicine
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.finding import folded
from chalicelib.registry.model import Category, Household, Resident
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import ResidentStore
from tests.builders import home
from tests.contract.conftest import NewTable

HOME = home(building="3号楼")
WANG = Resident(
    "wang", "xinghe", "h001", "王桂英", "+8613800000000",
    kin=(Kin("mei", "女儿"), Kin("qiang", "儿子", Wish.DO_NOT_CALL, "他上夜班")),
    categories=frozenset({Category.LIVING_ALONE, Category.DISABLED}), tags=("听力弱", "VIP"),
    born=date(1941, 5, 2), agreed_on=date(2026, 1, 3), agreed_by="王梅", language="en",
)  # fmt: skip


@pytest.fixture
def store(new_table: NewTable) -> ResidentStore:
    return ResidentStore(new_table(REGISTRY))


def add(store: ResidentStore, resident: Resident, at: Household = HOME) -> Resident:
    return store.put(resident, at, None, None)


def names(store: ResidentStore, text: str) -> list[str]:
    hits, _ = store.named("xinghe", folded(text), limit=50, after=None)
    return [hit.name for hit in hits]


def test_a_resident_is_kept_whole(store: ResidentStore) -> None:
    add(store, WANG)
    assert store.get("xinghe", "wang", consistent=True) == WANG
    assert store.of_household("xinghe", "h001") == store.of("xinghe") == [WANG]
    assert store.get("elsewhere", "wang") is None
    assert store.of_kin("xinghe", "qiang") == ["wang"]


def test_two_writers_one_loses(store: ResidentStore) -> None:
    first = add(store, WANG)
    with pytest.raises(ConflictError):
        add(store, replace(WANG, name="另一个"))
    store.put(replace(first, phone=""), HOME, first, HOME)
    with pytest.raises(ConflictError):
        store.put(replace(first, phone="+8613900000000"), HOME, first, HOME)
    kept = store.get("xinghe", "wang", consistent=True)
    assert kept
    assert (kept.phone, kept.version) == ("", 2)


@pytest.mark.parametrize("text", ["王", "王桂", "王桂英", "桂英", "w", "WGY", "ｗｇ", "gy"])
def test_found_by_name_given_name_and_initials(store: ResidentStore, text: str) -> None:
    add(store, WANG)
    assert names(store, text) == ["王桂英"]


@pytest.mark.parametrize("text", ["英", "桂王", "wy", "yg", "li"])
def test_not_found_by_others(store: ResidentStore, text: str) -> None:
    add(store, WANG)
    assert names(store, text) == []


def test_whoever_is_found_twice_is_shown_once_also_across_pages(store: ResidentStore) -> None:
    for n in range(6):  # 王王王 is found under 王王王 and 王王, www and ww
        add(store, replace(WANG, id=f"w{n}", name="王王王"))
    for text in ("王", "w"):
        shown, after = [], None
        while True:
            hits, page = store.named("xinghe", text, limit=4, after=after)
            shown += [hit.id for hit in hits]
            after = page.after
            if after is None:
                break
        assert shown == [f"w{n}" for n in range(6)]


def test_found_by_building_tag_and_category(store: ResidentStore) -> None:
    add(store, WANG)
    add(store, replace(WANG, id="li", name="李", tags=(), categories=frozenset()), home(building="30号楼"))
    assert [h.id for h in store.in_building("xinghe", "3号", limit=9, after=None)[0]] == ["wang"]
    assert [h.id for h in store.in_building("xinghe", "3", limit=9, after=None)[0]] == ["li", "wang"]
    for tag in ("听力弱", "vip", "living_alone", "disabled"):
        (found,), _ = store.tagged("xinghe", tag, limit=9, after=None)
        assert (found.id, found.name, found.household, found.building) == ("wang", "王桂英", "h001", "3号楼")
    assert store.tagged("xinghe", "low_income", limit=9, after=None)[0] == []


def test_what_was_made_of_a_resident_goes_with_the_change(store: ResidentStore) -> None:
    old = add(store, WANG)
    moved = replace(old, name="李四", household="h002", tags=(), kin=(), categories=frozenset())
    store.put(moved, home("h002", building="9号楼"), old, HOME)
    assert (names(store, "王"), names(store, "ls")) == ([], ["李四"])
    assert (store.of_household("xinghe", "h001"), store.of_kin("xinghe", "mei")) == ([], [])
    assert store.tagged("xinghe", "vip", limit=9, after=None)[0] == []
    assert store.in_building("xinghe", "3", limit=9, after=None)[0] == []


def test_removing_leaves_word_that_they_were_there_and_nothing_else(new_table: NewTable) -> None:
    table = new_table(REGISTRY)
    store, care = ResidentStore(table), CareStore(table)
    stored = add(store, WANG)
    care.put_care(Care("xinghe", "wang", "听力弱"))
    store.remove(stored, HOME)
    assert (store.of("xinghe"), names(store, "王"), store.of_kin("xinghe", "mei")) == ([], [], [])
    assert care.care("xinghe", "wang").is_empty
    if isinstance(table, MemoryTable):
        assert {(item["pk"], item["sk"]) for item in table.items()} == {
            ("removed#xinghe", "wang"),
            ("homes#xinghe#wang", "0000000000#h001"),
            ("household#xinghe#h001", "stay#0000000000#wang"),
        }
    with pytest.raises(ConflictError):
        store.remove(stored, HOME)


def test_many_at_once_and_again(store: ResidentStore) -> None:
    many = [replace(WANG, id=f"r{n:03}", name="王桂英" if n % 2 else "李四") for n in range(60)]
    store.put_many([(one, HOME, None, None) for one in many])
    stored = store.of("xinghe")
    assert stored == many
    renamed = [replace(one, name="赵六") for one in stored]
    store.put_many([(new, HOME, old, HOME) for new, old in zip(renamed, stored, strict=True)])
    assert (store.of("xinghe"), names(store, "王"), names(store, "ls")) == (renamed, [], [])
    assert len(names(store, "zl")) == 50
    assert {one.version for one in store.of("xinghe")} == {2}


def test_residents_page_by_page(store: ResidentStore) -> None:
    many = [replace(WANG, id=f"r{n:03}") for n in range(7)]
    store.put_many([(one, HOME, None, None) for one in many])
    first, page = store.page("xinghe", limit=4, after=None)
    second, _ = store.page("xinghe", limit=4, after=page.after)
    assert first + second == many


def test_health_notes_and_door_packs_are_kept_apart_and_by_version(new_table: NewTable) -> None:
    store = CareStore(new_table(REGISTRY))
    care = Care("xinghe", "wang", "糖尿病", (Medicine("二甲双胍", "0.5 g", "早晚"),), "六点起床，午睡两小时")
    door = DoorPack("xinghe", "h001", "门铃坏了，请敲门", "李阿姨 301", "+8613800000003", "门卫室")
    assert store.care("xinghe", "wang") == Care("xinghe", "wang")
    assert store.door("xinghe", "h001") == DoorPack("xinghe", "h001")
    stored, pack = store.put_care(care), store.put_door(door)
    assert (store.care("xinghe", "wang"), store.door("xinghe", "h001")) == (care, door)
    assert (store.every_care("xinghe"), store.every_door("xinghe")) == ({"wang": care}, {"h001": door})
    for stale in (care, replace(stored, version=7)):
        with pytest.raises(ConflictError):
            store.put_care(stale)
    with pytest.raises(ConflictError):
        store.put_door(door)
    store.put_care(Care("xinghe", "wang", version=stored.version))
    store.put_door(DoorPack("xinghe", "h001", version=pack.version))
    emptied = ({"wang": Care("xinghe", "wang")}, {"h001": DoorPack("xinghe", "h001")})
    assert (store.every_care("xinghe"), store.every_door("xinghe")) == emptied
    assert (store.care("xinghe", "wang").version, store.door("xinghe", "h001").version) == (2, 2)


def test_relatives_are_known_but_never_among_staff_and_volunteers(new_table: NewTable) -> None:
    people = PeopleStore(new_table(REGISTRY))
    li, mei = Person("li", "xinghe", "李", Role.VOLUNTEER), Person("mei", "xinghe", "梅", Role.KIN)
    people.put_many([li, mei])
    assert (people.of("xinghe"), people.relatives("xinghe")) == ([li], [mei])
    assert people.get_many("xinghe", ["li", "mei", "nobody"]) == {"li": li, "mei": mei}
    changed = people.change(replace(mei, phone="+8613800000002", version=1))
    with pytest.raises(ConflictError):
        people.change(mei)
    people.remove(changed)
    assert people.get("xinghe", "mei") is None
