"""Small seeded files to evaluate: water meters of invented homes, and event logs."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from chalicelib.kernel.clock import rfc3339
from infra.simulator.town import Town

ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 1, 4, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def water_rows(homes: int, days: int, *, seed: int = 5) -> list[tuple[str, str, str]]:
    """Hourly register readings of some homes."""
    town = Town.make(seed, homes, BEGINS, ZONE)
    times = [BEGINS + hour * HOUR for hour in range(24 * days)]
    return [(h.id, rfc3339(at), str(town.register(h, at))) for h in town.households for at in times]


def written(
    path: Path, rows: Sequence[Sequence[str]], header: str = "household,read_at,register_litres"
) -> Path:
    """The file with these rows under the header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(header + "\n")
        csv.writer(file).writerows(rows)
    return path
