"""The whole evaluation on a small seeded town, and files it must not be misled by."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from chalicelib.kernel.errors import ShouwangError
from infra.commands.evaluate import command
from infra.evaluate.homes import FOLLOWED, Meter
from infra.evaluate.judging import Trial, judge_home
from infra.evaluate.measures import measures
from infra.evaluate.priors import Neighbours
from infra.evaluate.readers import read_homes
from infra.evaluate.rules import rule
from infra.evaluate.run import BUDGETS, Evaluation, evaluate
from infra.evaluate.stress import STRESSES
from infra.evaluate.town import why_apart
from infra.histories import HistoryError
from infra.simulator.routines import write_logs
from tests.evaluate.towns import ZONE, water_rows, written

DAYS = 140


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six homes with a water meter each."""
    return written(tmp_path_factory.mktemp("town") / "readings.csv", water_rows(6, DAYS))


@pytest.fixture(scope="module")
def found(town: Path) -> Evaluation:
    homes = read_homes(town, ZONE)
    trial = Trial(BUDGETS, falls=40)
    return evaluate(homes, trial, rules=["routine", "clock", "founding"], stresses=["drips"], workers=1)


def test_the_figures_of_the_small_town(found: Evaluation) -> None:
    """A regression: change them only with a reason, and say it."""
    ours = measures(found.by_rule["routine"], BUDGETS.index(12.0))
    clock = measures(found.by_rule["clock"], BUDGETS.index(12.0))
    founding = measures(found.by_rule["founding"], 0)
    dripping = measures(found.by_stress["drips"], 0)
    shown = [
        (m["false_alarms_a_year"]["mean"], m["delay_hours"]["median"], m["missed_96h"])
        for m in (ours, clock, founding, dripping)
    ]
    assert shown == [(9.14, 5.39, 0.0), (6.09, 8.07, 0.0), (0.0, 10.09, 0.1458), (11.42, 5.32, 0.0)]


def test_the_same_seed_gives_the_same_figures(town: Path, found: Evaluation) -> None:
    again = evaluate(read_homes(town, ZONE), found.trial, rules=["routine"], workers=1)
    assert again.by_rule["routine"] == found.by_rule["routine"]


def test_a_larger_budget_never_means_fewer_alarms_or_later_ones(found: Evaluation) -> None:
    for home in found.by_rule["routine"]:
        assert home.alarms == sorted(home.alarms)
        for fall in home.falls:
            hours = [h for h, met in zip(fall.hours, fall.met, strict=True) if h is not None and not met]
            assert hours == sorted(hours, reverse=True)


def test_what_was_drawn_later_doesn_t_change_what_was_judged_before(town: Path) -> None:
    """Out of sample by construction: cutting the end off leaves all earlier alarms as they were."""
    home = read_homes(town, ZONE)[0]
    assert isinstance(home.source, Meter)
    steps = home.source.steps()
    whole = judge_home(home, steps, rule("routine", home, Neighbours()), Trial((52.0,), 1, until_day=100))
    cut = judge_home(
        home, steps[: 24 * 101], rule("routine", home, Neighbours()), Trial((52.0,), 1, until_day=100)
    )
    assert (whole.alarms, whole.years) == (cut.alarms, cut.years)


def test_after_a_fall_only_the_leak_flows(town: Path) -> None:
    home = read_homes(town, ZONE)[1]
    leaking = STRESSES["leaks"](home, Random(2))
    source = leaking.source
    assert isinstance(source, Meter)
    steps = source.steps()
    still = [
        sum(s.litres for s in source.after_fall(steps[n].span.begin + 99, Random(1))[1:])
        for n in range(1500, 2500, 50)
    ]
    assert min(still) == 0
    assert max(still) > 96
    assert (
        max(len(source.after_fall(steps[n].span.begin + 99, Random(1))) for n in (1500, 2000))
        <= FOLLOWED // 3600 + 1
    )


def test_a_history_that_is_too_short_says_how_many_days_are_missing(tmp_path: Path) -> None:
    file = written(tmp_path / "short.csv", water_rows(1, 70))
    home = read_homes(file, ZONE)[0]
    apart = why_apart(home, home.source.steps())
    assert (
        apart is not None
        and apart.reason == "too short: 21 days of readings are missing to the 90 that it needs"
    )
    with pytest.raises(ShouwangError, match="No home can be judged"):
        command.main([str(file), "--zone", "Asia/Shanghai", "--workers", "1"], standalone_mode=False)


def test_a_home_hardly_lived_in_is_reported_apart(tmp_path: Path) -> None:
    file = written(tmp_path / "empty.csv", [(home, at, "7") for home, at, _ in water_rows(1, 100)])
    home = read_homes(file, ZONE)[0]
    apart = why_apart(home, home.source.steps())
    assert apart is not None and apart.reason.startswith("hardly lived in")


