"""Connections to DynamoDB."""

from botocore.config import Config
from pynamodb.connection import Connection

NAME = "shouwang"


def named(connection: Connection) -> Connection:
    """The connection, with its client made, whose requests bear our name as their user agent.

    Botocore otherwise writes a long one of its own anew for each request, a tenth of what a request costs in
    CPU. The client is made here and once, since making clients isn't safe in threads.
    """
    connection.session.set_default_client_config(Config(user_agent=NAME))
    _ = connection.client
    return connection
