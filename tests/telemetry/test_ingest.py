"""What becomes of messages: each stored once, though they come twice, late, mixed up, or a store is down."""

from datetime import datetime, timedelta

import pytest

from chalicelib.aws.memory import MemoryTable
from chalicelib.registry.model import Community, Grid, Kind
from chalicelib.telemetry.messages import UnreadableError
from chalicelib.telemetry.model import Reason, merged
from chalicelib.telemetry.store import QuarantineStore
from tests.builders import DAY, HOUR, NOON, Town, device, envelope, home, hourly, payload, water
from tests.faults import FaultyTable

MINUTE = timedelta(minutes=1)


@pytest.fixture
def town() -> Town:
    town = Town()
    town.install(device(), device("em-001", Kind.ELECTRICITY_METER))
    return town


def stored(town: Town) -> int:
    assert isinstance(town.on.series, MemoryTable)
    return len(list(town.on.series.items()))


def test_a_message_costs_one_item(town: Town) -> None:
    intake = town.hear(envelope(water(*range(10))))
    assert (intake.stored, intake.samples, intake.failed) == (1, 10, [])
    assert stored(town) == 1


def test_a_message_over_two_days_is_an_item_a_day(town: Town) -> None:
    turn = NOON + 7 * HOUR
    message = envelope(water(1, 2, 3, until=turn + HOUR), received_at=turn + HOUR)
    assert town.hear(message, now=turn + HOUR).stored == 1
    (before,) = town.series.day("wm-001", "2026-01-15")
    (after,) = town.series.day("wm-001", "2026-01-16")
    assert before.samples + after.samples == tuple(hourly(1, 2, 3, until=turn + HOUR))
    assert (len(before.samples), len(after.samples)) == (1, 2)


def test_the_same_message_twice_is_stored_once(town: Town) -> None:
    message = envelope(water(1, 2, 3))
    assert town.hear(message, message).stored == 2
    assert town.hear(message, now=NOON + DAY).failed == []
    assert stored(town) == 1


def test_samples_in_any_order_are_the_same_message(town: Town) -> None:
    town.hear(envelope(payload(Kind.WATER_METER, *hourly(1, 2, 3))))
    town.hear(envelope(payload(Kind.WATER_METER, *reversed(hourly(1, 2, 3)))))
    assert stored(town) == 1


def test_late_and_overlapping_messages_are_read_in_time_order(town: Town) -> None:
    night = envelope(water(1, 2, until=NOON - 4 * HOUR))
    morning = envelope(water(2, 2, 3, until=NOON - 2 * HOUR))
    for message in (envelope(water(4, 9)), morning, night, morning):
        town.hear(message)
    samples = merged(town.series.between("wm-001", NOON - DAY, NOON))
    assert [s["register_litres"] for s in samples] == [1, 2, 2, 3, 4, 9]
    assert samples == sorted(samples, key=lambda s: s["at"])


def test_two_messages_that_begin_at_one_instant_are_both_kept(town: Town) -> None:
    town.hear(envelope(water(5)), envelope(water(7)))
    assert stored(town) == 2


def test_what_the_table_does_not_take_comes_again_and_nothing_else(town: Town) -> None:
    throttled = FaultyTable(town.on.series, refuses=lambda item: item["pk"].startswith("em-001"))
    town.ingest = town.new_process(series=throttled)
    watt_hours = payload(Kind.ELECTRICITY_METER, {"at": hourly(1)[0]["at"], "register_watt_hours": 5})
    batch = [envelope(water(1)), envelope(watt_hours, device="em-001"), envelope(b"?"), envelope(water(2))]
    intake = town.hear(*batch)
    assert (intake.failed, intake.stored, intake.refused) == (["d2"], 2, {Reason.NOT_JSON: 1})
    throttled.refuses = lambda item: False
    assert town.hear(batch[1]).failed == []
    assert stored(town) == 3


def test_half_a_message_that_was_not_taken_comes_again_whole(town: Town) -> None:
    turn = NOON + 7 * HOUR
    throttled = FaultyTable(town.on.series, refuses=lambda item: item["pk"].endswith("2026-01-16"))
    town.ingest = town.new_process(series=throttled)
    message = envelope(water(1, 2, until=turn), received_at=turn)
    assert town.hear(message, now=turn).failed == ["d1"]
    throttled.refuses = lambda item: False
    assert town.hear(message, now=turn).failed == []
    assert stored(town) == 2


