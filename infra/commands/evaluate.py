"""`shouwang evaluate`: how often rules knock for nothing, and how late for a fall, on whole histories."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chalicelib.kernel.errors import ShouwangError
from infra.commands.shared import stderr, stdout, write_json
from infra.evaluate.judging import LEARNS_DAYS, Trial
from infra.evaluate.readers import read_homes
from infra.evaluate.report import GROUPS, NAMES, report
from infra.evaluate.result import RULES, as_json
from infra.evaluate.run import BUDGETS, Evaluation, evaluate
from infra.evaluate.stress import stresses_of
from infra.evaluate.town import JUDGED_DAYS
from infra.evaluate.zones import must_be_in_one_zone

path = click.Path(path_type=Path)
ZONE = "Europe/Madrid"
"""Of the meters that `make bench-evaluate` judges."""
COLUMNS = (
    "rule", "budget", "false a year", "absences apart", "median h", "mean h", "p95 h", "by day", "by night",
    "missed",
)  # fmt: skip


@click.command("evaluate")
@click.argument("file", type=path)
@click.option("--json", "out", type=path, help="Write all figures there; - for standard output.")
@click.option("--report", "page", type=path, help="Write the report, one HTML file, there.")
@click.option("--households", type=path, help="household, household_size; by default beside FILE.")
@click.option("--zone", help=f"The homes' time zone; {ZONE}, unless the file's times say otherwise.")
@click.option("--falls", type=click.IntRange(1, 10_000), default=300, show_default=True, help="Per home.")
@click.option("--learn-days", type=click.IntRange(7, 365), default=LEARNS_DAYS, show_default=True)
@click.option("--stress/--no-stress", default=True, help="Lost and late readings, leaks, visitors and so on.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; by default one for each core.")
@click.option("--seed", type=int, default=1, show_default=True)
def command(
    file: Path, out: Path | None, page: Path | None, households: Path | None, zone: str | None,
    falls: int, learn_days: int, stress: bool, workers: int | None, seed: int,
) -> None:  # fmt: skip
    """Judge rules on FILE[.gz]: register readings (household, read_at, register_litres), electricity
    (household, week, slot, watt_hours) or events (household, at, kind). Learns before, judges after; every
    alarm counts as false.
    """
    if zone is not None and zone not in available_timezones():
        raise ShouwangError(f"There is no time zone '{zone}'; give one such as Asia/Shanghai.")
    for target in (out, page):
        _must_be_writable(target)
    with stderr.status(f"reading {file}"):
        must_be_in_one_zone(file, ZoneInfo(zone or ZONE), said=zone is not None)
        homes = read_homes(file, ZoneInfo(zone or ZONE), households)
    trial = Trial(BUDGETS, falls=falls, seed=seed, learns_days=learn_days)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True) as progress:
        task = progress.add_task("judging", total=None)
        found = evaluate(
            homes,
            trial,
            rules=RULES,
            stresses=list(stresses_of(homes[0])) if stress else [],
            workers=workers or os.cpu_count(),
            begun=lambda total: progress.update(task, total=total),
            done=lambda: progress.advance(task),
        )
    _tell(found, file, zone or ZONE, out, page)


def _tell(found: Evaluation, file: Path, zone: str, out: Path | None, page: Path | None) -> None:
    for apart in found.apart:
        stderr.print(f"{apart.home}: {apart.reason}", highlight=False, markup=False)
    if not found.homes:
        raise ShouwangError(
            "No home can be judged; each is told above with what it lacks. With --learn-days 14 it takes "
            f"{14 + JUDGED_DAYS} days of readings."
        )
    figures = as_json(found, file.name, zone)
    if out is not None:
        write_json(figures, out)
    if page is not None:
        _write(report(figures), page)
    if str(out) != "-":
        for name in GROUPS:
            if name in figures["groups"]:
                stdout.print(_table(name, figures["groups"][name]["by_rule_and_budget"]))
        stdout.print(
            f"Days and nights by {zone} (--zone). The stresses and intervals are in --json and --report."
        )


def _must_be_writable(to: Path | None) -> None:
    """Said before the work of minutes, not after it."""
    if to is None or str(to) == "-":
        return
    if to.is_dir():
        raise ShouwangError(f"{to} is a folder; give the file that is to be written.")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShouwangError(f"{to} can't be written: {error.strerror}.") from error


def _write(text: str, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShouwangError(f"{to} can't be written: {error.strerror}.") from error


def _table(group: str, rules: dict[str, dict[str, Any]]) -> Table:
    table = Table(title=GROUPS[group], box=None, header_style="bold")
    for title in COLUMNS:
        table.add_column(title)
    for rule, budgets in rules.items():
        for budget, m in budgets.items():
            if budget in ("as it is", "24", "12", "4", "1") and m:
                table.add_row(NAMES[rule].partition(" / ")[2], budget, *_numbers(m))
    return table


def _numbers(m: dict[str, Any]) -> Iterator[str]:
    alarms, delay, missed = m["false_alarms_a_year"], m["delay_hours"], m["missed_96h"]
    days = (delay[when]["median"] for when in ("by_day", "by_night"))
    for number in (
        alarms["mean"],
        alarms["without_absences"],
        delay["median"],
        delay["mean"],
        delay["p95"],
        *days,
    ):
        yield "–" if number is None else f"{number:.1f}"
    yield "–" if missed is None else f"{missed:.1%}"
