"""Every refusal of wire format 1, each with its own reason, and what is just not refused."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Kind
from chalicelib.telemetry.messages import UnreadableError, parse
from chalicelib.telemetry.model import MAX_PAYLOAD_BYTES, Reason
from tests.builders import NOON, SAMPLES, Town, device, envelope, hourly, payload, water

WATER = Kind.WATER_METER
NOW = epoch(NOON)
ONE: dict[str, Any] = {"at": NOW, "register_litres": 1}


def refusal(raw: bytes) -> tuple[Reason, str]:
    """Why a payload is refused: the reason, and the pointer to the place."""
    with pytest.raises(UnreadableError) as refused:
        parse(raw)
    assert str(refused.value).encode()  # it will be stored and shown
    return refused.value.reason, refused.value.pointer


def frame(**changes: Any) -> bytes:
    """A water meter's message with parts of its frame replaced, or with None taken away."""
    whole = {"v": 1, "kind": "water_meter", "every": 3600, "samples": [ONE], **changes}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def sample(kind: Kind, **changes: Any) -> bytes:
    """A device's message whose second sample is changed."""
    changed = {name: value for name, value in {**SAMPLES[kind], **changes}.items() if value is not ...}
    return payload(kind, SAMPLES[kind], changed)


def padded(size: int) -> bytes:
    """A good message of exactly so many bytes."""
    return water(1).ljust(size)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xa1avA\x01", id="CBOR"),
        pytest.param(b'{"v": 1', id="cut off"),
        pytest.param(water(1) + b"}", id="something behind it"),
        pytest.param(water(1).replace(b"water", b"w\xffter"), id="invalid UTF-8"),
        pytest.param(b"\xff\xfe" + water(1).decode().encode("utf-16-le")[:-1], id="half a UTF-16 character"),
        pytest.param(b'{"v": 1, "samples": ' + b"[" * 60_000, id="deep nesting, cut off"),
        pytest.param(b"[" * 60_000 + b"]" * 60_000, id="deep nesting"),
        pytest.param(frame().replace(b"3600", b"9" * 5000), id="a number of 5,000 digits"),
        pytest.param(b"v: 1", id="YAML"),
    ],
)
def test_what_is_not_json(raw: bytes) -> None:
    assert refusal(raw) == (Reason.NOT_JSON, "")


