"""When drills are due: once a month, by day, and never all at once."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.errors import RefusedError
from chalicelib.onekey.drill_plan import (
    DrillRules,
    Plan,
    Whose,
    plan_of,
    planned,
    resident_times,
    team_time_again,
    team_times,
)
from chalicelib.rota.hours import Days, Hours, Period
from chalicelib.rota.model import COMMON, Cycle, Settings, Team

SHANGHAI, MADRID = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 1, 15, 2, tzinfo=UTC)
SPREAD = DrillRules()
NAMES = st.text("abcdefgh0123456789-", min_size=1, max_size=20)
MOMENTS = st.integers(0, 700 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))


def team(period: Period = Period.NIGHT, **fields: object) -> Team:
    usual: dict[str, object] = {"leader": "li", "members": ("li",)}
    return Team("t", "t", COMMON, period, **{**usual, **fields})  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(NAMES, MOMENTS, st.sampled_from([SHANGHAI, MADRID]), st.one_of(st.none(), st.integers(1, 28)))
def test_a_resident_is_drilled_once_a_month_at_a_considerate_hour(
    name: str, after: datetime, zone: ZoneInfo, day: int | None
) -> None:
    times = [
        at.astimezone(zone) for at in islice(resident_times(name, DrillRules(day=day), zone, after=after), 6)
    ]
    assert times[0] > after
    assert times[0] - after < timedelta(days=32)
    for one, following in pairwise(times):
        assert (following.year, following.month) == (one.year + one.month // 12, one.month % 12 + 1)
    assert all(time(10) <= at.time() < time(17) for at in times)  # an hour more where the clocks change
    assert day is None or {at.day for at in times} == {day}


@settings(max_examples=100, deadline=None)
@given(NAMES, MOMENTS, st.sampled_from(Period), st.sampled_from(Days))
def test_a_team_is_drilled_in_a_shift_of_its_own_and_never_in_the_small_hours(
    name: str, after: datetime, period: Period, days: Days
) -> None:
    crew, duty = team(period, days=days), Settings()
    for at in islice(team_times(name, crew, SPREAD, duty, after=after), 3):
        shift = duty.hours.shift_at(at, duty.zone)
        assert at > after
        assert crew.serves(shift, duty.calendar)
        local = at.astimezone(duty.zone)
        assert (10 <= local.hour < 16) if period is Period.DAY else (20 <= local.hour < 21)


def test_a_thousand_homes_do_not_ring_at_once() -> None:
    times = [
        next(resident_times(f"xinghe/resident/h{n:04}", SPREAD, SHANGHAI, after=NOW)) for n in range(1000)
    ]
    assert max(Counter(at.date() for at in times).values()) <= 60
    assert max(Counter(times).values()) <= 3


def test_a_team_whose_hours_are_short_is_drilled_when_it_has_settled() -> None:
    early = Settings(hours=Hours(day=time(6), night=time(9)))
    at = next(team_times("t", team(Period.DAY), SPREAD, early, after=NOW)).astimezone(SHANGHAI)
    assert timedelta(minutes=15) <= at - at.replace(hour=6, minute=0) < timedelta(hours=1)


def test_teams_that_take_turns_are_drilled_on_their_own_day() -> None:
    turns = [team(cycle=Cycle(date(2026, 1, 1), 7, 4, place)) for place in range(4)]
    for crew in turns:
        at = next(team_times("t", crew, DrillRules(day=1), Settings(), after=NOW))
        assert crew.cycle is not None
        assert crew.cycle.holds(at.astimezone(SHANGHAI).date())


def test_a_team_that_never_serves_is_looked_at_again_in_a_month() -> None:
    never = team(cycle=Cycle(date(2026, 1, 1), 366, 100, 50))
    assert list(team_times("t", never, SPREAD, Settings(), after=NOW)) == []
    assert team_time_again("t", never, Settings(), after=NOW) is None
    plan = planned(Plan("x", Whose.TEAM, "t", NOW, date(2026, 1, 1)), never, SPREAD, Settings(), after=NOW)
    assert (plan.month, plan.due_at - NOW < timedelta(days=32)) == (date(2026, 2, 1), True)


@pytest.mark.parametrize("drilled_at", [None, NOW])
def test_a_plan_waits_as_text(drilled_at: datetime | None) -> None:
    plan = Plan("xinghe", Whose.RESIDENT, "du", NOW, date(2026, 1, 1), "h001", drilled_at)
    assert plan_of(plan.due) == plan
    assert plan.due.kind == "drill"


@pytest.mark.parametrize("day", [0, 29, 31, -1])
def test_a_day_that_some_month_lacks_is_refused(day: int) -> None:
    with pytest.raises(RefusedError, match="outside 1 to 28"):
        DrillRules(day=day)
