"""Importing homes, residents and people: every bad row is named, and importing again changes nothing."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.aws.tables import Ask
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.phones import phone_name
from chalicelib.registry.exporting import homes_table, people_table
from chalicelib.registry.importing import Known, changed, read
from chalicelib.registry.intake import CHUNK, Intake
from chalicelib.registry.model import Category, Community, Grid
from chalicelib.registry.needs import Kin, Wish
from chalicelib.registry.people import Person
from chalicelib.registry.phone_links import phone_key
from chalicelib.registry.sheets import Rows, csv_rows, titled
from infra.commands import exporting, importing, status
from tests.builders import NOON, XINGHE, Town, ground
from tests.registry.random_people import TABLES

HOME_TITLES = "户号,网格,户名,楼栋,地址,贴心管家"
TITLES = "姓名,电话,出生日期,类别,标签,同意日期,亲属1,亲属1电话,亲属1关系,亲属1意愿"
CARE_TITLES = "健康备注,用药,作息,开门须知,持钥人,持钥人电话"
WANG = "王桂英,13800000001,1941/5/2,独居；高龄,听力弱,2026年1月3日,王梅,139-0000-0002,女儿,可联系"
CARE = "糖尿病,二甲双胍|0.5 g|早晚；阿司匹林,六点起床,门铃坏了,李阿姨,0931-1234567"
FULL = f"""{HOME_TITLES},{TITLES},{CARE_TITLES}
h001,g1,王家,3号楼,星禾里 3 号楼 402 室,周岚,{WANG},{CARE}
h001,,,,,,李大山,,1939-01-01,,,,王梅,13900000002,儿媳,不要联系,,,,,,
h002,g2,赵家,5号楼,,,,,,,,,,,,,,,,,,
"""


@pytest.fixture
def town() -> Iterator[Town]:
    """Xinghe with nobody in it yet."""
    made = Town(ground())
    wiring.use(made.on)
    yield made
    wiring.use(None)


def intake() -> Intake:
    return wiring.registry.intake()


def rows(text: str) -> Rows:
    return csv_rows(text.encode())


def take_in(text: str | Rows, *, dry_run: bool = False) -> dict[str, Any]:
    table = rows(text) if isinstance(text, str) else text
    return importing.take_in_homes(intake(), XINGHE, table, dry_run=dry_run)


def errors(text: str, known: Known | None = None) -> list[str]:
    return [str(error) for error in read(rows(text), known or Known("xinghe")).errors]


def test_a_whole_table(town: Town) -> None:
    summary = take_in(FULL)
    assert summary["errors"] == []
    known = intake().known("xinghe")
    wang = known.residents["r1"]  # who lives there under that name already
    (mei,) = [p for p in known.relatives.values() if p.name == "王梅"]
    assert (wang.phone, wang.born, wang.agreed_on) == ("+8613800000001", date(1941, 5, 2), date(2026, 1, 3))
    assert wang.categories == {Category.LIVING_ALONE, Category.ADVANCED_AGE}
    assert (wang.tags, wang.kin) == (("听力弱",), (Kin(mei.id, "女儿"),))
    li = next(r for r in known.residents.values() if r.name == "李大山")
    assert li.kin == (Kin(mei.id, "儿媳", Wish.DO_NOT_CALL),)  # one and the same woman, by phone and name
    assert (mei.phone, mei.role) == ("+8613900000002", Role.KIN)
    assert [m.name for m in known.care[wang.id].medication] == ["二甲双胍", "阿司匹林"]
    assert known.doors["h001"].key_holder_phone == "+869311234567"
    assert (known.households["h001"].steward, known.households["h002"].grid) == ("周岚", "g2")
    assert [grid.id for grid in town.registry_store.grids("xinghe")] == ["g1", "g2"]
    assert wiring.onekey.book().resident_of_phone("xinghe", "+8613800000001") == wang.id


def test_again_writes_nothing(town: Town) -> None:
    take_in(FULL)
    before = list(town.on.registry.items())  # type: ignore[attr-defined]
    summary = take_in(FULL)
    assert [summary[kind]["unchanged"] for kind in ("households", "residents", "kin")] == [2, 2, 1]
    assert list(town.on.registry.items()) == before  # type: ignore[attr-defined]


def test_a_dry_run_tells_what_would_change_and_writes_nothing(town: Town) -> None:
    summary = take_in(FULL, dry_run=True)
    assert (summary["written"], summary["residents"]) == (False, {"new": 1, "changed": 1, "unchanged": 0})
    assert [r.id for r in town.resident_store.of("xinghe")] == ["r1"]


def test_who_has_no_day_of_agreement_is_taken_and_counted(town: Town) -> None:
    """Of the table's two residents, 李大山 has none; a table of a few columns knows what is stored."""
    for dry_run in (True, False):
        summary = take_in(FULL, dry_run=dry_run)
        assert (summary["errors"], summary["without_agreement"]) == ([], 1)
    assert take_in("户号,姓名,电话\nh001,王桂英,13800000009\n")["without_agreement"] == 0
    assert take_in("户号,姓名,同意日期\nh001,李大山,2026-02-01\n")["without_agreement"] == 0