@pytest.mark.parametrize(
    ("raw", "reason", "pointer"),
    [
        pytest.param(padded(MAX_PAYLOAD_BYTES + 1), Reason.TOO_LARGE, "", id="one byte above 128 KiB"),
        pytest.param(b"\xff" * 200_000, Reason.TOO_LARGE, "", id="too large comes before not JSON"),
        pytest.param(payload(WATER, *[ONE] * 1001), Reason.TOO_MANY_SAMPLES, "/samples", id="1001 samples"),
        pytest.param(frame(v=0), Reason.UNKNOWN_VERSION, "/v", id="version 0"),
        pytest.param(frame(v=2), Reason.UNKNOWN_VERSION, "/v", id="version 2"),
        pytest.param(b'{"v": 2, "data": []}', Reason.UNKNOWN_VERSION, "/v", id="a frame of version 2"),
        pytest.param(frame(kind="toaster"), Reason.UNKNOWN_KIND, "/kind", id="a toaster"),
        pytest.param(frame(kind="x" * 9999), Reason.UNKNOWN_KIND, "/kind", id="a very long kind"),
        pytest.param(frame(kind=""), Reason.UNKNOWN_KIND, "/kind", id="an empty kind"),
        pytest.param(b"[]", Reason.WRONG_TYPE, "", id="a list"),
        pytest.param(b"null", Reason.WRONG_TYPE, "", id="null"),
        pytest.param(b"{}", Reason.MISSING_FIELD, "/v", id="an empty object"),
        pytest.param(frame(v="1"), Reason.WRONG_TYPE, "/v", id="the version as text"),
        pytest.param(frame(v=True), Reason.WRONG_TYPE, "/v", id="true is no version"),
        pytest.param(frame(v=1.0), Reason.WRONG_TYPE, "/v", id="1.0 is no version"),
        pytest.param(frame(kind=7), Reason.WRONG_TYPE, "/kind", id="the kind as a number"),
        pytest.param(frame(kind="\ud800"), Reason.UNKNOWN_KIND, "/kind", id="half a character"),
        pytest.param(frame(every=None), Reason.MISSING_FIELD, "/every", id="no interval"),
        pytest.param(frame(every=0), Reason.OUT_OF_RANGE, "/every", id="an interval of 0"),
        pytest.param(frame(every=86401), Reason.OUT_OF_RANGE, "/every", id="an interval above a day"),
        pytest.param(frame(every=3600.5), Reason.WRONG_TYPE, "/every", id="half a second"),
        pytest.param(frame(seq=-1), Reason.OUT_OF_RANGE, "/seq", id="a negative counter"),
        pytest.param(frame(seq="4711"), Reason.WRONG_TYPE, "/seq", id="a counter as text"),
        pytest.param(frame(samples=None), Reason.MISSING_FIELD, "/samples", id="no samples"),
        pytest.param(frame(samples=[]), Reason.OUT_OF_RANGE, "/samples", id="empty samples"),
        pytest.param(frame(samples=ONE), Reason.WRONG_TYPE, "/samples", id="a sample instead of samples"),
        pytest.param(frame(samples=[ONE, 5]), Reason.WRONG_TYPE, "/samples/1", id="a number as a sample"),
        pytest.param(frame(samples=[[]]), Reason.WRONG_TYPE, "/samples/0", id="a list as a sample"),
    ],
)
def test_what_is_wrong_with_a_message(raw: bytes, reason: Reason, pointer: str) -> None:
    assert refusal(raw) == (reason, pointer)


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        (WATER, {"at": ...}, Reason.MISSING_FIELD),
        (WATER, {"at": None}, Reason.WRONG_TYPE),
        (WATER, {"at": "2026-01-15T12:00:00Z"}, Reason.WRONG_TYPE),
        (WATER, {"at": 1768449600.5}, Reason.WRONG_TYPE),
        (WATER, {"at": NAN}, Reason.WRONG_TYPE),
        (WATER, {"at": True}, Reason.WRONG_TYPE),
        (WATER, {"at": -1}, Reason.OUT_OF_RANGE),
        (WATER, {"at": 1768449600000}, Reason.OUT_OF_RANGE),
        (WATER, {"at": 10**400}, Reason.OUT_OF_RANGE),
        (WATER, {"register_litres": ...}, Reason.MISSING_FIELD),
        (WATER, {"register_litres": None}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": -1}, Reason.OUT_OF_RANGE),
        (WATER, {"register_litres": 2**53 + 1}, Reason.OUT_OF_RANGE),
        (WATER, {"register_litres": 10**400}, Reason.OUT_OF_RANGE),
        (WATER, {"register_litres": 123.0}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": True}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": "123"}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": NAN}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": INFINITY}, Reason.WRONG_TYPE),
        (WATER, {"register_litres": [1]}, Reason.WRONG_TYPE),
        (WATER, {"battery_percent": 101}, Reason.OUT_OF_RANGE),
        (WATER, {"battery_percent": -1}, Reason.OUT_OF_RANGE),
        (WATER, {"fault": "x" * 33}, Reason.OUT_OF_RANGE),
        (WATER, {"fault": 7}, Reason.WRONG_TYPE),
        (WATER, {"fault": "\udfff"}, Reason.WRONG_TYPE),
        (Kind.GAS_METER, {"register_litres": ...}, Reason.MISSING_FIELD),
        (Kind.ELECTRICITY_METER, {"register_watt_hours": ...}, Reason.MISSING_FIELD),
        (Kind.ELECTRICITY_METER, {"register_watt_hours": -1}, Reason.OUT_OF_RANGE),
        (Kind.MOTION_SENSOR, {"motion": ...}, Reason.MISSING_FIELD),
        (Kind.MOTION_SENSOR, {"motion": 1}, Reason.WRONG_TYPE),
        (Kind.DOOR_CONTACT, {"open": "true"}, Reason.WRONG_TYPE),
        (Kind.DOOR_CONTACT, {"open": None}, Reason.WRONG_TYPE),
        (Kind.PEEPHOLE, {"passage": "through"}, Reason.OUT_OF_RANGE),
        (Kind.PEEPHOLE, {"passage": ...}, Reason.MISSING_FIELD),
        (Kind.CURTAIN_SENSOR, {"open_percent": 101}, Reason.OUT_OF_RANGE),
        (Kind.CURTAIN_SENSOR, {"open_percent": -1}, Reason.OUT_OF_RANGE),
        (Kind.BED_RADAR, {"in_bed": ...}, Reason.MISSING_FIELD),
        (Kind.BED_RADAR, {"awake": 0}, Reason.WRONG_TYPE),
        (Kind.BED_RADAR, {"heart_rate_bpm": 301}, Reason.OUT_OF_RANGE),
        (Kind.BED_RADAR, {"respiration_bpm": 14.2}, Reason.WRONG_TYPE),
        (Kind.BED_RADAR, {"bed_exits": -1}, Reason.OUT_OF_RANGE),
        (Kind.BED_RADAR, {"fall": 1}, Reason.WRONG_TYPE),
        (Kind.WATCH, {"worn": ...}, Reason.MISSING_FIELD),
        (Kind.WATCH, {"spo2_percent": 101}, Reason.OUT_OF_RANGE),
        (Kind.WATCH, {"steps": -5}, Reason.OUT_OF_RANGE),
        (Kind.CAMERA, {"event": "burglar"}, Reason.OUT_OF_RANGE),
        (Kind.CAMERA, {"event": ...}, Reason.MISSING_FIELD),
        (Kind.GAS_ALARM, {"state": "ALARM"}, Reason.OUT_OF_RANGE),
        (Kind.SMOKE_ALARM, {"state": ...}, Reason.MISSING_FIELD),
        (Kind.ONE_KEY, {"press": "long"}, Reason.OUT_OF_RANGE),
        (Kind.ONE_KEY, {"press": ...}, Reason.MISSING_FIELD),
    ],
    ids=lambda value: re.sub(r"0{20,}", "…", str(value)),
)
def test_what_is_wrong_with_a_sample(kind: Kind, changes: dict[str, Any], reason: Reason) -> None:
    (field,) = changes
    if changes[field] is None and field != "at":
        changes = {field: None}
    assert refusal(sample(kind, **changes)) == (reason, f"/samples/1/{field}")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(padded(MAX_PAYLOAD_BYTES), id="exactly 128 KiB"),
        pytest.param(payload(WATER, *[ONE] * 1000), id="1000 samples"),
        pytest.param(frame(every=1), id="an interval of a second"),
        pytest.param(frame(every=86400), id="an interval of a day"),
        pytest.param(frame(seq=0), id="the first of a counter"),
        pytest.param(frame(firmware="2.1", extra={"deep": [[[]]]}), id="unknown fields in the frame"),
        pytest.param(sample(WATER, pressure_kpa=301), id="unknown fields in a sample"),
        pytest.param(sample(WATER, register_litres=0), id="a new meter"),
        pytest.param(sample(WATER, register_litres=2**53), id="the largest whole number of a double"),
        pytest.param(sample(WATER, fault="故" * 32), id="a fault of 32 characters"),
        pytest.param(sample(WATER, battery_percent=0), id="an empty battery"),
        pytest.param(sample(WATER, battery_percent=100), id="a full battery"),
        pytest.param(sample(Kind.WATCH, steps=...), id="an optional field that is missing"),
        pytest.param(water(1).decode().encode("utf-16"), id="JSON in UTF-16, which json reads as well"),
    ],
)
def test_what_is_just_not_refused(raw: bytes) -> None:
    assert parse(raw).samples


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_may_say_what_its_example_says(kind: Kind) -> None:
    assert parse(payload(kind, SAMPLES[kind])).samples == [SAMPLES[kind]]


