"""What a registry accepts."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import is_id
from chalicelib.registry.model import Community, StillWaterSettings
from chalicelib.registry.service import effective
from tests.builders import device, home


@pytest.mark.parametrize("text", ["a", "7", "h001", "wm-001", "a--b-", "x" * 40])
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text", ["", "-a", "A", "h_1", "h#1", "h/1", "h 1", "户", "x" * 41, "h1\n", "\nh1", "h1\0", "٣"]
)
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("fields", [{"id": "H 1"}, {"grid": "g#1"}, {"community": ""}, {"name": " "}])
def test_a_household_needs_ids_and_a_name(fields: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        home(**{"household": fields.pop("id", "h001"), **fields})


@pytest.mark.parametrize(
    "zone", ["", "Asia", "Asia/Atlantis", "../etc/passwd", "/etc/localtime", "x" * 300, "Asia/Shanghai\0"]
)
def test_what_is_no_time_zone(zone: str) -> None:
    with pytest.raises(RefusedError, match="time zone"):
        Community("xinghe", "星禾里", zone)


@pytest.mark.parametrize("seconds", [60, 3600, 7 * 86400])
def test_reporting_intervals(seconds: int) -> None:
    assert device(reports_every=timedelta(seconds=seconds)).reports_every.total_seconds() == seconds


@pytest.mark.parametrize("seconds", [-60, 0, 59, 7 * 86400 + 1])
def test_what_is_no_reporting_interval(seconds: int) -> None:
    with pytest.raises(RefusedError) as refused:
        device(reports_every=timedelta(seconds=seconds))
    assert refused.value.pointer == "/reports_every"


@pytest.mark.parametrize("numbers", [(60, 1), (10080, 1000), (None, None)])
def test_settings_at_their_bounds(numbers: tuple[int | None, int | None]) -> None:
    StillWaterSettings(*numbers)


@pytest.mark.parametrize(
    ("numbers", "pointer"),
    [
        ((59, None), "/window_minutes"),
        ((10081, None), "/window_minutes"),
        ((None, 0), "/least_litres"),
        ((None, 1001), "/least_litres"),
    ],
)
def test_settings_beyond_their_bounds(numbers: tuple[Any, Any], pointer: str) -> None:
    with pytest.raises(RefusedError) as refused:
        StillWaterSettings(*numbers)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("of_home", "of_community", "hold"),
    [
        ((None, None), (None, None), (720, 10)),
        ((None, None), (600, 5), (600, 5)),
        ((480, None), (600, 5), (480, 5)),
        ((480, 20), (600, None), (480, 20)),
        ((None, 20), (None, None), (720, 20)),
    ],
)
def test_whose_numbers_hold(of_home: Any, of_community: Any, hold: Any) -> None:
    community = Community("xinghe", "星禾里", still_water=StillWaterSettings(*of_community))
    numbers = effective(community, home(still_water=StillWaterSettings(*of_home)))
    assert (numbers.window_minutes, numbers.least_litres) == hold
