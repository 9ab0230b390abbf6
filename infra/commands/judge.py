"""`shouwang judge`: every alarm the founding rule would raise over whole histories."""

from datetime import timedelta
from pathlib import Path

import click
from rich.progress import Progress

from chalicelib.watch.still_water import StillWater
from infra.commands.shared import stderr, stdout, write_json
from infra.histories import histories
from infra.judge import judge


@click.command("judge")
@click.argument("readings", type=click.Path(path_type=Path))
@click.option(
    "--json", "out", type=click.Path(path_type=Path), help="Write all alarms there; - for standard output."
)
@click.option("--window-hours", type=click.FloatRange(1, 168), default=12, show_default=True)
@click.option("--least-litres", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option(
    "--every", type=click.IntRange(1, 86400), default=3600, show_default=True, help="Sampling interval, s."
)
def command(readings: Path, out: Path | None, window_hours: float, least_litres: int, every: int) -> None:
    """Run the founding rule over READINGS.csv[.gz] (household, read_at, register_litres)."""
    with stderr.status(f"reading {readings}"):
        homes = histories(readings)
    rule = StillWater(timedelta(hours=window_hours), least_litres)
    with Progress(console=stderr, transient=True) as progress:
        task = progress.add_task("judging", total=len(homes))
        found = judge(
            homes, rule=rule, every=timedelta(seconds=every), judged=lambda _: progress.advance(task)
        )
    if out is not None:
        write_json(found.as_json(), out)
    if out is None or str(out) != "-":
        alarms = sum(map(len, found.alarms.values()))
        stdout.print(
            f"{alarms} alarms in {len(homes)} homes and {found.readings} readings; "
            f"{len(found.still_inactive)} homes still inactive at the end.", highlight=False,
        )  # fmt: skip
