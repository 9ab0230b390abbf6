"""`shouwang audit`: prove that the access log is as it was written."""

import sys

import click

from infra.commands.shared import as_json, community_option, connected, stdout, write_json


@click.group("audit")
def command() -> None:
    """The access log: every look at a resident's record."""


@command.command("verify")
@community_option
@as_json
def verify(community: str, as_json: bool) -> None:
    """Check every look and every seal of a community; the exit code is 1 when something was tampered with."""
    connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    residents = wiring.registry.every_resident(community)
    faults = wiring.privacy.access_log().verify(community, residents)
    if as_json:
        write_json({"community": community, "residents": len(residents), "faults": faults})
    elif not faults:
        stdout.print(f"The access log of {community} is as it was written.", highlight=False)
    for fault in faults if not as_json else ():
        stdout.print(fault, highlight=False, soft_wrap=True)
    if faults:
        sys.exit(1)