def test_an_import_reminds_of_it_in_both_languages_and_is_no_error(
    capsys: pytest.CaptureFixture[str], town: Town
) -> None:
    importing._tell(take_in(FULL, dry_run=True))
    told = capsys.readouterr()
    assert "有 1 位居民还没有登记同意日期" in told.err
    assert "without a day of agreement (agreed_on) so far: 1." in " ".join(told.err.split())
    assert told.out.startswith("Checked, nothing written")
    importing._tell(take_in("户号,姓名,同意日期\nh001,王桂英,2026-02-01\n", dry_run=True))
    assert capsys.readouterr().err == ""


def test_a_table_of_a_few_columns_blanks_nothing(town: Town) -> None:
    take_in(FULL)
    before = intake().known("xinghe")
    take_in("户号,姓名,电话\nh001,王桂英,13800000009\n")
    after = intake().known("xinghe")
    wang = after.residents["r1"]
    assert wang == replace(before.residents[wang.id], phone="+8613800000009")
    assert (after.households, after.care, after.doors) == (before.households, before.care, before.doors)


def test_a_blank_cell_blanks(town: Town) -> None:
    take_in(FULL)
    take_in("户号,姓名,健康备注,用药,作息,亲属1\nh001,王桂英,,,,\n")
    known = intake().known("xinghe")
    wang = known.residents["r1"]
    assert (wang.kin, wang.id in known.care and not known.care[wang.id].is_empty) == ((), False)


def test_one_bad_row_keeps_all_out(town: Town) -> None:
    summary = take_in(FULL + "h 3,g1,x,,,,,,,,,,,,,,,,,,,\n")
    assert not summary["written"]
    assert [r.id for r in town.resident_store.of("xinghe")] == ["r1"]


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("id,grid,name,window_minutes\nh001,g1,王,soon", ["row 2, window_minutes: 'soon' is not"]),
        ("id,grid,name,window_minutes\nh001,g1,王,1", ["row 2, window_minutes: A window of 1"]),
        ("id,grid,name\nh001,,王\nh002,g1,李", ["row 2: Grid '' must"]),
        ("id,resident\nH1,王", ["row 2: Household 'H1' must"]),
        ("id,grid,resident,phone,born\nh1,g1,王,138,soon", ["row 2, phone: '138'", "row 2, born: 'soon'"]),
        ("id,grid,resident,categories\nh1,g1,王,old", ["row 2, categories: 'old' is none of 高龄"]),
        ("id,grid,resident,tags\nh1,g1,王," + "长" * 21, ["row 2, tags: A tag has"]),
        ("id,grid,resident,kin1,kin1_wish\nh1,g1,王,梅,perhaps", ["row 2, kin1_wish: 'perhaps'"]),
        ("id,grid,resident,kin1_phone\nh1,g1,王,13900000002", ["row 2, kin1: a relative needs a name"]),
        ("id,grid,resident,medication\nh1,g1,王,a|b|c|d", ["row 2, medication: 'a|b|c|d'"]),
        ("id,grid,key_holder_phone\nh1,g1,12", ["row 2, key_holder_phone: '12'"]),
        ("id,grid,resident\nh1,g1,王\nh1,g1,王", ["row 3, resident_id: row 2 has '王', too"]),
        ("id,grid,name,resident\nh1,g1,甲,王\nh1,g2,,李", ["row 3, grid: row 2 has 'g1' for this home"]),
        ("id,grid,resident,phon\nh1,g1,王,1", ["row 1, phon: there is no such column"]),
        ("name,grid\n王,g1", ["row 1, id: the file needs this column"]),
        ("", ["row 1, id: the file needs this column"]),
        ("id,grid,resident,language\nh1,g1,王,fr", ["row 2, language: 'fr' is none of"]),
        ("id,grid,resident,resident_id\nh1,g1,王,R 1", ["row 2: Resident 'R 1' must"]),
        ("id,grid,resident,phone\nh1,,王,138", ["row 2, phone: '138'", "row 2: Grid ''"]),
    ],
)
def test_what_is_wrong_is_named_with_row_and_column(table: str, named: list[str]) -> None:
    found = errors(table)
    assert len(found) == len(named)
    for start in named:
        assert any(error.startswith(start) for error in found), found


