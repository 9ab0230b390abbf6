"""Our own services on the trace: the ingest's processes, a tick every minute, and people who answer.

The desk's and the registry's own requests are left out of every figure; all others are in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import CheckCall
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import ALARM, AlarmStore
from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.alarms.waking import NoWaker
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, QUARANTINE, REGISTRY, SERIES
from chalicelib.notify.service import Standing, always
from chalicelib.registry.model import Community, Device, Grid, Household, Kind
from chalicelib.registry.service import Registry, Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore
from chalicelib.watch.roll_call import RollCall
from chalicelib.watch.service import StillWaterWatch, Watchkeeper
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore
from infra.simulator.town import COMMUNITY, COMMUNITY_NAME, Town
from infra.simulator.town import Household as Home
from tests.bench.metered import Bill, MeteredTable
from tests.bench.trace import BEGINS, ENDS, HOUR, MEASURED, Trace, batches

TICK = timedelta(minutes=1)
ANSWERED_AFTER = timedelta(minutes=30)
INVOCATION = timedelta(milliseconds=50)
LIFETIME = timedelta(hours=3)
"""Lambda ends a process "every few hours", however busy (Lambda Developer Guide, execution environments)."""
IDLE = timedelta(minutes=10)
INGEST = ("ingest", "hints", "roster", "quarantine", "urgent")
TICKING = ("tick", "still_water", "roll_call", "alarms")


class Services:
    """Every service on metered tables; what each store costs is charged to its own purpose."""

    def __init__(self) -> None:
        self.bill = Bill()
        self._tables = {s.name: MemoryTable(s) for s in (REGISTRY, SERIES, DEADLINES, QUARANTINE)}
        self.deadlines = DeadlineStore(self.table("deadlines", "tick"), shards=1)
        concerns = Concerns(AlarmStore(self.table("deadlines", "alarms")))
        own = DeadlineStore(self.table("deadlines", "still_water"), shards=1)
        series = SeriesStore(self.table("series", "still_water"))
        self.tick = Deadlines(
            self.deadlines,
            {
                STILL_WATER: StillWaterWatch(series, own, concerns),
                ROLL: self._roll_call(concerns),
                ALARM: self._ladder(),
            },
            workers=1,
        )
        self.rolls = RollStore(self.table("deadlines", "registry"), self.deadlines)
        registry = RegistryStore(self.table("registry", "registry"))
        enrolling = DeadlineStore(self.table("deadlines", "registry"), shards=1)
        self.registry = Registry(registry, Watchkeeper(registry, enrolling, self.rolls))
        self.desk = AlarmDesk(AlarmStore(self.table("deadlines", "desk")))

    def table(self, name: str, purpose: str) -> MeteredTable:
        """One of the tables, charged to a purpose."""
        return MeteredTable(self._tables[name], self.bill, purpose)

    def new_ingest(self) -> Ingest:
        """The ingest of a process that has just started: its roster and its hints are empty."""
        return Ingest(
            Roster(RegistryStore(self.table("registry", "roster"))),
            SeriesStore(self.table("series", "ingest")),
            QuarantineStore(self.table("quarantine", "quarantine")),
            HeardBook(HeardStore(self.table("deadlines", "hints"))),
            UrgentConcerns(Concerns(AlarmStore(self.table("deadlines", "urgent")))),
        )

    def enrol(self, town: Town, *, now: datetime) -> None:
        """Register a town's homes and meters."""
        homes = [Household(home.id, COMMUNITY, home.grid, home.resident) for home in town.households]
        grids = [Grid(grid, COMMUNITY, grid) for grid in sorted({home.grid for home in homes})]
        self.registry.enrol(Community(COMMUNITY, COMMUNITY_NAME), grids, homes, now=now)
        for home in town.households:
            self.registry.add_device(meter_of(home, now), now=now)

    def answer(self, *, now: datetime) -> int:
        """Let people close the alarms that have been open for a while. Returns how many."""
        alarms, _ = self.desk.page(COMMUNITY, is_open=True, limit=100, after=None)
        ripe = [alarm for alarm in alarms if now - alarm.raised_at >= ANSWERED_AFTER]
        by = Responder("bench", COMMUNITY)
        for alarm in ripe:
            self.desk.resolve(alarm.id, Outcome(Verdict.FALSE, Cause.AWAY, ""), by=by, now=now)
        return len(ripe)

    def _ladder(self) -> Climber:
        """Alarms climb their ladders; whom they reach is the rota's cost, and no reading's."""
        alarms = AlarmStore(self.table("deadlines", "ladder"))
        return Climber(alarms, _Steward(), _Steward(), NoWaker(), Concerns(alarms))

    def _roll_call(self, concerns: Concerns) -> RollCall:
        table = self.table("deadlines", "roll_call")
        rolls = RollStore(table, DeadlineStore(table, shards=1))
        return RollCall(rolls, HeardStore(table), SeriesStore(self.table("series", "roll_call")), concerns)


