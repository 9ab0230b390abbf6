"""The whole evaluation on a small seeded town, and files it must not be misled by."""

import json
from datetime import date
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from chalicelib.kernel.errors import ShouwangError
from chalicelib.watch.routine_spans import Span
from infra.commands.evaluate import ZONE as USUAL
from infra.commands.evaluate import command
from infra.evaluate.homes import FOLLOWED, Meter, Step
from infra.evaluate.judging import Trial, judge_home
from infra.evaluate.measures import measures
from infra.evaluate.priors import Neighbours
from infra.evaluate.readers import read_homes
from infra.evaluate.result import RULES
from infra.evaluate.rules import rule
from infra.evaluate.run import BUDGETS, Evaluation, evaluate
from infra.evaluate.stress import STRESSES, stresses_of
from infra.evaluate.town import why_apart
from infra.evaluate.zones import must_be_in_one_zone
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
    dripping = measures(found.by_stress["drips"]["routine"], 0)
    shown = [
        (m["false_alarms_a_year"]["mean"], m["delay_hours"]["median"], m["missed_96h"])
        for m in (ours, clock, founding, dripping)
    ]
    assert shown == [(11.42, 5.5, 0.0), (6.09, 8.07, 0.0), (0.0, 9.93, 0.0), (12.18, 5.97, 0.0)]


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
    leaking = STRESSES[Meter]["leaks"](home, Random(2))
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
        ("household,week,slot,watt_hours", "h1,44,673,5", "line 2: slot 673 is none of 1 to 672"),
        (
            "household,read_at,watt_hours",
            "h1,2026-01-01T00:00:00Z,5\nh1,2026-01-01T01:00:00Z,5",
            "the electricity of 'h1' every 60 minutes; it takes quarter hours",
        ),
        ("household,read_at,register_litres", "h1,2026-01-01T00:00:00Z,5.5", "whole litres"),
        ("household,read_at,watt_hours", "h1,2026-01-01T00:00:00Z,nan", "'nan' is no number"),
        ("household;at;kind", "h1;noon;door", "Separate them by commas"),
        ("household,read_at,register_litres", "h1,0001-01-01T00:00:00+08:00,5", "line 2: .* the year 1"),
        ("household,at,kind", "h1,9999-12-31T23:59:59-08:00,door", "line 2: .* the year 9999"),
    ],
)
def test_what_can_t_be_read_is_said(tmp_path: Path, header: str, row: str, says: str) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(f"{header}\n{row}\n" if row else header + "\n")
    with pytest.raises(HistoryError, match=says):
        read_homes(file, ZONE)


def test_rows_that_contradict_each_other_are_no_life_sign(tmp_path: Path) -> None:
    """A meter swapped on the hour: its last figure and the new one's first, at one instant."""
    rows = water_rows(1, 5)
    swapped = [*rows[:60], (*rows[59][:2], str(int(rows[59][2]) + 500)), *rows[60:]]
    steps = read_homes(written(tmp_path / "twice.csv", swapped), ZONE)[0].source.steps()
    plain = read_homes(written(tmp_path / "plain.csv", rows), ZONE)[0].source.steps()
    assert {step.span.begin for step in plain} - {step.span.begin for step in steps} <= {steps[58].span.end}
    assert max(step.litres for step in steps) < 500


def test_a_table_that_excel_saved_in_chinese_is_read(tmp_path: Path) -> None:
    rows = [("星禾里3号", at, litres) for _, at, litres in water_rows(1, 2)]
    table = written(tmp_path / "utf8.csv", rows).read_text("utf-8")
    (tmp_path / "gb.csv").write_bytes(table.encode("gb18030"))
    assert [home.id for home in read_homes(tmp_path / "gb.csv", ZONE)] == ["星禾里3号"]


@pytest.mark.parametrize("row", ["h1,2026-01-01T00:00:00Z,5", "h1,2026-01-01T00:00:00Z,door"])
def test_blank_lines_are_none(tmp_path: Path, row: str) -> None:
    file = tmp_path / "blank.csv"
    is_event = row.endswith("door")
    header = "household,at,kind" if is_event else "household,read_at,register_litres"
    file.write_text(f"{header}\n\n{row}\n,,\n\n")
    assert [home.id for home in read_homes(file, ZONE)] == ["h1"]


