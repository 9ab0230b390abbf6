"""How samples are cut, packed and merged."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import Sample, chunks, merged, register_readings, series_day
from chalicelib.telemetry.store import days, packed, unpacked
from tests.builders import DAY, HOUR, NOON, chunk, hourly

COUNT = st.integers(0, 2**53)
PERCENT = st.integers(0, 100)
SAMPLE = st.fixed_dictionaries(
    {"at": st.integers(1_700_000_000, 1_800_000_000)},
    optional={
        "register_litres": COUNT,
        "register_watt_hours": COUNT,
        "battery_percent": PERCENT,
        "fault": st.text(max_size=32),
        "motion": st.booleans(),
        "passage": st.sampled_from(["in", "out"]),
        "heart_rate_bpm": st.integers(0, 300),
    },
)
SAMPLES = st.lists(SAMPLE, min_size=1, max_size=40)


@given(SAMPLES)
def test_what_was_packed_comes_back(samples: list[Sample]) -> None:
    assert unpacked(packed(samples)) == tuple(samples)


def test_an_hourly_day_packs_into_few_bytes() -> None:
    assert len(packed(hourly(*range(123_000, 123_024)))) < 250


@given(SAMPLES)
def test_a_message_is_cut_where_its_day_ends_and_nothing_is_lost(samples: list[Sample]) -> None:
    parts = cut(samples)
    for part in parts:
        assert len({series_day(s["at"]) for s in part.samples}) == 1
    days_seen = [series_day(part.samples[0]["at"]) for part in parts]
    assert days_seen == sorted(set(days_seen))
    kept = [sample for part in parts for sample in part.samples]
    assert kept == sorted(samples, key=lambda s: s["at"])


@given(st.lists(SAMPLES, max_size=4), st.randoms())
def test_merging_orders_by_time_knows_doubles_and_minds_no_order(
    batches: list[list[Sample]], random: Any
) -> None:
    parts = [part for samples in batches for part in cut(samples)]
    whole = merged(parts)
    assert [s["at"] for s in whole] == sorted(s["at"] for s in whole)
    assert all(whole.count(sample) == 1 for sample in whole)
    assert all(sample in whole for part in parts for sample in part.samples)
    shuffled = parts + parts[:2]
    random.shuffle(shuffled)
    assert merged(shuffled) == whole


def cut(samples: list[Sample]) -> Any:
    return chunks(
        device="wm-001", kind=Kind.WATER_METER, every=3600, seq=None, received_at=NOON, samples=samples
    )


def test_most_messages_make_one_chunk() -> None:
    assert len(cut(hourly(1, 2, 3))) == 1


def test_two_words_of_one_instant_are_both_kept() -> None:
    one, other = hourly(5), hourly(6)
    assert merged([chunk(*other), chunk(*one)]) == [*one, *other]


def test_readings_are_the_samples_that_have_a_register() -> None:
    samples: list[Sample] = [*hourly(7), {"at": epoch(NOON), "fault": "cut"}]
    (reading,) = register_readings(samples)
    assert (reading.at, reading.litres) == (NOON, 7)


def test_the_days_of_an_interval() -> None:
    turn = NOON + 7 * HOUR  # three in the morning in China
    assert days(NOON, NOON) == ["2026-01-15"]
    assert days(NOON, turn - timedelta(seconds=1)) == ["2026-01-15"]
    assert days(NOON, turn) == ["2026-01-15", "2026-01-16"]
    assert len(days(NOON - 90 * DAY, NOON)) == 91
    assert days(NOON, NOON - DAY) == []
