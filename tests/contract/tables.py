"""A table as DynamoDB is asked to make it, from its schema."""

from typing import Any

from chalicelib.aws.schema import TableSchema


def definition(name: str, schema: TableSchema) -> dict[str, Any]:
    """What CreateTable takes."""
    pairs = [("pk", "sk"), *((i.hash_key, i.range_key) for i in schema.indexes.values())]
    definition = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys("pk", "sk"),
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": schema.key_type(key)} for pair in pairs for key in pair
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": _keys(keys.hash_key, keys.range_key),
                "Projection": {"ProjectionType": "ALL"}
                if keys.includes is None
                else {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(keys.includes)},
            }
            for index, keys in schema.indexes.items()
        ],
    }
    return {name: value for name, value in definition.items() if value}


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]
