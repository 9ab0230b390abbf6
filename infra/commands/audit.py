"""`shouwang audit`: prove that the access log is as it was written."""

import sys

import click

from chalicelib.accounts.looks import Head
from infra.commands.shared import as_json, community_option, connected, stdout, write_json


@click.group("audit")
def command() -> None:
    """The access log: every look at a resident's record."""


@command.command("verify")
@community_option
@click.option(
    "--seal", "known", multiple=True, metavar="NUMBER:MARK",
    help="A seal that an earlier run told and that you kept elsewhere: it must still be there.",
)  # fmt: skip
@as_json
def verify(community: str, known: tuple[str, ...], as_json: bool) -> None:
    """Check every look and every seal of a community; the exit code is 1 when something was tampered with.

    It tells the last seal. Keep it where nobody of the deployment can write, and give it with --seal later.
    """
    connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    residents = wiring.registry.every_resident(community)
    log = wiring.privacy.access_log()
    faults = log.verify(community, residents, known=[_head(one) for one in known])
    head = log.head(community)
    seal = f"{head.number}:{head.mark}" if head else None
    if as_json:
        write_json({"community": community, "residents": len(residents), "seal": seal, "faults": faults})
    elif not faults:
        stdout.print(f"The access log of {community} is as it was written.", highlight=False)
    for line in ([*faults, f"Last seal: {seal or 'none yet'}"]) if not as_json else ():
        stdout.print(line, highlight=False, soft_wrap=True)
    if faults:
        sys.exit(1)


def _head(told: str) -> Head:
    number, _, mark = told.partition(":")
    if not number.isdecimal() or not mark:
        raise click.BadParameter("Give a seal as it was told, NUMBER:MARK.", param_hint="--seal")
    return Head(int(number), mark)
