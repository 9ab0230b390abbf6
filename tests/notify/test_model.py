"""Quiet hours by the wall clock, and what a message must have."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.kernel.errors import RefusedError
from chalicelib.notify.model import Quiet
from tests.notify.people import SHANGHAI, urgent

NIGHT = Quiet(time(22), time(7))
BERLIN = ZoneInfo("Europe/Berlin")


def shanghai(hour: int, minute: int = 0, day: int = 15) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        pytest.param(NIGHT, shanghai(21, 59), None, id="not yet"),
        pytest.param(NIGHT, shanghai(22), shanghai(7, day=16), id="the start is quiet"),
        pytest.param(NIGHT, shanghai(3), shanghai(7), id="after midnight too"),
        pytest.param(NIGHT, shanghai(7), None, id="the end is not"),
        pytest.param(Quiet(time(12), time(14)), shanghai(13), shanghai(14), id="a nap at noon"),
        pytest.param(Quiet(time(12), time(14)), shanghai(14), None, id="after the nap"),
        pytest.param(Quiet(time(8), time(8)), shanghai(8), None, id="the same time twice is never"),
    ],
)
def test_quiet_hours(quiet: Quiet, now: datetime, until: datetime | None) -> None:
    assert quiet.until(now, SHANGHAI) == until


def test_a_night_with_a_clock_change_ends_by_the_wall_clock() -> None:
    before_the_change = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert NIGHT.until(before_the_change, BERLIN) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert NIGHT.until(datetime(2026, 3, 29, 5, tzinfo=UTC), BERLIN) is None


@pytest.mark.parametrize(
    "fields", [{"severity": 0}, {"severity": 4}, {"words": {}}, {"key": ""}, {"key": "k" * 201}]
)
def test_a_message_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        urgent(**fields)