def test_a_row_without_a_home_is_told_what_merged_cells_do() -> None:
    (told,) = errors("id,grid,resident\nh001,g1,王桂英\n,,李大山\n")
    assert told.startswith("row 3, id: the row says no home. Of merged cells")


def test_two_of_one_name_in_a_home_are_told_apart_by_id(town: Town) -> None:
    take_in("id,resident,resident_id\nh001,王桂英,r1\nh001,王桂英,r2\n")
    (error,) = take_in("id,resident\nh001,王桂英\n")["errors"]
    assert "say by id who is meant" in str(error)
    assert take_in("id,resident,resident_id,phone\nh001,王桂英,r2,13800000005\n")["written"]


def test_a_resident_moves_by_id_and_is_renamed_by_id(town: Town) -> None:
    take_in("id,grid,resident,resident_id\nh002,g1,王桂兰,r1\n")
    (moved,) = town.resident_store.of("xinghe")
    assert (moved.household, moved.name) == ("h002", "王桂兰")
    assert town.resident_store.of_household("xinghe", "h001") == []
    assert town.resident_store.named("xinghe", "王桂英", limit=9, after=None)[0] == []


def test_a_relative_keeps_the_id_and_goes_with_the_last_who_named_them(town: Town) -> None:
    take_in(FULL)
    (mei,) = intake().people.relatives("xinghe")
    take_in("id,resident,kin1,kin1_phone\nh001,王桂英,王梅,13900000003\n")
    assert [(p.id, p.phone) for p in intake().people.relatives("xinghe")] == [(mei.id, "+8613900000003")]
    take_in("id,resident,kin1\nh001,王桂英,\nh001,李大山,\n")
    assert intake().people.relatives("xinghe") == []


def test_a_relative_whom_another_names_further_down_stays_known(town: Town) -> None:
    """A table is written in pieces: between two of them the daughter is nobody's."""

    def table(first: str, last: str, tag: str) -> str:
        others = "".join(f"h{n},g1,老{n},{tag},,\n" for n in range(100, 100 + CHUNK))
        titles = "id,grid,resident,tags,kin1,kin1_phone\n"
        return f"{titles}h001,g1,王桂英,{tag},{first}\n{others}h999,g1,李大山,{tag},{last}\n"

    take_in(table("王芳,13800000007", ",", "early"))
    (daughter,) = town.people.relatives("xinghe")
    take_in(table(",", "王芳,13800000007", "late"))
    assert town.people.relatives("xinghe") == [daughter]


def test_no_old_number_finds_who_has_a_new_one(town: Town) -> None:
    take_in("id,resident,kin1,kin1_phone\nh001,王桂英,王芳,13800000007\n")
    take_in("id,resident,kin1,kin1_phone\nh001,王桂英,王芳,13800000008\n")
    old, new = (phone_key(phone_name(number)) for number in ("+8613800000007", "+8613800000008"))
    assert [len(town.on.registry.query(Ask(key)).items) for key in (old, new)] == [0, 1]


