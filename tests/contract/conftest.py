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
from tests.contract.tables import definition

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
        client.create_table(**definition(name, schema))
        return DynamoTable(name, schema, connection)

    return make
