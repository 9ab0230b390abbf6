"""`shouwang codes`: how many one-time codes a community sent today, and how many it will."""

import click

from chalicelib.kernel import clock
from infra.commands.shared import as_json, community_option, connected, stdout, write_json


@click.command("codes")
@community_option
@click.option("--a-day", type=click.IntRange(1, 100_000), help="Send so many a day at most from now on.")
@as_json
def command(community: str, a_day: int | None, as_json: bool) -> None:
    """Show, and set, how many one-time codes a community sends a day: the bound of what its SMS can cost."""
    connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    store = wiring.accounts.store()
    if a_day is not None:
        store.put_codes_a_day(community, a_day)
    told = {
        "sent_today": store.codes_sent(community, f"{clock.now():%Y-%m-%d}"),
        "a_day": store.codes_a_day(community),
    }
    if as_json:
        write_json(told)
        return
    stdout.print(f"{told['sent_today']} codes sent today (UTC), of {told['a_day']} at most.", highlight=False)
