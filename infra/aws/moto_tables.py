"""moto's in-process DynamoDB, as the meter looks into it."""

import re
from collections.abc import Sequence
from typing import Any

import botocore.session
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType

from infra.aws.dynamodb_calls import Params
from infra.aws.meter import Schema
from infra.aws.request_units import Index, Item

MOTO_ACCOUNT = "123456789012"
_ESSENTIALS = (
    "TableName",
    "IndexName",
    "KeyConditionExpression",
    "Limit",
    "ExclusiveStartKey",
    "ScanIndexForward",
    "ConsistentRead",
    "Segment",
    "TotalSegments",
)


class MotoTables:
    """The tables of moto's default account in one region; make and use it inside `mock_aws`.

    Raises ValueError for a table with a local secondary index, which the meter doesn't know how to charge.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self._schemas: dict[str, Schema] = {}
        self._client: Any = None

    def schema(self, table: str) -> Schema | None:
        """Keys and indexes as they were when the table was first asked for."""
        if table not in self._schemas:
            found = self._table(table)
            if found is None:
                return None
            if found.indexes:
                raise ValueError(f"{table} has a local secondary index, which isn't metered")
            keys = tuple(found.table_key_attrs)
            self._schemas[table] = Schema(keys, tuple(_index(index, keys) for index in found.global_indexes))
        return self._schemas[table]

    def item(self, table: str, key: Item) -> Item | None:
        """A copy of the item; None when there is none, or the key isn't one."""
        found, schema = self._table(table), self.schema(table)
        if found is None or schema is None or set(key) != set(schema.keys):
            return None
        stored: Any = found.items.get(DynamoType(dict(key[schema.keys[0]])), {})
        if len(schema.keys) > 1:
            stored = stored.get(DynamoType(dict(key[schema.keys[1]])))
        return {name: _plain(value) for name, value in stored.attrs.items()} if stored else None

    def evaluated(self, operation: str, params: Params) -> Sequence[Item]:
        """Asks moto again, without the filter and the projection, by a client that no meter listens to."""
        asked = {name: params[name] for name in _ESSENTIALS if name in params}
        condition = params.get("KeyConditionExpression", "")
        for part, sign in (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":")):
            used = set(re.findall(rf"{sign}\w+", condition))
            if kept := {name: value for name, value in params.get(part, {}).items() if name in used}:
                asked[part] = kept
        answer = self._quiet_client()._make_api_call(operation, asked)
        items: list[Item] = answer["Items"]
        return items

    def _table(self, name: str) -> Any:
        return models.dynamodb_backends[MOTO_ACCOUNT][self._region].tables.get(name)

    def _quiet_client(self) -> Any:
        if self._client is None:
            self._client = botocore.session.get_session().create_client("dynamodb", self._region)
        return self._client


def _index(index: Any, table_keys: tuple[str, ...]) -> Index:
    everything = index.projection.get("ProjectionType", "ALL") == "ALL"
    extra = None if everything else tuple(index.projection.get("NonKeyAttributes") or ())
    return Index(index.name, tuple(index.schema_key_attrs), extra, table_keys)


def _plain(value: Any) -> dict[str, Any]:
    content = value.value
    if value.type == "M":
        content = {name: _plain(element) for name, element in content.items()}
    elif value.type == "L":
        content = [_plain(element) for element in content]
    elif isinstance(content, list):
        content = list(content)
    return {value.type: content}
