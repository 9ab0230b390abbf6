"""From readings and events to spans: what is a life sign, what is a leak, what is not known."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_signs import EnergyUse, Event, event_spans, power_spans, water_spans

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def signs(litres_an_hour: list[int]) -> list[int]:
    readings, total = [RegisterReading(NOON, 1000)], 1000
    for n, litres in enumerate(litres_an_hour, 1):
        total += litres
        readings.append(RegisterReading(NOON + timedelta(hours=n), total))
    return [span.signs for span in water_spans(readings)]


@pytest.mark.parametrize(
    ("litres", "found"),
    [
        pytest.param([0, 1, 0, 8], [0, 1, 0, 1], id="a single litre is a life sign"),
        pytest.param([16] * 6, [1, 1, 1, 0, 0, 0], id="a running cistern is none after three hours"),
        pytest.param([16, 16, 16, 16, 25, 17], [1, 1, 1, 0, 1, 0], id="what is drawn over it is one"),
        pytest.param([5, 3, 8, 7], [1, 1, 1, 1], id="a busy morning is no leak"),
    ],
)
def test_water(litres: list[int], found: list[int]) -> None:
    assert signs(litres) == found


def test_a_tap_that_drips_for_days_is_no_life_sign() -> None:
    """Half a litre an hour, which the register shows as a litre every second hour; then somebody comes."""
    dripping = signs([0, 1] * 96 + [6] + [1, 0] * 3)
    assert sum(dripping[170:192]) == 0
    assert dripping[192:] == [1, 0, 0, 0, 0, 0, 0]


def test_somebody_who_is_up_every_night_is_no_leak() -> None:
    assert signs([0, 0, 5, 0] * 30)[80:84] == [0, 0, 1, 0]


def test_a_register_that_falls_says_nothing_and_one_that_stood_still_does() -> None:
    hour = timedelta(hours=1)
    readings = [RegisterReading(NOON + n * hour, r) for n, r in ((0, 50), (1, 20), (9, 20), (10, 26))]
    spans = list(water_spans(readings))
    assert [(s.end - s.begin) // HOUR for s in spans] == [8, 1]
    assert [s.signs for s in spans] == [0, 1]


def test_a_repeated_reading_is_no_span_of_its_own() -> None:
    once = [RegisterReading(NOON, 5), RegisterReading(NOON + timedelta(hours=1), 9)]
    twice = [once[0], once[0], RegisterReading(NOON + timedelta(seconds=20), 5), *once[1:]]
    assert [s.signs for s in water_spans(twice)] == [1]


def test_a_fridge_is_no_life_sign_and_a_kettle_is() -> None:
    fridge = [20, 20, 45, 20] * 30
    uses = [EnergyUse(n * 900, (n + 1) * 900, wh) for n, wh in enumerate(fridge)]
    kettle = [*uses, EnergyUse(120 * 900, 121 * 900, 150), EnergyUse(121 * 900, 122 * 900, 20)]
    assert sum(s.signs for s in power_spans(uses) if s.begin > 24 * HOUR) == 0
    assert [s.signs for s in power_spans(kettle)][-2:] == [1, 0]


def test_events_become_steps_that_know_who_spoke_last() -> None:
    events = [Event(1000, "motion"), Event(1100, "door"), Event(2500, "motion"), Event(2600, "cat")]
    spans = list(event_spans(events, begin=900, end=3600, step=900, bits={"motion": 1, "door": 2}))
    assert [(s.signs, s.last, s.last_at) for s in spans] == [(3, 2, 1100), (1, 1, 2500), (0, 0, 0)]
    assert {s.heard for s in spans} == {3}
