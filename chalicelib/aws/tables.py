"""DynamoDB tables behind one small interface. Thin: no rules live here.

An item is a dict of `str`, `int`, `bool`, lists and string-keyed dicts; `None` is left out. Never a float.
The real table speaks through PynamoDB's connection; `chalicelib.aws.memory` is its in-memory twin, and one
contract suite runs on both.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.aws.items import Item, plain_item, typed, typed_item
from chalicelib.aws.metadata import meta_table
from chalicelib.aws.refusals import reasons, undisturbed
from chalicelib.aws.schema import TableSchema
from chalicelib.kernel.errors import ConflictError, ShouwangError

Expectation = Mapping[str, Any]
ABSENT = object()
"""In an expectation: the attribute must not be there."""
NEW: Expectation = {"pk": ABSENT}
"""The expectation that no item has this key yet."""
BATCH = 25
"""The most items that one BatchWriteItem takes."""
READ_BATCH = 100
"""The most items that one BatchGetItem takes."""
TRANSACTION = 100
"""The most writes that one transaction takes."""


class ExpectationError(ConflictError):
    """A conditional write found the item other than expected; nothing was written."""


BUSY = "The store can't be used right now; try again in a moment."
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds to rest after each refusal of a busy table, before it is given up."""


class StoreUnavailableError(ShouwangError):
    """The table could not be reached or is throttled. Trying again later is safe."""

    code = "store_unavailable"


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole item, if `expect` holds of what is there now."""

    item: Item
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item, if `expect` holds of it."""

    pk: str
    sk: str
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Add whole numbers to an item's attributes, creating what is missing."""

    pk: str
    sk: str
    amounts: Mapping[str, int]


