"""A table that counts what every call on it would cost on DynamoDB."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from chalicelib.aws.items import Item, typed_item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import TableSchema
from chalicelib.aws.tables import Add, Ask, ExpectationError, Page, Put, Write
from infra.aws.request_units import (
    Index,
    read_units,
    refused_write_units,
    total_size,
    write_units,
)


class Charge(NamedTuple):
    """What units were spent on: a purpose, and the table or, as `table/index`, one of its indexes."""

    purpose: str
    where: str


@dataclass(slots=True)
class Bill:
    """Request units so far, by charge."""

    reads: Counter[Charge] = field(default_factory=Counter)
    writes: Counter[Charge] = field(default_factory=Counter)
    calls: Counter[Charge] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def clear(self) -> None:
        """Start again from nothing."""
        for counter in (self.reads, self.writes, self.calls):
            counter.clear()

    def read(self, purpose: str, where: str, units: float) -> None:
        """Charge one read. Halves are exact in binary, so sums are too."""
        self._add(self.reads, Charge(purpose, where), units)

    def write(self, purpose: str, where: str, units: float) -> None:
        """Charge one write."""
        self._add(self.writes, Charge(purpose, where), units)

    def _add(self, counter: Counter[Charge], charge: Charge, units: float) -> None:
        counter[charge] += units  # type: ignore[assignment]  # a Counter may count halves
        self.calls[charge] += 1


@dataclass(slots=True)
class MeteredTable:
    """An in-memory table whose calls go on a bill, under one purpose and as `DynamoTable` would make them.

    Several may stand before one table. Calls are charged as by `infra.aws.meter`: refused writes too.
    """

    inner: MemoryTable
    bill: Bill
    purpose: str
    _indexes: tuple[Index, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._indexes = indexes_of(self.inner.schema)

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        with self.bill.lock:
            found = self.inner.get(pk, sk)
            self._read([found] if found else [], consistent=consistent)
        return found

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        return [item for pk, sk in dict.fromkeys(keys) if (item := self.get(pk, sk)) is not None]

    def write(self, write: Write) -> None:
        with self.bill.lock:
            self._write([write], transactional=False)

    def write_all(self, writes: Sequence[Write]) -> None:
        with self.bill.lock:
            self._write(writes, transactional=True)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        with self.bill.lock:
            for item in items:
                self._write([Put(item)], transactional=False)
        return []

    def query(self, ask: Ask) -> Page:
        with self.bill.lock:
            page = self.inner.query(ask)
            self._read(page.items, consistent=ask.consistent, index=ask.by)
        return page

    def _read(self, items: Sequence[Item], *, consistent: bool, index: str | None = None) -> None:
        units = read_units(total_size([typed_item(item) for item in items]), consistent=consistent)
        self.bill.read(self.purpose, self._where(index), units)

    def _write(self, writes: Sequence[Write], *, transactional: bool) -> None:
        before = [self._image(write) for write in writes]
        try:
            self.inner.write_all(writes)
        except ExpectationError:
            for write, image in zip(writes, before, strict=True):
                attempted = typed_item(write.item) if isinstance(write, Put) else None
                units = refused_write_units(image, attempted, transactional=transactional)
                self.bill.write(self.purpose, self._where(None), units)
            raise
        for write, image in zip(writes, before, strict=True):
            after = typed_item(write.item) if isinstance(write, Put) else None
            after = self._image(write) if isinstance(write, Add) else after
            cost = write_units(image, after, indexes=self._indexes, transactional=transactional)
            self.bill.write(self.purpose, self._where(None), cost.table)
            for index, units in cost.indexes.items():
                self.bill.write(self.purpose, self._where(index), units)

    def _image(self, write: Write) -> dict[str, dict[str, object]] | None:
        pk, sk = (write.item["pk"], write.item["sk"]) if isinstance(write, Put) else (write.pk, write.sk)
        item = self.inner.get(pk, sk)
        return typed_item(item) if item is not None else None

    def _where(self, index: str | None) -> str:
        return self.inner.schema.name if index is None else f"{self.inner.schema.name}/{index}"


def indexes_of(schema: TableSchema) -> tuple[Index, ...]:
    """A table's indexes as the request-unit rules know them."""
    return tuple(
        Index(name, (index.hash_key, index.range_key), index.includes, ("pk", "sk"))
        for name, index in schema.indexes.items()
    )
