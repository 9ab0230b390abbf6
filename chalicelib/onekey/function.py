"""The one-key function: a Lambda of its own behind API Gateway's one-key paths.

It is not `app.py`, so that it starts with no more than it needs: no Chalice, no pydantic, no Powertools, none
of the other capabilities' services. It has its own role, memory and reserved concurrency.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.store import AlarmStore, LadderStore
from chalicelib.alarms.waking import QueueWaker
from chalicelib.aws.connecting import named
from chalicelib.aws.functions import Function
from chalicelib.aws.queues import Queue
from chalicelib.aws.schema import AUDIT, DEADLINES, REGISTRY, WITNESS
from chalicelib.aws.secrets import Secrets, fetcher
from chalicelib.aws.tables import DynamoTable, Table
from chalicelib.http.rows import Note
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.keyring import KeyRing
from chalicelib.kernel.settings import cors_origins, settings
from chalicelib.kernel.sight import Sight
from chalicelib.onekey.ahead import Ahead, GivenTable, batch_get
from chalicelib.onekey.endpoint import Endpoint
from chalicelib.onekey.hook import InboundCalls
from chalicelib.onekey.lane import SqsLane
from chalicelib.onekey.model import Contact
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.onekey.sure import SureTable

QUICK = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
"""Nobody who needs help waits for a service that doesn't answer."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a proxy event of API Gateway (REST, payload format 1.0) with a proxy response.

    Any other event is the schedule's, which keeps a process ready.
    """
    if "httpMethod" not in event:
        endpoint()
        return {}
    answer = endpoint().answer(event, now=clock.now())
    line = {"path": event.get("resource"), "method": event.get("httpMethod"), "status": answer["statusCode"]}
    sys.stdout.write(json.dumps(line) + "\n")
    return answer


@cache
def endpoint() -> Endpoint:
    """The endpoint on the deployment's tables and queues; kept for the process."""
    told = settings()
    connection = named(Connection(read_timeout_seconds=1.5, connect_timeout_seconds=1, max_retry_attempts=1))
    deadlines = SureTable(DynamoTable(told.deadlines_table, DEADLINES, connection))
    registry = GivenTable(DynamoTable(told.registry_table, REGISTRY, connection))
    ahead = Ahead(batch_get(connection), told.deadlines_table, told.registry_table, registry)
    waker = QueueWaker(Queue(told.ladder_queue_url), Function(told.ladder_function))
    alarms = Concerns(AlarmStore(deadlines, shards=told.deadline_shards), LadderStore(registry), waker)
    book = CallBook(deadlines, ahead.read)
    one_key = OneKey(book, alarms, SqsLane(told.urgent_queue_url), LateDialing(registry))
    inbound = InboundCalls(one_key, book)
    token_key, callback_key = Key(told.token_key_secret), Key(told.callback_key_secret)
    looks = LateLooks(callback_key.get, deadlines, connection)
    return Endpoint(one_key, inbound, token_key.get, callback_key.get, looks.note, origins=cors_origins())


@dataclass(frozen=True, slots=True)
class LateDialing:
    """Asks the rota, which is loaded only then: most presses find the board and never need it."""

    registry: Table

    def ranked(self, community: str, grid: str, at: datetime) -> Sequence[Contact]:
        """Who answers for a grid at an instant, first to last."""
        from chalicelib.onekey.dialing import RotaDialing
        from chalicelib.registry.people import PeopleStore
        from chalicelib.rota.lookup import Duties
        from chalicelib.rota.store import RotaStore

        return RotaDialing(Duties(RotaStore(self.registry)), PeopleStore(self.registry)).ranked(
            community, grid, at
        )


@dataclass(slots=True)
class LateLooks:
    """Writes looks down, which is loaded only then: no press needs it."""

    get_key: Callable[[], str]
    deadlines: Table
    connection: Connection
    _note: Note | None = None

    def note(self, caller: Caller, sight: Sight, now: datetime) -> None:
        """Write down that a caller looked at a record. Raises ShouwangError."""
        if self._note is None:
            self._note = self._loaded()
        self._note(caller, sight, now)

    def _loaded(self) -> Note:
        from chalicelib.accounts.access_log import AccessLog
        from chalicelib.accounts.look_store import LookStore
        from chalicelib.accounts.witness_store import WitnessStore
        from chalicelib.watch.deadlines import DeadlineStore
        from chalicelib.watch.sealing import SealTimes

        told = settings()
        audit = SureTable(DynamoTable(told.audit_table, AUDIT, self.connection))
        witness = SureTable(DynamoTable(told.witness_table, WITNESS, self.connection))
        days = SealTimes(DeadlineStore(self.deadlines, shards=told.deadline_shards))
        log = AccessLog(LookStore(audit), WitnessStore(witness), self.get_key, _no_key, days)
        return lambda caller, sight, now: log.note(caller, sight, now=now)


def _no_key() -> str:
    """The key of seals is not this function's to read."""
    raise KeyUnavailableError("Nothing is sealed here.")


class KeyUnavailableError(ShouwangError):
    """The key of tokens can't be fetched, so nobody can be known just now."""

    code = "key_unavailable"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of tokens, fetched quickly or not at all; an old one is better than none."""

    secret: str
    secrets: Secrets = field(default_factory=lambda: Secrets(fetcher(QUICK)))

    def get(self, named: str = "") -> str:
        """The key, or keys. `named` is the one that is wanted: if it isn't among them, they may be older than
        it, and are fetched anew, unless that was just done. Raises KeyUnavailableError.
        """
        try:
            found = self.secrets.get(self.secret)
            is_missing = bool(named) and KeyRing.read(found).named(named) is None
            return self.secrets.get(self.secret, newest=True) if is_missing else found
        except (BotoCoreError, ClientError) as error:
            raise KeyUnavailableError("Nobody can be known just now.") from error
