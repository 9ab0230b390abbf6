"""Counts the request units of every DynamoDB call a program makes, by table, index and operation.

It listens to botocore's events, so it sees what PynamoDB sends. What a call costs depends on the items it
meets, so the meter looks into the tables as they are before and after it; `Tables` says what it needs to see.
Calls must come one after another, as in a benchmark: another writer in between would be charged to the wrong
call.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from botocore import handlers

from infra.aws.dynamodb_calls import (
    NARROWING,
    STILL_CHARGED,
    AskedWrite,
    Params,
    gets_of,
    undone_gets,
    undone_writes,
    writes_of,
)
from infra.aws.request_units import (
    Index,
    Item,
    item_size,
    read_units,
    refused_write_units,
    total_size,
    write_units,
)


class Kind(StrEnum):
    """What is paid for."""

    READ = "read"
    WRITE = "write"


class Charge(NamedTuple):
    """Whom the units are charged to; `index_name` is None for the table itself."""

    table: str
    index_name: str | None
    operation: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Schema:
    """A table's key attributes and its global secondary indexes."""

    keys: tuple[str, ...]
    indexes: tuple[Index, ...]


class Tables(Protocol):
    """The tables behind the calls, as the meter looks at them; looking costs nothing and changes nothing."""

    def schema(self, table: str) -> Schema | None:
        """Keys and indexes of a table; None when there is no such table."""

    def item(self, table: str, key: Item) -> Item | None:
        """The whole item as it is now, a copy; None when there is none."""

    def evaluated(self, operation: str, params: Params) -> Sequence[Item]:
        """All items (or index entries) a Query or Scan looks at, before its filter and projection."""


@dataclass(frozen=True, slots=True)
class _Write:
    operation: str
    table: str
    schema: Schema
    key: Item
    put: Item | None
    before: Item | None


class Meter:
    """Sums request units while it is attached to clients.

    Every DynamoDB call is charged, refused conditions and cancelled transactions included; calls that
    DynamoDB refuses for another reason (validation, no such table) cost nothing. `TransactWriteItems` under a
    token it has already seen is charged as new.
    """

    def __init__(self, tables: Tables) -> None:
        self.units: defaultdict[Charge, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._tables = tables
        self._name = f"shouwang-meter-{id(self)}"

    def read_units(self, table: str | None = None, operation: str | None = None) -> float:
        """Read units so far, of one table or operation or of all."""
        return self._sum(Kind.READ, table, operation)

    def write_units(self, table: str | None = None, operation: str | None = None) -> float:
        """Write units so far, of one table with its indexes or one operation, or of all."""
        return self._sum(Kind.WRITE, table, operation)

    def reset(self) -> None:
        """Start again from nothing."""
        self.units.clear()
        self.calls.clear()

    def attach(self, client: Any) -> None:
        """Listen to one botocore client that already exists."""
        for event, listener in self._listeners():
            client.meta.events.register(event, listener, unique_id=f"{self._name}-{event}")

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Listen to each client whose botocore session is born in this block, as PynamoDB's are at first use.

        A client made before is attached by itself; one made inside is listened to after the block as well.
        """
        ours = self._listeners()
        handlers.BUILTIN_HANDLERS.extend(ours)
        try:
            yield
        finally:
            for listener in ours:
                handlers.BUILTIN_HANDLERS.remove(listener)

    def _listeners(self) -> list[tuple[str, Callable[..., None]]]:
        return [("provide-client-params.dynamodb", self._before), ("after-call.dynamodb", self._after)]

    def _before(self, params: Params, model: Any, context: dict[str, Any], **_: Any) -> None:
        context[self._name] = (params, [self._open(write) for write in writes_of(model.name, params)])

    def _open(self, write: AskedWrite) -> _Write | None:
        operation, table, key, put = write
        schema = self._tables.schema(table)
        if schema is None:
            return None
        key = key or {name: put[name] for name in schema.keys if put and name in put}
        return _Write(operation, table, schema, key, put, self._tables.item(table, key))

    def _after(
        self, http_response: Any, parsed: Params, model: Any, context: dict[str, Any], **_: Any
    ) -> None:
        params, writes = context.pop(self._name, ({}, []))
        self.calls[model.name] += 1
        refused = http_response.status_code >= 300
        if refused and parsed.get("Error", {}).get("Code") not in STILL_CHARGED:
            return
        transactional = model.name.startswith("Transact")
        undone = undone_writes(parsed)
        for write in writes:
            if write is not None and (write.table, write.put or write.key) not in undone:
                self._charge_write(model.name, write, refused=refused, transactional=transactional)
        if not refused:
            self._charge_reads(model.name, params, parsed)

    def _charge_write(self, call: str, write: _Write, *, refused: bool, transactional: bool) -> None:
        if refused or write.operation == "ConditionCheck":
            units = refused_write_units(write.before, write.put, transactional=transactional)
            self.units[Charge(write.table, None, call, Kind.WRITE)] += units
            return
        after = write.put
        if write.operation == "Update":
            after = self._tables.item(write.table, write.key)
        cost = write_units(write.before, after, indexes=write.schema.indexes, transactional=transactional)
        self.units[Charge(write.table, None, call, Kind.WRITE)] += cost.table
        for index, index_units in cost.indexes.items():
            self.units[Charge(write.table, index, call, Kind.WRITE)] += index_units

    def _charge_reads(self, call: str, params: Params, parsed: Params) -> None:
        undone = undone_gets(parsed)
        for table, key, consistent in gets_of(call, params):
            if (table, key) in undone:
                continue
            found = self._tables.item(table, key)
            size = item_size(found) if found else 0
            units = read_units(size, consistent=consistent, transactional=call == "TransactGetItems")
            self.units[Charge(table, None, call, Kind.READ)] += units
        if call in {"Query", "Scan"}:
            whole = not any(name in params for name in NARROWING)
            items = parsed.get("Items", []) if whole else self._tables.evaluated(call, params)
            units = read_units(total_size(items), consistent=bool(params.get("ConsistentRead")))
            self.units[Charge(params["TableName"], params.get("IndexName"), call, Kind.READ)] += units

    def _sum(self, kind: Kind, table: str | None, operation: str | None) -> float:
        return sum(
            units
            for charge, units in self.units.items()
            if charge.kind is kind and table in {None, charge.table} and operation in {None, charge.operation}
        )
