"""A street on a virtual clock: the whole line from message to alarm, with time that a test moves on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.store import ALARM, AlarmStore
from chalicelib.aws.tables import Ask, Put, Table
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.model import StillWaterSettings
from chalicelib.telemetry.heard import HeardStore
from chalicelib.telemetry.model import RegisterReading
from chalicelib.telemetry.store import SeriesStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Due, Handler, Tally
from chalicelib.watch.roll_call import RollCall
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore
from tests.builders import HOUR, NOON, Town, device, envelope, home, li, payload

MINUTE = timedelta(minutes=1)


@dataclass
class Street:
    """One home with a water meter that samples and reports every hour, and a tick every minute."""

    now: datetime = NOON
    every: timedelta = HOUR
    reports_every: timedelta = HOUR
    town: Town = field(default_factory=Town)
    index_litres: int = 1000
    ticking: bool = True
    readings: list[RegisterReading] = field(default_factory=list)
    _unsent: list[RegisterReading] = field(default_factory=list)

    def __post_init__(self) -> None:
        meter = device(reports_every=self.reports_every, added_at=self.now)
        self.town.install(meter, now=self.now)

    def deadlines(self, table: Table | None = None, series: Table | None = None) -> Deadlines:
        """The tick of one process, on the deadlines table or on a faulty one in front of it."""
        on = table or self.town.on.deadlines
        store, kept = DeadlineStore(on, shards=1), SeriesStore(series or self.town.on.series)
        concerns = Concerns(AlarmStore(on))
        roll_call = RollCall(RollStore(on, store), HeardStore(on), kept, concerns)
        handlers: dict[str, Handler] = {
            STILL_WATER: StillWaterWatch(kept, store, concerns),
            ROLL: roll_call,
            ALARM: self._nobody_climbs,
        }
        return Deadlines(store, handlers, workers=1)

    def tick(self, table: Table | None = None, series: Table | None = None) -> Tally:
        """One tick, now."""
        return self.deadlines(table, series).fire_due(now=self.now)

    def wait(self, length: timedelta, *, series: Table | None = None) -> None:
        """Let time pass with a tick each minute. Minutes in which nothing is due are passed over."""
        until = self.now + length
        while self.now < until:
            due = self._first_due()
            next_tick = max(self.now + MINUTE, _whole_minute(due) if due else until)
            self.now = min(until, next_tick)
            if self.ticking and due is not None and due <= self.now:
                assert self.tick(series=series).failed == 0

    def reads(self, *litres: int) -> None:
        """The meter reads its register, hour by hour after so many litres each, and reports at once."""
        for used in litres:
            self.wait(self.every)
            self.measures(used)
            self.sends()

    def measures(self, used: int = 0) -> None:
        """The meter takes a sample now and keeps it."""
        self.index_litres += used
        self._unsent.append(RegisterReading(self.now, self.index_litres))
        self.readings.append(self._unsent[-1])

    def holds_back(self) -> tuple[list[RegisterReading], list[RegisterReading]]:
        """What the meter has kept but for the newest sample, and that one: to be sent in any order."""
        kept, self._unsent = self._unsent, []
        return kept[:-1], kept[-1:]

    def sends(self, readings: Sequence[RegisterReading] | None = None) -> None:
        """The meter sends what it has kept, or some readings, in one message."""
        sent = self._unsent if readings is None else readings
        samples = [{"at": epoch(r.at), "register_litres": r.litres} for r in sent]
        raw = payload("water_meter", *samples, every=int(self.every.total_seconds()))
        intake = self.town.ingest.take({"1": envelope(raw, received_at=self.now)}, now=self.now)
        assert intake.stored == 1, intake
        if readings is None:
            self._unsent = []

    def alarms(self, *kinds: str) -> list[Alarm]:
        """The home's open alarms, of some kinds if given."""
        return [a for a in self.town.desk.open_of("xinghe", "h001") if not kinds or a.kind in kinds]

    def raised(self) -> list[Alarm]:
        """Every still-water alarm so far, open or closed, oldest first."""
        pages = [self.town.desk.page("xinghe", is_open=o, limit=100, after=None)[0] for o in (True, False)]
        found = [a for page in pages for a in page if a.kind == "still_water"]
        return sorted(found, key=lambda alarm: alarm.raised_at)

    def resolves(self, cause: Cause = Cause.LOW_USE) -> None:
        """A grid worker closes every open alarm of the home."""
        for alarm in self.alarms():
            self.town.desk.resolve(alarm.id, Outcome(Verdict.FALSE, cause), by=li(), now=self.now)

    def sets(self, window: timedelta) -> None:
        """Staff change the home's window."""
        settings = StillWaterSettings(window_minutes=int(window / MINUTE))
        self.town.registry.set_still_water("xinghe", "h001", settings, now=self.now)

    def deadline(self) -> datetime | None:
        """When the home will be looked at again."""
        due = self.town.deadlines.get("watch#xinghe#h001", STILL_WATER)
        return due.due_at if due else None

    def _nobody_climbs(self, due: Due, *, now: datetime) -> None:
        """No alarm here asks anybody: it waits until somebody comes by."""
        table = self.town.on.deadlines
        item = table.get(due.pk, due.sk, consistent=True) or {}
        table.write(
            Put({name: value for name, value in item.items() if name not in ("due", "due_at", "state")})
        )

    def _first_due(self) -> datetime | None:
        page = self.town.on.deadlines.query(Ask("due#0", by="due", limit=1))
        return from_epoch(page.items[0]["due_at"]) if page.items else None


def _whole_minute(at: datetime) -> datetime:
    return from_epoch(-(-epoch(at) // 60) * 60)


def kinds(alarms: Iterable[Alarm]) -> list[str]:
    """What alarms are about."""
    return sorted(alarm.kind for alarm in alarms)


__all__ = ["HOUR", "MINUTE", "NOON", "Street", "home", "kinds"]
