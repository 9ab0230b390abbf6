"""Tables of rows, as spreadsheets hold them: reading what people save, writing what is safe. Pure.

Rows are numbered as a spreadsheet shows them: the titles are row 1.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from typing import TypeVar

from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.phones import international
from chalicelib.registry.needs import must_be_phone

Row = Mapping[str, str]
Rows = Sequence[tuple[int, Row]]
"""Rows by their titles, each with its number."""
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = re.compile(r"[,;、，；\n]+")
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
"""What a spreadsheet may take for a formula, by its beginning (OWASP, CSV injection)."""
_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")
Made = TypeVar("Made")


def csv_rows(raw: bytes) -> Rows:
    """The rows of a CSV file: UTF-8, UTF-16, or GB18030, as spreadsheets in China save it; divided by commas,
    semicolons or tabs. Raises RefusedError.
    """
    text = decoded(raw)
    first = text.partition("\n")[0]
    divider = max(",;\t", key=first.count)
    try:
        return titled(csv.reader(StringIO(text, newline=""), delimiter=divider))
    except csv.Error as error:
        raise RefusedError(f"The file is no CSV that can be read: {error}.") from error


def decoded(raw: bytes) -> str:
    """A text file's text. Raises RefusedError."""
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if utf16 else ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusedError("The file is neither UTF-8 nor GB18030 text.")


def titled(rows: Iterable[Sequence[str]]) -> Rows:
    """Rows by the titles in the first; empty ones are left out but counted."""
    each = iter(rows)
    titles = [title.strip() for title in next(each, ())]
    return [
        (number, dict(zip(titles, row, strict=False)))
        for number, row in enumerate(each, start=2)
        if any(cell.strip() for cell in row)
    ]


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that might be is led by an apostrophe."""
    return f"'{text}" if FORMULA.match(text) else text


def meant(cell: str) -> str:
    """What a cell says: without the blanks around it, and without such an apostrophe."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row, and in which column; the column is empty when it is the row as a whole."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}{', ' + self.column if self.column else ''}: {self.what}"


@dataclass(slots=True)
class Cells:
    """A row's cells, read one by one. What can't be read is noted, so that every error of a row is found."""

    number: int
    row: Row
    errors: list[RowError] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.row

    def text(self, name: str, known: str = "") -> str:
        """A cell's text; `known` where the table has no such column."""
        return meant(self.row[name]) if name in self.row else known

    def read(self, name: str, known: Made, reads: Callable[[str], Made]) -> Made:
        """A cell as something else than text; `known` where there is no such column, or it can't be read."""
        if name not in self.row:
            return known
        try:
            return reads(self.text(name))
        except RefusedError as error:
            self.wrong(name, str(error))
            return known

    def wrong(self, column: str, what: str) -> None:
        """Note what is wrong in a column."""
        self.errors.append(RowError(self.number, column, what))

    def made(self, make: Callable[[], Made], columns: Mapping[str, str] | None = None) -> Made | None:
        """What the row describes, or None where something in it is wrong; `columns` by refusals' pointers."""
        try:
            made = make()
        except RefusedError as error:
            self.wrong((columns or {}).get(error.pointer, error.pointer.removeprefix("/")), str(error))
            return None
        return None if self.errors else made


def day(text: str) -> date | None:
    """A day such as 2026-01-05, 2026/1/5, 20260105 or 2026年1月5日; None for nothing. Raises RefusedError."""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"'{text}' is no day such as 2026-01-05.") from None


def number(text: str) -> int | None:
    """A whole number; None for nothing. Raises RefusedError."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RefusedError(f"'{text}' is not a whole number.")
    return int(text)


def phone(text: str, *, pointer: str = "/phone") -> str:
    """A phone number in E.164 of what was written; empty for nothing. Raises RefusedError.

    A Chinese mobile number, and a landline with its area code, are given their country.
    """
    digits = international(text)
    try:
        must_be_phone(digits)
    except RefusedError:
        raise RefusedError(
            f"'{text}' is no phone number such as 13800000000 or 0931-1234567, with its area code.",
            pointer=pointer,
            zh=f"“{text}”不是电话号码，请写成 13800000000 或带区号的 0931-1234567。",
        ) from None
    return digits


def words(text: str) -> tuple[str, ...]:
    """The words of a list in one cell, each once."""
    return tuple(dict.fromkeys(filter(None, (word.strip() for word in SEPARATORS.split(text)))))
