"""What DynamoDB charges for a request, worked out from the items it touches.

Rules and worked examples are those of the DynamoDB Developer Guide, "Item sizes and formats"
(CapacityUnitCalculations), "Read and write operations" (read-write-operations), "Global secondary indexes"
(GSI.ThroughputConsiderations), "Transactions" (transaction-apis), and of the on-demand pricing page. Items
are in DynamoDB's typed JSON: `{"pk": {"S": "h001"}}`. A kilobyte is 1,024 bytes. The 100 bytes an item is
said to weigh for indexing count for storage only, never for throughput.
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
TRANSACTION_FACTOR = 2  # one write (or read) to prepare, one to commit
CONTAINER_BYTES = 3
ELEMENT_BYTES = 1


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index; `projected` names its non-key attributes, None means all of the item's."""

    name: str
    keys: tuple[str, ...]
    projected: tuple[str, ...] | None
    table_keys: tuple[str, ...]

    def entry(self, item: Item | None) -> Item | None:
        """What the index stores of an item; None when it lacks an index key, because the index is sparse."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return item
        wanted = {*self.table_keys, *self.keys, *self.projected}
        return {name: value for name, value in item.items() if name in wanted}


@dataclass(frozen=True, slots=True)
class WriteUnits:
    """What one write costs: the table's units, and each index's that it touched."""

    table: int
    indexes: Mapping[str, int]

    @property
    def total(self) -> int:
        """All write units of this write."""
        return self.table + sum(self.indexes.values())


def item_size(item: Item) -> int:
    """Bytes of an item: the UTF-8 length of each attribute's name and the size of its value."""
    return sum(_text(name) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Bytes DynamoDB counts for one typed value, e.g. `{"N": "27"}`. Raises ValueError for an unknown type.

    A list or map costs 3 bytes and 1 more per element. Sets are the sum of their members.
    """
    ((kind, content),) = value.items()
    if kind in _SCALARS:
        return _SCALARS[kind](content)
    if kind == "L":
        return CONTAINER_BYTES + sum(ELEMENT_BYTES + value_size(element) for element in content)
    if kind == "M":
        return CONTAINER_BYTES + sum(
            ELEMENT_BYTES + _text(name) + value_size(element) for name, element in content.items()
        )
    if kind in {"SS", "NS", "BS"}:
        return sum(_SCALARS[kind[0]](element) for element in content)
    raise ValueError(f"DynamoDB has no attribute type {kind!r}")


def write_units(
    before: Item | None, after: Item | None, *, indexes: Iterable[Index] = (), transactional: bool = False
) -> WriteUnits:
    """Units of one put, update or delete, given the item before and after it (None where there is none).

    The table pays for the larger of the two images, at least one unit, twice inside a transaction. An index
    pays for what changes in it: nothing, one write (new, gone, or changed in place), or two when its key
    changed. A transaction doesn't double an index's part: indexes follow after it, on their own (AWS' cost
    calculator in aws/agent-toolkit-for-aws states the same, as measured).
    """
    factor = TRANSACTION_FACTOR if transactional else 1
    touched = {index.name: _index_units(index, before, after) for index in indexes}
    return WriteUnits(
        table=factor * _rounded(_larger(before, after), WRITE_UNIT_BYTES),
        indexes={name: units for name, units in touched.items() if units},
    )


def refused_write_units(
    existing: Item | None, attempted: Item | None = None, *, transactional: bool = False
) -> int:
    """Units of a write whose condition was false: no index changes, but the table still pays.

    Developer Guide: it depends on "the size of the item (whether it's an existing item in the table or a new
    one you are attempting to create or update)", at least 1; an existing 300 KB and an attempted 310 KB cost
    310 units.
    """
    return write_units(existing, attempted, transactional=transactional).table


def read_units(bytes_read: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """Units of one read of so many bytes: one item's for GetItem, all items' looked at for Query and Scan.

    Rounded up to 4 KB; half of it when eventually consistent, twice when transactional. Finding nothing costs
    as much as one small item. A batch get is the sum of its items, each rounded by itself.
    """
    units = _rounded(bytes_read, READ_UNIT_BYTES)
    if transactional:
        return float(TRANSACTION_FACTOR * units)
    return float(units) if consistent else units / 2


def total_size(items: Sequence[Item]) -> int:
    """Bytes of all these items together, as a Query or Scan adds them up before it rounds."""
    return sum(item_size(item) for item in items)


def _index_units(index: Index, before: Item | None, after: Item | None) -> int:
    old, new = index.entry(before), index.entry(after)
    if old is None or new is None:
        return 0 if old is new else _rounded(_larger(old, new), WRITE_UNIT_BYTES)
    if any(not _same(old[key], new[key]) for key in index.keys):
        return _rounded(item_size(old), WRITE_UNIT_BYTES) + _rounded(item_size(new), WRITE_UNIT_BYTES)
    if old.keys() == new.keys() and all(_same(old[name], new[name]) for name in old):
        return 0
    return _rounded(_larger(old, new), WRITE_UNIT_BYTES)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one == other:
        return True
    ((kind, content),) = one.items()
    return kind in {"SS", "NS", "BS"} and kind in other and set(content) == set(other[kind])


def _larger(before: Item | None, after: Item | None) -> int:
    return max(item_size(image) if image else 0 for image in (before, after))


def _rounded(size: int, unit: int) -> int:
    return max(1, -(-size // unit))


def _text(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number(text: str) -> int:
    """A byte for two significant digits and one for the exponent, one more for a minus sign; zero is a byte.

    The guide says "approximately"; leading and trailing zeroes are trimmed, as it says.
    """
    mantissa = text.lower().partition("e")[0]
    digits = mantissa.lstrip("+-").replace(".", "").strip("0")
    if not digits:
        return 1
    return (len(digits) + 1) // 2 + 1 + (1 if mantissa.startswith("-") else 0)


def _binary(content: bytes | str) -> int:
    return len(base64.b64decode(content)) if isinstance(content, str) else len(content)


def _one_byte(_: object) -> int:
    return 1


_SCALARS: Mapping[str, Callable[[Any], int]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _one_byte,
    "NULL": _one_byte,
}
