"""What everything stands on: tables, keys and secrets.

Everything is made at first use and kept for the process. `use` lets tests and simulations stand on other
tables than the deployment's.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pynamodb.connection import Connection

from chalicelib.aws.connecting import named
from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, WITNESS
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.tables import DynamoTable, Table
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.settings import settings

if TYPE_CHECKING:
    from chalicelib.notify.courier import Courier


@dataclass(frozen=True, slots=True)
class Ground:
    """What the application stands on: its tables, the keys of its tokens and cursors, what its secrets
    hold by name (`push`: the deployment's for Web Push) and who carries its messages, if not the providers.
    """

    registry: Table
    series: Table
    deadlines: Table
    quarantine: Table
    audit: Table
    witness: Table
    token_key: str
    deadline_shards: int = 1
    vault: Mapping[str, str] = field(default_factory=dict)
    couriers: "Mapping[str, Courier] | None" = None


_given: Ground | None = None


def use(ground: Ground | None) -> None:
    """Stand on `ground` from now on, such as in-memory twins; with None, on the deployment's again.

    Whatever was made before is forgotten, as in a new process.
    """
    global _given
    _given = ground
    here = __name__.rpartition(".")[0]
    for name in [name for name in sys.modules if name.startswith(here)]:
        for made in list(vars(sys.modules[name]).values()):
            if hasattr(made, "cache_clear") and made.__module__.startswith(here):
                made.cache_clear()


def given() -> Ground | None:
    """What `use` was told, if anything."""
    return _given


@cache
def registry_table() -> Table:
    """Who and what there is."""
    return _given.registry if _given else DynamoTable(settings().registry_table, REGISTRY, connection())


@cache
def series_table() -> Table:
    """What meters and sensors said."""
    return _given.series if _given else DynamoTable(settings().series_table, SERIES, connection())


@cache
def deadlines_table() -> Table:
    """Everything that waits, and the alarms."""
    return _given.deadlines if _given else DynamoTable(settings().deadlines_table, DEADLINES, connection())


@cache
def quarantine_table() -> Table:
    """What was refused."""
    if _given:
        return _given.quarantine
    return DynamoTable(settings().quarantine_table, QUARANTINE, connection())


@cache
def audit_table() -> Table:
    """Who looked at what."""
    return _given.audit if _given else DynamoTable(settings().audit_table, AUDIT, connection())


@cache
def witness_table() -> Table:
    """What the access log must hold."""
    return _given.witness if _given else DynamoTable(settings().witness_table, WITNESS, connection())


def cursor_key() -> str:
    """The key that cursors are signed with."""
    return token_keys().current


def token_keys(knowing: str = "") -> KeyRing:
    """The keys of bearer tokens: the current one signs. Read anew if none of them is named `knowing`."""
    if _given is not None:
        return _ring(_given.token_key)
    name = settings().token_key_secret
    keys = _ring(secrets().get(name))
    if not knowing or keys.named(knowing) is not None:
        return keys
    return _ring(secrets().get(name, newest=True))


@lru_cache(maxsize=4)
def _ring(secret: str) -> KeyRing:
    """Read once: whatever is signed or opened asks for it."""
    return KeyRing.read(secret)


def secret(name: str) -> str:
    """A secret by its name or ARN."""
    return _given.vault[name] if _given and name in _given.vault else secrets().get(name)


def push_secret() -> str:
    """The name of the deployment's secret for Web Push."""
    return "push" if _given else settings().push_secret


def callback_key() -> str:
    """The key that the addresses of callbacks are signed with."""
    return _given.token_key if _given else secrets().get(settings().callback_key_secret)


def seal_key() -> str:
    """The key that the access log's days are sealed with; the API can't read it."""
    return _given.token_key if _given else secrets().get(settings().seal_key_secret)


@cache
def secrets() -> Secrets:
    """The deployment's secrets, fetched by name."""
    return Secrets()


@cache
def connection() -> Connection:
    """The one connection to DynamoDB."""
    return named(Connection(read_timeout_seconds=5, connect_timeout_seconds=2, max_retry_attempts=2))