class _Steward:
    """One steward stands on every rung, and is always reached; so is the resident."""

    def asked(self, alarm: Alarm, who: Who, *, now: datetime) -> list[str]:
        return ["steward"]

    def against_wish(self, alarm: Alarm) -> dict[str, list[str]]:
        return {}

    def own_up(self, alarm: Alarm, resident: str, *, key: str, now: datetime) -> None:
        """The steward is nobody's kin."""

    def tell(
        self, alarm: Alarm, person: str, who: Who, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[bool, None]:
        return True, None

    def check(
        self, alarm: Alarm, resident: str, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[CheckCall, None]:
        return CheckCall.ANSWERED, None


@dataclass(slots=True)
class _Process:
    ingest: Ingest
    born: datetime
    busy_until: datetime


@dataclass(slots=True)
class Processes:
    """The function's warm processes. As in Lambda, one takes one batch at a time and the one used last goes
    first; one that idles, or is old, is gone with all that it kept in memory.
    """

    services: Services
    started: int = 0
    _warm: list[_Process] = field(default_factory=list)

    def ingest(self, at: datetime) -> Ingest:
        """The process that takes a batch at this time."""
        self._warm = [p for p in self._warm if at - p.born < LIFETIME and at - p.busy_until < IDLE]
        free = [process for process in self._warm if process.busy_until <= at]
        if free:
            chosen = max(free, key=lambda process: process.busy_until)
        else:
            chosen = _Process(self.services.new_ingest(), at, at)
            self._warm.append(chosen)
            self.started += 1
        chosen.busy_until = at + INVOCATION
        return chosen.ingest


@dataclass(frozen=True, slots=True)
class Day:
    """What the measured day cost, and how it went."""

    bill: Bill
    alarms: int
    batches: int
    processes: int

    def writes(self, *purposes: str, table: str = "") -> float:
        """Write units of these purposes, in tables whose name begins so."""
        charges = self.bill.writes.items()
        return sum(n for c, n in charges if c.purpose in purposes and c.where.startswith(table))

    def reads(self, *purposes: str) -> float:
        """Read units of these purposes."""
        return sum(n for c, n in self.bill.reads.items() if c.purpose in purposes)


def live(trace: Trace, *, pollers: int = 1) -> Day:
    """Live through the trace and meter its second day."""
    services = Services()
    services.enrol(trace.town, now=BEGINS)
    processes, waiting = Processes(services), batches(trace, pollers)
    taken = alarms = 0
    batch = next(waiting, None)
    for now in _minutes():
        if now == MEASURED:
            services.bill.clear()
            taken = alarms = processes.started = 0
        while batch is not None and batch.at <= now:
            envelopes = {str(place): envelope for place, envelope in enumerate(batch.envelopes)}
            intake = processes.ingest(batch.at).take(envelopes, now=batch.at)
            assert intake.stored == len(envelopes), intake
            taken, batch = taken + 1, next(waiting, None)
        tally = services.tick.fire_due(now=now)
        assert not tally.failed
        alarms += services.answer(now=now)
    return Day(services.bill, alarms, taken, processes.started)


def _minutes() -> Iterator[datetime]:
    now = BEGINS + TICK
    while now < ENDS:
        yield now
        now += TICK


def meter_of(home: Home, now: datetime) -> Device:
    """A home's meter as the registry knows it."""
    certificate = sha256(home.meter.encode()).hexdigest()  # as long as IoT Core's ids
    return Device(home.meter, COMMUNITY, home.grid, home.id, Kind.WATER_METER, HOUR, now, certificate)
