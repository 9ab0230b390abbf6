"""The first sheet of an Excel file (.xlsx), read within bounds.

Such a file comes by mail; it is a zip of XML, and either can hide gigabytes in a few kilobytes.
"""

import importlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from chalicelib.kernel.errors import RefusedError
from chalicelib.registry.sheets import Rows, titled

MOST_BYTES = 128 << 20
"""Of the file, and of all its parts unpacked. 12,500 residents with 80 columns, half filled, take 52 MB."""
MOST_ELEMENTS, MOST_OUTSIDE_ROWS, DEEPEST, MOST_SHEETS = 4_000_000, 2_000_000, 64, 1_000
"""Of the XML of all parts together. What is outside rows stays in memory until its part is read."""
MOST_CELLS_IN_A_ROW = 16_384
"""Excel's own limit."""
MOST_CELLS, MOST_TEXT, LONGEST_TEXT = 2_000_000, 32_000_000, 32_767
"""Cells up to the last one of each row, characters of all of them, and of one (Excel's own limit)."""
FAULTS = (
    OSError, EOFError, KeyError, IndexError, ValueError, TypeError, BadZipFile, ParseError, zlib.error
)  # fmt: skip
"""What openpyxl raises for a file that isn't what it says."""
BLOCK, ENCRYPTED = 1 << 16, 1


def excel_rows(file: Path) -> Rows:
    """The rows of an Excel file's first sheet; times as ISO text.

    Raises RefusedError: if it unpacks to more than any table of ours, before it takes the memory.
    """
    openpyxl: Any = importlib.import_module("openpyxl")
    try:
        _must_be_modest(file)
        with closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what it says of its own size is often all that Excel could hold
            return titled(_within_bounds(file, sheet.iter_rows(values_only=True)))
    except FAULTS as error:
        raise RefusedError(
            f"{file} can't be read as Excel: {error}. Open it in Excel or WPS, and save it as .xlsx anew."
        ) from error


def _must_be_modest(file: Path) -> None:
    """Whether a file's parts are as large, and as many, as a table's may be; read block by block."""
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(file, f"has {size >> 20} MB")
    with ZipFile(file) as book:
        parts = book.infolist()
        unpacked = sum(
            part.file_size for part in parts
        )  # a part that says less than it holds is cut off there
        if unpacked > MOST_BYTES:
            raise _too_large(file, f"unpacks to {unpacked >> 20} MB")
        meter = _Meter(file)
        for part in parts:
            _measure(book, part, meter)


def _measure(book: ZipFile, part: ZipInfo, meter: "_Meter") -> None:
    if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or part.flag_bits & ENCRYPTED:
        # other kinds are unpacked a whole block at once, however much it becomes
        raise BadZipFile(f"'{part.filename}' is packed as Excel packs nothing")
    parser = ParserCreate()
    parser.StartElementHandler = meter.begin
    parser.EndElementHandler = meter.end
    parser.StartDoctypeDeclHandler = meter.doctype
    meter.next_part()
    try:
        with book.open(part) as unpacked:
            while block := unpacked.read(BLOCK):
                parser.Parse(block)
    except ExpatError:
        return  # a picture; or broken, and said so where it is read


class _Meter:
    """Counts what XML there is, by expat's calls, and keeps nothing of it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._elements = self._outside = self._sheets = 0
        self.next_part()

    def next_part(self) -> None:
        """Another part begins."""
        self._depth = self._row = self._cells = 0

    def begin(self, name: str, attributes: object) -> None:
        """An element begins. Raises RefusedError if that is one too many."""
        self._depth += 1
        self._elements += 1
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._row, self._cells = self._depth, 0
        self._cells += self._row == self._depth - 1 != 0
        self._outside += not self._row
        self._sheets += kind == "sheet"
        if (
            self._elements > MOST_ELEMENTS
            or self._outside > MOST_OUTSIDE_ROWS
            or self._depth > DEEPEST
            or self._sheets > MOST_SHEETS
            or self._cells > MOST_CELLS_IN_A_ROW
        ):
            raise _too_large(self._file, "holds more than a table can")

    def end(self, name: str) -> None:
        """An element ends."""
        self._row = 0 if self._row == self._depth else self._row
        self._depth -= 1

    def doctype(self, *declared: object) -> None:
        """Here entities are declared, which may stand for each other a billion times. Raises RefusedError."""
        raise RefusedError(
            f"{self._file} declares a document type (DOCTYPE), which no Excel file does and hostile ones do. "
            "Ask where it comes from; don't open it."
        )


def _within_bounds(file: Path, rows: Iterable[Sequence[Any]]) -> Iterator[list[str]]:
    cells = text = 0
    for row in rows:
        cells += max(1, len(row))
        if cells > MOST_CELLS:
            raise _too_large(file, f"has more than {MOST_CELLS:,} cells, empty ones among them")
        found = [_cell(value) for value in row]
        text += sum(map(len, found))
        if text > MOST_TEXT or any(len(one) > LONGEST_TEXT for one in found):
            raise _too_large(file, "has more text than a table can")
        yield found


def _too_large(file: Path, how: str) -> RefusedError:
    return RefusedError(
        f"{file} {how}, far beyond a table of people. Copy the filled rows and columns into a new file, or "
        "save them as .csv; if you don't know where it comes from, don't open it."
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a spreadsheet's numbers are all floats
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
