"""iCalendar as RFC 5545 has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.rota.icalendar import LINE_BYTES, Event, calendar, escaped, folded
from chalicelib.rota.texts import shifts_calendar
from tests.rota.builders import Office, at, day_team, night_team

NOW = at("01-15 12:00")


def test_an_event_word_for_word() -> None:
    shift = Event("li/g1/1", at("01-15 20:00"), at("01-16 08:00"), "夜班 · 一网格", "电话, 敲门;\n120")
    assert calendar("值班", [shift], now=NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Shouwang//Rota//ZH",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:值班",
        "BEGIN:VEVENT",
        "UID:qpd5gszb6gnt42455qi7hgbf@shouwang",
        "DTSTAMP:20260115T040000Z",
        "DTSTART:20260115T120000Z",
        "DTEND:20260116T000000Z",
        "SUMMARY:夜班 · 一网格",
        "DESCRIPTION:电话\\, 敲门\\;\\n120",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a,b;c", r"a\,b\;c"),
        ("C:\\n", r"C:\\n"),
        ("one\r\ntwo\rthree\nfour", r"one\ntwo\nthree\nfour"),
        ("bell\x07 and\x00 null", "bell and null"),
        ("BEGIN:VEVENT\r\nX:1", r"BEGIN:VEVENT\nX:1"),
    ],
)
def test_text_is_escaped(text: str, written: str) -> None:
    assert escaped(text) == written


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=300))
def test_lines_are_folded_between_characters(line: str) -> None:
    parts = folded(line)
    assert all(len(part.encode()) <= LINE_BYTES for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line


@pytest.mark.parametrize(
    ("language", "summaries"),
    [
        ("zh-CN", ["白班 · 一网格", "夜班（第二联系人） · 一网格"]),
        ("en", ["Day duty · 一网格", "Night duty (second) · 一网格"]),
    ],
)
def test_ones_shifts(language: str, summaries: list[str]) -> None:
    office = Office()
    office.staff(day_team("li"), night_team("wang", "li"), now=NOW, confirm_minutes=0)
    found = office.rota.shifts_of("xinghe", "li", NOW, at("01-16 08:00"), now=NOW)
    text = shifts_calendar("li", found, {"g1": "一网格"}, language=language, now=NOW)
    assert [line[8:] for line in text.split("\r\n") if line.startswith("SUMMARY:")] == summaries
    assert text == shifts_calendar("li", found, {"g1": "一网格"}, language=language, now=NOW)
