"""`shouwang token`: a bearer token for the API, signed with the stack's key by whoever may read it."""

from datetime import timedelta

import click

from chalicelib.accounts.model import LONGEST_LIFE, sign
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.keyring import KeyRing
from chalicelib.registry.model import must_be_id
from infra.commands.shared import as_json, community_option, connected, write_json
from infra.stack import Stack


def signed_token(stack: Stack, caller: Caller, *, life: timedelta = timedelta(hours=12)) -> str:
    """A bearer token for a caller."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.output("TokenKeyArn"))
    key = KeyRing.read(secret["SecretString"]).current
    return sign(caller, key=key, now=clock.now(), life=life)


@click.command("token")
@community_option
@click.option(
    "--role", type=click.Choice([r.value for r in Role]), default=Role.GRID_WORKER.value, show_default=True
)
@click.option("--name", default="operator", show_default=True, help="Who acts; it stands in every log.")
@click.option(
    "--hours", type=click.FloatRange(0.01, LONGEST_LIFE / timedelta(hours=1)), default=12, show_default=True
)
@as_json
def command(community: str, role: str, name: str, hours: float, as_json: bool) -> None:
    """Print a bearer token for the API."""
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(must_be_id(community, "Community"))
    token = signed_token(stack, Caller(name, Role(role), community), life=timedelta(hours=hours))
    if as_json:
        write_json({"token": token, "api_url": stack.api_url})
    else:
        click.echo(token)
