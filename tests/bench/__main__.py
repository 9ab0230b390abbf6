"""`make bench`: measures cost, speed and memory, ours and a naive peer's, into build/bench.json.

With `--demo` it also times a bare clone up to its first answer; without, that figure is left out.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from tests.bench.api import api_figures
from tests.bench.authorizer import authorizer_figures
from tests.bench.demo import seconds_to_first_answer
from tests.bench.figures import (
    Figures,
    batched_cost_figures,
    cost_figures,
    cpu_figures,
    growth_figures,
    judge_figures,
    shown,
)
from tests.bench.first_contact import first_contact_figures
from tests.bench.home import home_screen_figures
from tests.bench.importing import importing_figures
from tests.bench.onekey import import_figures, store_call_figures
from tests.bench.routine import evaluation_figures, routine_figures
from tests.rota.bench import on_duty_figures

OUT = Path(__file__).resolve().parents[2] / "build" / "bench.json"
STEPS: dict[str, Callable[[], Figures]] = {
    "a day of messages with one reading": cost_figures,
    "a day of messages with ten readings": batched_cost_figures,
    "idle households": growth_figures,
    "the ingest's CPU": cpu_figures,
    "judging whole histories": judge_figures,
    "the one-key call's store": store_call_figures,
    "the one-key call's imports": import_figures,
    "12,500 people imported": importing_figures,
    "10,000 presses beside a flood, and every fault": first_contact_figures,
    "the API's CPU": api_figures,
    "the authorizer's CPU": authorizer_figures,
    "77 teams and 800 volunteers": on_duty_figures,
    "the app's home screen": home_screen_figures,
    "the routine watch": routine_figures,
}
console = Console()


@click.command("bench")
@click.option("--demo", is_flag=True, help="Also time `make demo` on a bare clone: some minutes, and pip.")
@click.option("--evaluate", is_flag=True, help="Only the routine's proof on real homes; the others stay.")
def main(*, demo: bool, evaluate: bool) -> None:
    """Measure everything and write build/bench.json."""
    began = time.monotonic()
    figures: Figures = {}
    if evaluate:
        figures.update(json.loads(OUT.read_text()) if OUT.exists() else {})
    else:
        figures.update(_measured({**STEPS, "make demo on a bare clone": _demo} if demo else STEPS))
        figures["detail_bench_seconds"] = round(time.monotonic() - began, 1)
    console.print("measuring the routine's proof ...")  # which shows how far it is
    figures.update(evaluation_figures())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(shown(figures))
    console.print(f"{len(figures)} figures, details among them, are in build/bench.json.", highlight=False)


def _measured(steps: dict[str, Callable[[], Figures]]) -> Figures:
    figures: Figures = {}
    for what, measure in steps.items():
        with console.status(f"measuring {what} ..."):
            figures.update(measure())
    return figures


def _demo() -> Figures:
    return {"demo_ready_s": round(seconds_to_first_answer(), 1)}


if __name__ == "__main__":
    main()
