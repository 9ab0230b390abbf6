"""A neighbourhood with people on duty and their phones, on a virtual clock: alarms climb their ladders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import CheckCall
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Ask, StoreUnavailableError, Table
from chalicelib.kernel.clock import from_epoch
from chalicelib.notify.service import Standing, always
from chalicelib.watch.deadlines import Deadlines, DeadlineStore
from chalicelib.watch.model import Concern, ConcernKind
from tests.builders import NOON

USUAL: dict[Who, list[str]] = {
    Who.DUTY_FIRST: ["Li"],
    Who.DUTY_SECOND: ["Wang"],
    Who.TEAM: ["Li", "Wang", "Zhao"],
    Who.GRID_WORKER: ["Zhou"],
    Who.STEWARD: ["Zhou"],
    Who.KIN: ["daughter"],
    Who.BACKUP: ["Sun"],
    Who.SECRETARY: ["He"],
    Who.COORDINATOR: ["Chen"],
    Who.DESK: ["desk"],
}
MOST_TICKS = 50
"""More than anything needs in one instant: what wants more turns in a circle."""


@dataclass
class Neighbourhood:
    """Who is asked, whose phone rang when, and what they answer. `unreachable` phones never ring."""

    now: datetime = NOON
    people: dict[Who, list[str]] = field(default_factory=lambda: {w: list(p) for w, p in USUAL.items()})
    unreachable: set[str] = field(default_factory=set)
    unasked: dict[str, list[str]] = field(default_factory=dict)
    owned_up: list[str] = field(default_factory=list)
    rang: list[tuple[int, str]] = field(default_factory=list)
    table: MemoryTable = field(default_factory=lambda: MemoryTable(DEADLINES))
    crashes_at: int = 0
    crashes_before: bool = False
    _keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.desk = AlarmDesk(AlarmStore(self.table))

    # What the climber asks for.
    def asked(self, alarm: Alarm, who: Who, *, now: datetime) -> Sequence[str]:
        return self.people.get(who, [])

    def tell(
        self, alarm: Alarm, person: str, who: Who, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[bool, datetime | None]:
        self.crashes_at -= 1
        if self.crashes_at == 0 and self.crashes_before:
            raise StoreUnavailableError("Crashed before it was sent, for this test.")
        if person in self.unreachable:
            return False, None
        if key not in self._keys:
            self._keys.add(key)
            self.rang.append((int((self.now - NOON).total_seconds()), person))
        if self.crashes_at == 0:
            raise StoreUnavailableError("Crashed after it was sent, for this test.")
        return True, None

    def against_wish(self, alarm: Alarm) -> Mapping[str, Sequence[str]]:
        return self.unasked

    def own_up(self, alarm: Alarm, resident: str, *, key: str, now: datetime) -> None:
        if key not in self._keys:
            self._keys.add(key)
            self.owned_up.append(resident)

    def check(
        self, alarm: Alarm, resident: str, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[CheckCall, datetime | None]:
        if resident in self.unreachable:
            return CheckCall.IMPOSSIBLE, None
        self.tell(alarm, resident, Who.RESIDENT, key=key, now=now)
        return CheckCall.ANSWERED, None

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        """Nobody wakes us here: the tick, every second of this clock, is enough."""

    # What tests say.
    def climber(self, table: Table | None = None) -> Climber:
        alarms = AlarmStore(table or self.table)
        return Climber(alarms, self, self, self, Concerns(alarms))

    def press_one_key(self, household: str = "h001", *, drill: bool = False) -> str:
        """The resident presses the key."""
        return self.raises(ConcernKind.ONE_KEY, household, drill=drill)

    def goes_quiet(self, household: str = "h001") -> str:
        """A home is found quiet."""
        return self.raises(ConcernKind.STILL_WATER, household)

    def raises(self, kind: ConcernKind, household: str = "h001", *, drill: bool = False) -> str:
        found = Concern(kind, "xinghe", household, self.now, {"device": "d"}, drill)
        alarm = Concerns(AlarmStore(self.table)).raise_once(found, now=self.now)
        self.climber().climb(alarm, now=self.now)
        return alarm

    def wait(self, seconds: int = 0, *, minutes: int = 0, hours: int = 0) -> None:
        """Let time pass; whatever becomes due is taken at its second."""
        until = self.now + timedelta(seconds=seconds, minutes=minutes, hours=hours)
        ticks = 0
        while (due := self._next()) is not None and due <= until:
            ticks = ticks + 1 if due <= self.now else 0
            assert ticks < MOST_TICKS
            self.now = max(self.now, due)
            self.tick()
        self.now = until

    def tick(self, table: Table | None = None) -> int:
        """One tick, now. Returns how many deadlines failed."""
        store = DeadlineStore(table or self.table, shards=1)
        return Deadlines(store, {"alarm": self.climber(table)}, workers=1).fire_due(now=self.now).failed

    def phones_rung(self, since: int = 0) -> list[str]:
        """Whose phones rang, in order, from a second on."""
        return [person for at, person in self.rang if at >= since]

    def rung_at(self, person: str) -> list[int]:
        """At which seconds a person's phone rang."""
        return [at for at, who in self.rang if who == person]

    def takes(self, alarm: str, who: str = "Li") -> Alarm:
        return self.desk.acknowledge(alarm, by=Responder(who, "xinghe"), now=self.now)

    def sets_out(self, alarm: str, who: str = "Li") -> Alarm:
        return self.desk.set_out(alarm, by=Responder(who, "xinghe"), now=self.now)

    def arrives(self, alarm: str, who: str = "Li") -> Alarm:
        return self.desk.arrive(alarm, by=Responder(who, "xinghe"), now=self.now)

    def declines(self, alarm: str, who: str = "Li") -> Alarm:
        return self.desk.decline(alarm, by=Responder(who, "xinghe"), now=self.now)

    def finds(self, alarm: str, who: str = "Li", *, outcome: Outcome | None = None) -> Alarm:
        found = outcome or Outcome(Verdict.FALSE, Cause.ASLEEP)
        return self.desk.resolve(alarm, found, by=Responder(who, "xinghe"), now=self.now)

    def self_answers(self, alarm: str, who: str = "desk") -> Alarm:
        return self.desk.self_answer(alarm, by=Responder(who, "xinghe"), now=self.now)

    def reopens(self, alarm: str, who: str = "Li") -> Alarm:
        return self.desk.reopen(alarm, note="", by=Responder(who, "xinghe"), now=self.now)

    def clears(self, alarm: str, _who: str = "") -> None:
        """A life sign comes."""
        Concerns(AlarmStore(self.table)).clear(alarm, now=self.now)

    def comes_again(self, alarm: str, _who: str = "") -> None:
        """Its cause comes again."""
        found = self.desk.get(alarm, community="xinghe")
        Concerns(AlarmStore(self.table)).raise_once(replace(found.concern, began_at=self.now), now=self.now)

    def state(self, alarm: str) -> str:
        return self.desk.get(alarm, community="xinghe").state.value

    def log(self, alarm: str) -> list[str]:
        return [line.what for line in self.desk.log(self.desk.get(alarm, community="xinghe"))]

    def _next(self) -> datetime | None:
        page = self.table.query(Ask("due#0", by="due", limit=1))
        return from_epoch(page.items[0]["due_at"]) if page.items else None


__all__ = ["NOON", "Neighbourhood", "StoreUnavailableError", "Who"]
