"""`shouwang duty`: what it takes in and what it tells."""

import json
from pathlib import Path

import click
import pytest

from chalicelib.kernel.errors import RefusedError
from infra.commands.duty import duty_row, instant, readable, show, take_in
from infra.commands.press import in_words
from infra.spreadsheets import rows_of
from infra.workbooks import excel_rows
from tests.rota.builders import PEOPLE, SHANGHAI, Office, at, day_team, night_team, person

NOW = at("01-15 12:00")
TITLES = ["team", "start", "end", "first", "second"]


@pytest.fixture
def office() -> Office:
    made = Office()
    made.staff(day_team("li", "wang"), night_team("chen", "liu"), now=NOW, confirm_minutes=0)
    return made


def taken(office: Office, file: Path, *, dry_run: bool = False) -> None:
    take_in(office.rota, "xinghe", file, frozenset(PEOPLE), dry_run=dry_run, as_json=True)


def plan(folder: Path, *rows: str) -> Path:
    file = folder / "plan.csv"
    file.write_text("\n".join((",".join(TITLES), *rows)))
    return file


NIGHT = "g1-night,2026-01-15 20:00,2026-01-16 08:00,sun,"


def test_a_dry_run_writes_nothing(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken(office, plan(tmp_path, NIGHT), dry_run=True)
    assert json.loads(capsys.readouterr().out) == {"teams": 0, "shifts": 1, "errors": [], "written": False}
    assert office.first(at("01-15 20:00")) == "chen"


def test_a_file_is_taken_in_and_again(office: Office, tmp_path: Path) -> None:
    for _ in range(2):
        taken(office, plan(tmp_path, NIGHT))
    assert office.first(at("01-15 20:00")) == "sun"


def test_a_bad_row_keeps_all_out(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        taken(office, plan(tmp_path, NIGHT, NIGHT))
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error.startswith("row 3: overlaps row 2")
    assert office.first(at("01-15 20:00")) == "chen"


def test_teams_are_taken_in(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "teams.csv"
    file.write_text("team,grid,period,members\ng2-day,g2,day,zhao sun\n")
    taken(office, file)
    assert office.first(NOW, "g2") == "zhao"


def test_an_excel_file(office: Office, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, file = openpyxl.Workbook(), tmp_path / "plan.xlsx"
    for row in (
        TITLES,
        [
            "g1-night",
            at("01-15 20:00").astimezone(SHANGHAI).replace(tzinfo=None),
            "2026-01-16 08:00",
            "sun",
            None,
        ],
        [None] * 5,
        [7.0, None, None, None, None],
    ):
        book.active.append(row)
    book.save(file)
    rows = rows_of(file)
    assert [number for number, _ in rows] == [2, 4]
    assert (rows[0][1]["start"], rows[1][1]["team"]) == ("2026-01-15 20:00:00", "7")


def test_what_is_no_excel_file(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    file = tmp_path / "plan.xlsx"
    file.write_bytes(b"team,start")
    with pytest.raises(RefusedError, match="can't be read as Excel"):
        excel_rows(file)


@pytest.mark.parametrize("as_json", [True, False])
def test_who_is_on_duty_and_what_is_to_mend(
    office: Office, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    people = {name: person(name) for name in PEOPLE}
    show(office.rota, "xinghe", "2026-01-15T20:00", people, as_json=as_json)
    out = capsys.readouterr().out
    if not as_json:
        assert "Chen" in out
        assert "nobody" in out
        assert "to mend" in out
        return
    told = json.loads(out)
    assert [(d["grid"], d["first"], d["gap"]) for d in told["duty"]] == [
        ("g1", "chen", False), ("g2", None, True), (None, None, True),
    ]  # fmt: skip
    assert told["at"] == "2026-01-15T20:00:00+08:00"
    assert {w["trouble"] for w in told["warnings"]} == {"gap"}


def test_who_stands_in_for_whom_and_by_when_to_confirm_are_told(office: Office) -> None:
    office.staff(night_team("chen", "liu"), now=NOW, confirm_minutes=10)
    names = {name: name.title() for name in PEOPLE}

    def told(when: str) -> tuple[str, str]:
        duty = office.rota.duties.on_duty("xinghe", "g1", at(when))
        row = readable(duty_row(duty, SHANGHAI), names)
        return row["first"], row["confirm_by"]

    assert told("01-15 20:05") == ("Chen", "Thu 15. 20:10")
    assert told("01-15 20:15") == ("Liu (for Chen)", "Thu 15. 20:20")


def test_a_press_is_told_in_words() -> None:
    dial = [
        {"who": "duty_first", "name": "李娜", "tel": "tel:+8613800000001"},
        {"who": "community", "name": "星禾里社区", "tel": "tel:+865515550000"},
    ]
    told = {"kind": "call", "state": "ringing", "dial": dial, "pressed": 1}
    first, title, li, desk, hint = in_words(told, "h003", "xinghe")
    assert first == "h003 pressed. Those on the first rung are being rung."
    assert li.split() == ["on", "duty", "+8613800000001", "李娜"]
    assert "+865515550000" in desk
    assert (title, "phones --community xinghe" in hint) == ("Whom to dial, first to last:", True)
    assert "pressed 3 times" in in_words({**told, "pressed": 3}, "h003", "xinghe")[0]
    assert "nobody need go" in in_words({**told, "kind": "test"}, "h003", "xinghe")[0]
    assert "nobody to dial" in in_words({**told, "dial": []}, "h003", "xinghe")[1]


def test_an_instant_as_typed() -> None:
    assert instant("2026-01-15T20:00", SHANGHAI) == instant("2026-01-15T12:00Z", SHANGHAI)
    with pytest.raises(click.BadParameter):
        instant("soon", SHANGHAI)
