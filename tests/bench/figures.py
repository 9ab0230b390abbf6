"""The figures by name, what they should reach, and the table that shows them."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.table import Table

from tests.bench.cpu import compare
from tests.bench.growth import idle_reads
from tests.bench.judging import judge_histories
from tests.bench.naive import live_naively
from tests.bench.ours import INGEST, TICKING, Day, live
from tests.bench.trace import MOST_POLLERS, Trace, record

Figures = dict[str, float | str]
HOUSEHOLDS = 1000
BATCH = 10
IDLE = 10_000


class Reach(NamedTuple):
    """A bound; `at_least` when more is better."""

    bound: float
    at_least: bool = False

    def reached(self, figure: float) -> bool:
        """Whether a figure is within it."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:,}"


REACHES = {
    "write_units_per_message": Reach(1.1),
    "write_units_per_reading_batched": Reach(0.13),
    "deadline_write_units_per_household_day": Reach(12),
    "read_units_per_household_day": Reach(3),
    "tick_reads_growth": Reach(1.02),
    "ingest_cpu_ratio": Reach(1.3),
    "judge_readings_per_second": Reach(100_000, at_least=True),
    "judge_peak_mb": Reach(300),
    "one_key_store_calls": Reach(3),
    "one_key_import_ratio": Reach(0.5),
    "one_key_first_contact_p999_s": Reach(5),
    "one_key_first_contact_worst_fault_s": Reach(15),
    "api_cpu_ratio": Reach(2),
    "authorizer_ms": Reach(1),
    "on_duty_ms": Reach(2),
    "import_people_per_second": Reach(208, at_least=True),
    "on_duty_read_units": Reach(4),
    "routine_update_ms": Reach(2),
    "routine_judge_ms": Reach(2),
    "routine_state_bytes": Reach(3000),
    "home_screen_read_units": Reach(6),
    "home_screen_requests": Reach(2),
}


EVALUATION_REACHES = {
    "evaluate_seconds": Reach(300),
    "evaluate_peak_mb": Reach(2048),
    "water_alone_false_a_year": Reach(12),
    "water_alone_median_delay_hours": Reach(10),
    "water_alone_by_day_median_hours": Reach(6),
    "water_alone_times_fewer_than_founding": Reach(10, at_least=True),
    "water_alone_hours_after_founding": Reach(3),
    "water_all_false_a_year": Reach(12),
    "water_all_median_delay_hours": Reach(9),
    "events_false_a_year": Reach(12),
    "events_mean_delay_hours": Reach(3),
}


def cost_figures() -> Figures:
    """Request units of a day of hourly messages with one reading each, ours and the naive peer's."""
    trace = record(HOUSEHOLDS, 1)
    day, naive = live(trace), live_naively(trace)
    crowded = live(trace, pollers=MOST_POLLERS)
    return {
        "write_units_per_message": round(_ingest_writes(day) / trace.messages, 4),
        "deadline_write_units_per_household_day": _deadline_writes(day),
        "read_units_per_household_day": _reads(day),
        "naive_write_units_per_message": round(naive.writes / trace.messages, 4),
        "naive_deadline_write_units_per_household_day": 0.0,
        "naive_read_units_per_household_day": round(naive.reads / HOUSEHOLDS, 3),
        "detail_messages": trace.messages,
        "detail_alarms": day.alarms,
        "detail_batches": day.batches,
        "detail_processes": day.processes,
        **_breakdown(day, "detail"),
        **_variant(trace, crowded, "detail_five_pollers"),
    }


def batched_cost_figures() -> Figures:
    """The same with ten readings a message."""
    trace = record(HOUSEHOLDS, BATCH)
    day, naive = live(trace), live_naively(trace)
    return {
        "write_units_per_reading_batched": round(_ingest_writes(day) / trace.messages / BATCH, 4),
        "naive_write_units_per_reading_batched": round(naive.writes / trace.messages / BATCH, 4),
        **_variant(trace, day, "detail_batched"),
        "detail_batched_naive_read_units_per_household_day": round(naive.reads / HOUSEHOLDS, 3),
        **_breakdown(day, "detail_batched"),
    }


def growth_figures() -> Figures:
    """Read units of an idle hour's ticks, and how they grow when the households double."""
    some, twice = idle_reads(IDLE), idle_reads(2 * IDLE)
    return {
        "tick_reads_growth": round(twice / some, 4),
        f"detail_tick_hour_read_units_{IDLE}_idle": some,
        f"detail_tick_hour_read_units_{2 * IDLE}_idle": twice,
    }


def cpu_figures() -> Figures:
    """The ingest's CPU over a bare put's: the worse of one reading and ten readings a message."""
    single, batched = compare(1), compare(BATCH)
    return {
        "ingest_cpu_ratio": round(max(single.bare, batched.bare), 3),
        "detail_ingest_cpu_ratio_one_reading": round(single.bare, 3),
        "detail_ingest_cpu_ratio_ten_readings": round(batched.bare, 3),
        "detail_ingest_cpu_ratio_unchecked_one_reading": round(single.unchecked, 3),
        "detail_ingest_cpu_ratio_unchecked_ten_readings": round(batched.unchecked, 3),
    }


def judge_figures() -> Figures:
    """Speed and memory of judging whole histories."""
    found = judge_histories()
    return {
        "judge_readings_per_second": found.readings_per_second,
        "judge_peak_mb": found.peak_mb,
        "detail_judge_data": found.data,
    }


def shown(figures: Figures) -> Table:
    """The figures that have something to reach, beside the naive peer's, and the demo's when it was timed."""
    table = Table(title="1,000 households, one virtual day")
    for column in ("figure", "measured", "naive peer", "reach", ""):
        table.add_column(column, overflow="fold")
    for name, reach in {**REACHES, **EVALUATION_REACHES}.items():
        if name not in figures:
            continue
        figure, naive = figures[name], figures.get(f"naive_{name}")
        assert isinstance(figure, int | float)
        verdict = "[green]reached[/]" if reach.reached(figure) else "[red]not reached[/]"
        table.add_row(name, f"{figure:,}", "" if naive is None else f"{naive:,}", str(reach), verdict)
    if "demo_ready_s" in figures:
        table.add_row("demo_ready_s", str(figures["demo_ready_s"]), "", "", "")
    return table


def _variant(trace: Trace, day: Day, prefix: str) -> Figures:
    return {
        f"{prefix}_write_units_per_message": round(_ingest_writes(day) / trace.messages, 4),
        f"{prefix}_deadline_write_units_per_household_day": _deadline_writes(day),
        f"{prefix}_read_units_per_household_day": _reads(day),
        f"{prefix}_processes": day.processes,
    }


def _ingest_writes(day: Day) -> float:
    return day.writes(*INGEST)


def _deadline_writes(day: Day) -> float:
    return round(day.writes(*TICKING) / HOUSEHOLDS, 3)


def _reads(day: Day) -> float:
    return round(day.reads(*INGEST, *TICKING) / HOUSEHOLDS, 3)


def _breakdown(day: Day, prefix: str) -> Figures:
    return dict(_lines(day, prefix))


def _lines(day: Day, prefix: str) -> Iterator[tuple[str, float]]:
    """Units of the day by what they were spent on and where, for all households together."""
    for word, counted in (("write_units", day.bill.writes), ("read_units", day.bill.reads)):
        for charge, units in sorted(counted.items()):
            if charge.purpose in (*INGEST, *TICKING):
                yield f"{prefix}_{word}_{charge.purpose}_{charge.where.replace('/', '_')}", units