def test_a_volunteer_may_be_kin_and_stays_a_volunteer(town: Town) -> None:
    li = Person("li", "xinghe", "李娜", Role.VOLUNTEER, "+8613800000007")
    town.people.put_many([li])
    take_in("id,resident,kin1_id\nh001,王桂英,li\n")
    (wang,) = town.resident_store.of("xinghe")
    assert (wang.kin, town.people.of("xinghe"), town.people.relatives("xinghe")) == ((Kin("li"),), [li], [])


def test_what_fails_in_between_is_completed_by_the_next_try(town: Town) -> None:
    take_in(FULL)
    moved = FULL.replace("3号楼,星", "7号楼,星").replace("王桂英,13800000001", "王桂英,13800000008")
    known = intake().known("xinghe")
    found = read(rows(moved), known)
    wiring.registry.registry().enrol(XINGHE, households=list(found.households.values()), now=NOON)
    assert take_in(moved)["written"]  # the homes were written, and then the process ended
    hits, _ = town.resident_store.in_building("xinghe", "7号楼", limit=9, after=None)
    assert {hit.name for hit in hits} == {"王桂英", "李大山"}
    assert not changed(read(rows(moved), intake().known("xinghe")), intake().known("xinghe")).count


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_is_exported_is_taken_in_unchanged(town: Town, language: str) -> None:
    take_in(FULL)
    known = intake().known("xinghe")
    table = homes_table(known, language=language, care=True)
    found = read(titled(table), known)
    assert (found.errors, changed(found, known).count) == ([], 0)
    elsewhere = read(titled(table), Known("xinghe"))
    assert elsewhere.errors == []
    assert (elsewhere.residents, elsewhere.households) == (known.residents, known.households)


def test_health_notes_are_exported_only_when_asked_for(town: Town) -> None:
    take_in(FULL)
    known = intake().known("xinghe")
    told = json.dumps(homes_table(known, language="zh-CN", care=False), ensure_ascii=False)
    assert "糖尿病" not in told
    assert "门铃" not in told
    assert "王桂英" in told


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_any_community_survives_export_and_import(known: Known) -> None:
    table = homes_table(known, language="zh-CN", care=True)
    assert not any(cell[:1] in "=+-@\t\r" for row in table for cell in row if cell)
    found = read(titled(table), Known("xinghe"))
    assert found.errors == []
    assert (found.households, found.residents) == (dict(known.households), dict(known.residents))
    assert {k: c for k, c in found.care.items() if not c.is_empty} == known.care


TITLES_AT_RANDOM = st.sampled_from(["id", "户名", "电话", "kin1", "born", "x"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(TITLES_AT_RANDOM, st.text(max_size=8)), max_size=5))
def test_no_table_whatever_breaks_the_reader(table: list[dict[str, str]]) -> None:
    read(list(enumerate(table, start=2)), Known("xinghe"))


PEOPLE = """人员编号,姓名,角色,电话,网格
zhou,周岚,网格员,13800000011,g1
,孙浩,志愿者,13800000012,
"""


def take_in_people(text: str, *, dry_run: bool = False) -> dict[str, Any]:
    return importing.take_in_people(intake(), XINGHE, rows(text), dry_run=dry_run)


def test_staff_and_volunteers(town: Town) -> None:
    for expected in ({"new": 2, "changed": 0, "unchanged": 0}, {"new": 0, "changed": 0, "unchanged": 2}):
        assert take_in_people(PEOPLE)["people"] == expected
    take_in_people("姓名,角色,电话\n孙浩,志愿者,13800000013\n")
    people = town.people.of("xinghe")
    assert sorted((p.name, p.role, p.phone, p.grid) for p in people) == [
        ("周岚", Role.GRID_WORKER, "+8613800000011", "g1"), ("孙浩", Role.VOLUNTEER, "+8613800000013", ""),
    ]  # fmt: skip
    table = people_table(people, language="zh-CN")
    assert (
        importing.take_in_people(intake(), XINGHE, titled(table), dry_run=False)["people"]["unchanged"] == 2
    )


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("name,role\n周岚,boss", "row 2, role: 'boss' is none of"),
        ("name,role\n周岚,亲属", "row 2, role: '亲属' is none of"),
        ("name,role,grid\n周岚,volunteer,g9", "row 2, grid: there is no grid"),
        ("name,role\n,volunteer", "row 2, name: Person"),
        ("name,role\n周岚,volunteer\n周岚,volunteer", "row 3, person: row 2 has"),
        ("name,role,shoe\n周岚,volunteer,42", "row 1, shoe: there is no such column"),
    ],
)
def test_what_is_wrong_with_people(town: Town, table: str, named: str) -> None:
    (error,) = take_in_people(table)["errors"]
    assert str(error).startswith(named)


