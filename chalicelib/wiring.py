"""The only place where services meet stores and settings.

Everything is made at first use and kept for the process. `use` lets tests and simulations stand on other
tables than the deployment's.
"""

from dataclasses import dataclass
from functools import cache

from pynamodb.connection import Connection

from chalicelib.accounts.model import verify
from chalicelib.alarms.service import AlarmDesk, Concerns, UrgentConcerns
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.schema import DEADLINES, QUARANTINE, REGISTRY, SERIES
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.tables import DynamoTable, Table
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.settings import settings
from chalicelib.registry.model import Community
from chalicelib.registry.service import Registry, Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore
from chalicelib.watch.service import RollCall, StillWaterWatch, Watchkeeper
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore


@dataclass(frozen=True, slots=True)
class Ground:
    """What the application stands on: its four tables, and the key of its tokens and cursors."""

    registry: Table
    series: Table
    deadlines: Table
    quarantine: Table
    token_key: str
    deadline_shards: int = 1


_given: Ground | None = None


def use(ground: Ground | None) -> None:
    """Stand on `ground` from now on, such as in-memory twins; with None, on the deployment's again.

    Whatever was made before is forgotten, as in a new process.
    """
    global _given
    _given = ground
    for made in list(globals().values()):
        if hasattr(made, "cache_clear") and made.__module__ == __name__:
            made.cache_clear()


@cache
def registry_table() -> Table:
    """Who and what there is."""
    return _given.registry if _given else DynamoTable(settings().registry_table, REGISTRY, _connection())


@cache
def series_table() -> Table:
    """What meters and sensors said."""
    return _given.series if _given else DynamoTable(settings().series_table, SERIES, _connection())


@cache
def deadlines_table() -> Table:
    """Everything that waits, and the alarms."""
    return _given.deadlines if _given else DynamoTable(settings().deadlines_table, DEADLINES, _connection())


@cache
def quarantine_table() -> Table:
    """What was refused."""
    if _given:
        return _given.quarantine
    return DynamoTable(settings().quarantine_table, QUARANTINE, _connection())


@cache
def registry_store() -> RegistryStore:
    """The registry as it is stored."""
    return RegistryStore(registry_table())


@cache
def registry() -> Registry:
    """Enrolling homes and devices."""
    return Registry(registry_store(), watchkeeper())


@cache
def watchkeeper() -> Watchkeeper:
    """Beginning and ending watches."""
    return Watchkeeper(registry_store(), deadline_store(), roll_store())


@cache
def series() -> SeriesStore:
    """The time series."""
    return SeriesStore(series_table())


@cache
def quarantine() -> QuarantineStore:
    """The quarantine."""
    return QuarantineStore(quarantine_table())


@cache
def ingest() -> Ingest:
    """Taking in messages. It keeps the roster and the hints of its process."""
    book = HeardBook(HeardStore(deadlines_table()))
    return Ingest(Roster(registry_store()), series(), quarantine(), book, UrgentConcerns(concerns()))


@cache
def deadline_store() -> DeadlineStore:
    """The one index of everything that waits."""
    shards = _given.deadline_shards if _given else settings().deadline_shards
    return DeadlineStore(deadlines_table(), shards=shards)


@cache
def roll_store() -> RollStore:
    """The rolls of the grids."""
    return RollStore(deadlines_table(), deadline_store())


@cache
def still_water() -> StillWaterWatch:
    """The founding rule's watch."""
    return StillWaterWatch(series(), deadline_store(), concerns())


@cache
def deadlines() -> Deadlines:
    """The tick: each kind of deadline and who takes it."""
    roll_call = RollCall(roll_store(), HeardStore(deadlines_table()), series(), concerns())
    return Deadlines(deadline_store(), {STILL_WATER: still_water(), ROLL: roll_call})


@cache
def concerns() -> Concerns:
    """Raising alarms."""
    return Concerns(AlarmStore(deadlines_table()))


@cache
def alarm_desk() -> AlarmDesk:
    """Answering alarms."""
    return AlarmDesk(AlarmStore(deadlines_table()))


def community(community_id: str) -> Community:
    """A community. Raises NotFoundError."""
    found = registry_store().community(community_id)
    if found is None:
        raise NotFoundError(f"There is no community '{community_id}'.")
    return found


def verified(token: str) -> Caller:
    """The caller that a bearer token names. Raises TokenError."""
    return verify(token, key=_token_key())


def cursor_key() -> str:
    """The key that cursors are signed with."""
    return _token_key()


def _token_key() -> str:
    return _given.token_key if _given else _secrets().get(settings().token_key_secret)


@cache
def _secrets() -> Secrets:
    return Secrets()


@cache
def _connection() -> Connection:
    connection = Connection(read_timeout_seconds=5, connect_timeout_seconds=2, max_retry_attempts=2)
    _ = connection.client  # made once, here, since making clients isn't safe in the tick's threads
    return connection
