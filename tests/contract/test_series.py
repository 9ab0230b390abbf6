"""What the series and the quarantine promise."""

from datetime import datetime, timedelta

import pytest

from chalicelib.aws.items import Item
from chalicelib.aws.schema import QUARANTINE, SERIES
from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import MAX_PAYLOAD_BYTES, Reason
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from tests.builders import DAY, HOUR, NOON, SAMPLES, chunk, envelope, hourly, water
from tests.contract.conftest import NewTable


@pytest.fixture
def series(new_table: NewTable) -> SeriesStore:
    return SeriesStore(new_table(SERIES))


@pytest.fixture
def quarantine(new_table: NewTable) -> QuarantineStore:
    return QuarantineStore(new_table(QUARANTINE))


def test_chunks_come_back_by_their_first_sample(series: SeriesStore) -> None:
    morning = chunk(*hourly(1, 2, until=NOON - 3 * HOUR), seq=1)
    noon = chunk(*hourly(3, 3, 9))
    assert series.put_many([noon, morning]) == set()
    assert series.day("wm-001", "2026-01-15") == (morning, noon)
    assert series.day("wm-001", "2026-01-15", consistent=True) == (morning, noon)
    assert series.day("wm-001", "2026-01-14") == ()
    assert series.day("wm-002", "2026-01-15") == ()


@pytest.mark.parametrize("kind", Kind)
def test_a_sample_of_each_kind_comes_back_whole(series: SeriesStore, kind: Kind) -> None:
    kept = chunk(SAMPLES[kind], kind=kind)
    series.put_many([kept])
    assert series.day("wm-001", "2026-01-15") == (kept,)


def test_the_same_chunk_twice_is_one_and_another_never_overwrites_it(series: SeriesStore) -> None:
    told, corrected = chunk(*hourly(1, 2)), chunk(*hourly(1, 3))
    series.put_many([told, told])
    series.put_many([told, corrected])
    assert sorted(series.day("wm-001", "2026-01-15"), key=repr) == sorted([told, corrected], key=repr)


def test_more_chunks_than_one_batch_takes(series: SeriesStore) -> None:
    chunks = [chunk(*hourly(n), device=f"wm-{n:03}") for n in range(60)]
    assert series.put_many(chunks) == set()
    assert [series.day(f"wm-{n:03}", "2026-01-15") for n in (0, 24, 25, 59)] == [
        (chunks[n],) for n in (0, 24, 25, 59)
    ]


def test_when_a_device_was_last_heard_within_two_days(series: SeriesStore) -> None:
    def heard(litres: int, at: datetime) -> None:
        series.put_many([chunk(*hourly(litres, until=at), received_at=at)])

    heard(1, NOON - 2 * DAY)
    assert series.last_heard("wm-001", until=NOON) is None
    assert series.last_heard("wm-001", until=NOON, days=3) == NOON - 2 * DAY
    for at in (NOON - DAY, NOON, NOON - HOUR):
        heard(2, at)
    assert series.last_heard("wm-001", until=NOON) == NOON


def test_a_range_across_days(series: SeriesStore) -> None:
    chunks = [chunk(*hourly(n, until=NOON + n * DAY)) for n in range(4)]
    series.put_many(chunks)
    assert series.between("wm-001", NOON + DAY, NOON + 2 * DAY) == chunks[1:3]


def test_a_full_day_of_large_messages_is_read_whole(series: SeriesStore) -> None:
    """More than the megabyte that one answer of a query holds."""
    begins = NOON - 17 * HOUR
    chunks = [
        chunk(
            *(
                {**SAMPLES[Kind.WATCH], "at": int(begins.timestamp()) + n, "fault": "x" * 32}
                for _ in range(1000)
            ),
            kind=Kind.WATCH,
        )
        for n in range(25)
    ]
    series.put_many(chunks)
    assert [c.samples[0]["at"] for c in series.day("wm-001", "2026-01-15")] == [
        c.samples[0]["at"] for c in chunks
    ]


def test_refused_messages_newest_first_page_by_page(quarantine: QuarantineStore) -> None:
    for n in range(5):
        late = envelope(f"garbage {n}".encode(), received_at=NOON + timedelta(seconds=n))
        quarantine.put(late, Reason.NOT_JSON, "The payload isn't JSON.")
    first = quarantine.page("xinghe", limit=3, after=None)
    second = quarantine.page("xinghe", limit=3, after=first.after)
    assert [i["raw"] for i in first.items + second.items] == [f"garbage {n}" for n in (4, 3, 2, 1, 0)]
    assert quarantine.page("elsewhere", limit=3, after=None).items == []


def test_a_refused_message_is_kept_and_counted_once(quarantine: QuarantineStore) -> None:
    for _ in range(3):
        quarantine.put(envelope(b"?"), Reason.NOT_JSON, "no")
    quarantine.put(envelope(water(1)), Reason.OLD_SAMPLE, "old")
    quarantine.put(envelope(b"?", received_at=NOON - DAY), Reason.NOT_JSON, "no")
    assert quarantine.counts("xinghe", "2026-01-15") == {"not_json": 1, "old_sample": 1}
    assert quarantine.counts("xinghe", "2026-01-14") == {"not_json": 1}
    assert quarantine.counts("elsewhere", "2026-01-15") == {}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("水 ☂".encode(), "水 ☂", id="text"),
        pytest.param(b"\xff{}", "\\xff{}", id="a stray byte"),
        pytest.param(b"\x00\x1f", "\x00\x1f", id="control characters"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_a_refused_message_can_be_read(quarantine: QuarantineStore, raw: bytes, shown: str) -> None:
    quarantine.put(envelope(raw), Reason.NOT_JSON, "no")
    assert refused(quarantine)["raw"] == shown


@pytest.mark.parametrize(
    "raw", [b"\xff" * MAX_PAYLOAD_BYTES, b"\xff" * 180_000, ("水" * 60_000).encode(), b"\x01" * 180_000]
)
def test_the_largest_message_fits_whatever_is_in_it(quarantine: QuarantineStore, raw: bytes) -> None:
    quarantine.put(envelope(raw), Reason.TOO_LARGE, "x" * 600)
    item = refused(quarantine)
    assert item["size"] == len(raw)
    assert sum(len(str(part).encode()) for pair in item.items() for part in pair) < 400 * 1024
    assert len(item["detail"]) == 500


def refused(quarantine: QuarantineStore) -> Item:
    (item,) = quarantine.page("xinghe", limit=10, after=None).items
    return item
