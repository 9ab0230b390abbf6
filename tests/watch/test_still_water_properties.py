"""What must hold of the founding rule for every home:

deadlines never miss what judging at every reading finds.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.still_water import Finding, Judgement, StillWater, spells

START = datetime(2026, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = StillWater()

gaps = st.sampled_from([60, 60, 60, 61, 59, 30, 179, 180, 181, 400])
draws = st.sampled_from([0, 0, 0, 0, 0, 1, 3, 5, 9, 10, 11, 60, -700])
steps = st.lists(st.tuples(gaps, draws), min_size=1, max_size=60)


def history(steps_taken: list[tuple[int, int]]) -> list[RegisterReading]:
    readings = [RegisterReading(START, 2000)]
    for minutes, litres in steps_taken:
        last = readings[-1]
        index = max(0, last.litres + litres)
        readings.append(RegisterReading(last.at + timedelta(minutes=minutes), index))
    return readings


def findings_after(known: list[RegisterReading], readings: list[RegisterReading]) -> list[Judgement]:
    return [j for j in RULE.judgements(readings, every=HOUR) if j.at > known[-1].at]


@given(steps, steps)
def test_the_deadline_is_never_later_than_the_first_moment_the_rule_could_hold(
    before: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    readings = history(before + later)
    known = readings[: len(before) + 1]
    if RULE.judge(known, every=HOUR).finding is Finding.INACTIVE:
        return
    deadline = RULE.deadline(known, every=HOUR)
    if deadline is None:
        return
    holds = [j.at for j in findings_after(known, readings) if j.finding is Finding.INACTIVE]
    assert all(at >= deadline for at in holds)


@given(steps)
def test_judging_the_newest_reading_alone_finds_what_judging_all_finds(taken: list[tuple[int, int]]) -> None:
    readings = history(taken)
    *_, last = RULE.judgements(readings, every=HOUR)
    assert RULE.judge(readings, every=HOUR) == last


@given(steps, steps)
def test_within_a_spell_no_new_spell_comes_before_the_bound(
    before: list[tuple[int, int]], later: list[tuple[int, int]]
) -> None:
    readings = history(before + later)
    known = readings[: len(before) + 1]
    if RULE.judge(known, every=HOUR).finding is not Finding.INACTIVE:
        return
    bound = RULE.earliest_next_spell(known, every=HOUR)
    if bound is None:
        return
    known_spells = len(list(spells(RULE.judgements(known, every=HOUR))))
    new = list(spells(RULE.judgements(readings, every=HOUR)))[known_spells:]
    assert all(spell.at >= bound for spell in new)


@given(steps)
def test_a_missing_reading_never_makes_a_quiet_home_of_a_busy_one(taken: list[tuple[int, int]]) -> None:
    """Leaving readings out may take certainty away; a finding of activity never turns into inactivity."""
    readings = history([(m, abs(d)) for m, d in taken])
    full = RULE.judge(readings, every=HOUR)
    thinned = [r for n, r in enumerate(readings[:-1]) if n % 3] + readings[-1:]
    part = RULE.judge(thinned, every=HOUR)
    if part.finding is Finding.INACTIVE and full.finding is not Finding.UNKNOWN:
        assert full.finding is Finding.INACTIVE


@given(steps)
def test_the_sweep_finds_at_every_reading_what_judging_there_finds(taken: list[tuple[int, int]]) -> None:
    readings = history(taken)
    swept = list(RULE.judgements(readings, every=HOUR))
    assert swept == [RULE.judge(readings[: n + 1], every=HOUR) for n in range(len(readings))]
