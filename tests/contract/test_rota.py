"""What the rota's store promises."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import ExpectationError
from chalicelib.rota.hours import Calendar, Days, Hours, Period
from chalicelib.rota.model import (
    COMMON,
    Confirmation,
    Cycle,
    Entry,
    EntryKind,
    Holders,
    Leave,
    Rotation,
    Settings,
    Team,
)
from chalicelib.rota.packing import Month
from chalicelib.rota.store import Change, RotaStore
from chalicelib.rota.swaps import Swap
from tests.contract.conftest import NewTable
from tests.rota.builders import at, dates, day_team, night_team, override, team

NOW = at("01-15 12:00")
SETTINGS = Settings(
    "Europe/Berlin", Hours(time(7, 30), time(19)), 5, "", Calendar(dates("2026-10-01"), dates("2026-10-10")),
    Holders(("li",), ("wang", "zhao"), ()),
)  # fmt: skip
TURNS = (Rotation(("li", "wang"), date(2026, 1, 1), 7, Days.WORK), Rotation(("wang",), date(2026, 1, 1)))
TEAM = Team(
    "g1-night", "夜间守望队", "g1", Period.NIGHT, "li", ("li", "wang"), Days.REST, "zhao", TURNS,
    Cycle(date(2026, 1, 1), 7, 4, 3),
)  # fmt: skip
SWAP = Swap("g1", "li", at("01-15 20:00"), at("01-16 08:00"), NOW)


@pytest.fixture
def store(new_table: NewTable) -> RotaStore:
    return RotaStore(new_table(REGISTRY))


def test_an_empty_rota(store: RotaStore) -> None:
    sheet = store.sheet("xinghe", "g1", NOW)
    assert (sheet.settings, sheet.teams, sheet.common, sheet.entries) == (Settings(), (), (), ())
    assert store.settings("xinghe") == (None, 0)
    assert store.teams("xinghe", "g1") == ((), 0)
    assert store.month("xinghe", "g1", "2026-01") == (Month(), 0)
    assert (store.all_teams("xinghe"), store.swaps("xinghe", ending_after=NOW)) == ([], [])


def test_settings_and_teams_come_back_as_they_were(store: RotaStore) -> None:
    store.put_settings("xinghe", SETTINGS, version=0)
    common = replace(TEAM, id="common", grid=COMMON, cycle=None)
    store.put_teams("xinghe", {"g1": ((TEAM,), 0), COMMON: ((common,), 0)})
    assert store.settings("xinghe") == (SETTINGS, 1)
    assert store.teams("xinghe", "g1") == ((TEAM,), 1)
    assert sorted(store.all_teams("xinghe"), key=lambda t: t.id) == [common, TEAM]
    sheet = store.sheet("xinghe", "g1", NOW)
    assert (sheet.settings, sheet.teams, sheet.common) == (SETTINGS, (TEAM,), (common,))
    assert store.sheet("yuehu", "g1", NOW).teams == ()


def test_many_teams_come_back_too(store: RotaStore) -> None:
    many = tuple(
        replace(TEAM, id=f"team-{n}", members=tuple(f"p{n}-{m}" for m in range(10))) for n in range(77)
    )
    store.put_teams("xinghe", {"g1": (many, 0)})
    assert store.teams("xinghe", "g1") == (many, 1)


def test_an_older_version_writes_nothing(store: RotaStore) -> None:
    store.put_settings("xinghe", SETTINGS, version=0)
    store.put_teams("xinghe", {"g1": ((TEAM,), 0)})
    with pytest.raises(ExpectationError):
        store.put_settings("xinghe", Settings(), version=0)
    with pytest.raises(ExpectationError):
        store.put_teams("xinghe", {"g2": ((day_team("li"),), 0), "g1": ((), 0)})
    assert store.settings("xinghe") == (SETTINGS, 1)
    assert store.teams("xinghe", "g2") == ((), 0)


def test_what_was_arranged_is_found_in_each_month_it_touches(store: RotaStore) -> None:
    spans = override("01-31 20:00", "02-03 08:00", "li", "wang", taken=True)
    later = override("02-10 20:00", "02-11 08:00", "zhao")
    plan = Entry(EntryKind.PLAN, "g1", at("02-12 20:00"), at("02-13 08:00"), ("li",), "g1-night")
    leave = Leave("chen", at("01-01 00:00"), at("02-10 00:00"))
    said = Confirmation("g1", at("02-10 20:00"), "zhao")
    january = Month((spans,))
    store.put_months(
        "xinghe", [Change("g1", "2026-01", january, 0), Change(COMMON, "2026-01", Month((), (leave,)), 0)]
    )
    store.put_months("xinghe", [Change("g1", "2026-02", Month((spans, later, plan), (), (said,)), 0)])
    assert store.month("xinghe", "g1", "2026-02") == (Month((spans, later, plan), (), (said,)), 1)
    (both,) = store.sheets("xinghe", ["g1"], at("01-31 00:00"), at("02-11 00:00"))
    assert (both.entries, both.leaves, both.confirmations) == ((spans, later, plan), (leave,), (said,))
    assert store.sheet("xinghe", "g1", at("01-20 12:00")).entries == (spans,)
    assert store.sheet("xinghe", "g2", at("01-20 12:00")).entries == ()
    assert store.sheet("xinghe", "g2", at("01-20 12:00")).leaves == (leave,)


def test_swaps_by_the_end_of_their_shifts(store: RotaStore) -> None:
    later = replace(SWAP, start=SWAP.start + timedelta(days=1), end=SWAP.end + timedelta(days=1))
    for each in (later, SWAP):
        store.create_swap("xinghe", each)
    assert store.swaps("xinghe", ending_after=NOW) == [SWAP, later]
    assert store.swaps("xinghe", ending_after=SWAP.end) == [later]
    with pytest.raises(ExpectationError):
        store.create_swap("xinghe", SWAP)


def test_a_swap_and_what_it_arranges_are_written_together(store: RotaStore) -> None:
    store.create_swap("xinghe", SWAP)
    taken = SWAP.offered("wang").taken("wang")
    store.put_swap("xinghe", replace(taken, version=2))
    done = replace(taken, version=2).confirmed(NOW)
    entry = done.entry()
    assert entry is not None
    change = Change("g1", "2026-01", Month((entry,)), 0)
    with pytest.raises(ExpectationError):
        store.put_months("xinghe", [change], swap=replace(done, version=9))
    assert store.month("xinghe", "g1", "2026-01") == (Month(), 0)
    store.put_months("xinghe", [change], swap=done)
    assert store.swaps("xinghe", ending_after=NOW) == [done]
    assert store.sheet("xinghe", "g1", SWAP.start).entries == (entry,)


def test_a_night_woken_counts_once(store: RotaStore) -> None:
    for who, night in (("li", 1), ("li", 1), ("li", 2), ("wang", 2), ("li", 9)):
        store.woken("xinghe", who, date(2026, 1, night))
    assert store.woken_nights("xinghe", date(2026, 1, 1), date(2026, 1, 2)) == {"li": 2, "wang": 1}


def test_teams_of_other_grids_are_left_alone(store: RotaStore) -> None:
    store.put_teams("xinghe", {"g1": ((day_team("li"), night_team("wang")), 0)})
    store.put_teams("xinghe", {"g2": ((team("x", Period.DAY, "li", grid="g2"),), 0)})
    assert store.teams("xinghe", "g1") == ((day_team("li"), night_team("wang")), 1)
