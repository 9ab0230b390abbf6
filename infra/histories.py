"""Register readings from CSV files: columns household, read_at, register_litres; plain or gzipped."""

import csv
import gzip
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from chalicelib.kernel.errors import ShouwangError
from chalicelib.telemetry.model import RegisterReading

COLUMNS = ("household", "read_at", "register_litres")


FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Of what a clock may show, broken or not."""


class HistoryError(ShouwangError):
    """The file can't be read as register readings; the text says where and why."""


def histories(path: Path) -> dict[str, list[RegisterReading]]:
    """The readings of each household, in time order. Raises HistoryError, naming the line."""
    homes: dict[str, list[RegisterReading]] = {}
    with opened(path) as file:
        rows = csv.reader(file)
        where = _columns(path, next(rows, []))
        for row in filter(any, rows):  # editors and Excel leave blank lines behind
            try:
                household, at, litres = (
                    row[where[0]],
                    datetime.fromisoformat(row[where[1]]),
                    int(row[where[2]]),
                )
            except IndexError as error:
                raise HistoryError(f"{path}, line {rows.line_num}: the row is too short.") from error
            except ValueError as error:
                raise HistoryError(
                    f"{path}, line {rows.line_num}: {error}. Times are like 2026-01-05T08:00:00+08:00, and "
                    "registers whole litres."
                ) from error
            if not FIRST_YEAR <= at.year <= LAST_YEAR:
                raise HistoryError(f"{path}, line {rows.line_num}: no meter was read in the year {at.year}.")
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
    """A file of text, plain or gzipped, in UTF-8 or, as Excel saves Chinese, GB 18030.

    Raises HistoryError if it can't be read.
    """
    try:
        with _binary(path) as file:
            encoding = _encoding(file)
        with _binary(path) as file, TextIOWrapper(file, encoding=encoding, newline="") as text:
            yield text
    except FileNotFoundError:
        raise HistoryError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise HistoryError(f"{path} is a folder; give the file in it.") from None
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path} is neither UTF-8 nor GB 18030; save it as one of them.") from error
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        raise HistoryError(f"{path} can't be read: {error}") from error


def _binary(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb"))


def _encoding(file: BinaryIO) -> str:
    """UTF-8, unless something in it isn't."""
    decoder = getincrementaldecoder("utf-8")()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"
