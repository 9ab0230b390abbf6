"""The naive peer: an item and an index write for each reading, a query for each household every five minutes.

It keeps no deadlines, so that figure is nought: it pays for them with its queries. It checks nothing either:
no registry, no quarantine, no silence of devices.
"""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.aws.items import typed_item
from chalicelib.kernel.clock import epoch
from chalicelib.telemetry.model import Envelope
from infra.aws.request_units import Index, item_size, read_units, write_units
from tests.bench.trace import DAY, ENDS, MEASURED, Trace

EVERY = timedelta(minutes=5)
LOOKS_BACK = timedelta(hours=13)
"""The rule's twelve hours and one more, for a reading at or before their beginning."""
BY_HOUSEHOLD = Index("by_household", ("household", "at"), None, ("pk",))


@dataclass(slots=True)
class _Readings:
    """One household's entries in the index, by time: when taken, when received, and the bytes up to each."""

    taken: list[int] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    bytes_so_far: list[int] = field(default_factory=lambda: [0])

    def add(self, taken: int, received: float, size: int) -> None:
        self.taken.append(taken)
        self.received.append(received)
        self.bytes_so_far.append(self.bytes_so_far[-1] + size)

    def queried(self, now: int) -> int:
        """Bytes that a query looks at."""
        end = bisect_right(self.received, now)
        begin = min(end, bisect_left(self.taken, now - int(LOOKS_BACK.total_seconds())))
        return self.bytes_so_far[end] - self.bytes_so_far[begin]


@dataclass(frozen=True, slots=True)
class NaiveDay:
    """What the measured day costs the naive peer, in request units."""

    writes: int
    reads: float


def live_naively(trace: Trace) -> NaiveDay:
    """The trace's second day, with the first one's readings there already."""
    households = {home.meter: home.id for home in trace.town.households}
    readings: defaultdict[str, _Readings] = defaultdict(_Readings)
    writes = sum(_stored(envelope, households, readings) for envelope in trace.envelopes)
    looks = range(epoch(MEASURED), epoch(ENDS), int(EVERY.total_seconds()))
    reads = sum(read_units(readings[home].queried(now)) for now in looks for home in households.values())
    return NaiveDay(writes, reads)


def _stored(envelope: Envelope, households: Mapping[str, str], readings: dict[str, _Readings]) -> int:
    """Store a message's readings; the write units it takes, when it came on the measured day."""
    message, units = json.loads(envelope.raw), 0
    household = households[envelope.device]
    for sample in message["samples"]:
        item = typed_item(
            {
                "pk": f"{envelope.device}#{sample['at']}",
                "household": household,
                "at": sample["at"],
                "register_litres": sample["register_litres"],
                "expires": sample["at"] + int((90 * DAY).total_seconds()),
            }
        )
        units += write_units(None, item, indexes=[BY_HOUSEHOLD]).total
        readings[household].add(sample["at"], envelope.received_at.timestamp(), item_size(item))
    return units if envelope.received_at >= MEASURED else 0
