"""`shouwang evaluate`: how often rules knock for nothing, and how late for a fall, on whole histories."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chalicelib.kernel.errors import ShouwangError
from infra.commands.shared import stderr, stdout, write_json
from infra.evaluate.homes import Meter
from infra.evaluate.judging import LEARNS_DAYS, Trial
from infra.evaluate.readers import read_homes
from infra.evaluate.report import GROUPS, NAMES, report
from infra.evaluate.result import RULES, as_json
from infra.evaluate.run import BUDGETS, Evaluation, evaluate
from infra.evaluate.stress import STRESSES

path = click.Path(path_type=Path)


@click.command("evaluate")
@click.argument("file", type=path)
@click.option("--json", "out", type=path, help="Write all figures there; - for standard output.")
@click.option("--report", "page", type=path, help="Write the report, one HTML file, there.")
@click.option("--households", type=path, help="household, household_size; by default beside FILE.")
@click.option("--zone", default="Europe/Madrid", show_default=True, help="The homes' time zone.")
@click.option("--falls", type=click.IntRange(1, 10_000), default=300, show_default=True, help="Per home.")
@click.option("--learn-days", type=click.IntRange(7, 365), default=LEARNS_DAYS, show_default=True)
@click.option("--stress/--no-stress", default=True, help="Lost and late readings, leaks, visitors and so on.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; by default one for each core.")
@click.option("--seed", type=int, default=1, show_default=True)
def command(
    file: Path, out: Path | None, page: Path | None, households: Path | None, zone: str,
    falls: int, learn_days: int, stress: bool, workers: int | None, seed: int,
) -> None:  # fmt: skip
    """Judge rules on FILE[.gz]: register readings (household, read_at, register_litres), electricity
    (household, week, slot, watt_hours) or events (household, at, kind). Learns before, judges after; every
    alarm counts as false.
    """
    if zone not in available_timezones():
        raise ShouwangError(f"There is no time zone '{zone}'; give one such as Asia/Shanghai.")
    with stderr.status(f"reading {file}"):
        homes = read_homes(file, ZoneInfo(zone), households)
    water = isinstance(homes[0].source, Meter)
    trial = Trial(BUDGETS, falls=falls, seed=seed, learns_days=learn_days)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True) as progress:
        task = progress.add_task("judging", total=None)
        found = evaluate(
            homes,
            trial,
            rules=[name for name in RULES if water or name != "founding"],
            stresses=list(STRESSES) if water and stress else [],
            workers=workers or os.cpu_count(),
            begun=lambda total: progress.update(task, total=total),
            done=lambda: progress.advance(task),
        )
    _tell(found, file, out, page)


def _tell(found: Evaluation, file: Path, out: Path | None, page: Path | None) -> None:
    for apart in found.apart:
        stderr.print(f"{apart.home}: {apart.reason}", highlight=False)
    if not found.homes:
        raise ShouwangError("No home can be judged; each is told above with what it lacks.")
    figures = as_json(found, file.name)
    if out is not None:
        write_json(figures, out)
    if page is not None:
        _write(report(figures), page)
    if str(out) != "-":
        for name in GROUPS:
            if name in figures["groups"]:
                stdout.print(_table(name, figures["groups"][name]["by_rule_and_budget"]))


def _write(text: str, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShouwangError(f"{to} can't be written: {error.strerror}.") from error


def _table(group: str, rules: dict[str, dict[str, dict[str, dict[str, float]]]]) -> Table:
    table = Table(title=GROUPS[group], box=None, header_style="bold")
    for title in ("rule", "budget", "false a year", "absences apart", "median h", "mean h", "p95 h"):
        table.add_column(title)
    for rule, budgets in rules.items():
        for budget, m in budgets.items():
            if budget in ("as it is", "24", "12", "4", "1") and m:
                alarms, delay = m["false_alarms_a_year"], m["delay_hours"]
                numbers = (
                    alarms["mean"],
                    alarms["without_absences"],
                    delay["median"],
                    delay["mean"],
                    delay["p95"],
                )
                table.add_row(NAMES[rule], budget, *(str(number) for number in numbers))
    return table
