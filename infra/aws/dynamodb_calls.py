"""What a DynamoDB call asks for: which items of which tables it writes and reads by key."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from infra.aws.request_units import Item

Params = Mapping[str, Any]

# Whatever makes the answer hold less than was read.
NARROWING = (
    "FilterExpression",
    "ProjectionExpression",
    "Select",
    "AttributesToGet",
    "QueryFilter",
    "ScanFilter",
)
STILL_CHARGED = {"ConditionalCheckFailedException", "TransactionCanceledException"}
_BATCH = {"PutRequest": "Put", "DeleteRequest": "Delete"}
_SINGLE = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


class AskedWrite(NamedTuple):
    """One write of a call: Put, Update, Delete or ConditionCheck; a put has an item, the others a key."""

    operation: str
    table: str
    key: Item | None
    put: Item | None


def writes_of(call: str, params: Params) -> Iterator[AskedWrite]:
    """Each write of a call."""
    if call in _SINGLE:
        yield _asked(_SINGLE[call], params["TableName"], params)
    elif call == "BatchWriteItem":
        for table, requests in params["RequestItems"].items():
            yield from (_asked(_BATCH[name], table, body) for each in requests for name, body in each.items())
    elif call == "TransactWriteItems":
        entries = params["TransactItems"]
        yield from (_asked(name, body["TableName"], body) for each in entries for name, body in each.items())


def _asked(operation: str, table: str, body: Params) -> AskedWrite:
    return AskedWrite(operation, table, body.get("Key"), body.get("Item"))


def gets_of(call: str, params: Params) -> Iterator[tuple[str, Item, bool]]:
    """Each item a call asks for by its key: the table, the key, whether the read is consistent."""
    if call == "GetItem":
        yield params["TableName"], params["Key"], bool(params.get("ConsistentRead"))
    elif call == "BatchGetItem":
        for table, wanted in params["RequestItems"].items():
            for key in wanted["Keys"]:
                yield table, key, bool(wanted.get("ConsistentRead"))
    elif call == "TransactGetItems":
        for entry in params["TransactItems"]:
            yield entry["Get"]["TableName"], entry["Get"]["Key"], True


def undone_writes(parsed: Params) -> list[tuple[str, Item | None]]:
    """What a batch write left for another call: each put's item or delete's key."""
    left = parsed.get("UnprocessedItems") or {}
    writes = writes_of("BatchWriteItem", {"RequestItems": left})
    return [(write.table, write.put or write.key) for write in writes]


def undone_gets(parsed: Params) -> list[tuple[str, Item]]:
    """Keys a batch get left for another call, which will pay for them."""
    left = parsed.get("UnprocessedKeys") or {}
    return [(table, key) for table, key, _ in gets_of("BatchGetItem", {"RequestItems": left})]
