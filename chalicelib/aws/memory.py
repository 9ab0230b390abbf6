"""The in-memory twin of a table, for tests and the simulator.

The same promises, held by the same contract suite, without a network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from chalicelib.aws.items import Item, plain_item, typed, typed_item
from chalicelib.aws.schema import TableSchema
from chalicelib.aws.tables import (
    ABSENT,
    BATCH,
    TRANSACTION,
    Add,
    Ask,
    Delete,
    Expectation,
    ExpectationError,
    Page,
    Put,
    Write,
)

Key = tuple[str, str]


@dataclass(slots=True)
class MemoryTable:
    """A table held in a dict. Items are copied on their way in and out, as a real table would."""

    schema: TableSchema
    _partitions: dict[str, dict[str, Item]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        _must_be_possible([(pk, sk)], most=1)
        item = self._partitions.get(pk, {}).get(sk)
        return _copied(item) if item is not None else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        return [item for pk, sk in dict.fromkeys(keys) if (item := self.get(pk, sk)) is not None]

    def write(self, write: Write) -> None:
        self.write_all([write])

    def write_all(self, writes: Sequence[Write]) -> None:
        _must_be_possible([_key(write) for write in writes], most=TRANSACTION)
        for write in writes:
            if isinstance(write, Put):
                typed_item(write.item)
        with self._lock:
            for write in writes:
                if not isinstance(write, Add):
                    self._check(_key(write), write.expect)
            for write in writes:
                self._apply(write)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        for start in range(0, len(items), BATCH):
            self.write_all([Put(item) for item in items[start : start + BATCH]])
        return []

    def query(self, ask: Ask) -> Page:
        with self._lock:
            rows = sorted(self._rows(ask), key=lambda row: row[0], reverse=ask.newest_first)
        if ask.after is not None:
            mark = self._order(ask.by, ask.after)
            rows = [r for r in rows if (r[0] < mark if ask.newest_first else r[0] > mark)]
        kept = rows if ask.limit is None else rows[: ask.limit]
        more = ask.limit is not None and len(rows) >= ask.limit and bool(kept)
        items = [_copied(self._projected(ask.by, item)) for _, item in kept]
        return Page(items, self._position(ask.by, kept[-1][1]) if more else None)

    def items(self) -> Iterable[Item]:
        """Every item, for tests that look at what was stored."""
        return [_copied(item) for partition in self._partitions.values() for item in partition.values()]

    def _rows(self, ask: Ask) -> list[tuple[tuple[Any, ...], Item]]:
        if ask.by is None:
            found = list(self._partitions.get(ask.pk, {}).values())
            range_key = "sk"
        else:
            keys = self.schema.indexes[ask.by]
            range_key = keys.range_key
            found = [
                item
                for partition in self._partitions.values()
                for item in partition.values()
                if item.get(keys.hash_key) == ask.pk and range_key in item
            ]
        return [
            (self._order(ask.by, item), item)
            for item in found
            if (ask.first is None or item[range_key] >= ask.first)
            and (ask.last is None or item[range_key] <= ask.last)
        ]

    def _order(self, index: str | None, item: Item) -> tuple[Any, ...]:
        if index is None:
            return (item["sk"],)
        return (item[self.schema.indexes[index].range_key], item["pk"], item["sk"])

    def _position(self, index: str | None, item: Item) -> Item:
        names = ["pk", "sk"]
        if index is not None:
            keys = self.schema.indexes[index]
            names += [keys.hash_key, keys.range_key]
        return {name: item[name] for name in names}

    def _projected(self, index: str | None, item: Item) -> Item:
        if index is None or (keys := self.schema.indexes[index]).includes is None:
            return item
        shown = {"pk", "sk", keys.hash_key, keys.range_key, *keys.includes}
        return {name: value for name, value in item.items() if name in shown}

    def _check(self, key: Key, expect: Expectation | None) -> None:
        item = self._partitions.get(key[0], {}).get(key[1], {})
        for name, value in (expect or {}).items():
            if not _same(item.get(name, ABSENT), value):
                raise ExpectationError("The stored item is not as expected; read it again.")

    def _apply(self, write: Write) -> None:
        pk, sk = _key(write)
        partition = self._partitions.setdefault(pk, {})
        match write:
            case Put(item):
                partition[sk] = plain_item(typed_item(item))
            case Delete():
                partition.pop(sk, None)
            case Add(_, _, amounts):
                item = partition.setdefault(sk, {"pk": pk, "sk": sk})
                for name, amount in amounts.items():
                    item[name] = item.get(name, 0) + amount


def _copied(value: Any) -> Any:
    """A deep copy of what an item may hold, several times as fast as `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _must_be_possible(keys: Sequence[Key], *, most: int) -> None:
    """Refuse what DynamoDB refuses. Raises ValueError."""
    if len(keys) > most or len(set(keys)) < len(keys):
        raise ValueError(f"A table takes up to {most} writes together, each of another item.")
    for key in keys:
        if not all(key):
            raise ValueError("No part of a key may be empty.")


def _same(stored: Any, expected: Any) -> bool:
    """Whether two values are one to DynamoDB, for which `True` is not 1."""
    if stored is ABSENT or expected is ABSENT:
        return stored is expected
    return typed(stored) == typed(expected)


def _key(write: Write) -> Key:
    return (write.item["pk"], write.item["sk"]) if isinstance(write, Put) else (write.pk, write.sk)
