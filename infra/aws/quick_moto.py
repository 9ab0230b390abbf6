"""moto's DynamoDB, made fast enough for a benchmark.

moto sorts a whole table for each query and copies it for each transaction: 30 queries a second over 3,000
items. Here its own code is handed only the items it could need; what it does with them stays moto's.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.comparisons import get_comparison_func
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


class QuickTable(Table):
    """moto's table, which looks at one partition (or one index key and range) for a query."""

    _candidates: list[Any] | None = None
    touched: Sequence[tuple[Any, Any]] = ()

    def all_items(self) -> list[Any]:
        """All items; during a query, those that its keys could match."""
        return self._candidates if self._candidates is not None else super().all_items()

    def query(self, hash_key: Any, range_comparison: Any, range_objs: Any, *args: Any, **named: Any) -> Any:
        """As moto's."""
        index_name = args[4] if len(args) > 4 else named.get("index_name")  # moto gives it by position
        hashes = dict(named.get("hash_key_conditions") or ())
        ranges: Sequence[Any] = named.get("range_key_conditions") or ()
        found = self._matching(hashes) if index_name else self._partition(hash_key)
        if len(ranges) == 1 and range_comparison:
            name, comparison, bounds = ranges[0]
            found = _within(found, name, comparison, bounds)
        self._candidates = found
        try:
            return super().query(hash_key, range_comparison, range_objs, *args, **named)
        finally:
            self._candidates = None

    def _partition(self, hash_key: Any) -> list[Any]:
        stored = self.items.get(hash_key, {})
        return list(stored.values()) if self.has_range_key else [stored] if stored else []

    def _matching(self, hashes: dict[str, Any]) -> list[Any]:
        items: Iterable[Any] = self.items.values()
        if self.has_range_key:
            items = chain.from_iterable(partition.values() for partition in items)
        wanted = [(name, value.type, _native(value)) for name, value in hashes.items()]
        return [item for item in items if all(_equal(item.attrs.get(name), *rest) for name, *rest in wanted)]

    def __deepcopy__(self, memo: dict[int, Any]) -> "QuickTable":
        """What a transaction keeps to go back to: own copies only of the items that it will touch."""
        kept = copy.copy(self)
        kept.items = defaultdict(dict, self.items)
        if not self.has_range_key:
            found = {hash_key for hash_key, _ in self.touched if hash_key in self.items}
            kept.items.update({hash_key: copy.deepcopy(self.items[hash_key], memo) for hash_key in found})
            return kept
        for hash_key in {hash_key for hash_key, _ in self.touched}:
            kept.items[hash_key] = dict(self.items.get(hash_key, {}))
        for hash_key, range_key in self.touched:
            if range_key in kept.items[hash_key]:
                kept.items[hash_key][range_key] = copy.deepcopy(kept.items[hash_key][range_key], memo)
        return kept


def _within(items: list[Any], name: str, comparison: str, bounds: Sequence[Any]) -> list[Any]:
    test, limits = get_comparison_func(comparison), [_native(bound) for bound in bounds]
    return [item for item in items if name in item.attrs and test(_native(item.attrs[name]), *limits)]


def _native(value: Any) -> Any:
    return Decimal(value.value) if value.type == "N" else value.value


def _equal(value: Any, kind: str, native: Any) -> bool:
    return value is not None and value.type == kind and bool(_native(value) == native)


def _touch(backend: Any, transact_items: Sequence[dict[str, Any]]) -> None:
    touched: dict[str, list[tuple[Any, Any]]] = {}
    for entry in transact_items:
        for body in entry.values():
            table = backend.tables.get(body.get("TableName"))
            key = body.get("Key") or body.get("Item") or {}
            if isinstance(table, QuickTable) and set(table.table_key_attrs) <= set(key):
                pair = [DynamoType(key[name]) for name in table.table_key_attrs]
                touched.setdefault(table.name, []).append((pair[0], pair[1] if len(pair) > 1 else None))
    for name, keys in touched.items():
        backend.tables[name].touched = keys


@contextmanager
def quick_moto() -> Iterator[None]:
    """Tables that moto makes inside this block answer queries and transactions quickly, however large."""
    backend: Any = models.DynamoDBBackend
    table, transaction = vars(models)["Table"], backend.transact_write_items

    def quick_transaction(self: Any, transact_items: Sequence[dict[str, Any]]) -> Any:
        _touch(self, transact_items)
        return transaction(self, transact_items)

    vars(models)["Table"], backend.transact_write_items = QuickTable, quick_transaction
    try:
        yield
    finally:
        vars(models)["Table"], backend.transact_write_items = table, transaction
