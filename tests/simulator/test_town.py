"""The invented neighbourhood: believable, the same for the same seed, and never losing a sample."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import mean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.telemetry.messages import parse
from infra.simulator.household import draws
from infra.simulator.town import Household, Town, last_night

LANZHOU = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 1, 12, tzinfo=LANZHOU)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def town(seed: int = 7, households: int = 20, quiet_since: datetime | None = None) -> Town:
    return Town.make(seed, households, MONDAY, LANZHOU, quiet_since=quiet_since)


def day_totals(place: Town, home: Household, days: int) -> list[int]:
    midnights = [place.register(home, MONDAY + DAY * number) for number in range(days + 1)]
    return [after - before for before, after in pairwise(midnights)]


def test_the_same_seed_is_the_same_town() -> None:
    one, same, other = town(), town(), town(seed=8)
    week = [MONDAY + HOUR * number for number in range(168)]
    assert one.households == same.households != other.households
    for home in one.households:
        assert [one.register(home, at) for at in week] == [same.register(home, at) for at in week]


def test_asking_in_any_order_gives_the_same_register() -> None:
    forward, backward = town(households=3), town(households=3)
    times = [MONDAY + timedelta(minutes=37) * number for number in range(200)]
    for home in forward.households:
        rising = [forward.register(home, at) for at in times]
        assert rising[::-1] == [backward.register(home, at) for at in times[::-1]]


def test_everybody_has_a_place_of_their_own() -> None:
    homes = town(households=200).households
    assert [homes[0].id, homes[0].meter, homes[199].id] == ["h001", "wm-001", "h200"]
    assert len({home.address for home in homes}) == 200
    assert {home.grid for home in homes[:48]} == {"g1"}
    assert len({home.steward for home in homes if home.building == 1}) == 1
    assert all(2 <= len(home.resident) <= 3 for home in homes)


def test_the_first_homes_stay_when_the_town_grows() -> None:
    assert town(households=40).households[:20] == town(households=20).households


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.lists(st.integers(0, 14 * 86_400), min_size=2, max_size=20))
def test_a_register_never_falls(seed: int, seconds: list[int]) -> None:
    place = town(seed=seed, households=1)
    litres = [
        place.register(place.households[0], MONDAY + timedelta(seconds=each)) for each in sorted(seconds)
    ]
    assert litres == sorted(litres)


@pytest.mark.parametrize("start", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_nor_when_the_clocks_change(start: datetime) -> None:
    place = Town.make(1, 5, start, ZoneInfo("Europe/Madrid"))
    for home in place.households:
        litres = [place.register(home, place.begins + timedelta(minutes=10 * n)) for n in range(6 * 72)]
        assert litres == sorted(litres)
        assert litres[-1] - litres[0] > 100


def test_nothing_is_known_before_the_town_begins() -> None:
    place = town(households=1)
    with pytest.raises(ValueError, match="the town begins at 2026-01-11T16:00:00"):
        place.register(place.households[0], MONDAY - timedelta(seconds=1))


def test_days_are_believable() -> None:
    """A town's mean lies within GB/T 50331-2002's 85 to 140 litres a person and day for Gansu.

    A person's own mean within 60 to 220, from a frugal home to the standard's wettest zone; a single day
    within 30 (one spent out) to 320 (a bath, a washing machine and a mopped floor).
    """
    place = town(households=150)
    totals = {home.id: day_totals(place, home, 28) for home in place.households}
    assert 85 <= mean(mean(days) for days in totals.values()) <= 140
    assert all(60 <= mean(days) <= 220 for days in totals.values())
    assert all(30 <= day <= 320 for days in totals.values() for day in days)
    assert all(max(days) - min(days) >= 30 for days in totals.values()), "no two days are alike"


def test_nights_are_still_and_mornings_are_not() -> None:
    place = town(households=150)
    night, morning = 0, 0
    for home in place.households:
        one, five, nine = (place.register(home, MONDAY + HOUR * hour) for hour in (1, 5, 9))
        night, morning = night + five - one, morning + nine - five
    assert morning > 4 * night
    assert night > 0, "some rise for the toilet, some taps drip"


def test_some_rise_early_some_nap_some_taps_drip() -> None:
    habits = [home.habits for home in town(households=200).households]
    assert 40 <= sum(each.wakes < 330 for each in habits) <= 80
    assert 110 <= sum(each.naps for each in habits) <= 170
    dripping = [each.leak_ml_per_hour for each in habits if each.leak_ml_per_hour]
    assert 12 <= len(dripping) <= 40
    assert 12 * max(dripping) < 10_000, "a drip alone never reaches 0.01 m³ in twelve hours"


def test_draws_come_in_order_within_the_day() -> None:
    habits = town(households=1).households[0].habits
    drawn = draws(habits, MONDAY.date(), Random(1))
    assert drawn == sorted(drawn)
    assert all(0 <= minute < 1440 and ml > 0 for minute, ml in drawn)


def test_living_homes_are_never_still_for_twelve_hours() -> None:
    """So in a demo the one alarm is the quiet one's: invented people are regular, real ones aren't."""
    place = town(households=60)
    for home in place.households:
        litres = [
            place.register(home, MONDAY + timedelta(minutes=10) * number) for number in range(6 * 24 * 7)
        ]
        assert all(late - early >= 10 for early, late in zip(litres, litres[72:], strict=False))


def test_the_quiet_one_has_drawn_nothing_since_last_night() -> None:
    now = datetime(2026, 1, 15, 11, tzinfo=LANZHOU)
    evening = last_night(now, LANZHOU)
    assert evening == datetime(2026, 1, 14, 21, 30, tzinfo=LANZHOU)
    place = town(quiet_since=evening)
    quiet = place.quiet
    assert quiet is not None
    assert place.register(quiet, evening) == place.register(quiet, now + DAY)
    assert place.register(quiet, evening) - place.register(quiet, evening - 12 * HOUR) >= 10
    others = [home for home in place.households if home is not quiet]
    assert all(place.register(home, now) - place.register(home, evening) >= 10 for home in others)
    unspoiled = town()
    assert [home.id for home in unspoiled.households] == [home.id for home in place.households]
    assert unspoiled.quiet is None


@pytest.mark.parametrize(
    ("now", "since"),
    [
        pytest.param("2026-01-15T15:00", "2026-01-14T21:30", id="last evening"),
        pytest.param("2026-01-15T10:30", "2026-01-14T21:30", id="just thirteen hours ago"),
        pytest.param("2026-01-15T08:00", "2026-01-14T19:00", id="too early in the day: thirteen hours"),
        pytest.param("2026-01-15T22:00", "2026-01-15T09:00", id="this evening is no night yet"),
    ],
)
def test_last_night_is_more_than_twelve_hours_ago(now: str, since: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=LANZHOU)
    assert last_night(at, LANZHOU) == datetime.fromisoformat(since).replace(tzinfo=LANZHOU)


@pytest.mark.parametrize(("every", "report"), [(3600, 3600), (360, 3600), (900, 21_600), (60, 60), (7, 21)])
def test_messages_cover_without_gap_or_double(every: int, report: int) -> None:
    place = town(households=3)
    cuts = [MONDAY, MONDAY + timedelta(hours=5, seconds=11), MONDAY + 9 * HOUR, MONDAY + DAY]
    for home in place.households:
        whole = list(place.messages(home, MONDAY, MONDAY + DAY, every, report))
        parts = [each for a, b in pairwise(cuts) for each in place.messages(home, a, b, every, report)]
        assert parts == whole
        sent = [send_at for send_at, _ in whole]
        assert sent == sorted(set(sent))
        assert [payload["seq"] for _, payload in whole] == list(
            range(whole[0][1]["seq"], whole[-1][1]["seq"] + 1)
        )
        taken = [sample["at"] for _, payload in whole for sample in payload["samples"]]
        assert all(every * 0.9 <= b - a <= every * 1.1 for a, b in pairwise(taken))
        assert taken[0] - MONDAY.timestamp() <= every * 1.1
        assert len(taken) >= (86_400 - report) // every - 1


def test_messages_are_what_the_register_said() -> None:
    place = town(households=2)
    home = place.households[1]
    for send_at, payload in place.messages(home, MONDAY + HOUR, MONDAY + DAY, 360, 3600):
        message = parse(json.dumps(payload).encode())
        assert (message.kind, message.every, message.samples) == ("water_meter", 360, payload["samples"])
        assert len(message.samples) == 10
        for sample in payload["samples"]:
            at = datetime.fromtimestamp(sample["at"], UTC)
            assert sample["register_litres"] == place.register(home, at)
            assert at <= send_at


def test_meters_do_not_all_speak_at_once() -> None:
    place = town(households=60)
    minutes = {
        send_at.minute
        for home in place.households
        for send_at, _ in place.messages(home, MONDAY + HOUR, MONDAY + 2 * HOUR, 3600, 3600)
    }
    assert len(minutes) > 25


@pytest.mark.parametrize(("every", "report"), [(0, 3600), (3600, 360), (700, 3600)])
def test_a_report_is_a_whole_number_of_samples(every: int, report: int) -> None:
    place = town(households=1)
    with pytest.raises(ValueError, match="multiple"):
        next(place.messages(place.households[0], MONDAY, MONDAY + DAY, every, report))
