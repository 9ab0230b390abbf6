"""What PynamoDB must know of a table beforehand, so that it never has to ask DynamoDB for it."""

from pynamodb.connection.base import MetaTable

from chalicelib.aws.schema import TableSchema


def meta_table(name: str, schema: TableSchema) -> MetaTable:
    """A table's keys and indexes, from its schema."""
    keys = {"pk", "sk", *(k for i in schema.indexes.values() for k in (i.hash_key, i.range_key))}
    return MetaTable(
        {
            "TableName": name,
            "KeySchema": _key_schema("pk", "sk"),
            "AttributeDefinitions": [
                {"AttributeName": key, "AttributeType": schema.key_type(key)} for key in sorted(keys)
            ],
            "GlobalSecondaryIndexes": [
                {"IndexName": index, "KeySchema": _key_schema(keys.hash_key, keys.range_key)}
                for index, keys in schema.indexes.items()
            ],
        }
    )


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]
