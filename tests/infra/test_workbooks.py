"""Excel files that somebody made to hurt, and large ones that nobody meant to."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from chalicelib.kernel.errors import RefusedError
from infra.spreadsheets import rows_of, write_table

pytest.importorskip("openpyxl")

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OPENS = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
CLOSES = b"</sheetData></worksheet>"
IDS = b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
PEAK = 60 << 20
"""Bytes that refusing may take."""


def book(file: Path, change: Callable[[bytes], bytes], *, kind: int = ZIP_DEFLATED) -> Path:
    """An Excel file whose sheet is another."""
    write_table(file, [["id"], ["h001"]])
    with ZipFile(file) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with ZipFile(file, "w", kind) as changed:
        for name, part in parts.items():
            changed.writestr(name, change(part) if name == SHEET else part)
    return file


def holding(file: Path, rows: bytes) -> Path:
    """An Excel file whose sheet has these rows."""
    return book(file, lambda _: OPENS + rows + CLOSES)


@contextmanager
def refused_early(says: str) -> Iterator[None]:
    """It says so, and the memory stays small."""
    tracemalloc.start()
    try:
        with pytest.raises(RefusedError, match=says):
            yield
        assert tracemalloc.get_traced_memory()[1] < PEAK
    finally:
        tracemalloc.stop()


def test_a_sheet_that_unpacks_to_a_third_of_a_gigabyte(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    write_table(file, [["id"], ["h001"]])
    with ZipFile(file, "a", ZIP_DEFLATED) as whole, whole.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(300):
            part.write(b" " * (1 << 20))
    assert file.stat().st_size < 1 << 20
    with refused_early("unpacks to 300 MB, far beyond a table of people. Copy the filled rows"):
        rows_of(file)


def test_a_part_that_says_it_is_smaller_than_it_is(tmp_path: Path) -> None:
    """The directory says a hundred bytes; nobody reads on beyond them."""
    file = book(tmp_path / "liar.xlsx", lambda part: OPENS + b" " * (32 << 20) + CLOSES)
    raw = bytearray(file.read_bytes())
    entry = raw.rindex(SHEET.encode()) - 46
    raw[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    file.write_bytes(raw)
    with refused_early("can't be read as Excel"):
        rows_of(file)


def test_a_part_in_a_packing_that_unpacks_at_once(tmp_path: Path) -> None:
    file = book(tmp_path / "bz2.xlsx", lambda _: OPENS + b" " * (64 << 20) + CLOSES, kind=ZIP_BZIP2)
    with refused_early("packed as Excel packs nothing"):
        rows_of(file)


def test_entities_that_stand_for_each_other(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">{laughs}]>'.encode()
    row = b'<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>'
    file = book(tmp_path / "laughs.xlsx", lambda _: declared + OPENS + row + CLOSES)
    with refused_early("DOCTYPE.*Ask where it comes from"):
        rows_of(file)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(b'<row r="2">' + b"<c/>" * 20_000 + b"</row>", id="a row of countless cells"),
        pytest.param(b"<a>" * 100 + b"</a>" * 100, id="a deep nest"),
        pytest.param(IDS + b'<row><c r="XFD2"/></row>' * 200, id="cells far to the right"),
        pytest.param(b'<row><c t="str"><v>' + b"x" * 40_000 + b"</v></c></row>", id="a novel in a cell"),
    ],
)
def test_more_than_a_table_can_hold(tmp_path: Path, rows: bytes) -> None:
    with refused_early("far beyond a table of people"):
        rows_of(holding(tmp_path / "much.xlsx", rows))


def test_a_row_far_below_the_others(tmp_path: Path) -> None:
    far = b'<row r="9999999999"><c t="str"><v>h</v></c></row>'
    with pytest.raises(RefusedError, match="more than 2,000,000 cells, empty ones among them"):
        rows_of(holding(tmp_path / "far.xlsx", IDS + far))


def test_one_long_text_a_thousand_times(tmp_path: Path) -> None:
    file = holding(tmp_path / "echo.xlsx", b'<row><c t="s"><v>0</v></c></row>' * 2_000)
    with ZipFile(file) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'.encode()
    with ZipFile(file, "w", ZIP_DEFLATED) as changed:
        for name, part in parts.items():
            changed.writestr(name, part)
    with refused_early("more text than a table can"):
        rows_of(file)


def test_what_office_programs_leave_behind_is_no_bomb(tmp_path: Path) -> None:
    """A sheet that says it is as large as can be, an empty row at its very end, formulas by the thousand."""
    said = b'<dimension ref="A1:XFD1048576"/><sheetData>'
    rows = IDS + b'<row r="2"><c r="A2" t="str"><v>h001</v></c></row><row r="1048576" ht="15"/>'
    file = book(tmp_path / "large.xlsx", lambda _: OPENS.replace(b"<sheetData>", said) + rows + CLOSES)
    with ZipFile(file, "a", ZIP_DEFLATED) as whole:
        chain = b"".join(b'<c r="A%d" i="1"/>' % n for n in range(1, 20_000))
        whole.writestr("xl/calcChain.xml", f'<calcChain xmlns="{MAIN}">'.encode() + chain + b"</calcChain>")
        whole.writestr("xl/media/image1.png", b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    assert rows_of(file) == [(2, {"id": "h001"})]
