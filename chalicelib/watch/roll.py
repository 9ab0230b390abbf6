"""The roll call: which devices of a grid are speaking. Pure.

A device is late after 2 reporting intervals without a message and silent after 4. A home none of whose
devices speaks is unguarded. One roll serves a whole grid and waits for silence alone, so that keeping it
costs almost nothing per home; who is late is worked out where it is shown, from the device's own series.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

LATE_AFTER = 2
SILENT_AFTER = 4
LONGEST_PAUSE = timedelta(hours=1)
"""While a device on it is silent a roll is called this often, so that being heard again is noticed."""
SHORTEST_PAUSE = timedelta(minutes=1)
MOST_DEVICES = 2500
"""What one roll may hold: at most 120 bytes each, well below DynamoDB's 400 KB an item."""


class Standing(StrEnum):
    """How a device has been heard."""

    SPEAKING = "speaking"
    LATE = "late"
    SILENT = "silent"


def standing_of(heard_at: datetime, every: timedelta, now: datetime) -> Standing:
    """The standing that its last known message gives a device that reports `every` so often."""
    quiet = now - heard_at
    if quiet >= SILENT_AFTER * every:
        return Standing.SILENT
    return Standing.LATE if quiet >= LATE_AFTER * every else Standing.SPEAKING


def asked_since(heard_at: datetime, every: timedelta, now: datetime) -> datetime:
    """How far back the series of such a device can still say that it isn't silent."""
    return max(heard_at, now - SILENT_AFTER * every)


@dataclass(frozen=True, slots=True)
class Entry:
    """A device on the roll. `heard_at` is its last known message, or when it was registered.

    A roll keeps SPEAKING or SILENT; only `standing_of` tells LATE.
    """

    household: str
    reports_every: timedelta
    heard_at: datetime
    standing: Standing = Standing.SPEAKING

    @property
    def silent_at(self) -> datetime:
        """When it is silent if it is not heard."""
        return self.heard_at + SILENT_AFTER * self.reports_every

    def taken(self, now: datetime) -> "Entry":
        """The entry with the standing that a roll keeps."""
        return replace(self, standing=Standing.SILENT if now >= self.silent_at else Standing.SPEAKING)


class Change(NamedTuple):
    """A device whose standing changed."""

    device: str
    entry: Entry
    before: Standing


@dataclass(frozen=True, slots=True)
class Roll:
    """The devices of a grid, by id. `version` counts its changes."""

    community: str
    grid: str
    taken_at: datetime
    entries: Mapping[str, Entry] = field(default_factory=dict)
    version: int = 0

    def heard(self, heard: Mapping[str, datetime]) -> "Roll":
        """The roll with later messages noted; standings don't change yet. Unknown devices are passed over."""
        entries = dict(self.entries)
        for device, at in heard.items():
            if device in entries and at > entries[device].heard_at:
                entries[device] = replace(entries[device], heard_at=at)
        return replace(self, entries=entries)

    def suspects(self, now: datetime) -> list[str]:
        """Devices that would be called silent: their own series must be asked before they are.

        Those that would be within their next interval are among them, so that stragglers share one call.
        """
        speaking = ((d, e) for d, e in self.entries.items() if e.standing is not Standing.SILENT)
        return [device for device, entry in speaking if now >= entry.silent_at - entry.reports_every]

    def taken(self, now: datetime) -> tuple["Roll", list[Change]]:
        """The roll with every standing as it is now, and the devices whose standing changed."""
        entries = {device: entry.taken(now) for device, entry in self.entries.items()}
        changes = [
            Change(device, entry, self.entries[device].standing)
            for device, entry in entries.items()
            if entry.standing is not self.entries[device].standing
        ]
        return replace(self, entries=entries, taken_at=now), changes

    def call_again_at(self, now: datetime) -> datetime:
        """When the roll must be called again: when the first could be silent, and within the hour while one
        is. A roll of nobody waits a day.
        """
        silences = [e.silent_at for e in self.entries.values() if e.standing is not Standing.SILENT]
        if len(silences) < len(self.entries):
            silences.append(now + LONGEST_PAUSE)
        return max(now + SHORTEST_PAUSE, min(silences, default=now + timedelta(days=1)))

    def unguarded(self, household: str) -> bool:
        """Whether a home has devices, and none of them speaks."""
        standings = [e.standing for e in self.entries.values() if e.household == household]
        return bool(standings) and all(s is Standing.SILENT for s in standings)

    def joined(self, devices: Mapping[str, Entry]) -> "Roll":
        """The roll with devices added; one that is on it already keeps what is known of it."""
        return replace(self, entries={**devices, **self.entries})

    def left(self, devices: Iterable[str]) -> "Roll":
        """The roll without some devices."""
        gone = set(devices)
        return replace(self, entries={d: e for d, e in self.entries.items() if d not in gone})