def test_an_empty_file_and_a_folder_are_called_so(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(HistoryError, match=r"empty\.csv is empty; it needs household"):
        read_homes(tmp_path / "empty.csv", ZONE)
    with pytest.raises(HistoryError, match="is a folder"):
        read_homes(tmp_path, ZONE)


def test_homes_elsewhere_than_the_usual_zone_are_asked_for(tmp_path: Path) -> None:
    """In Madrid's hours the nights of China would be days, and no figure would show it."""
    file = written(tmp_path / "china.csv", [("h1", "2026-01-05T08:00:00+08:00", "5")])
    must_be_in_one_zone(file, ZONE, said=False)
    with pytest.raises(ShouwangError, match="--zone Asia/Shanghai"):
        command.main([str(file)], standalone_mode=False)


@pytest.mark.parametrize(
    ("times", "zone", "says"),
    [
        pytest.param(
            ["h1,2026-01-05T08:00:00+08:00", "h1,2026-01-05T09:00:00+01:00"],
            "Asia/Shanghai",
            r"mixes time zones: line 2 has 'h1' at .*\+08:00, and line 3 has 'h1' at .*\+01:00, which",
            id="one home",
        ),
        pytest.param(
            ["h1,2026-01-05T08:00:00+01:00", "h2,2026-01-05T08:00:00Z", "h2,2026-01-05T08:00:00+08:00"],
            None,
            r"line 2 has 'h1' .*, and line 4 has 'h2' at .*\+08:00, .* need a file of their own",
            id="two homes, and no zone said",
        ),
        pytest.param(
            ["h1,2026-07-05T08:00:00+01:00", "h1,2026-01-05T08:00:00+01:00"],
            None,
            "line 2 has 'h1' at .*, which isn't Europe/Madrid's time: say where",
            id="winter's time in summer",
        ),
        pytest.param(
            ["h1,2026-01-05T08:00:00+08:00", "h1,2026-01-05T09:00:00"],
            "Asia/Shanghai",
            "line 3: 2026-01-05T09:00:00 has no time zone; write Z or an offset",
            id="one without any",
        ),
    ],
)
@pytest.mark.parametrize("columns", ["household,at,kind", "household,read_at,watt_hours"])
def test_mixed_time_zones_are_told_by_the_line(
    tmp_path: Path, columns: str, times: list[str], zone: str | None, says: str
) -> None:
    rows = [[*row.split(","), "door" if "kind" in columns else "5"] for row in times]
    file = written(tmp_path / "mixed.csv", rows, columns)
    with pytest.raises(HistoryError, match=says):
        command.main([str(file), *(["--zone", zone] if zone else [])], standalone_mode=False)


@pytest.mark.parametrize(
    ("times", "zone"),
    [
        pytest.param(["2026-01-05T08:00:00+01:00", "2026-07-05T08:00:00+02:00"], USUAL, id="summer time"),
        pytest.param(["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"], USUAL, id="that night"),
        pytest.param(["2026-01-05T08:00:00+08:00", "2026-01-05T08:00:00Z"], str(ZONE), id="UTC between"),
        pytest.param(["2026-01-05T08:00:00+01:00", "2026-07-05T08:00:00+01:00"], USUAL, id="a logger"),
    ],
)
def test_what_one_zone_can_tell_is_taken(tmp_path: Path, times: list[str], zone: str) -> None:
    file = written(tmp_path / "one.csv", [("h1", at, "5") for at in times])
    must_be_in_one_zone(file, ZoneInfo(zone), said=True)


def test_sensors_that_only_say_that_they_listen_are_no_home_to_judge(tmp_path: Path) -> None:
    file = written(tmp_path / "log.csv", [("h1", "2026-01-05T08:00:00+08:00", "alive")], "household,at,kind")
    home = read_homes(file, ZONE)[0]
    apart = why_apart(home, home.source.steps())
    assert apart is not None and apart.reason.startswith("too short")


def test_what_neighbours_lived_in_judged_days_teaches_nobody(tmp_path: Path) -> None:
    """Out of sample in time, too: homes that go on quite differently were taught the same."""
    rows, others = water_rows(4, 95), water_rows(4, 95, seed=9)
    changed = [
        row if n % (95 * 24) <= 60 * 24 else (*row[:2], str(100_000 + int(other[2])))
        for n, (row, other) in enumerate(zip(rows, others, strict=True))
    ]
    alike, different = (
        evaluate(read_homes(file, ZONE), Trial((12.0,), 1), rules=[], workers=1)
        for file in (written(tmp_path / "alike.csv", rows), written(tmp_path / "different.csv", changed))
    )
    assert len(alike.homes) == len(different.homes) == 4
    assert alike.neighbours == different.neighbours


@pytest.mark.parametrize("kind", ["water", "power", "events"])
def test_every_stress_of_every_kind_of_history_can_be_judged_by_every_rule(tmp_path: Path, kind: str) -> None:
    home = read_homes(_history(tmp_path, kind), ZONE)[0]
    stressed = stresses_of(home)
    assert {"lost_readings", "batches_6h", "batches_24h", "timers", "visitors", "clock_change"} <= {*stressed}
    trial = Trial((12.0,), 2, learns_days=7, until_day=13)
    for name, stress in stressed.items():
        other = stress(home, Random(name))
        steps = other.source.steps()
        for each in RULES:
            judged = judge_home(other, steps, rule(each, other, Neighbours()), trial)
            assert judged.years * 365 == pytest.approx(6, abs=0.4), (name, each)


def _history(folder: Path, kind: str) -> Path:
    if kind == "water":
        return written(folder / "water.csv", water_rows(1, 16))
    if kind == "events":
        write_logs(folder / "log.csv.gz", 3, 1, date(2026, 1, 5), 16, ZONE)
        return folder / "log.csv.gz"
    slots = [(1 + n // 672, n % 672 + 1, 400 if 28 <= n % 96 < 80 and n % 5 else 20) for n in range(16 * 96)]
    rows = [("p1", str(week), str(slot), str(used)) for week, slot, used in slots]
    return written(folder / "power.csv", rows, "household,week,slot,watt_hours")


def test_what_was_left_on_and_what_a_machine_does_goes_on_after_a_fall(tmp_path: Path) -> None:
    for kind, what in (("water", "timers"), ("power", "timers"), ("events", "timers")):
        home = read_homes(_history(tmp_path, kind), ZONE)[0]
        made = stresses_of(home)[what](home, Random(4)).source
        at = made.steps()[-1].span.begin - 5 * 86400
        after = [step for step in made.after_fall(at, Random(1)) if step.span.begin > at + 3600]
        assert {home.calendar.slot(s.span.begin) % 24 for s in after if s.span.signs or s.litres}, kind
        assert sum(bool(s.span.signs) for s in after) <= 4 * 4, kind


def test_without_a_water_meter_the_founding_rule_is_twelve_hours_without_a_life_sign(tmp_path: Path) -> None:
    home = read_homes(_history(tmp_path, "events"), ZONE)[0]
    founding = rule("founding", home, Neighbours())
    begin = 1_767_542_400
    for n in range(14 * 4):
        founding.add(Step(Span(begin + n * 900, begin + (n + 1) * 900, signs=int(n == 4))))
        assert (founding.level() == 1.0) == (n >= 4 + 12 * 4), n
    founding.add(Step(Span(begin + 14 * 3600, begin + 14 * 3600 + 900, heard=0)))
    assert founding.level() is None


def test_event_logs_of_a_motion_and_door_set(tmp_path: Path) -> None:
    """Nobody falls while out, the clock stops then, and half the falls are noticed within hours."""
    file = tmp_path / "logs.csv.gz"
    write_logs(file, 3, 2, date(2026, 1, 5), 100, ZONE)
    homes = read_homes(file, ZONE)
    found = evaluate(homes, Trial(BUDGETS, falls=40), rules=["routine"], workers=1)
    figures = measures(found.by_rule["routine"], BUDGETS.index(24.0))
    assert [figures["false_alarms_a_year"]["mean"], figures["delay_hours"]["median"]] == [9.17, 2.36]


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
    judged = figures["groups"]["all"]["by_rule_and_budget"]["routine"]["12"]
    founding = figures["groups"]["all"]["by_rule_and_budget"]["founding"]["as it is"]
    assert f"{judged['homes']} homes judged, {judged['home_years']} home-years: so few" in html
    assert f"(by the founding rule: {founding['delay_hours']['median']:.1f} h)" in html
    assert "http" not in html.replace("http-equiv", "")


def test_no_zone_of_that_name(town: Path) -> None:
    with pytest.raises(ShouwangError, match="Asia/Shanghai"):
        command.main([str(town), "--zone", "Moon/Base"], standalone_mode=False)
