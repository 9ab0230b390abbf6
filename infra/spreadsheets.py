"""CSV and Excel files on this machine: reading rows, and writing tables that are safe to open."""

import csv
import importlib
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from chalicelib.kernel.errors import RefusedError, ShouwangError
from chalicelib.registry.sheets import Rows, csv_rows
from infra.workbooks import excel_rows

EXCEL, CSV = ".xlsx", ".csv"
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file of Excel before 2007 (.xls) begins."""


def rows_of(file: Path) -> Rows:
    """The rows of a CSV or Excel file, by their titles. Raises RefusedError."""
    if file.suffix.lower() == EXCEL:
        return excel_rows(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file} can't be read: {error.strerror}.") from error
    if raw.startswith(OLD_EXCEL):
        raise RefusedError(f"{file} is of an old Excel. Open it, and save it as .xlsx or .csv.")
    return csv_rows(raw)


def must_be_table(file: Path) -> None:
    """Raises RefusedError for a name that says neither CSV nor Excel."""
    if file.suffix.lower() not in (EXCEL, CSV):
        raise RefusedError(f"'{file.name}' is no name of a table: end it in {CSV} or {EXCEL}.")


def write_table(file: Path, table: Sequence[Sequence[str]], *, encoding: str = "utf-8-sig") -> None:
    """Write a table as the file's name says: Excel for .xlsx, else CSV. Raises ShouwangError.

    UTF-8 has a byte order mark, since Excel takes a file without one for the machine's own encoding.
    """
    try:
        if file.suffix.lower() == EXCEL:
            _write_excel(file, table)
        else:
            text = StringIO(newline="")
            csv.writer(text).writerows(table)
            file.write_bytes(text.getvalue().encode(encoding))
    except OSError as error:
        raise ShouwangError(f"{file} can't be written: {error.strerror}.") from error
    except UnicodeEncodeError as error:
        raise ShouwangError(
            f"{encoding} has no '{error.object[error.start]}'; leave --encoding out."
        ) from error


def _write_excel(file: Path, table: Sequence[Sequence[str]]) -> None:
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    cell: Any = importlib.import_module("openpyxl.cell").WriteOnlyCell
    for row in table:
        made = [cell(sheet, value=text) for text in row]
        for one in made:
            one.data_type = "s"  # text, whatever it looks like
            one.number_format = "@"
        sheet.append(made)
    book.save(file)
