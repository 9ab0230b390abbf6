"""`shouwang token`: a bearer token for the API, signed with the stack's key by whoever may read it."""

from datetime import timedelta

import click

from chalicelib.accounts.model import LONGEST_LIFE, sign
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.keyring import KeyRing
from chalicelib.registry.model import must_be_id
from infra.commands.shared import as_json, community_option, connected, write_json
from infra.stack import Stack

OPERATOR = "operator"
SHOWN = 8
"""So many ids are named to somebody who looks for one."""


def signed_token(stack: Stack, caller: Caller, *, life: timedelta = timedelta(hours=12)) -> str:
    """A bearer token for a caller."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.output("TokenKeyArn"))
    key = KeyRing.read(secret["SecretString"]).current
    return sign(caller, key=key, now=clock.now(), life=life)


def spoken_for(community: str, role: Role, name: str) -> Caller:
    """Who calls by a token: kin and residents with those whom they speak for, as when they sign in.

    Raises NotFoundError for kin and residents who aren't there; for staff any name does.
    """
    from chalicelib import wiring

    if role is Role.RESIDENT:
        found = wiring.registry.directory().resident(community, name)
    elif role is Role.KIN:
        found = wiring.registry.directory().kin(community, name)
    else:
        return Caller(name, role, community)
    if found is None:
        raise NotFoundError(_nobody(community, role, name))
    return found.caller("")


def _nobody(community: str, role: Role, name: str) -> str:
    """That nobody is called so, and how to find somebody."""
    from chalicelib import wiring

    if role is Role.RESIDENT:
        ids = [one.id for one in wiring.registry.resident_store().of(community)]
    else:
        ids = [one.id for one in wiring.registry.people().relatives(community)]
    what = "resident" if role is Role.RESIDENT else "relative"
    first = ", ".join(sorted(ids)[:SHOWN]) or "nobody yet"
    more = f", and {len(ids) - SHOWN} more (shouwang export names all)" if len(ids) > SHOWN else ""
    return f"'{community}' has no {what} '{name}': --name takes their id. There are: {first}{more}."


def remark_on(caller: Caller) -> str:
    """What to know of a token by which nobody calls who is known in that role."""
    from chalicelib import wiring

    if caller.role in (Role.KIN, Role.RESIDENT, Role.BOARD) or caller.name == OPERATOR:
        return ""
    known = wiring.registry.people().get(caller.community, caller.name)
    if known is None:
        return f"Nobody in '{caller.community}' is called '{caller.name}': the logs name them anyhow."
    return "" if known.role is caller.role else f"'{caller.name}' is {known.role} here, not {caller.role}."


@click.command("token")
@community_option
@click.option(
    "--role", type=click.Choice([r.value for r in Role]), default=Role.GRID_WORKER.value, show_default=True
)
@click.option("--name", default=OPERATOR, show_default=True, help="Who acts, by id; it stands in every log.")
@click.option(
    "--hours", type=click.FloatRange(0.01, LONGEST_LIFE / timedelta(hours=1)), default=12, show_default=True
)
@as_json
def command(community: str, role: str, name: str, hours: float, as_json: bool) -> None:
    """Print a bearer token for the API."""
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(must_be_id(community, "Community"))
    caller = spoken_for(community, Role(role), name)
    if remark := remark_on(caller):
        click.echo(remark, err=True)
    token = signed_token(stack, caller, life=timedelta(hours=hours))
    if as_json:
        write_json({"token": token, "api_url": stack.api_url})
    else:
        click.echo(token)
