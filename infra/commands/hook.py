"""`shouwang hook`: what a community's telephone system must know to place one-key calls for whoever rings."""

import json
import urllib.error
import urllib.request
from typing import Any

import click

from chalicelib.kernel import clock
from chalicelib.kernel.errors import ShouwangError
from chalicelib.notify.signatures import signed
from chalicelib.onekey.hook import hook_key
from infra.commands.shared import as_json, community_option, connected, stdout, write_json


class HookError(ShouwangError):
    """The call was not taken; the text says what was answered."""


@click.command("hook")
@community_option
@click.option(
    "--call", "caller", metavar="PHONE", help="Ring as the telephone system would, for this caller."
)
@as_json
def command(community: str, caller: str | None, as_json: bool) -> None:
    """Show the address and the secret of the inbound-call hook, and how to sign; they never change."""
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    url = f"{stack.api_url}v1/hooks/inbound-call/{community}"
    secret = hook_key(wiring.ground.callback_key(), community)
    if caller is not None:
        write_json(ring(url, secret, caller))
        return
    if as_json:
        write_json({"url": url, "secret": secret})
        return
    stdout.print(f"POST {url}", highlight=False, soft_wrap=True)
    stdout.print(f"secret {secret}", highlight=False, soft_wrap=True)
    stdout.print(
        'Send {"caller": "+8613800000000"} with two headers:\n'
        "  Shouwang-Timestamp: Unix seconds\n"
        "  Shouwang-Signature: v1= and the hex HMAC-SHA-256, under the secret, of timestamp.body\n"
        f"Try it: shouwang hook --community {community} --call +8613800000000   (this rings somebody)",
        highlight=False, markup=False,
    )  # fmt: skip


def ring(url: str, secret: str, caller: str) -> dict[str, Any]:
    """Place the call of a caller; what was answered. Raises HookError."""
    body = json.dumps({"caller": caller}).encode()
    headers = {"Content-Type": "application/json", **signed(body, key=secret, now=clock.now())}
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
            return found
    except urllib.error.HTTPError as error:
        raise HookError(f"The call was answered {error.code}: {error.read().decode()[:300]}") from error
    except OSError as error:
        raise HookError(f"The API can't be reached: {error}") from error
