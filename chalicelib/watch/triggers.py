"""The tick."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.observe import count, observed, remaining_ms

triggers = Blueprint(__name__)

MARGIN_MS = 15_000
"""How much of its time the tick keeps back to finish what it began."""


@triggers.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
@observed
def tick(event: CloudWatchEvent) -> None:
    """Take every deadline that has passed."""
    wiring.onekey.upkeep_begun()
    tally = wiring.watch.deadlines().fire_due(
        now=clock.now(), may_go_on=lambda: remaining_ms(event) > MARGIN_MS
    )
    count("Ticks")
    count("Fired", tally.fired)
    count("FailedDeadlines", tally.failed)
    count("OverdueSeconds", int(tally.overdue.total_seconds()))