def test_unknown_fields_and_nulls_are_not_kept() -> None:
    kept = parse(sample(WATER, pressure_kpa=301, battery_percent=None)).samples[1]
    assert kept == {"at": SAMPLES[WATER]["at"], "register_litres": SAMPLES[WATER]["register_litres"]}


def test_of_duplicate_keys_the_last_counts_as_in_every_json_reader() -> None:
    raw = frame().replace(b'"register_litres": 1', b'"register_litres": 1, "register_litres": 2')
    assert parse(raw).samples == [{"at": NOW, "register_litres": 2}]


@pytest.fixture
def town() -> Town:
    town = Town()
    town.install(device(), device("ga-001", Kind.GAS_ALARM))
    return town


@pytest.mark.parametrize(
    ("offset", "reason"),
    [
        pytest.param(timedelta(minutes=5), None, id="5 min ahead"),
        pytest.param(timedelta(minutes=5, seconds=1), Reason.FUTURE_SAMPLE, id="5 min and 1 s ahead"),
        pytest.param(timedelta(days=9000), Reason.FUTURE_SAMPLE, id="far ahead"),
        pytest.param(-timedelta(days=90), None, id="90 days ago"),
        pytest.param(-timedelta(days=90, seconds=1), Reason.OLD_SAMPLE, id="90 days and 1 s ago"),
        pytest.param(-timedelta(seconds=NOW), Reason.OLD_SAMPLE, id="a clock that was never set"),
    ],
)
def test_a_devices_clock(town: Town, offset: timedelta, reason: Reason | None) -> None:
    raw = payload(WATER, ONE, {"at": NOW + int(offset.total_seconds()), "register_litres": 1})
    intake = town.hear(envelope(raw))
    assert intake.refused == ({reason: 1} if reason else {})
    assert intake.stored == (0 if reason else 1)


