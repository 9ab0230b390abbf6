"""Days and nights by the wall's clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import RefusedError
from chalicelib.rota.hours import Calendar, Days, Hours, Period
from tests.rota.builders import BERLIN, SHANGHAI, at, dates

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("when", "period", "day"),
    [
        pytest.param("01-15 08:00", Period.DAY, "2026-01-15", id="at eight the day begins"),
        pytest.param("01-15 07:59:59", Period.NIGHT, "2026-01-14", id="a second before it is still night"),
        pytest.param("01-15 19:59:59", Period.DAY, "2026-01-15", id="to the last second it is day"),
        pytest.param("01-15 20:00", Period.NIGHT, "2026-01-15", id="at twenty the night begins"),
        pytest.param("01-16 00:00", Period.NIGHT, "2026-01-15", id="midnight is in the middle of a night"),
    ],
)
def test_the_shift_of_an_instant(when: str, period: Period, day: str) -> None:
    shift = Hours().shift_at(at(when), SHANGHAI)
    assert (shift.period, shift.day.isoformat()) == (period, day)
    assert shift.start <= at(when) < shift.end


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        pytest.param("03-28 23:00", 11, id="clocks go forward"),
        pytest.param("10-24 23:00", 13, id="clocks go back"),
        pytest.param("01-15 23:00", 12, id="an ordinary night"),
    ],
)
def test_a_night_when_the_clocks_change(when: str, hours: int) -> None:
    night = Hours().shift_at(at(when, BERLIN), BERLIN)
    assert night.end - night.start == hours * HOUR
    assert night.end.astimezone(BERLIN).time() == time(8)


@pytest.mark.parametrize("day", [time(2, 30), time(1)])
@pytest.mark.parametrize("month", [3, 10])
def test_shifts_that_begin_in_the_changing_hour_leave_no_hole(day: time, month: int) -> None:
    start, end = datetime(2026, month, 24, tzinfo=UTC), datetime(2026, month, 31, tzinfo=UTC)
    shifts = Hours(day, time(14)).shifts(start, end, BERLIN)
    assert [s.end for s in shifts[:-1]] == [s.start for s in shifts[1:]]
    assert shifts[0].start <= start < end <= shifts[-1].end


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_lies_in_one_shift(when: datetime) -> None:
    for zone in (SHANGHAI, BERLIN):
        shift = Hours().shift_at(when, zone)
        assert shift.start <= when < shift.end
        assert Hours().shifts(when, when + timedelta(microseconds=1), zone) == [shift]
        assert Hours().shift_on(shift.day, shift.period, zone) == shift


def test_a_night_that_begins_before_its_day_is_refused() -> None:
    with pytest.raises(RefusedError, match="must begin before"):
        Hours(day=time(20), night=time(8))


NATIONAL_DAY = Calendar(
    rest=dates("2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"),
    work=dates("2026-09-20", "2026-10-10"),
)


@pytest.mark.parametrize(
    ("day", "rests"),
    [("2026-10-01", True), ("2026-10-03", True), ("2026-10-08", False), ("2026-10-10", False)],
)
def test_days_of_rest(day: str, rests: bool) -> None:
    assert NATIONAL_DAY.is_rest(date.fromisoformat(day)) is rests


@given(st.dates(date(2026, 9, 1), date(2026, 11, 1)), st.integers(0, 90), st.sampled_from(Days))
def test_days_are_counted_as_if_walked(start: date, length: int, days: Days) -> None:
    walked = sum(NATIONAL_DAY.matches(start + timedelta(days=n), days) for n in range(length))
    assert NATIONAL_DAY.count(start, start + timedelta(days=length), days) == walked
