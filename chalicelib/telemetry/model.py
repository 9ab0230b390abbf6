"""Readings, the messages that carry them, and why a message is refused. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter, lt
from typing import Any, NamedTuple

from chalicelib.registry.model import Kind

MAX_PAYLOAD_BYTES = 128 * 1024
"""AWS IoT Core's own limit on an MQTT payload; checked here too, since not every broker enforces it."""
MAX_SAMPLES = 1000
AHEAD = timedelta(minutes=5)
"""How far in the future a device's clock may be."""
TRUSTED = timedelta(minutes=5)
"""A clock that is further off than this is not believed where it matters when something happened."""
BEHIND = timedelta(days=90)
"""How old a sample may be: as long as the series are kept."""
KEPT = timedelta(days=90)
"""How long a series is kept, unless a community says otherwise; and refused messages."""
_DAY_AHEAD = 5 * 3600
"""A series' day begins at 19:00 UTC, which is 03:00 in China, when homes sleep: so a look, which mostly comes
in the morning or the evening and reads back twelve hours or less, finds what it needs in one day's partition.
"""


class Reason(StrEnum):
    """Why a message was put into quarantine."""

    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    TOO_MANY_SAMPLES = "too_many_samples"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_DEVICE = "unknown_device"
    REVOKED_DEVICE = "revoked_device"
    WRONG_KIND = "wrong_kind"
    WRONG_COMMUNITY = "wrong_community"
    FOREIGN_DEVICE = "foreign_device"
    FUTURE_SAMPLE = "future_sample"
    OLD_SAMPLE = "old_sample"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    WRONG_TYPE = "wrong_type"
    NOT_AN_ENVELOPE = "not_an_envelope"
    NO_CONSENT = "no_consent"
    """Counted, and not a byte of it kept."""


class RegisterReading(NamedTuple):
    """A meter's cumulative index at an instant. (A tuple, since whole histories are judged in one sweep.)"""

    at: datetime
    litres: int


Sample = dict[str, Any]
"""One sample as the device sent it: `at` in Unix seconds and the fields of its kind, checked."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as the IoT rule passed it on: the device's bytes, and who sent them."""

    raw: bytes
    client_id: str
    community: str
    device: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Chunk:
    """The part of one message that lies in one day of the series: one item.

    `every` is the sampling interval in seconds as the message gives it; `seq` its counter, if it has one;
    `keep_days` how long it is kept.
    """

    device: str
    kind: Kind
    every: int
    received_at: datetime
    samples: tuple[Sample, ...]
    seq: int | None = None
    keep_days: int = KEPT.days


def believed(told: int, received_at: datetime) -> datetime:
    """When something happened: by the device's clock, in Unix seconds, unless that is off; then when its
    message came.
    """
    at = datetime.fromtimestamp(told, UTC)
    return at if abs(at - received_at) <= TRUSTED else received_at


def series_day(at: int) -> int:
    """The number of the series' day that Unix seconds lie in."""
    return (at + _DAY_AHEAD) // 86400


def day_of(at: int) -> str:
    """The name of the series' day of Unix seconds, `YYYY-MM-DD`: the UTC date on which it ends."""
    return day_name(series_day(at))


def utc_day(at: int) -> str:
    """The UTC date of Unix seconds, `YYYY-MM-DD`."""
    return day_name(at // 86400)


@lru_cache(maxsize=256)
def day_name(number: int) -> str:
    """The name of a day by its number since 1970."""
    return datetime.fromtimestamp(number * 86400, UTC).strftime("%Y-%m-%d")


def chunks(
    *,
    device: str,
    kind: Kind,
    every: int,
    seq: int | None,
    received_at: datetime,
    samples: Sequence[Sample],
    keep_days: int = KEPT.days,
) -> list[Chunk]:
    """A message's samples in time order, cut where a series' day ends. Most messages make one chunk."""
    ordered = sorted(samples, key=itemgetter("at"))
    first_day, last_day = series_day(ordered[0]["at"]), series_day(ordered[-1]["at"])
    parts = [
        tuple(s for s in ordered if series_day(s["at"]) == day) for day in range(first_day, last_day + 1)
    ] if first_day != last_day else [tuple(ordered)]  # fmt: skip
    return [Chunk(device, kind, every, received_at, part, seq, keep_days) for part in parts if part]


def merged(parts: Sequence[Chunk]) -> list[Sample]:
    """The samples of several chunks of one device in time order, equal ones once.

    Two different samples of one instant are both kept, in a stable order: which is right can't be known here.
    """
    plain = _in_a_row(parts)
    if plain is not None:
        return plain
    seen: dict[str, Sample] = {}
    for part in parts:
        for sample in part.samples:
            seen.setdefault(repr(sorted(sample.items())), sample)
    return [sample for _, sample in sorted(seen.items(), key=lambda pair: (pair[1]["at"], pair[0]))]


def _in_a_row(parts: Sequence[Chunk]) -> list[Sample] | None:
    """The samples one after the other, when no two are of one instant: nearly always."""
    ordered = sorted(parts, key=lambda part: part.samples[0]["at"])
    samples = [sample for part in ordered for sample in part.samples]
    times = [sample["at"] for sample in samples]
    return samples if all(map(lt, times, times[1:])) else None


def register_readings(samples: Sequence[Sample]) -> list[RegisterReading]:
    """The register readings, in litres, of a water or gas meter's samples, in the samples' order."""
    return [
        RegisterReading(datetime.fromtimestamp(s["at"], UTC), s["register_litres"])
        for s in samples
        if "register_litres" in s
    ]
