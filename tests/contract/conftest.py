"""Every contract holds on the in-memory twin and on DynamoDB itself, in the embedded cloud."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.connection import Connection

from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import TableSchema
from chalicelib.aws.tables import DynamoTable, Table
from infra.embedded.cloud import OPERATOR_KEY, EmbeddedCloud
from infra.embedded.process import REGION

NewTable = Callable[[TableSchema], Table]


@pytest.fixture(scope="session")
def embedded_dynamodb(cloud: EmbeddedCloud) -> tuple[Any, Connection]:
    """A client that makes tables, and the connection to use them."""
    client = cloud.client("dynamodb")
    connection = Connection(region=REGION, host=client.meta.endpoint_url)
    connection.session.set_credentials(OPERATOR_KEY, OPERATOR_KEY)
    _ = connection.client  # made in this thread, which alone has the credentials
    return client, connection


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.stack)])
def new_table(request: pytest.FixtureRequest) -> NewTable:
    """Makes empty tables of a schema."""
    if request.param == "memory":
        return MemoryTable
    client, connection = request.getfixturevalue("embedded_dynamodb")

    def make(schema: TableSchema) -> Table:
        name = f"contract-{schema.name}-{uuid4().hex[:8]}"
        client.create_table(**_definition(name, schema))
        return DynamoTable(name, schema, connection)

    return make


def _definition(name: str, schema: TableSchema) -> dict[str, Any]:
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
