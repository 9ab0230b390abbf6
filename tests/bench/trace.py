"""The trace that everything is measured on: a town's water meters, and how their messages reach the ingest.

Two days are made. The first one warms up; the second one is measured.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from random import Random
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from chalice.app import SQSEventConfig

from app import app
from chalicelib.telemetry.model import Envelope
from infra.simulator.town import COMMUNITY, Household, Town

SEED = 20250113
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BEGINS = datetime(2025, 1, 13, tzinfo=ZONE).astimezone(UTC)
MEASURED = BEGINS + DAY
ENDS = MEASURED + DAY
QUIET_SINCE = MEASURED - timedelta(hours=2, minutes=30)
"""One home draws nothing from the evening before the measured day on: a real alarm is part of every day."""
TRANSPORT_MS = (200, 1200)
"""How long a message is under way. The simulator sends on whole seconds, as no network does."""
MOST_POLLERS = 5
"""Lambda reads a queue with up to five pollers at first (Developer Guide, "Using Lambda with Amazon SQS").

At so little traffic one is enough. With five, each with its own window, batches are smaller and may overlap.
"""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the meters of a town send in two days, in the order in which it is received."""

    town: Town
    readings_a_message: int
    envelopes: tuple[Envelope, ...]

    @property
    def messages(self) -> int:
        """How many messages the measured day has."""
        return sum(envelope.received_at >= MEASURED for envelope in self.envelopes)


class Batch(NamedTuple):
    """What one invocation of the ingest takes, and when it begins."""

    at: datetime
    envelopes: Sequence[Envelope]


def record(households: int, readings_a_message: int) -> Trace:
    """The trace of so many households whose meters report every hour."""
    town = Town.make(SEED, households, BEGINS, ZONE, quiet_since=QUIET_SINCE)
    streams = (_envelopes(town, home, readings_a_message) for home in town.households)
    ordered = merge(*streams, key=lambda envelope: envelope.received_at)
    return Trace(town, readings_a_message, tuple(ordered))


def batches(trace: Trace, pollers: int) -> Iterator[Batch]:
    """The trace as SQS hands it to the function, with the window and the batch size that Chalice configures.

    A window opens with a poller's first message and closes when it is over or the batch is full.
    """
    size, window = _queue_settings()
    rng = Random(SEED)
    open_batches: dict[int, Batch] = {}
    for envelope in trace.envelopes:
        over = sorted((b.at, p) for p, b in open_batches.items() if b.at <= envelope.received_at)
        yield from (open_batches.pop(poller) for _, poller in over)
        poller = rng.randrange(pollers)
        closes, waiting = open_batches.pop(poller, Batch(envelope.received_at + window, []))
        batch = Batch(closes, [*waiting, envelope])
        if len(batch.envelopes) == size:
            yield Batch(envelope.received_at, batch.envelopes)
        else:
            open_batches[poller] = batch
    yield from sorted(open_batches.values(), key=lambda batch: batch.at)


def _queue_settings() -> tuple[int, timedelta]:
    source = cast(SQSEventConfig, next(each for each in app.event_sources if each.name == "telemetry"))
    return source.batch_size, timedelta(seconds=source.maximum_batching_window_in_seconds)


def _envelopes(town: Town, home: Household, readings_a_message: int) -> Iterator[Envelope]:
    every, rng = int(HOUR.total_seconds()) // readings_a_message, Random(f"{SEED}/{home.meter}")
    for sent_at, payload in town.messages(home, BEGINS, ENDS, every, int(HOUR.total_seconds())):
        raw = json.dumps(payload, separators=(",", ":")).encode()
        received_at = sent_at + timedelta(milliseconds=rng.randint(*TRANSPORT_MS))
        yield Envelope(raw, home.meter, COMMUNITY, home.meter, received_at)
