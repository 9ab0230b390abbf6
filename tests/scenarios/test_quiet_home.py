"""The founding service as stories: a home goes quiet, and someone is sent to look."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.texts import evidence_text
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.clock import epoch
from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.still_water import StillWater, spells
from tests.builders import li
from tests.faults import CountingTable, FaultyTable
from tests.scenarios.street import HOUR, MINUTE, NOON, Street, kinds

ZONE = ZoneInfo("Asia/Shanghai")
GRACE_AND_TICK = 3 * MINUTE
Raised = tuple[datetime, datetime]
"""When a spell began, and when its alarm was raised."""


def evening_then_quiet(hours: int, street: Street | None = None) -> Street:
    """A home that used water from noon to 15:00 and then none for so many hours."""
    street = street or Street()
    street.reads(0, 40, 60, 15, *[0] * hours)
    return street


def test_twelve_quiet_hours_bring_someone_to_the_door() -> None:
    street = evening_then_quiet(12)
    assert street.raised() == []
    street.wait(GRACE_AND_TICK)
    assert kinds(street.alarms()) == ["still_water"]


def test_eleven_quiet_hours_do_not() -> None:
    street = evening_then_quiet(11)
    street.wait(50 * MINUTE)
    assert street.alarms() == []


def test_a_glass_of_water_is_no_life_sign_but_ten_litres_are() -> None:
    sips = Street()
    sips.reads(0, 40, *[0] * 5, 9, *[0] * 6)
    sips.wait(GRACE_AND_TICK)
    washes = Street()
    washes.reads(0, 40, *[0] * 5, 10, *[0] * 6)
    washes.wait(GRACE_AND_TICK)
    assert (kinds(sips.alarms()), kinds(washes.alarms())) == (["still_water"], [])


def test_the_grid_worker_reads_why_in_both_languages() -> None:
    street = evening_then_quiet(12)
    street.wait(4 * MINUTE)
    told = {
        language: evidence_text(street.alarms()[0], language=language, zone=ZONE, now=street.now)
        for language in ("zh-CN", "en")
    }
    assert told["en"] == "0 litres since 00:00; meter last heard 2 minutes ago. Please look in."
    assert told["zh-CN"] == "自00:00起只用了0升水；水表最后一次上报在2分钟前。请上门看看。"


def sent_at_once(*litres: int) -> Street:
    """A meter that kept its readings of some hours, and sends all of them now."""
    street = Street()
    for used in litres:
        street.wait(street.every)
        street.measures(used)
    street.sends()
    street.wait(street.every)  # a meter that was silent for so long is asked after once an hour
    return street


@pytest.mark.parametrize(
    ("litres", "told"),
    [
        pytest.param((40, 40, *[0] * 20), (0, -21), id="the whole silence, and not the rule's window alone"),
        pytest.param((40, *[0] * 6, 9, *[0] * 8), (9, -16), id="a glass of water, since the tap before it"),
    ],
)
def test_of_a_backlog_it_is_told_since_when_the_meter_stood_still(
    litres: tuple[int, ...], told: tuple[int, int]
) -> None:
    street = sent_at_once(*litres)
    (alarm,) = street.alarms("still_water")
    used, place = told
    since = epoch(street.readings[place].at)
    assert (alarm.evidence["used_litres"], alarm.evidence["since"]) == (used, since)


def test_one_spell_is_one_alarm_however_long_it_lasts() -> None:
    street = evening_then_quiet(60)
    street.wait(GRACE_AND_TICK)
    assert len(street.raised()) == 1


def test_after_an_outcome_the_same_spell_does_not_raise_again_but_the_next_one_does() -> None:
    street = evening_then_quiet(14)
    street.resolves()
    street.reads(*[0] * 30)
    assert len(street.raised()) == 1
    street.reads(30, *[0] * 12)
    street.wait(GRACE_AND_TICK)
    assert len(street.raised()) == 2


def test_a_new_spell_while_the_alarm_is_open_is_told_on_that_alarm() -> None:
    street = evening_then_quiet(13)
    street.reads(30, *[0] * 12)
    street.wait(GRACE_AND_TICK)
    (alarm,) = street.raised()
    assert alarm.state == "raised"
    assert [line.what for line in street.town.desk.log(alarm)] == ["raised", "cleared", "again"]


def test_a_tick_that_runs_twice_raises_once() -> None:
    street = evening_then_quiet(12)
    street.now += GRACE_AND_TICK
    street.tick()
    street.tick()
    assert len(street.raised()) == 1


def test_two_ticks_at_once_raise_once() -> None:
    street = evening_then_quiet(12)
    street.now += GRACE_AND_TICK
    table = FaultyTable(street.town.on.deadlines)
    table.meanwhile.append(street.tick)
    street.tick(table)
    assert len(street.raised()) == 1


def test_without_ticks_for_an_hour_the_alarm_comes_with_the_next() -> None:
    street = evening_then_quiet(11)
    street.ticking = False
    street.reads(0)
    street.wait(59 * MINUTE)
    assert street.raised() == []
    street.ticking = True
    street.wait(MINUTE)
    assert len(street.raised()) == 1


def test_a_crash_between_alarm_and_watch_loses_nothing_and_doubles_nothing() -> None:
    street = evening_then_quiet(12)
    street.now += GRACE_AND_TICK
    with pytest.raises(StoreUnavailableError):  # its heartbeat can't be written either
        street.tick(FaultyTable(street.town.on.deadlines, down={"write"}))
    assert len(street.raised()) == 1
    street.tick()
    street.reads(0, 0, 0)
    assert len(street.raised()) == 1


def test_a_crash_before_the_alarm_leaves_it_to_the_next_tick() -> None:
    street = evening_then_quiet(12)
    street.now += GRACE_AND_TICK
    assert street.tick(FaultyTable(street.town.on.deadlines, down={"write_all"})).failed == 1
    assert street.raised() == []
    street.wait(MINUTE)
    assert len(street.raised()) == 1


def test_a_meter_that_falls_silent_is_a_task_and_no_inactivity() -> None:
    street = Street()
    street.reads(0, 40, 60)
    street.wait(24 * HOUR)
    assert street.raised() == []
    assert kinds(street.alarms()) == ["unguarded"]


def test_late_data_that_proves_the_quiet_raises_when_it_comes() -> None:
    street = Street()
    street.reads(0, 40)
    for _ in range(14):
        street.wait(HOUR)
        street.measures()
    assert street.raised() == []
    street.sends()
    street.wait(HOUR + GRACE_AND_TICK)
    assert len(street.raised()) == 1


def test_late_data_that_shows_life_raises_nobody() -> None:
    street = Street()
    street.reads(0, 40)
    for used in [0] * 13 + [20]:
        street.wait(HOUR)
        street.measures(used)
    street.sends()
    street.wait(5 * HOUR)
    assert street.raised() == []


def test_a_shorter_window_takes_effect_at_once() -> None:
    street = evening_then_quiet(7)
    street.wait(10 * MINUTE)
    assert street.raised() == []
    street.sets(6 * HOUR)
    street.wait(MINUTE)
    assert len(street.raised()) == 1


def test_a_longer_window_takes_effect_at_once_too() -> None:
    street = evening_then_quiet(11)
    street.sets(24 * HOUR)
    street.reads(0, 0, 0)
    assert street.raised() == []


def test_a_shorter_window_counts_for_readings_that_were_judged_before() -> None:
    street = Street(reports_every=24 * HOUR)
    for used in [0, 60, *[0] * 9]:
        street.wait(HOUR)
        street.measures(used)
    street.sends()
    street.wait(20 * MINUTE)
    assert street.raised() == []
    street.sets(6 * HOUR)
    street.wait(2 * MINUTE)
    assert len(street.raised()) == 1


@pytest.mark.parametrize("late_minutes", [0, 1, 3, 5, 12, 25])
def test_a_message_that_is_late_is_looked_for_again_soon(late_minutes: int) -> None:
    """The next look comes at most as much later again as the message was late."""
    street = evening_then_quiet(11)
    street.wait(HOUR)
    street.measures()
    street.wait(late_minutes * MINUTE)
    street.sends()
    sent_at = street.now
    street.wait(2 * HOUR)
    (alarm,) = street.raised()
    assert alarm.raised_at - sent_at <= max(2, late_minutes) * MINUTE + GRACE_AND_TICK


def test_a_backlog_that_comes_after_the_newest_message_makes_no_alarm_late() -> None:
    street = Street()
    street.reads(0, 40)
    for used in [60, *[0] * 8]:
        street.wait(HOUR)
        street.measures(used)
    backlog, newest = street.holds_back()
    street.sends(newest)
    street.wait(30 * MINUTE)
    street.sends(backlog)
    street.wait(30 * MINUTE)
    street.measures()
    street.sends()
    street.reads(*[0] * 3)
    street.wait(GRACE_AND_TICK)
    (alarm,) = street.raised()
    first = [s.at for s in spells(StillWater().judgements(street.readings, every=HOUR))]
    assert [alarm.began_at] == first
    assert alarm.raised_at - first[0] <= GRACE_AND_TICK


def test_a_dead_meter_costs_a_few_reads_a_look_however_long_it_is_dead() -> None:
    street = evening_then_quiet(3)
    street.wait(20 * 24 * HOUR)
    table = CountingTable(street.town.on.series)
    street.wait(24 * HOUR, series=table)
    assert table.queries <= 24 * 5


def test_a_new_spell_brings_its_own_evidence_and_can_t_be_closed_on_the_old() -> None:
    street = evening_then_quiet(13)
    (alarm,) = street.raised()
    street.reads(30, *[0] * 12)
    street.wait(GRACE_AND_TICK)
    (again,) = street.raised()
    assert again.evidence["since"] != alarm.evidence["since"]
    with pytest.raises(IllegalMoveError, match="More has happened"):
        street.town.desk.resolve(
            alarm.id, Outcome(Verdict.FALSE, Cause.AWAY), by=li(), now=street.now, seen=alarm.version
        )


def test_a_swapped_meter_knows_nothing_for_twelve_hours() -> None:
    street = Street()
    street.reads(0, 40, *[0] * 6)
    street.index_litres = 3
    street.reads(*[0] * 12)
    assert street.raised() == []
    street.reads(0)
    street.wait(GRACE_AND_TICK)
    assert len(street.raised()) == 1


def test_a_home_whose_meter_never_spoke_is_looked_at_and_reported_as_unguarded() -> None:
    street = Street()
    street.wait(6 * HOUR)
    assert kinds(street.alarms()) == ["unguarded"]
    assert street.deadline() is not None


def test_a_meter_heard_again_is_noted_on_the_task() -> None:
    street = Street()
    street.wait(6 * HOUR)
    street.reads(0, 40)
    street.wait(2 * HOUR)
    (alarm,) = street.alarms("unguarded")
    assert [line.what for line in street.town.desk.log(alarm)] == ["raised", "heard_again"]


def test_a_revoked_meter_ends_the_watch() -> None:
    street = evening_then_quiet(2)
    street.town.registry.revoke_device("xinghe", "wm-001", now=street.now)
    street.wait(24 * HOUR)
    assert street.alarms() == []
    assert street.deadline() is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0, 0, 0, 0, 0, 2, 4, 9, 10, 30]), min_size=30, max_size=110),
    st.sampled_from([-90, 0, 90]),
    st.booleans(),
)
def test_deadlines_raise_what_judging_at_every_reading_finds_and_when(
    used: list[int], jitter_seconds: int, closed_at_once: bool
) -> None:
    """The whole line, on a virtual clock, against the rule run over the same readings."""
    street = Street()
    readings: list[RegisterReading] = []
    raised: list[Raised] = []
    for hour, litres in enumerate(used):
        at = NOON + (hour + 1) * HOUR + timedelta(seconds=jitter_seconds * (hour % 2))
        street.wait(at - street.now)
        raised += _new(street, raised, closed_at_once)
        street.measures(litres)
        street.sends()
        readings.append(RegisterReading(at, street.index_litres))
    street.wait(HOUR - 2 * MINUTE)
    raised += _new(street, raised, closed_at_once)
    found = [spell.at for spell in spells(StillWater().judgements(readings, every=HOUR))]
    if closed_at_once:
        assert [began for began, _ in raised] == found
        assert all(at - began <= GRACE_AND_TICK + timedelta(seconds=90) for began, at in raised)
    else:
        assert [began for began, _ in raised] == found[:1]


def _new(street: Street, known: list[Raised], close: bool) -> list[Raised]:
    new = [(a.began_at, a.raised_at) for a in street.raised()][len(known) :]
    if close:
        street.resolves()
    return new
