"""What people save from a spreadsheet, and what they may open in one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import RefusedError, ShouwangError
from chalicelib.registry.sheets import csv_rows, day, harmless, meant, number, phone, words
from infra.spreadsheets import rows_of, write_table

TEXT = "户号,姓名\r\nh001,王桂英\r\n\r\nh002,李四\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with a byte order mark"),
        pytest.param(TEXT.encode("gb18030"), id="GB18030, as Excel in China saves CSV"),
        pytest.param(TEXT.encode("utf-16"), id="Unicode text"),
        pytest.param(TEXT.replace(",", "\t").encode("utf-16"), id="with tabs"),
        pytest.param(TEXT.replace(",", ";").encode(), id="with semicolons, as in Spain"),
    ],
)
def test_whatever_was_saved_is_read_and_rows_keep_their_numbers(raw: bytes) -> None:
    assert csv_rows(raw) == [(2, {"户号": "h001", "姓名": "王桂英"}), (4, {"户号": "h002", "姓名": "李四"})]


@pytest.mark.parametrize("raw", [b"\x80\x81\xff", b"id\n" + b"x" * 200_000], ids=["no text", "a huge cell"])
def test_what_is_no_table(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        csv_rows(raw)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r1"])
def test_what_a_spreadsheet_would_calculate_is_led_by_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@given(st.text(max_size=30))
def test_a_cell_means_what_was_written(text: str) -> None:
    written = meant(text)
    assert meant(harmless(written)) == written


@pytest.mark.parametrize(
    ("text", "is_day"),
    [
        ("2026-01-05", date(2026, 1, 5)), ("2026/1/5", date(2026, 1, 5)), ("2026.1.5", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)), ("2026年1月5日", date(2026, 1, 5)),
        ("2026-01-05 00:00:00", date(2026, 1, 5)), ("", None),
    ],
)  # fmt: skip
def test_days(text: str, is_day: date | None) -> None:
    assert day(text) == is_day


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "2026-02-30", "5.1.2026", "26-1-5"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(RefusedError, match="2026-01-05"):
        day(text)


@pytest.mark.parametrize(
    ("text", "dialled"),
    [
        ("138 0000 0000", "+8613800000000"), ("138-0000-0000", "+8613800000000"),
        ("+34 965 123 456", "+34965123456"),
        ("0034965123456", "+34965123456"), ("0931-1234567", "+869311234567"),
        ("(0931)1234567", "+869311234567"), ("", ""),
    ],
)  # fmt: skip
def test_phones(text: str, dialled: str) -> None:
    assert phone(text) == dialled


@pytest.mark.parametrize("text", ["1234567", "120", "王", "138000000001", "+", "+0", "１３８"])
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(RefusedError, match="no phone number"):
        phone(text)


def test_numbers_and_words() -> None:
    assert (number("720"), number("")) == (720, None)
    assert words("听力弱、VIP；听力弱, ") == ("听力弱", "VIP")
    for text in ("7.5", "-1", "½", "٣", "9999999999"):
        with pytest.raises(RefusedError):
            number(text)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_a_table_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    pytest.importorskip("openpyxl")
    file = tmp_path / name
    write_table(
        file, [["id", "phone", "备注"], ["h001", "'+8613800000000", harmless("=1+1")], ["7", "", "两\n行"]]
    )
    assert [row for _, row in rows_of(file)] == [
        {"id": "h001", "phone": "'+8613800000000", "备注": "'=1+1"},
        {"id": "7", "phone": "", "备注": "两\n行"},
    ]


def test_no_cell_of_an_excel_file_is_a_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = tmp_path / "t.xlsx"
    write_table(file, [["a"], ["=1+1"]])
    assert openpyxl.load_workbook(file).active["A2"].data_type == "s"


def test_what_an_encoding_lacks_is_said(tmp_path: Path) -> None:
    with pytest.raises(ShouwangError, match="can't be written"):
        write_table(tmp_path / "no" / "such" / "t.csv", [["a"]])
    write_table(tmp_path / "t.csv", [["王", "𬭎"]], encoding="gb18030")
    assert (tmp_path / "t.csv").read_bytes().decode("gb18030") == "王,𬭎\r\n"
    with pytest.raises(RefusedError, match="can't be read"):
        rows_of(tmp_path / "nothing.csv")


def sheet(file: Path, change: Callable[[bytes], bytes]) -> Path:
    """An Excel file whose sheet was changed behind Excel's back."""
    write_table(file, [["id"], ["h001"]])
    with ZipFile(file) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with ZipFile(file, "w") as book:
        for name, part in parts.items():
            book.writestr(name, change(part) if "sheet1" in name else part)
    return file


def test_a_broken_excel_file_and_one_of_an_old_excel_are_called_so(tmp_path: Path) -> None:
    for change in (lambda part: part[:-30], lambda part: b"\0" * len(part)):
        with pytest.raises(RefusedError, match="can't be read as Excel"):
            rows_of(sheet(tmp_path / "broken.xlsx", change))
    (tmp_path / "t.xlsx").write_bytes(b"PK no Excel")
    with pytest.raises(RefusedError, match="can't be read as Excel"):
        rows_of(tmp_path / "t.xlsx")
    (tmp_path / "t.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    with pytest.raises(RefusedError, match=r"of an old Excel. Open it, and save it as .xlsx"):
        rows_of(tmp_path / "t.xls")
