"""What the tick reads while nothing is due, with so many households armed."""

from datetime import datetime, timedelta

from chalicelib.watch.model import WaterWatch
from chalicelib.watch.roll import Entry, Roll
from chalicelib.watch.still_water import StillWater
from chalicelib.watch.store import watch_due
from infra.simulator.town import COMMUNITY
from tests.bench.ours import TICK, TICKING, Services
from tests.bench.trace import BEGINS, DAY, HOUR

HOMES_A_GRID = 48


def idle_reads(households: int) -> float:
    """Read units of the ticks of one hour. The homes' meters report daily, were heard an hour ago, and all
    their watches and rolls wait for later.
    """
    services = Services()
    for first in range(0, households, HOMES_A_GRID):
        _arm(services, range(first, min(first + HOMES_A_GRID, households)), now=BEGINS)
    services.bill.clear()
    for minute in range(60):
        tally = services.tick.fire_due(now=BEGINS + minute * TICK)
        assert not tally.fired
    return sum(units for charge, units in services.bill.reads.items() if charge.purpose in TICKING)


def _arm(services: Services, homes: range, *, now: datetime) -> None:
    entries = {f"wm-{home:05}": Entry(f"h{home:05}", DAY, now - HOUR) for home in homes}
    roll = Roll(COMMUNITY, f"g{homes.start}", now, entries)
    services.rolls.put(roll, call_again_at=roll.call_again_at(now))
    for home in homes:
        watch = WaterWatch(
            COMMUNITY, f"h{home:05}", f"wm-{home:05}", StillWater(), DAY, now - DAY, now - HOUR
        )
        waits = HOUR + timedelta(seconds=home % 36_000)
        services.deadlines.arm(watch_due(watch, at=now + waits))
