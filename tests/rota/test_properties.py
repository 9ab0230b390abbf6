"""Whatever is arranged, at every instant one person is first on duty, or there is an explicit gap."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rota.duty import Commons, Sheet, on_duty
from chalicelib.rota.hours import Days, Period
from chalicelib.rota.model import (
    COMMON,
    Confirmation,
    Cycle,
    Entry,
    EntryKind,
    Leave,
    Rotation,
    Settings,
    Team,
)
from chalicelib.rota.outlook import stretches
from tests.rota.builders import PEOPLE

BEGIN = datetime(2026, 3, 27, tzinfo=UTC)
HOURS = 96
people = st.sampled_from(PEOPLE)
crews = st.lists(people, min_size=1, max_size=4, unique=True).map(tuple)
hours = st.integers(0, HOURS).map(lambda n: BEGIN + timedelta(hours=n))
grids = st.sampled_from(("g1", COMMON))
spans = st.tuples(hours, st.integers(1, 30)).map(lambda t: (t[0], t[0] + timedelta(hours=t[1])))
rotations = st.builds(
    Rotation, crews, st.dates(date(2026, 3, 1), date(2026, 3, 29)), st.integers(1, 3), st.sampled_from(Days)
)
cycles = st.none() | st.just(Cycle(date(2026, 3, 27), 1, 2, 0))


@st.composite
def teams(draw: st.DrawFn, grid: str) -> tuple[Team, ...]:
    found = []
    for n in range(draw(st.integers(0, 3))):
        crew = draw(crews)
        found.append(
            Team(
                f"t{n}", "", grid, draw(st.sampled_from(Period)), crew[0], crew,
                days=draw(st.sampled_from(Days)), backup=draw(st.just("") | people),
                rotations=tuple(draw(st.lists(rotations, max_size=2))), cycle=draw(cycles),
            )
        )  # fmt: skip
    return tuple(found)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    start, end = draw(spans)
    kind, team = draw(st.sampled_from(EntryKind)), draw(st.sampled_from(("t0", "t1")))
    plan = kind is EntryKind.PLAN
    return Entry(
        kind, draw(grids), start, end, draw(crews), team if plan else "", not plan and draw(st.booleans())
    )


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    leaves = [Leave(who, *span) for who, span in draw(st.lists(st.tuples(people, spans), max_size=3))]
    settings = Settings(
        time_zone=draw(st.sampled_from(("Asia/Shanghai", "Europe/Berlin"))),
        confirm_minutes=draw(st.sampled_from((0, 10))),
    )
    shifts = settings.hours.shifts(BEGIN, BEGIN + timedelta(hours=HOURS), settings.zone)
    said = draw(st.lists(st.tuples(grids, st.sampled_from(shifts), people), max_size=4))
    return Sheet(
        settings,
        "g1",
        draw(teams("g1")),
        draw(teams(COMMON)),
        tuple(draw(st.lists(entries(), max_size=4))),
        tuple(leaves),
        tuple(Confirmation(grid, shift.start, who) for grid, shift, who in said),
    )


@given(sheets(), hours, hours)
def test_one_is_first_or_there_is_a_gap(sheet: Sheet, at: datetime, now: datetime) -> None:
    duty = on_duty(sheet, at, now=now)
    away = {leave.person for leave in sheet.leaves if leave.start <= at < leave.end}
    assert len(set(duty.team)) == len(duty.team)
    assert duty.is_gap == (duty.team == ()) == (duty.first is None)
    assert duty.second is None or duty.second != duty.first
    assert not away & {*duty.team, duty.second, duty.leader, duty.backup}
    assert duty.first == (duty.team[0] if duty.team else None)


@given(sheets(), hours)
def test_no_gap_where_somebody_of_a_serving_team_is_there(sheet: Sheet, at: datetime) -> None:
    shift = sheet.settings.hours.shift_at(at, sheet.settings.zone)
    away = {leave.person for leave in sheet.leaves if leave.start <= at < leave.end}
    serving = [t for t in (*sheet.teams, *sheet.common) if t.serves(shift, sheet.settings.calendar)]
    if any(set(team.members) - away for team in serving):
        assert not on_duty(sheet, at, now=at).is_gap


@given(sheets(), hours, crews)
def test_an_override_has_one_owner_and_the_last_one_made(
    sheet: Sheet, at: datetime, crew: tuple[str, ...]
) -> None:
    made = Entry(EntryKind.OVERRIDE, "g1", at, at + timedelta(hours=1), crew[:1], taken=True)
    whole = Sheet(sheet.settings, "g1", sheet.teams, sheet.common, (*sheet.entries, made))
    assert on_duty(whole, at, now=at).first == crew[0]


@given(sheets(), hours, st.integers(0, HOURS * 60))
def test_stretches_have_no_hole_and_tell_the_truth(sheet: Sheet, now: datetime, minute: int) -> None:
    end = BEGIN + timedelta(hours=HOURS)
    found = list(stretches(sheet, BEGIN, end, now=now))
    assert (found[0].start, found[-1].end) == (BEGIN, end)
    assert all(a.end == b.start and a.duty != b.duty for a, b in pairwise(found))
    at = min(BEGIN + timedelta(minutes=minute), end - timedelta(seconds=1))
    held = next(s for s in found if s.start <= at < s.end)
    assert held.duty == on_duty(sheet, at, now=now)


@given(sheets(), st.lists(hours, min_size=1, max_size=4), hours)
def test_what_was_worked_out_for_one_grid_holds_for_the_others(
    sheet: Sheet, instants: list[datetime], now: datetime
) -> None:
    commons, own = Commons(), [entry for entry in sheet.entries if entry.grid == COMMON]
    beside = replace(sheet, grid="g2", teams=(), entries=tuple(own))
    whole = replace(beside, grid=COMMON, teams=sheet.common, common=())
    for at in instants:
        for each in (sheet, beside, whole, sheet):
            assert on_duty(each, at, now=now, commons=commons) == on_duty(each, at, now=now)