Write = Put | Delete | Add


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a query: its items in key order, and where to go on, if there is more."""

    items: list[Item]
    after: Item | None = None


class Ask(NamedTuple):
    """A query on one partition: of the table, or `by` an index. Bounds on the range key are inclusive."""

    pk: str
    by: str | None = None
    first: str | int | None = None
    last: str | int | None = None
    newest_first: bool = False
    limit: int | None = None
    after: Item | None = None
    consistent: bool = False


class Table(Protocol):
    """What the stores need of a table. Every method may raise StoreUnavailableError."""

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        """The item under a key, or None."""

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        """Those items that exist, in no particular order."""

    def write(self, write: Write) -> None:
        """Do one write. Raises ExpectationError."""

    def write_all(self, writes: Sequence[Write]) -> None:
        """Do up to 100 writes, all or none. Raises ExpectationError."""

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        """Write items of distinct keys unconditionally; returns those that were not taken."""

    def query(self, ask: Ask) -> Page:
        """One page of a partition."""


def put_all(table: Table, items: Sequence[Item]) -> None:
    """Write items of distinct keys, trying again, ever slower, what a busy table did not take.

    Raises StoreUnavailableError when it goes on refusing.
    """
    left = list(items)
    for pause in PAUSES:
        left = table.put_many(left)
        if not left:
            return
        time.sleep(pause)
    raise StoreUnavailableError(BUSY)


def every_item(table: Table, ask: Ask) -> list[Item]:
    """All pages of a query."""
    page = table.query(ask)
    items = list(page.items)
    while page.after is not None:
        page = table.query(ask._replace(limit=None, after=page.after))
        items += page.items
    return items


@dataclass(slots=True)
class DynamoTable:
    """A table on DynamoDB.

    Several tables may share one connection, and with it one client and its sockets.
    """

    name: str
    schema: TableSchema
    connection: Connection
    _range: dict[str | None, str] = field(init=False)

    def __post_init__(self) -> None:
        if self.name not in self.connection._tables:
            self.connection.add_meta_table(meta_table(self.name, self.schema))
        self._range = {None: "sk", **{name: index.range_key for name, index in self.schema.indexes.items()}}

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        with _translated():
            answer = self.connection.get_item(self.name, pk, sk, consistent_read=consistent)
        return plain_item(answer["Item"]) if answer.get("Item") else None

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        found: list[Item] = []
        refusals = 0
        waiting = [{"pk": pk, "sk": sk} for pk, sk in dict.fromkeys(keys)]
        while waiting:
            with _translated():
                request = {
                    "RequestItems": {self.name: {"Keys": [typed_item(k) for k in waiting[:READ_BATCH]]}}
                }
                answer = self.connection.dispatch("BatchGetItem", request)
            found += [plain_item(item) for item in answer["Responses"].get(self.name, [])]
            left = (answer.get("UnprocessedKeys") or {}).get(self.name, {}).get("Keys", [])
            waiting = [plain_item(key) for key in left] + waiting[READ_BATCH:]
            if left:
                refusals += 1
                _rest(refusals)
        return found

    def write(self, write: Write) -> None:
        with _translated():
            undisturbed(lambda: self._write(write))

    def _write(self, write: Write) -> None:
        match write:
            case Put(item, expect):
                self.connection.put_item(
                    self.name, item["pk"], item["sk"],
                    attributes=_but_keys(typed_item(item)), condition=_condition(expect),
                )  # fmt: skip
            case Delete(pk, sk, expect):
                self.connection.delete_item(self.name, pk, sk, condition=_condition(expect))
            case Add(pk, sk, amounts):
                self.connection.update_item(self.name, pk, sk, actions=_additions(amounts))

    def write_all(self, writes: Sequence[Write]) -> None:
        puts = [
            self.connection.get_operation_kwargs(
                self.name, w.item["pk"], w.item["sk"], key="Item",
                attributes=_but_keys(typed_item(w.item)), condition=_condition(w.expect),
            ) for w in writes if isinstance(w, Put)
        ]  # fmt: skip
        deletes = [
            self.connection.get_operation_kwargs(self.name, w.pk, w.sk, condition=_condition(w.expect))
            for w in writes if isinstance(w, Delete)
        ]  # fmt: skip
        additions = [
            self.connection.get_operation_kwargs(self.name, w.pk, w.sk, actions=_additions(w.amounts))
            for w in writes if isinstance(w, Add)
        ]  # fmt: skip
        with _translated():
            undisturbed(lambda: self.connection.transact_write_items([], deletes, puts, additions))

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        left: list[Item] = []
        for start in range(0, len(items), BATCH):
            requests = [{"PutRequest": {"Item": typed_item(item)}} for item in items[start : start + BATCH]]
            with _translated():
                answer = self.connection.dispatch("BatchWriteItem", {"RequestItems": {self.name: requests}})
            refused = (answer.get("UnprocessedItems") or {}).get(self.name, [])
            left += [plain_item(r["PutRequest"]["Item"]) for r in refused]
        return left

    def query(self, ask: Ask) -> Page:
        with _translated():
            answer = self.connection.query(
                self.name,
                ask.pk,
                range_key_condition=_range(self._range[ask.by], ask.first, ask.last),
                consistent_read=ask.consistent,
                exclusive_start_key=typed_item(ask.after) if ask.after else None,
                index_name=ask.by,
                limit=ask.limit,
                scan_index_forward=not ask.newest_first,
            )
        after = answer.get("LastEvaluatedKey")
        return Page([plain_item(item) for item in answer["Items"]], plain_item(after) if after else None)


def _rest(refusals: int) -> None:
    if refusals > len(PAUSES):
        raise StoreUnavailableError(BUSY)
    time.sleep(PAUSES[refusals - 1])


class _translated:  # noqa: N801 - read as a word in `with _translated():`
    """Turns PynamoDB's errors into ours, so that nothing above knows PynamoDB."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, PynamoDBException):
            return
        if (
            error.cause_response_code == "ConditionalCheckFailedException"
            or "ConditionalCheckFailed" in reasons(error)
        ):
            raise ExpectationError("The stored item is not as expected; read it again.") from error
        if isinstance(error.cause, ClientError) and error.cause_response_code in _PERMANENT:
            raise error
        raise StoreUnavailableError(BUSY) from error


_PERMANENT = {"ValidationException", "AccessDeniedException", "ResourceNotFoundException"}


def _condition(expect: Expectation | None) -> Condition | None:
    combined: Condition | None = None
    for name, value in (expect or {}).items():
        one = Path([name]).does_not_exist() if value is ABSENT else Path([name]) == typed(value)
        combined = one if combined is None else combined & one
    return combined


def _range(name: str, first: str | int | None, last: str | int | None) -> Condition | None:
    path = Path([name])
    if first is not None and last is not None:
        return path.between(typed(first), typed(last))
    if first is not None:
        return path >= typed(first)
    return path <= typed(last) if last is not None else None


def _additions(amounts: Mapping[str, int]) -> list[Any]:
    return [Path([name]).add(typed(amount)) for name, amount in amounts.items()]


def _but_keys(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}
