"""`shouwang keys`: the keys that sign tokens, and changing them without signing anybody out."""

from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

import click

from chalicelib.accounts.model import LONGEST_LIFE
from chalicelib.accounts.sessions import ACCESS_LIFE
from chalicelib.kernel import clock
from chalicelib.kernel.clock import rfc3339
from chalicelib.kernel.errors import ConflictError
from chalicelib.kernel.keyring import KeyRing, key_id
from infra.commands.shared import as_json, connected, stdout, write_json

SETTLES = timedelta(hours=1)
"""A key that was replaced is accepted until the next change. By then every token that it signed for an app
has run out, and every process has read the new one."""


@click.command("keys")
@click.option("--rotate", is_flag=True, help="Sign with a new key from now on; the one before stays good.")
@click.option(
    "--now", "at_once", is_flag=True, help="Even within an hour of the last change: somebody has a key."
)
@as_json
def command(rotate: bool, at_once: bool, as_json: bool) -> None:
    """Show the keys that sign tokens, by name; with --rotate, change them."""
    stack = connected()
    secrets, name = stack.client("secretsmanager"), stack.output("TokenKeyArn")
    ring = KeyRing.read(secrets.get_secret_value(SecretId=name)["SecretString"])
    if rotate:
        _must_have_settled(secrets, name, ring, at_once)
        secrets.put_secret_value(SecretId=name, SecretString=ring.rotated(token_urlsafe(48)))
        ring = KeyRing.read(secrets.get_secret_value(SecretId=name)["SecretString"])
    told = {"signs": key_id(ring.current), "accepted": [key_id(key) for key in ring.keys]}
    if as_json:
        write_json(told)
        return
    stdout.print(f"{told['signs']} signs. Accepted: {', '.join(told['accepted'])}.", highlight=False)
    stdout.print(
        "A process knows a new key within five minutes, or at the first token that names it. Apps' tokens "
        f"live {ACCESS_LIFE.seconds // 60} minutes, operators' up to {LONGEST_LIFE.days} days.",
        highlight=False,
    )


def _must_have_settled(secrets: Any, name: str, ring: KeyRing, at_once: bool) -> None:
    """Raises ConflictError when a change now would end tokens that were signed a moment ago."""
    changed = secrets.describe_secret(SecretId=name).get("LastChangedDate")
    if at_once or len(ring.keys) == 1 or changed is None or clock.now() - changed > SETTLES:
        return
    raise ConflictError(
        f"The key was changed at {rfc3339(changed)}. Wait an hour, so that no app's token ends early; or use "
        "--now, if somebody has a key who shouldn't."
    )
