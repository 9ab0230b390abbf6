"""Watches and the one index of everything that waits."""

from functools import cache

from chalicelib.alarms.store import ALARM
from chalicelib.kernel.settings import settings
from chalicelib.onekey.drill_plan import DRILL
from chalicelib.onekey.keeping import BOARD
from chalicelib.registry.erasing import ERASE
from chalicelib.telemetry.heard import HeardStore
from chalicelib.watch.consent_errands import FORGET, SETTLE
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.sealing import SEAL
from chalicelib.watch.service import RollCall, StillWaterWatch, Watchkeeper
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore
from chalicelib.wiring import alarms, ground, onekey, privacy, registry, telemetry


@cache
def watchkeeper() -> Watchkeeper:
    """Beginning and ending watches."""
    return Watchkeeper(registry.store(), deadline_store(), roll_store())


@cache
def deadline_store() -> DeadlineStore:
    """The one index of everything that waits."""
    given = ground.given()
    shards = given.deadline_shards if given else settings().deadline_shards
    return DeadlineStore(ground.deadlines_table(), shards=shards)


@cache
def roll_store() -> RollStore:
    """The rolls of the grids."""
    return RollStore(ground.deadlines_table(), deadline_store())


@cache
def still_water() -> StillWaterWatch:
    """The founding rule's watch."""
    return StillWaterWatch(telemetry.series(), deadline_store(), alarms.concerns())


@cache
def deadlines() -> Deadlines:
    """The tick: each kind of deadline and who takes it."""
    roll_call = RollCall(
        roll_store(), HeardStore(ground.deadlines_table()), telemetry.series(), alarms.concerns()
    )
    handlers: dict[str, Handler] = {
        STILL_WATER: still_water(),
        ROLL: roll_call,
        ALARM: alarms.climber(),
        BOARD: onekey.board_watch(),
        DRILL: onekey.drills(),
        SEAL: privacy.sealing(),
        SETTLE: privacy.settling(),
        ERASE: privacy.erasing(),
        FORGET: privacy.forgetting(),
    }
    return Deadlines(deadline_store(), handlers)
