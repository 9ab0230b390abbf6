"""Shifts as an iCalendar file (RFC 5545), which every phone's calendar reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.kernel.ids import digest

LINE_BYTES = 75
"""The longest line, without its break (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `key` names it for ever, so that a calendar that reads the file again replaces it."""

    key: str
    start: datetime
    end: datetime
    summary: str
    description: str = ""


def calendar(name: str, events: Sequence[Event], *, now: datetime) -> str:
    """A VCALENDAR with times in UTC, which needs no VTIMEZONE; lines end in CRLF and are folded.

    Without a METHOD, which would want an ORGANIZER (RFC 5546, 3.2.1): it invites nobody, and only shows.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Shouwang//Rota//ZH",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
        *(line for event in events for line in _event(event, now)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(event: Event, now: datetime) -> Iterable[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{digest(event.key, length=24)}@shouwang"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(event.start)}"
    yield f"DTEND:{_utc(event.end)}"
    yield f"SUMMARY:{escaped(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{escaped(event.description)}"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """TEXT as of RFC 5545, 3.3.11: backslash, semicolon, comma and line breaks; no other controls."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c for c in plain if c in "\n\t" or (c >= " " and c != "\x7f"))
    for char in "\\;,":
        plain = plain.replace(char, f"\\{char}")
    return plain.replace("\n", "\\n")


def folded(line: str) -> list[str]:
    """A line as lines of up to 75 bytes, cut between characters; those that go on begin with a space."""
    parts: list[str] = []
    part, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > LINE_BYTES:
            parts.append(part)
            part, size = " ", 1
        part, size = part + char, size + width
    return [*parts, part]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
