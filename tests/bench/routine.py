"""The routine watch: what an update and a judgement cost, and, apart, its proof on real meters."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_fusion import Told, spans_after
from chalicelib.watch.routine_fusion import learned as learned_from
from chalicelib.watch.routine_packing import packed, unpacked
from chalicelib.watch.routine_spans import WATER
from chalicelib.watch.routine_why import why
from infra.simulator.routines import write_logs
from tests.watch.routines import CALENDAR, MONDAY, NOBODY, hours, learned, usual_day
from tests.watch.test_routine_fusion import DAY, FULL, known, lived

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
DAYS, REPEATS = 400, 200
RSS_UNIT = 1024**2 if sys.platform == "darwin" else 1024
"""Of `ru_maxrss` in a MB: bytes there, kilobytes elsewhere."""
Figures = dict[str, Any]


def routine_figures() -> Figures:
    """CPU of a nightly update (read, a day of hourly spans, write) and of a judgement with its reason."""
    home = learned(DAYS)
    kept = json.dumps(packed(home))
    day = hours(usual_day(Random(3)), begin=MONDAY + DAYS * 86400)

    def update() -> None:
        routine = unpacked(json.loads(kept), mix=WATER, calendar=CALENDAR, prior=NOBODY)
        routine.add_all(day)
        json.dumps(packed(routine))

    def judge() -> None:
        routine = unpacked(json.loads(kept), mix=WATER, calendar=CALENDAR, prior=NOBODY)
        routine.add_all(day[:12])
        knock, call = (routine.habits.threshold(budget, NOBODY) for budget in (12.0, 52.0))
        why(routine, knock)
        routine.deadline(call)

    return {
        "routine_update_ms": _cpu_ms(update),
        "routine_judge_ms": _cpu_ms(judge),
        "routine_state_bytes": len(kept.encode()),
        **_mixed_figures(),
    }


def _mixed_figures() -> Figures:
    """The same for a home with water, electricity, motion and door, from what its sensors said; a look takes
    in up to two days of samples, electricity three.
    """
    said, end = lived(64), MONDAY + 60 * DAY
    home = known({n: [s for s in found if s["at"] <= end] for n, found in said.items()}, until=end)
    kept = json.dumps(packed(home), separators=(",", ":"))
    recent = {n: [s for s in found if end - 26 * HOUR <= s["at"] <= end + DAY] for n, found in said.items()}

    def unkept() -> Routine:
        return unpacked(json.loads(kept), mix=home.mix, calendar=CALENDAR, prior=NOBODY)

    def update() -> None:
        grown = learned_from(unkept(), Told(FULL, recent), until=end + DAY, now=end + DAY)
        json.dumps(packed(grown))

    def judge() -> None:
        routine = unkept()
        routine.add_all(spans_after(routine, Told(FULL, recent), now=end + DAY))
        why(routine, routine.habits.threshold(12.0, NOBODY))

    return {
        "detail_mixed_update_ms": _cpu_ms(update),
        "detail_mixed_judge_ms": _cpu_ms(judge),
        "mixed_state_bytes": len(kept.encode()),
    }


def evaluation_figures() -> Figures:
    """The figures of `shouwang evaluate` on logs of invented homes, and on Alicante's meters if at hand."""
    readings = DATA / "alicante_water" / "readings.csv.gz"
    figures: Figures = {}
    if readings.exists():
        began = time.monotonic()
        found, peak_mb = _evaluated(readings, "--report", str(ROOT / "build" / "evaluate.html"))
        figures["evaluate_peak_mb"] = peak_mb
        figures["evaluate_seconds"] = round(time.monotonic() - began, 1)
        figures |= _water(found)
    with TemporaryDirectory() as folder:
        logs = Path(folder) / "logs.csv.gz"
        zone = ZoneInfo("Asia/Shanghai")
        write_logs(logs, 1, 20, date(2026, 1, 5), 240, zone)
        told, _ = _evaluated(logs, "--zone", "Asia/Shanghai", "--no-stress")
        at_12 = told["groups"]["all"]["by_rule_and_budget"]["routine"]["12"]
    figures["events_mean_delay_hours"] = at_12["delay_hours"]["mean"]
    figures["events_false_a_year"] = at_12["false_alarms_a_year"]["mean"]
    return figures


def _water(found: dict[str, Any]) -> Figures:
    figures: Figures = {}
    for group, name in (("one_person", "alone"), ("all", "all")):
        rules = found["groups"][group]["by_rule_and_budget"]
        ours, founding = rules["routine"]["12"], rules["founding"]["as it is"]
        figures[f"water_{name}_false_a_year"] = ours["false_alarms_a_year"]["without_absences"]
        figures[f"water_{name}_median_delay_hours"] = ours["delay_hours"]["median"]
        figures[f"detail_water_{name}_by_day_median_hours"] = ours["delay_hours"]["by_day"]["median"]
        figures[f"detail_water_{name}_false_a_year_with_absences"] = ours["false_alarms_a_year"]["mean"]
        figures[f"detail_water_{name}_founding_false_a_year"] = founding["false_alarms_a_year"]["mean"]
        figures[f"detail_water_{name}_founding_median_hours"] = founding["delay_hours"]["median"]
        figures[f"detail_water_{name}_founding_missed"] = founding["missed_96h"]
        if name == "alone":
            figures |= _beside(ours, founding)
    figures["water_alone_by_day_median_hours"] = figures.pop("detail_water_alone_by_day_median_hours")
    return figures


def _beside(ours: dict[str, Any], founding: dict[str, Any]) -> Figures:
    """How many times fewer false alarms than the founding rule, absences apart, and how much later."""
    few, many = (rule["false_alarms_a_year"]["without_absences"] for rule in (ours, founding))
    late, later = (rule["delay_hours"]["median"] for rule in (founding, ours))
    return {
        "water_alone_times_fewer_than_founding": round(many / few, 1),
        "water_alone_hours_after_founding": round(later - late, 2),
    }


def _evaluated(file: Path, *options: str) -> tuple[dict[str, Any], float]:
    """What the command found, and how much memory it took: as if all of its processes took as much as the
    largest, in MB.
    """
    out = ROOT / "build" / f"evaluate-{file.parent.name if file.parent.parent == DATA else 'events'}.json"
    run = [sys.executable, "-c", "from infra.cli import main; main()", "evaluate", str(file), *options]
    process = subprocess.Popen([*run, "--json", str(out)], cwd=ROOT)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, run)
    processes = 1 + (os.cpu_count() or 1)
    return json.loads(out.read_text()), round(processes * usage.ru_maxrss / RSS_UNIT, 1)


def _cpu_ms(work: Callable[[], None]) -> float:
    work()
    best = min(_timed(work) for _ in range(REPEATS))
    return round(best * 1000, 3)


def _timed(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
