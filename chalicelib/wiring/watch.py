"""Watches and the one index of everything that waits."""

from functools import cache

from chalicelib.alarms.errands import ERRAND
from chalicelib.alarms.kin_news import KIN_NEWS
from chalicelib.alarms.shifts import SHIFT
from chalicelib.alarms.store import ALARM
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.settings import settings
from chalicelib.onekey.drill_plan import DRILL
from chalicelib.onekey.keeping import BOARD
from chalicelib.onekey.upkeep import UPKEEP
from chalicelib.registry.erasing import ERASE
from chalicelib.registry.stays import household_since
from chalicelib.telemetry.heard import HeardStore
from chalicelib.watch.absence import Absence, Declared
from chalicelib.watch.absence_service import MOVED_IN, Absences
from chalicelib.watch.absence_store import AbsenceStore
from chalicelib.watch.budget_store import BudgetStore
from chalicelib.watch.consent_errands import FORGET, SETTLE
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.keepers import Keepers, RoutineKeeper
from chalicelib.watch.lesson_store import LessonStore
from chalicelib.watch.roll_call import RollCall
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_homes import RoutineHomes
from chalicelib.watch.routine_senses import Sensor, sensor
from chalicelib.watch.routine_service import RoutineWatch
from chalicelib.watch.routine_store import ROUTINE, HabitsStore, Rules, RuleStore
from chalicelib.watch.sealing import SEAL
from chalicelib.watch.service import StillWaterWatch, Watchkeeper
from chalicelib.watch.states import HomeStates
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore
from chalicelib.wiring import alarms, ground, onekey, privacy, registry, rota, telemetry


@cache
def watchkeeper() -> Watchkeeper:
    """Beginning and ending the founding watch."""
    return Watchkeeper(registry.store(), deadline_store(), roll_store())


@cache
def watchers() -> Keepers:
    """Beginning and ending all watches, as the registry changes."""
    return Keepers((watchkeeper(), RoutineKeeper(routine_homes())))


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
    return StillWaterWatch(telemetry.series(), deadline_store(), alarms.concerns(), routine(), absences())


@cache
def states() -> HomeStates:
    """How homes are now."""
    return HomeStates(still_water(), roll_store(), telemetry.series())


@cache
def habits() -> HabitsStore:
    """What homes' pasts say."""
    return HabitsStore(ground.deadlines_table(), deadline_store())


@cache
def rules() -> RuleStore:
    """Which rule each community chose."""
    return RuleStore(ground.registry_table())


@cache
def lessons() -> LessonStore:
    """What outcomes have taught."""
    return LessonStore(ground.deadlines_table(), habits())


@cache
def routine() -> RoutineWatch:
    """The watch by routine."""
    return RoutineWatch(
        telemetry.series(),
        habits(),
        Rules(rules()),
        alarms.concerns(),
        alarms.quiet_checks(),
        calendar,
        lambda community, household: absences().stays(community, household),
        lambda community, household, now: routine_homes().settle(community, household, now=now),
    )


@cache
def routine_homes() -> RoutineHomes:
    """Which homes are watched by their routine."""
    return RoutineHomes(
        habits(), Rules(rules()), calendar,
        lambda community, household: budgets().get(community, household).budget,
        lived_in_since,
        lambda community, household, now: budgets().take_back(community, household, by=MOVED_IN, now=now),
    )  # fmt: skip


def lived_in_since(community: str, household: str) -> int:
    """When the household that lives in a home began (Unix seconds): what its watch may know of."""
    living = registry.resident_store().stays_in(community, household)
    return household_since(living, registry.stays().of_household(community, household))


@cache
def budgets() -> BudgetStore:
    """Homes' own budgets."""
    return BudgetStore(ground.deadlines_table())


@cache
def absences() -> Absences:
    """Declared absences."""
    store = AbsenceStore(ground.deadlines_table(), deadline_store())
    return Absences(store, deadline_store(), telemetry.series(), sensors_of, _is_of_others)


def _is_of_others(absence: Absence) -> bool:
    """Whether everybody who lives there came after an absence was declared; nobody is not everybody."""
    living = registry.resident_store().of_household(absence.community, absence.household)
    return bool(living) and all(one.since > epoch(absence.declared_at) for one in living)


def sensors_of(community: str, household: str) -> tuple[Sensor, ...]:
    """What may tell of a life in a home."""
    devices = registry.store().household_devices(community, household)
    speaking = [device for device in devices if device.revoked_at is None and not device.withheld]
    return tuple(one for device in speaking if (one := sensor(device)))


@cache
def calendar(community: str) -> Calendar:
    """A community's time zone and its days off, as its rota knows them; kept for the process."""
    plan, _ = rota.store().settings(community)
    zone = registry.community(community).zone
    return Calendar(zone, plan.calendar.is_rest) if plan else Calendar(zone)


@cache
def deadlines() -> Deadlines:
    """The tick: each kind of deadline and who takes it."""
    roll_call = RollCall(
        roll_store(), HeardStore(ground.deadlines_table()), telemetry.series(), alarms.concerns()
    )
    handlers: dict[str, Handler] = {
        STILL_WATER: still_water(),
        ROUTINE: routine(),
        Declared.AWAY: absences(),
        Declared.VISITOR: absences(),
        ROLL: roll_call,
        ALARM: alarms.climber(),
        BOARD: onekey.board_watch(),
        DRILL: onekey.drills(),
        UPKEEP: onekey.upkeep(),
        SEAL: privacy.sealing(),
        SETTLE: privacy.settling(),
        ERASE: privacy.erasing(),
        FORGET: privacy.forgetting(),
        SHIFT: alarms.shift_watch(),
        ERRAND: alarms.errands(),
        KIN_NEWS: alarms.kin_teller(),
    }
    return Deadlines(deadline_store(), handlers)
