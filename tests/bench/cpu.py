"""The ingest's CPU, compared with a bare batched put of the very same items.

Both sides talk to DynamoDB through botocore and are answered in the process, before a socket is opened. The
roster is in memory; what it reads every few minutes is no part of a batch.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from pynamodb.connection import Connection

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.store import AlarmStore
from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.aws.connecting import named
from chalicelib.aws.items import typed_item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, QUARANTINE, REGISTRY, SERIES
from chalicelib.aws.tables import BATCH, DynamoTable, Table
from chalicelib.registry.service import Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.model import Envelope
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from tests.bench.ours import meter_of
from tests.bench.stub import answer_at_once
from tests.bench.trace import BEGINS, HOUR, record

MESSAGES = 100
BATCHES_A_ROUND = 20
ROUNDS = 15
KEY = "bench"
REGION = "us-east-1"


class Ratios(NamedTuple):
    """Ingest's CPU over the bare put's: by a client as botocore makes it, and by one that checks nothing."""

    bare: float
    unchecked: float


def compare(readings_a_message: int) -> Ratios:
    """Medians of the ratios of interleaved rounds, on full batches of new messages."""
    trace = record(MESSAGES, readings_a_message)
    noon = [e for e in trace.envelopes if BEGINS + 12 * HOUR <= e.received_at < BEGINS + 13 * HOUR]
    batch = {str(place): envelope for place, envelope in enumerate(noon[:MESSAGES])}
    registry = MemoryTable(REGISTRY)
    for home in trace.town.households:
        RegistryStore(registry).add_device(meter_of(home, BEGINS))
    ours, calls = _ingest(registry, batch), _puts(_items(registry, batch))
    bare, unchecked = (partial(_put, _client(parameter_validation=checks), calls) for checks in (True, False))
    rounds = []
    for _ in range(ROUNDS):
        took = _cpu(ours)
        rounds.append(Ratios(took / _cpu(bare), took / _cpu(unchecked)))
    return Ratios(*(median(column) for column in zip(*rounds, strict=True)))


def _ingest(registry: MemoryTable, batch: dict[str, Envelope]) -> Callable[[], None]:
    """Taking the batch once more, five seconds later each time, as hints and roster go by the clock."""
    connection = named(Connection(region=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY))
    answer_at_once(connection.client)
    tables = {s.name: DynamoTable(s.name, s, connection) for s in (SERIES, QUARANTINE, DEADLINES)}
    ingest, now = _made(registry, **tables), BEGINS + 13 * HOUR

    def take() -> None:
        nonlocal now
        now += timedelta(seconds=5)
        assert ingest.take(batch, now=now).stored == len(batch)

    return take


def _items(registry: MemoryTable, batch: dict[str, Envelope]) -> list[dict[str, Any]]:
    """What the ingest puts for a batch."""
    series = MemoryTable(SERIES)
    ingest = _made(registry, series, MemoryTable(QUARANTINE), MemoryTable(DEADLINES))
    ingest.take(batch, now=BEGINS + 13 * HOUR)
    return [typed_item(item) for item in series.items()]


def _made(registry: Table, series: Table, quarantine: Table, deadlines: Table) -> Ingest:
    book, urgent = HeardBook(HeardStore(deadlines)), UrgentConcerns(Concerns(AlarmStore(deadlines)))
    roster = Roster(RegistryStore(registry))
    return Ingest(roster, SeriesStore(series), QuarantineStore(quarantine), book, urgent)


def _puts(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    requests = [{"PutRequest": {"Item": item}} for item in items]
    return [{"series": requests[start : start + BATCH]} for start in range(0, len(requests), BATCH)]


def _put(client: Any, calls: Sequence[dict[str, Any]]) -> None:
    for call in calls:
        client.batch_write_item(RequestItems=call)


def _client(*, parameter_validation: bool) -> Any:
    config = Config(parameter_validation=parameter_validation)
    client = botocore.session.get_session().create_client(
        "dynamodb", REGION, config=config, aws_access_key_id=KEY, aws_secret_access_key=KEY
    )
    answer_at_once(client)
    return client


def _cpu(work: Callable[[], None]) -> float:
    """Seconds of this process's CPU for a round of the work."""
    began = time.process_time()
    for _ in range(BATCHES_A_ROUND):
        work()
    return time.process_time() - began