def test_a_relative_becomes_no_volunteer_by_the_way(town: Town) -> None:
    town.people.put_many([Person("mei", "xinghe", "梅", Role.KIN)])
    (error,) = take_in_people("person,name,role\nmei,梅,volunteer")["errors"]
    assert "relative" in str(error)


@pytest.fixture
def on_this_machine(monkeypatch: pytest.MonkeyPatch, town: Town) -> Town:
    operator = SimpleNamespace(operator=lambda: "arn:aws:iam::111122223333:user/wei")
    for command in (importing, exporting, status):
        monkeypatch.setattr(command, "connected", lambda: operator)
    return town


def run(command: Any, *arguments: str) -> int:
    try:
        command.main(list(arguments), standalone_mode=False)
    except SystemExit as error:
        return int(error.code or 0)
    return 0


def test_the_commands(on_this_machine: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "homes.csv", tmp_path / "out.xlsx"
    file.write_bytes(FULL.encode("gb18030"))
    new = ("--community", "yuehu", "--community-name", "月湖")
    assert run(importing.command, str(file), *new, "--window-minutes", "360") == 0
    assert "residents: 2 new" in capsys.readouterr().out
    owner = on_this_machine.registry_store.community("yuehu")
    assert owner
    assert (owner.name, owner.still_water.window_minutes) == ("月湖", 360)
    assert run(exporting.command, str(out), "--community", "yuehu", "--care") == 0
    capsys.readouterr()
    log = wiring.privacy.access_log()
    for resident in wiring.registry.every_resident("yuehu"):
        (look,) = log.looks("yuehu", resident)
        assert (look.who, look.role) == ("arn:aws:iam::111122223333:user/wei", "operator")
        assert {"door", "health", "contacts"} < {*look.parts}
    assert run(status.command, "--community", "yuehu", "--json") == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["households"]]
    assert {look.parts for look in log.looks("yuehu", resident)} > {("history", "series", "status")}
    assert run(importing.command, str(out), "--community", "yuehu", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["residents"] == {"new": 0, "changed": 0, "unchanged": 2}
    staff = tmp_path / "staff.csv"
    assert run(exporting.command, str(staff), "--community", "yuehu", "--people") == 0
    assert "人员编号" in staff.read_text("utf-8-sig")
    file.write_text("id,grid\n" + "".join(f"h {n},g1\n" for n in range(60)))
    assert run(importing.command, str(file), *new) == 1
    told_errors = capsys.readouterr().err
    assert "row 2" in told_errors
    assert "10 more" in told_errors


def test_an_export_names_its_own_file_overwrites_none_and_writes_tables_alone(
    on_this_machine: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = ("--community", "xinghe")
    assert run(exporting.command, *here) == 0
    (file,) = tmp_path.iterdir()
    assert re.fullmatch(r"xinghe-homes-\d{4}-\d\d-\d\d\.csv", file.name)
    with pytest.raises(RefusedError, match="--force overwrites it"):
        run(exporting.command, *here)
    assert run(exporting.command, *here, "--force") == 0
    with pytest.raises(RefusedError, match="no name of a table"):
        run(exporting.command, "homes.pdf", *here)
    assert list(tmp_path.iterdir()) == [file]


def test_a_community_that_changed_is_known_to_whoever_presses(on_this_machine: Town) -> None:
    wiring.onekey.card_keeper().community_changed(Community("xinghe", "星禾里", phone="+869311234567"))
    found = wiring.onekey.book().any_community()
    assert found == "xinghe"
    assert Grid("g1", "xinghe", "一网格") in on_this_machine.registry_store.grids("xinghe")
