"""How fast whole histories are judged, and in how much memory, by the code of `shouwang judge`.

Run as a module with the path of a readings file it prints both as JSON.
"""

import csv
import gzip
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console

from chalicelib.kernel.clock import rfc3339
from infra.judge import judge_file
from infra.simulator.town import Town
from tests.bench.trace import BEGINS, HOUR, SEED, ZONE

ROOT = Path(__file__).resolve().parents[2]
ALICANTE = ROOT.parent / "shared" / "data" / "alicante_water" / "readings.csv.gz"
HOMES, DAYS = 45, 380
REPEATS = 3


class Judging(NamedTuple):
    """The best of some runs, reading the file included, and the peak of the process's memory."""

    readings_per_second: float
    peak_mb: float
    data: str


def judge_histories() -> Judging:
    """Judge Alicante's readings, or, where they aren't at hand, as many invented ones."""
    with _histories() as path:
        run = [sys.executable, "-m", "tests.bench.judging", str(path)]
        told = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    return Judging(**json.loads(told.stdout), data="alicante" if path == ALICANTE else "invented")


@contextmanager
def _histories() -> Iterator[Path]:
    if ALICANTE.exists():
        yield ALICANTE
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.csv.gz"
        town = Town.make(SEED, HOMES, BEGINS, ZONE)
        with gzip.open(path, "wt", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["household", "read_at", "register_litres"])
            for home in town.households:
                times = (BEGINS + hour * HOUR for hour in range(24 * DAYS))
                rows.writerows([home.id, rfc3339(at), town.register(home, at)] for at in times)
        yield path


def _measure(path: Path) -> dict[str, float]:
    speeds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = judge_file(path, every=timedelta(hours=1))
        speeds.append(found.readings / (time.perf_counter() - began))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return {"readings_per_second": round(max(speeds)), "peak_mb": round(peak / unit, 1)}


if __name__ == "__main__":
    Console().print_json(data=_measure(Path(sys.argv[1])), indent=None)
