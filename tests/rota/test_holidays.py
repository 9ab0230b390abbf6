"""Public holidays: what is published counts, and what isn't falls back to weekends."""

import subprocess
import sys
from datetime import date

import pytest

from chalicelib.rota.holidays import with_holidays
from chalicelib.rota.hours import Calendar
from tests.rota.builders import dates

GIVEN = Calendar(rest=dates("2031-03-05"), work=dates("2031-03-08"))


def test_chinas_golden_week() -> None:
    pytest.importorskip("chinese_calendar")
    year = with_holidays(Calendar(), "CN", first=date(2025, 1, 1), last=date(2025, 12, 31))
    assert [year.is_rest(date(2025, 10, day)) for day in (1, 8, 9, 11, 12)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert year.is_rest(date(2025, 9, 28)) is False


@pytest.mark.parametrize(
    ("country", "holiday", "working"),
    [
        pytest.param("US", date(2025, 7, 4), date(2025, 7, 3), id="Independence Day"),
        pytest.param("DE", date(2025, 10, 3), date(2025, 10, 2), id="the day of unity"),
        pytest.param("SG", date(2025, 1, 29), date(2025, 1, 31), id="Chinese New Year in Singapore"),
        pytest.param("EG", date(2025, 6, 20), date(2025, 6, 22), id="in Egypt Friday rests, Sunday works"),
    ],
)
def test_holidays_elsewhere(country: str, holiday: date, working: date) -> None:
    year = with_holidays(Calendar(), country, first=date(2025, 1, 1), last=date(2025, 12, 31))
    assert (year.is_rest(holiday), year.is_rest(working)) == (True, False)


def test_whoever_moves_country_keeps_what_was_and_learns_what_comes() -> None:
    before = with_holidays(Calendar(), "US", first=date(2025, 1, 1), last=date(2025, 12, 31))
    after = with_holidays(before, "DE", first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert [after.is_rest(date(year, 7, day)) for year, day in ((2025, 4), (2026, 3))] == [True, False]


@pytest.mark.parametrize("country", ["CN", "ZZ", ""])
def test_a_year_nobody_published_has_weekends_and_what_was_given(country: str) -> None:
    found = with_holidays(GIVEN, country, first=date(2031, 1, 1), last=date(2031, 12, 31))
    assert found == GIVEN
    assert found.is_rest(date(2031, 1, 4))


def test_who_looks_up_duty_loads_no_holidays_nor_files() -> None:
    program = (
        "import sys, chalicelib.rota.lookup; "
        "heavy = ('chinese_calendar', 'holidays', 'openpyxl', 'chalice.'); "
        "print([m for m in sys.modules if m.startswith(heavy)])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert loaded.stdout.strip() == "[]"
