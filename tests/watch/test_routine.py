"""The routine watch by hand: known silences, what it learns and what it must not, why it knocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.registry.model import Kind
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_advice import Change, FalseKnock, proposals
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_habits import AGES, CELLS, ONE, Habits, Prior, pooled
from chalicelib.watch.routine_packing import packed, unpacked
from chalicelib.watch.routine_rule import per_step, young_and_old
from chalicelib.watch.routine_senses import BED, Sensor, mix_of
from chalicelib.watch.routine_senses import WATER as WATER_SENSE
from chalicelib.watch.routine_spans import DOOR_AND_MOTION, WATER, Span
from chalicelib.watch.routine_sum import grown, seconds_to
from chalicelib.watch.routine_why import Reason, sentence, why, why_of
from tests.watch.routines import CALENDAR, MONDAY, NOBODY, hours, learned

NOW = MONDAY + 60 * 24 * HOUR
"""A midnight, from Thursday to Friday."""


def at(routine: Routine, threshold: float = 100.0) -> str:
    deadline = routine.deadline(threshold)
    assert deadline is not None
    minute = CALENDAR.minute(deadline)
    return f"+{(deadline - NOW) // 86400} {minute // 60:02d}:{minute % 60:02d}"


def test_one_hour_at_even_chances_by_hand() -> None:
    """A life sign comes with a chance of one half an hour: rate ln 2; 2^u over an hour sums to 1 / ln 2."""
    rate = 0.6931471805599453
    assert grown(0, rate, 1) == pytest.approx(1 / rate)
    assert grown(0, rate, 2) == pytest.approx(3 / rate)
    assert seconds_to(3 / rate, 0, rate) in (7200, 7201)


def test_a_night_is_long_and_a_breakfast_missed_is_short() -> None:
    """The home is quiet from eleven to seven every day; then four hours in five hold a life sign."""
    evening = learned()
    assert at(evening) == "+0 09:38"
    noon = learned()
    noon.add_all(hours(([0] * 7 + [1] * 6), begin=NOW))
    assert at(noon, 20.0) == "+0 18:40"


def test_the_cap_holds_whatever_is_known() -> None:
    routine = learned()
    assert routine.silence is not None
    assert routine.deadline(1e29) == routine.silence.began + WATER.cap


def test_nothing_is_known_before_the_first_life_sign() -> None:
    routine = Routine(WATER, CALENDAR, NOBODY)
    routine.add_all(hours([0, 0, -1, 0]))
    assert routine.deadline(10) is None
    assert why(routine, 10) is None


def test_a_spell_with_a_real_outcome_teaches_nothing() -> None:
    quiet = hours([0] * 14 + [1], begin=NOW)
    routine, taught = learned(), learned()
    for home in (routine, taught):
        home.add_all(quiet[:-1])
    routine.forget_silence()
    for home in (routine, taught):
        home.add(quiet[-1])
    assert routine.habits == learned_until(NOW + 15 * HOUR)
    assert taught.habits != routine.habits


def learned_until(moment: int) -> Habits:
    """The habits of the home with nothing new but the days gone by."""
    routine = learned()
    routine.habits.fade(CALENDAR.day(moment) - CALENDAR.day(NOW))
    return routine.habits


def test_a_visitor_s_day_is_recorded_and_not_learned() -> None:
    routine = learned()
    routine.add_all(s._replace(learn=False) for s in hours([0] * 3 + [1] * 10, begin=NOW))
    assert routine.habits == learned_until(NOW + 13 * HOUR)
    assert routine.silence is not None and routine.silence.began == NOW + 13 * HOUR


def test_an_absence_over_a_day_and_a_half_teaches_nothing() -> None:
    routine = learned()
    routine.add_all(hours([0] * 40 + [1], begin=NOW))
    assert routine.habits == learned_until(NOW + 41 * HOUR)


def test_days_off_are_learned_apart_and_old_habits_fade() -> None:
    routine = Routine(WATER, CALENDAR, NOBODY)
    late_on_days_off = [[int((7 if day % 7 < 5 else 10) <= h < 23) for h in range(24)] for day in range(84)]
    routine.add_all(hours([a for day in late_on_days_off for a in day]))
    working, off = (slot * AGES + AGES - 1 for slot in (7, 24 + 7))
    assert routine.habits.chance(working, NOBODY) > 1.5 * routine.habits.chance(off, NOBODY)
    assert max(routine.habits.steps) < 84 * ONE


def test_the_clock_stops_while_the_resident_is_out() -> None:
    """The door was the last to speak, and the motion sensor would have noticed life inside."""
    routine = learned(mix=DOOR_AND_MOTION)
    routine.add(Span(NOW, NOW + 900, signs=3, heard=3, last_at=NOW + 600, last=2))
    assert routine.is_out()
    assert routine.deadline(5) == NOW + 600 + DOOR_AND_MOTION.away_cap
    back = Span(NOW + 900, NOW + 1800, signs=3, heard=3, last_at=NOW + 1700, last=1)
    routine.add(back)
    assert not routine.is_out()
    assert (routine.deadline(5) or 0) < NOW + 1700 + DOOR_AND_MOTION.cap


def test_whoever_comes_home_and_moves_no_more_is_not_out() -> None:
    """Somebody may fall in the doorway: a second door lets in who was out, and time runs again."""
    routine = learned(mix=DOOR_AND_MOTION)
    routine.add(Span(NOW, NOW + 600, 2, 3, last=2))
    routine.add(Span(NOW + 600, NOW + 1200, 2, 3, last=2))
    assert routine.is_out(), "the door fell shut again"
    routine.add(Span(NOW + 1200, NOW + HOUR, 0, 3))
    routine.add(Span(NOW + HOUR, NOW + HOUR + 600, 2, 3, last=2))
    assert not routine.is_out()
    deadline = routine.deadline(5)
    assert deadline is not None and deadline < NOW + HOUR + 600 + DOOR_AND_MOTION.cap


def test_a_door_alone_can_t_tell_who_is_out() -> None:
    routine = learned(mix=DOOR_AND_MOTION)
    routine.add(Span(NOW, NOW + 900, signs=2, heard=2))
    assert not routine.is_out()


def test_a_sensor_that_goes_silent_makes_the_watch_wait_longer_and_is_said() -> None:
    """Nine of ten life signs were seen by the motion sensor alone."""
    both, one = learned(mix=DOOR_AND_MOTION), learned(mix=DOOR_AND_MOTION)
    for home, heard in ((both, 3), (one, 2)):
        home.habits.masks[1], home.habits.masks[2] = 90 * ONE, 10 * ONE
        home.add(Span(NOW, NOW + 900, signs=2, heard=3, last_at=NOW + 100, last=1))
        home.add(Span(NOW + 900, NOW + 1800, heard=heard))
    assert (one.deadline(50) or 0) > (both.deadline(50) or 0)
    told = why(one, 50, sensors=3)
    assert told is not None and told.silent_sensors == 1
    said = sentence(told, one.calendar, language="en")
    assert said.endswith("Silent: the water meter; so we waited longer.")
    assert sentence(told, one.calendar, language="zh-CN").endswith("水表没有消息，所以多等了一会儿。")


def test_a_sensor_that_is_believed_by_half_takes_half_the_sum_back() -> None:
    """In an empty home it speaks half as often as in a lived in one."""
    routine = learned(mix=replace(WATER, weighs=True))
    routine.add_all(hours([0] * 12, begin=NOW))
    assert routine.silence is not None
    before = routine.silence.reached
    lived, signs = sum(routine.habits.steps), routine.habits.home[0]
    routine.habits.away[0], routine.habits.away[-1] = round(50 * ONE * signs / lived), 100 * ONE
    believed = routine.trust(1)
    assert believed == pytest.approx(0.5, abs=0.01)
    routine.add_all(hours([0] * 12 + [1], begin=NOW)[12:])
    assert routine.silence.reached == pytest.approx(before * (1 - believed))


def test_the_threshold_is_the_budget_of_the_home_s_own_past() -> None:
    """Two years, in which 24 silences went as far as e², and a quarter of a year that knows nothing."""
    home = Habits(seconds=round(2 * 365.25 * 86400))
    home.peaks[16], home.peaks[0] = 24 * ONE, 4000 * ONE
    assert home.threshold(10, NOBODY) == pytest.approx(2.7182818**2, rel=0.15)
    assert home.threshold(11, NOBODY) < 1.2
    assert home.threshold(1, NOBODY) > home.threshold(4, NOBODY) > home.threshold(10, NOBODY)


def test_a_new_home_lives_by_its_neighbours_habits() -> None:
    neighbours = [learned(seed=n).habits for n in range(2, 5)]
    new = Routine(WATER, CALENDAR, pooled(neighbours))
    new.add_all(hours([0] * 22 + [1, 0], begin=NOW - 24 * HOUR))
    threshold = new.habits.threshold(12, new.prior)
    assert 3 < threshold < 1000
    assert at(new, 100) == "+0 08:16"


def test_why_it_knocks_in_the_morning() -> None:
    routine = learned()
    told = why(routine, 100)
    assert told is not None and told.reason is Reason.MORNING
    assert sentence(told, routine.calendar, language="en") == (
        "On working days there is usually life by 08:00, by 11:00 at the latest on the last 43 of them; "
        "nothing yet today."
    )
    assert sentence(told, routine.calendar, language="zh-CN").startswith("工作日通常08:00前就有动静")
    assert [quiet for _, quiet in told.picture] == sorted((q for _, q in told.picture), reverse=True)


def test_of_several_sensors_the_one_that_spoke_last_is_named() -> None:
    """The bed was left, and then no water drawn, no step taken."""
    kinds = (Kind.WATER_METER, Kind.BED_RADAR, Kind.MOTION_SENSOR)
    routine = learned(mix=mix_of([Sensor(kind.value, kind, HOUR) for kind in kinds]))
    left = NOW + 6 * HOUR + 55 * 60
    routine.add(Span(left - 600, left + 300, signs=BED, heard=WATER_SENSE | BED, last_at=left, last=BED))
    told = why(routine, 1e6)
    assert told is not None and why_of(told.figures()) == replace(told, picture=())
    assert "since 06:55 (last was the bed radar)" in sentence(told, routine.calendar, language="en")
    morning = replace(told, reason=Reason.MORNING, days=43, usual_minute=480, latest_minute=660)
    assert "(last was the bed radar at 06:55)" in sentence(morning, routine.calendar, language="en")
    assert "（最后是06:55，床边雷达）" in sentence(morning, routine.calendar, language="zh-CN")
    assert "last was" not in sentence(replace(told, last_by=None), routine.calendar, language="en")


def test_why_it_knocks_in_the_afternoon() -> None:
    routine = learned()
    routine.add_all(hours([0] * 7 + [1] * 6, begin=NOW))
    told = why(routine, 20)
    assert told is not None and told.reason is Reason.SILENCE
    text = sentence(told, routine.calendar, language="en")
    assert text == "Nothing since 13:00; at this time there is mostly life again by 16:00."


def test_a_kept_routine_is_small() -> None:
    kept = packed(learned(mix=replace(DOOR_AND_MOTION, step=HOUR)))
    assert len(repr(kept)) <= 3000


def test_what_another_version_or_another_mix_of_sensors_kept_is_learned_anew() -> None:
    kept = packed(learned())
    assert unpacked(kept, mix=WATER, calendar=CALENDAR, prior=NOBODY).habits.days == 59
    for other, mix in (({**kept, "v": 1}, WATER), (kept, DOOR_AND_MOTION)):
        assert unpacked(other, mix=mix, calendar=CALENDAR, prior=NOBODY).habits.days == 0


def test_the_cells_of_the_other_kind_of_day_are_half_a_table_away() -> None:
    home = Habits()
    home.steps[5], home.ended[5] = 100 * ONE, 100 * ONE
    assert home.chance(5 + CELLS // 2, NOBODY) > 0.8


TODAY = datetime(2026, 3, 1, tzinfo=UTC)


def knocks(*causes: str) -> list[FalseKnock]:
    return [FalseKnock(TODAY - timedelta(days=10 * n + 1), cause) for n, cause in enumerate(causes)]


def test_three_steamed_buns_propose_a_setting_and_change_none() -> None:
    found = proposals(knocks("low_use", "low_use", "asleep", "low_use"), now=TODAY)
    assert [(p.change, len(p.knocks)) for p in found] == [(Change.LOWER_LEAST_LITRES, 3)]


def test_two_are_not_enough_nor_are_old_ones() -> None:
    assert proposals(knocks("asleep", "asleep"), now=TODAY) == []
    assert proposals(knocks(*["asleep"] * 3), now=TODAY + timedelta(days=80)) == []


def test_what_was_declined_comes_again_only_after_three_more() -> None:
    first = proposals(knocks("away", "away", "away"), now=TODAY)
    later = [
        *knocks("away", "away", "away"),
        *(FalseKnock(TODAY + timedelta(days=n), "away") for n in (1, 2)),
    ]
    then, settled = TODAY + timedelta(days=3), {"away": max(first[0].knocks)}
    assert proposals(later, now=then, settled=settled) == []
    assert len(proposals([*later, FalseKnock(then, "away")], now=then, settled=settled)[0].knocks) == 3


def test_what_homes_are_known_for_in_hours_stands_in_for_those_counted_in_quarters() -> None:
    """By the hour silences are young or old: of the ages between, all but the oldest are young."""
    hourly = Prior(tuple([0.5, 0, 0, 0, 0.9] * 48), ())
    assert per_step(hourly, HOUR) == hourly
    quarters = per_step(hourly, HOUR // 4).chances
    assert len(quarters) == CELLS
    assert quarters[:AGES] == pytest.approx([1 - 0.5**0.25] * 4 + [1 - 0.1**0.25])


def test_a_rule_that_knew_but_two_ages_of_silence_holds_on() -> None:
    assert young_and_old(tuple([0.2, 0.6] * 48)) == tuple([0.2, 0.2, 0.2, 0.2, 0.6] * 48)
