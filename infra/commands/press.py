"""`shouwang press`: the "1" key of a resident, pressed over HTTP as their page does."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ShouwangError
from infra.commands.shared import as_json, community_option, connected, stdout, write_json
from infra.commands.token import signed_token
from infra.stack import Stack

STATES = {
    "ringing": "Those on the first rung are being rung.",
    "queued": "The press is kept and rings in a few seconds.",
    "cancel_asked": "It was asked to be cancelled; a human still looks.",
}
WHO = {
    "duty_first": "on duty",
    "duty_second": "second on duty",
    "grid_worker": "grid worker",
    "kin": "kin",
    "community": "the community's number",
}
TRIES = 3
PAUSE_SECONDS = 1.0
ANSWERS_WITHIN = 20
"""A press that a server failed at, or nobody answered, is repeated: within a minute that is one call."""


class PressError(ShouwangError):
    """The press was not taken; the text says what was answered."""


@click.command("press")
@click.argument("resident")
@community_option
@click.option("--test", is_flag=True, help="A test press: the whole way, marked as a drill.")
@as_json
def command(resident: str, community: str, test: bool, as_json: bool) -> None:
    """Press RESIDENT's "1" key and show whom to dial."""
    stack = connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    told = press_key(stack, community, resident, kind="test" if test else "call")
    if wiring.registry.resident_store().get(community, resident) is None:
        click.echo(nobody(resident, community), err=True)
    if as_json:
        write_json(told)
        return
    for line in in_words(told, resident, community):
        stdout.print(line, highlight=False, markup=False, soft_wrap=True)


def nobody(resident: str, community: str) -> str:
    """What to say of a press by somebody who isn't known: it rings, since a typo must not silence a call."""
    return (
        f"Nobody here is called '{resident}', so nobody knows where to go; it rings all the same. "
        f"Who lives here: shouwang status --community {community}"
    )


def in_words(told: Mapping[str, Any], resident: str, community: str) -> list[str]:
    """What a press came to, line by line, for whoever pressed."""
    pressed = told.get("pressed", 1)
    again = f" It is one call with the press before: pressed {pressed} times." if pressed > 1 else ""
    drill = " It is a drill: nobody need go." if told["kind"] == "test" else ""
    dial = [
        f"  {WHO.get(each['who'], each['who']):<24}{each['tel'].removeprefix('tel:'):<18}{each['name']}"
        for each in told["dial"]
    ]
    return [
        f"{resident} pressed. {STATES[told['state']]}{again}{drill}",
        "Whom to dial, first to last:" if dial else "There is nobody to dial: no number is known here.",
        *dial,
        f"Who was told, and to answer for them: shouwang phones --community {community}",
    ]  # fmt: skip


def press_key(stack: Stack, community: str, resident: str, *, kind: str = "call") -> dict[str, Any]:
    """Press over HTTP, as the resident's page does; what was answered. Raises PressError."""
    token = signed_token(stack, Caller(resident, Role.RESIDENT, community))
    return _post(f"{stack.api_url}v1/residents/{quote(resident, safe='')}/one-key-calls", token, kind)


def _post(url: str, token: str, kind: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps({"kind": kind}).encode(), headers, method="POST")  # noqa: S310
    trouble = ""
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read())
                return found
        except urllib.error.HTTPError as error:
            trouble = f"The press was answered {error.code}: {error.read().decode()[:300]}"
            if error.code < 500:
                break
        except OSError as error:
            trouble = f"The API can't be reached: {error}"
        time.sleep(PAUSE_SECONDS)
    raise PressError(trouble)
