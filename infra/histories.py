"""Register readings from CSV files: columns household, read_at, register_litres; plain or gzipped."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from chalicelib.kernel.errors import ShouwangError
from chalicelib.telemetry.model import RegisterReading

COLUMNS = ("household", "read_at", "register_litres")


class HistoryError(ShouwangError):
    """The file can't be read as register readings; the text says where and why."""


def histories(path: Path) -> dict[str, list[RegisterReading]]:
    """The readings of each household, in time order. Raises HistoryError, naming the line."""
    homes: dict[str, list[RegisterReading]] = {}
    with opened(path) as file:
        rows = csv.reader(file)
        where = _columns(path, next(rows, []))
        for row in rows:
            try:
                household, at, litres = (
                    row[where[0]],
                    datetime.fromisoformat(row[where[1]]),
                    int(row[where[2]]),
                )
            except (ValueError, IndexError) as error:
                raise HistoryError(f"{path}, line {rows.line_num}: {error}") from error
            if at.tzinfo is not UTC:
                at = _utc(at, path, rows.line_num)
            homes.setdefault(household, []).append(RegisterReading(at, litres))
    for readings in homes.values():
        readings.sort()
    return homes


def _utc(at: datetime, path: Path, line: int) -> datetime:
    if at.tzinfo is None:
        raise HistoryError(
            f"{path}, line {line}: read_at has no time zone; write Z or an offset such as +08:00."
        )
    return at.astimezone(UTC)


def _columns(path: Path, header: list[str]) -> tuple[int, int, int]:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise HistoryError(f"{path} lacks the column {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
    first, second, third = (header.index(name) for name in COLUMNS)
    return first, second, third


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A file of text, plain or gzipped. Raises HistoryError if it can't be read."""
    try:
        packed = path.suffix == ".gz"
        with (
            gzip.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig") as file
        ):
            yield file
    except FileNotFoundError:
        raise HistoryError(f"There is no file {path}.") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise HistoryError(f"{path} can't be read: {error}") from error
