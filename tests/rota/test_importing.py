"""A rota out of a spreadsheet: what is wrong is told by its row."""

import pytest

from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.sheets import csv_rows
from chalicelib.rota.hours import Days, Period
from chalicelib.rota.importing import Found, Known, read
from chalicelib.rota.model import Settings
from tests.rota.builders import PEOPLE, at, day_team, night_team

TEAMS = {t.id: t for t in (day_team("li", "wang"), night_team("chen", "liu"))}
KNOWN = Known(Settings(), frozenset({"g1", "g2"}), frozenset(PEOPLE), TEAMS)


def shifts(*rows: str) -> Found:
    return read(csv_rows("\n".join(("team,start,end,first,second", *rows)).encode()), KNOWN)


def teams(*rows: str) -> Found:
    titles = "team,name,grid,period,members,leader,days,backup,rotation_starts,rotation_days"
    return read(csv_rows("\n".join((titles, *rows)).encode()), KNOWN)


FIRST = "g1-night,2026-01-15 20:00,2026-01-16 08:00,chen,liu"


def test_shifts() -> None:
    found = shifts(FIRST, "g1-night,2026-01-16T20:00,2026-01-17T08:00+08:00,liu,")
    assert found.errors == []
    assert [(s.grid, s.team, s.start, s.end, s.people) for s in found.shifts] == [
        ("g1", "g1-night", at("01-15 20:00"), at("01-16 08:00"), ("chen", "liu")),
        ("g1", "g1-night", at("01-16 20:00"), at("01-17 08:00"), ("liu",)),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param("g1-night,2026-01-16 20:00,2026-01-16 20:00,liu,", "ends before it starts", id="empty"),
        pytest.param("g1-night,2026-01-17 08:00,2026-01-16 20:00,liu,", "ends before it starts", id="back"),
        pytest.param("g1-night,2026-01-16 20:00,2026-01-19 08:00,liu,", "longer than 2 days", id="too long"),
        pytest.param("g1-night,2026-01-16 20:00,2026-01-17 08:00,x,", "nobody 'x'", id="unknown first"),
        pytest.param("g1-night,2026-01-16 20:00,2026-01-17 08:00,liu,y", "nobody 'y'", id="unknown second"),
        pytest.param("g1-night,2026-01-16 20:00,2026-01-17 08:00,,liu", "first is empty", id="nobody first"),
        pytest.param("g9,2026-01-16 20:00,2026-01-17 08:00,liu,", "no team 'g9'", id="unknown team"),
        pytest.param("g1-night,tonight,2026-01-17 08:00,liu,", "start 'tonight' is no time", id="no time"),
        pytest.param("g1-night,2026-01-16 20:00", "first is empty", id="half a row"),
        pytest.param(
            "g1-night,2026-01-16 07:00,2026-01-17 08:00,liu,",
            "overlaps row 2, which ends 2026-01-16 08:00", id="overlap",
        ),
        pytest.param(
            "g1-night,2026-01-17 20:00,2026-01-18 08:00,liu,",
            "leaves a gap after row 2, from 2026-01-16 20:00 to 2026-01-17 20:00", id="gap",
        ),
        pytest.param(
            "g1-night,2026-01-16 21:00,2026-01-17 08:00,liu,",
            "from 2026-01-16 20:00 to 2026-01-16 21:00", id="gap of an hour",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_shift(row: str, why: str) -> None:
    (error,) = shifts(FIRST, row).errors
    assert error.startswith("row 3: ")
    assert why in error


def test_the_hours_of_another_team_are_no_gap_and_order_doesnt_matter() -> None:
    day = "g1-day,2026-01-16 08:00,2026-01-16 20:00,li,"
    later = "g1-night,2026-01-16 20:00,2026-01-17 08:00,liu,"
    assert shifts(later, day, FIRST).errors == []


def test_empty_rows_are_counted() -> None:
    assert [e[:6] for e in shifts(FIRST, "", ",,,,", "g9,,,,").errors] == ["row 5:"]


def test_every_bad_row_is_named() -> None:
    found = teams(
        "g1-a,,g9,day,li", "g1-b,,g1,noon,li", "g1-c,,g1,day,", "g1-d,,g1,day,li", "g1-d,,g1,day,wang"
    )
    assert found.errors == [
        "row 2: there is no grid 'g9'.",
        "row 3: period 'noon' is none of day, night.",
        "row 4: Team 'g1-c' needs members, and nobody twice.",
        "row 6: team 'g1-d' stands in row 5 already.",
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("G1,,g1,day,li", "must be 1 to 40"),
        ("g1-a,,g1,day,li wang li", "nobody twice"),
        ("g1-a,,g1,day,li,nobody", "nobody 'nobody'"),
        ("g1-a,,g1,day,li,,sundays", "days 'sundays' is none of"),
        ("g1-a,,g1,day,li,,,nobody", "nobody 'nobody'"),
        ("g1-a,,g1,day,li,,,,soon", "rotation_starts 'soon'"),
        ("g1-a,,g1,day,li,,,,2026-01-01,often", "rotation_days 'often'"),
        ("g1-a,,g1,day,li,,,,2026-01-01,0", "outside 1 to 366"),
    ],
)
def test_what_is_wrong_with_a_team(row: str, why: str) -> None:
    (error,) = teams(row).errors
    assert error.startswith("row 2: ")
    assert why in error


def test_teams() -> None:
    (a, b) = teams("g1-a,一队,g1,night,li、wang zhao,zhao,rest,sun,2026-01-05,7", "all,,,day,li").teams
    assert (a.name, a.period, a.members, a.leader) == ("一队", Period.NIGHT, ("li", "wang", "zhao"), "zhao")
    assert (a.days, a.backup, a.rotations[0].order, a.rotations[0].every) == (Days.REST, "sun", a.members, 7)
    assert (b.name, b.grid, b.leader, b.rotations) == ("all", "", "li", ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_spreadsheets_save(encoding: str) -> None:
    raw = 'team,name,grid,period,members\r\ng1-a,"一队\n夜",g1,night,li\r\n'.encode(encoding)
    assert read(csv_rows(raw), KNOWN).teams[0].name == "一队\n夜"


@pytest.mark.parametrize("raw", [b"", b"team,period,members\n", b"a,b\n1,2\n", b"\xff\xff\xff"])
def test_what_is_no_rota_at_all(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        read(csv_rows(raw), KNOWN)