def test_a_series_that_is_down_fails_the_good_messages_and_still_refuses_the_bad(town: Town) -> None:
    town.ingest = town.new_process(series=FaultyTable(town.on.series, down={"put_many"}))
    intake = town.hear(envelope(water(1)), envelope(b"?"), envelope(water(2)))
    assert (intake.failed, intake.stored, intake.refused) == (["d1", "d3"], 0, {Reason.NOT_JSON: 1})


def test_a_quarantine_that_is_down_fails_the_bad_messages_alone(town: Town) -> None:
    town.quarantine = QuarantineStore(FaultyTable(town.on.quarantine, down={"write"}))
    town.ingest = town.new_process()
    intake = town.hear(envelope(water(1)), envelope(b"?"))
    assert (intake.failed, intake.stored, intake.refused) == (["d2"], 1, {})


def test_what_is_no_envelope_is_left_to_the_dead_letter_queue(town: Town) -> None:
    intake = town.hear(UnreadableError(Reason.NOT_AN_ENVELOPE, "?"), envelope(water(1)))
    assert (intake.failed, intake.stored) == (["d1"], 1)


def test_a_refused_message_that_comes_twice_is_counted_once(town: Town) -> None:
    for _ in range(2):
        town.hear(envelope(b"?"))
    assert len(town.refusals()) == 1
    assert town.quarantine.counts("xinghe", "2026-01-15") == {"not_json": 1}


def test_a_revocation_reaches_a_running_process_within_the_refresh(town: Town) -> None:
    message = envelope(water(1))
    assert town.hear(message).stored == 1
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    assert town.hear(message, now=NOON + 5 * MINUTE).refused == {Reason.REVOKED_DEVICE: 1}


def test_a_new_process_knows_of_a_revocation_at_once(town: Town) -> None:
    town.registry.revoke_device("xinghe", "wm-001", now=NOON)
    town.ingest = town.new_process()
    assert town.hear(envelope(water(1))).refused == {Reason.REVOKED_DEVICE: 1}


def test_a_device_added_a_moment_ago_is_heard(town: Town) -> None:
    town.hear(envelope(water(1)))
    motion = payload(Kind.MOTION_SENSOR, {"at": hourly(1)[0]["at"], "motion": True})
    newcomer = envelope(motion, device="ms-001")
    assert town.hear(newcomer).refused == {Reason.UNKNOWN_DEVICE: 1}
    town.install(device("ms-001", Kind.MOTION_SENSOR), now=NOON)
    assert town.hear(newcomer).stored == 1


def test_a_device_is_heard_in_its_own_community_only(town: Town) -> None:
    town.registry.enrol(
        Community("yuehu", "月湖"), [Grid("g1", "yuehu", "一")], [home(community="yuehu")], now=NOON
    )
    town.install(device("wm-100", community="yuehu"))
    assert town.hear(envelope(water(1), device="wm-100")).refused == {Reason.WRONG_COMMUNITY: 1}
    assert town.hear(envelope(water(1), device="wm-100", community="yuehu")).stored == 1
    assert [r["device"] for r in town.refusals("xinghe")] == ["wm-100"]


@pytest.mark.parametrize(
    ("reports_every", "pause"),
    [(MINUTE, 10 * MINUTE), (20 * MINUTE, 20 * MINUTE), (HOUR, 30 * MINUTE)],
    ids=["each minute", "every 20 minutes", "hourly"],
)
def test_hints_are_gathered_and_written_once_a_pause(reports_every: timedelta, pause: timedelta) -> None:
    town = Town()
    town.install(device(reports_every=reports_every))
    for minutes in (0, 1, 5, pause // MINUTE - 1):
        speak(town, at=NOON + minutes * MINUTE)
    assert town.hints() == 0
    speak(town, at=NOON + pause)
    speak(town, at=NOON + pause + MINUTE)
    assert town.hints() == 1
    speak(town, at=NOON + 3 * pause)
    assert town.hints() == 2


def test_hints_that_could_not_be_written_wait_for_the_next_batch(town: Town) -> None:
    deadlines = FaultyTable(town.on.deadlines, down={"write"})
    town.ingest = town.new_process(deadlines=deadlines)
    speak(town, at=NOON)
    speak(town, at=NOON + HOUR)
    assert town.hints() == 0
    deadlines.down.clear()
    speak(town, at=NOON + HOUR + MINUTE)
    assert town.hints() == 1


def speak(town: Town, *, at: datetime) -> None:
    """The water meter's message of one sample, kept even when the hints are not."""
    assert town.hear(envelope(water(1, until=at), received_at=at), now=at).stored == 1


def test_refused_messages_leave_no_hint(town: Town) -> None:
    town.hear(envelope(b"?"))
    town.hear(envelope(b"?", received_at=NOON + HOUR), now=NOON + HOUR)
    assert town.hints() == 0