def test_a_gap_is_never_read_as_silence(tmp_path: Path) -> None:
    """Two days without readings, in which water was drawn, raise nothing at any budget."""
    rows = water_rows(1, 130)
    gap = [row for n, row in enumerate(rows) if not 24 * 100 < n < 24 * 102]
    alarms = []
    for name, kept in (("whole", rows), ("gap", gap)):
        home = read_homes(written(tmp_path / f"{name}.csv", kept), ZONE)[0]
        trial = Trial(BUDGETS, 1, learns_days=99, until_day=103)
        alarms.append(
            judge_home(home, home.source.steps(), rule("routine", home, Neighbours()), trial).alarms
        )
    assert all(less <= more for less, more in zip(alarms[1], alarms[0], strict=True))


def test_unsorted_doubled_and_mixed_zones_change_nothing(tmp_path: Path) -> None:
    rows = water_rows(1, 5)
    plain = read_homes(written(tmp_path / "plain.csv", rows), ZONE)[0].source.steps()
    local = [
        (h, at.replace("Z", "+00:00") if n % 2 else at, litres) for n, (h, at, litres) in enumerate(rows)
    ]
    messy = read_homes(written(tmp_path / "messy.csv", [*reversed(local), *rows[:50]]), ZONE)[
        0
    ].source.steps()
    assert messy == plain


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (
            "house,time,litres",
            "h1,2026-01-01T00:00:00Z,5",
            "it needs household, read_at, register_litres; or",
        ),
        ("household,at,kind", "h1,2026-01-01T00:00:00,door", "has no time zone"),
        ("household,at,kind", "h1,noon,door", "line 2"),
        ("household,week,slot,watt_hours", "h1,44,1,much", "line 2"),
        ("household,week,slot,watt_hours", "h1,44", "too short"),
        ("household,at,kind", "", "no rows"),
    ],
)
def test_what_can_t_be_read_is_said(tmp_path: Path, header: str, row: str, says: str) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(f"{header}\n{row}\n" if row else header + "\n")
    with pytest.raises(HistoryError, match=says):
        read_homes(file, ZONE)


def test_event_logs_of_a_motion_and_door_set(tmp_path: Path) -> None:
    """Nobody falls while out, the clock stops then, and half the falls are noticed within hours."""
    file = tmp_path / "logs.csv.gz"
    write_logs(file, 3, 2, date(2026, 1, 5), 100, ZONE)
    homes = read_homes(file, ZONE)
    found = evaluate(homes, Trial(BUDGETS, falls=40), rules=["routine"], workers=1)
    figures = measures(found.by_rule["routine"], BUDGETS.index(24.0))
    assert [figures["false_alarms_a_year"]["mean"], figures["delay_hours"]["median"]] == [18.33, 2.12]


def test_sensors_that_report_no_more_are_not_heard(tmp_path: Path) -> None:
    rows = [["h1", f"2026-01-05T{hour:02d}:00:00+08:00", "alive"] for hour in range(8)]
    rows += [["h1", "2026-01-05T07:30:00+08:00", "motion"], ["h1", "2026-01-05T20:00:00+08:00", "motion"]]
    rows += [["h1", "2026-01-05T01:30:00+08:00", "motion"]]
    home = read_homes(written(tmp_path / "log.csv", rows, "household,at,kind"), ZONE)[0]
    heard = {home.calendar.minute(s.span.begin) // 60 for s in home.source.steps() if s.span.heard}
    assert {3, 5, 6} <= heard
    assert not {10, 12, 15} & heard


def test_electricity_by_weeks_and_slots(tmp_path: Path) -> None:
    rows = [
        ("p1", str(44 + n // 672), str(n % 672 + 1), "400" if 28 <= n % 96 < 80 and n % 5 else "20")
        for n in range(1344)
    ]
    home = read_homes(written(tmp_path / "power.csv", rows, "household,week,slot,watt_hours"), ZONE)[0]
    steps = home.source.steps()
    hours = {home.calendar.minute(s.span.begin) // 60 for s in steps[96:] if s.span.signs}
    assert hours == set(range(7, 20))
    assert not any(s.span.signs for s in home.source.after_fall(steps[700].span.begin, Random(1))[2:])


def test_the_command_writes_figures_and_a_report(tmp_path: Path, town: Path) -> None:
    out, page = tmp_path / "figures.json", tmp_path / "report.html"
    few = ["--falls", "5", "--no-stress", "--workers", "1", "--zone", "Asia/Shanghai"]
    result = CliRunner().invoke(command, [str(town), "--json", str(out), "--report", str(page), *few])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert set(figures["groups"]["all"]["by_rule_and_budget"]) == {"routine", "line", "clock", "founding"}
    html = page.read_text()
    assert html.count("<svg") == 2
    assert "http" not in html.replace("http-equiv", "")


def test_no_zone_of_that_name(town: Path) -> None:
    with pytest.raises(ShouwangError, match="Asia/Shanghai"):
        command.main([str(town), "--zone", "Moon/Base"], standalone_mode=False)