def test_the_clock_is_compared_with_the_time_of_receipt_not_of_processing(town: Town) -> None:
    """A queue may keep a message for days; it was fresh when it came."""
    intake = town.hear(envelope(water(1, 2)), now=NOON + timedelta(days=100))
    assert intake.stored == 1


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        pytest.param({"client_id": "wm-002"}, Reason.FOREIGN_DEVICE, id="speaks for another"),
        pytest.param({"client_id": "None"}, Reason.FOREIGN_DEVICE, id="not even a client"),
        pytest.param({"device": "wm-999"}, Reason.UNKNOWN_DEVICE, id="unknown"),
        pytest.param({"community": "elsewhere"}, Reason.WRONG_COMMUNITY, id="of another community"),
        pytest.param({"device": "ga-001"}, Reason.WRONG_KIND, id="of another kind"),
    ],
)
def test_who_may_not_speak(town: Town, who: dict[str, str], reason: Reason) -> None:
    intake = town.hear(envelope(water(1), **who))
    assert (intake.stored, intake.refused, intake.failed) == (0, {reason: 1}, [])
    assert [r["reason"] for r in town.refusals(who.get("community", "xinghe"))] == [reason]


def test_a_refused_message_is_kept_with_all_that_staff_need(town: Town) -> None:
    town.hear(envelope(b"?!"))
    (refused,) = town.refusals()
    assert (refused["device"], refused["client_id"]) == ("wm-001", "wm-001")
    assert (refused["reason"], refused["raw"], refused["size"]) == ("not_json", "?!", 2)
    assert "JSON" in refused["detail"]
    assert town.quarantine.counts("xinghe", "2026-01-15") == {"not_json": 1}


def test_neighbours_of_bad_messages_are_unharmed(town: Town) -> None:
    bad = [b"?", b"\xff" * 200_000, payload(WATER, *[ONE] * 1001), frame(v=2), frame(kind="toaster")]
    bad += [sample(WATER, register_litres=-1), sample(WATER, at=0), sample(WATER, at=NOW + 9999)]
    batch = [envelope(raw) for raw in bad]
    batch.insert(4, envelope(water(1, 2, 3)))
    intake = town.hear(
        *batch, envelope(payload(Kind.GAS_ALARM, {"at": NOW, "state": "clear"}), device="ga-001")
    )
    assert (intake.stored, intake.samples, intake.failed) == (2, 4, [])
    assert intake.refused.total() == len(bad) == len(town.refusals())
    assert town.series.day("wm-001", "2026-01-15")[0].samples == tuple(hourly(1, 2, 3))


def test_a_register_that_falls_is_kept(town: Town) -> None:
    assert town.hear(envelope(water(500, 501, 3, 4))).stored == 1
    assert town.series.day("wm-001", "2026-01-15")[0].samples == tuple(hourly(500, 501, 3, 4))
