"""What meters and sensors said."""

from functools import cache

from chalicelib.registry.service import Roster
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.wiring import ground, onekey, registry


@cache
def series() -> SeriesStore:
    """The time series."""
    return SeriesStore(ground.series_table())


@cache
def quarantine() -> QuarantineStore:
    """The quarantine."""
    return QuarantineStore(ground.quarantine_table())


@cache
def ingest() -> Ingest:
    """Taking in messages. It keeps the roster and the hints of its process."""
    book = HeardBook(HeardStore(ground.deadlines_table()))
    return Ingest(Roster(registry.store()), series(), quarantine(), book, onekey.pendants())
