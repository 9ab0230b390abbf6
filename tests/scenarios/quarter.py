"""A quarter of a town on a virtual clock, with its real rota and real notifications: only providers are
played. Volunteers are on duty by teams, everyone has a telephone, and the tick comes when something is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.errands import ERRAND, Errands
from chalicelib.alarms.kin_news import KIN_NEWS, KinNews, KinTeller
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.outlook import RotaOutlook
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.relief import Relief
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.shifts import SHIFT, ShiftWatch
from chalicelib.alarms.store import AlarmStore
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, REGISTRY
from chalicelib.aws.tables import Ask, Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import from_epoch
from chalicelib.notify.addresses import AddressBook, Habits
from chalicelib.notify.courier import Letter
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.model import Address
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.model import Asked, Channel, Press, Session, on_board
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Community, Grid, Household
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.model import Holders, Settings, Team
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.model import Concern, ConcernKind
from tests.rota.builders import day_team, night_team

DAY_PEOPLE = ("li", "wang", "zhao")
NIGHT_PEOPLE = ("sun", "qian", "wu")
OFFICES = {
    "chen": Role.COORDINATOR,
    "he": Role.COORDINATOR,
    "desk": Role.COORDINATOR,
    "zhou": Role.GRID_WORKER,
}
X = "xinghe"


@dataclass
class Phone:
    """A provider on the quarter's clock. `trouble` tells what it raises for whom; `proves_within`, within how
    long it promises to prove a delivery, which here it never does.
    """

    quarter: "Quarter"
    channel: str
    dedupes: bool = True
    proves_within: timedelta | None = None
    trouble: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        person = letter.message.person
        self.asked.append(person)
        if (error := self.trouble.get(person) or self.trouble.get("*")) is not None:
            raise error
        self.quarter.rang.append((self.quarter.now, self.channel, person, letter.message.kind))
        return f"id-{len(self.quarter.rang)}"


@dataclass
class Quarter:
    """Xinghe with grid g1, home h001, a day team and a night team; the clock stands at `now`."""

    now: datetime
    zone: str = "Asia/Shanghai"
    teams: Sequence[Team] = (day_team(*DAY_PEOPLE), night_team(*NIGHT_PEOPLE))
    confirm_minutes: int = 0
    table: Table = field(default_factory=lambda: MemoryTable(DEADLINES))
    rang: list[tuple[datetime, str, str, str]] = field(default_factory=list)
    may_fail: bool = False

    def __post_init__(self) -> None:
        told = MemoryTable(REGISTRY)
        self.registry, self.people = RegistryStore(told), PeopleStore(told)
        self.residents = ResidentStore(told)
        self.rota = Rota(RotaStore(told), self.registry, self.people)
        self.alarms = AlarmStore(self.table)
        self.deadlines = DeadlineStore(self.table, shards=1)
        self.book, self.inbox, self.calls = AddressBook(self.table), Inbox(self.table), CallBook(self.table)
        self.voice, self.sms = Phone(self, "voice"), Phone(self, "sms")
        couriers = {"voice": self.voice, "sms": self.sms}
        self.notifier = Notifier(NoticeStore(self.table), couriers, self.book, stopwatch=lambda: 0.0)
        self.relief = Relief(self.alarms, self.registry, self.deadlines)
        self.desk = AlarmDesk(self.alarms, relief=self.relief, news=KinNews(self.deadlines))
        self.boards = BoardKeeper(self.calls, RotaDialing(self.rota.duties, self.people))
        self._settle()

    def _settle(self) -> None:
        self.registry.put_community(Community(X, "星禾里社区", time_zone=self.zone))
        self.registry.put_grid(Grid("g1", X, "一网格", ("zhou",)))
        home = Household("h001", X, "g1", "王桂英家", building="3号楼", steward="zhou")
        self.registry.put_households(
            [home, Household("h002", X, "g1", "二", building="5号楼", steward="zhou")]
        )
        volunteers = dict.fromkeys((*DAY_PEOPLE, *NIGHT_PEOPLE), Role.VOLUNTEER)
        for number, (name, role) in enumerate({**volunteers, **OFFICES}.items()):
            self.people.put_many([Person(name, X, name.title(), role, f"+86138000000{number:02d}")])
        self.book.put_habits(X, Habits(sms="sms", voice="voice"))
        holders = Holders(coordinator=("chen",), desk=("desk",), secretary=("he",))
        settings = Settings(confirm_minutes=self.confirm_minutes, holders=holders)
        self.rota.put_settings(X, settings, now=self.now)
        if self.teams:
            self.rota.put_teams(X, self.teams, now=self.now)
        self.duty_changed()

    # What happens.
    def press_one_key(self, household: str = "h001") -> str:
        """The resident presses the key."""
        return self.raises(ConcernKind.ONE_KEY, household)

    def goes_quiet(self, household: str = "h001") -> str:
        """A home is found quiet."""
        return self.raises(ConcernKind.STILL_WATER, household)

    def raises(self, kind: ConcernKind, household: str = "h001") -> str:
        found = Concern(kind, X, household, self.now, {"device": "d"})
        alarm = Concerns(self.alarms).raise_once(found, now=self.now)
        self.climber().climb(alarm, now=self.now)
        return alarm

    def duty_changed(self) -> None:
        """The rota was edited."""
        self.shift_watch().begin(X, now=self.now)
        self.tick()

    def takes(self, alarm: str, who: str) -> Alarm:
        return self.desk.acknowledge(alarm, by=Responder(who, X), now=self.now)

    def sets_out(self, alarm: str, who: str) -> Alarm:
        return self.desk.set_out(alarm, by=Responder(who, X), now=self.now)

    def arrives(self, alarm: str, who: str) -> Alarm:
        return self.desk.arrive(alarm, by=Responder(who, X), now=self.now)

    def declines(self, alarm: str, who: str) -> Alarm:
        return self.desk.decline(alarm, by=Responder(who, X), now=self.now)

    def finds(self, alarm: str, who: str, outcome: Outcome | None = None) -> Alarm:
        found = outcome or Outcome(Verdict.FALSE, Cause.ASLEEP)
        return self.desk.resolve(alarm, found, by=Responder(who, X), now=self.now)

    # Time.
    def wait(self, seconds: int = 0, *, minutes: int = 0, hours: int = 0, days: int = 0) -> None:
        """Let time pass; whatever becomes due is taken at its second."""
        self.until(self.now + timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days))

    def until(self, then: datetime) -> None:
        """Let time pass until an instant."""
        while (due := self._next()) is not None and due <= then:
            self.now = max(self.now, due)
            self.tick()
            self.tick()  # what the first one posted
        self.now = then

    def tick(self) -> None:
        """One tick, now, in which no deadline fails unless it may."""
        handlers: dict[str, Handler] = {
            "alarm": self.climber(),
            SHIFT: self.shift_watch(),
            ERRAND: self.errands(),
            KIN_NEWS: KinTeller(self.alarms, self.rung_people(), self.deadlines),
        }
        failed = Deadlines(self.deadlines, handlers, workers=1).fire_due(now=self.now).failed
        assert self.may_fail or failed == 0

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        """Nobody wakes us here: the tick, every second of this clock, is enough."""

    # What is made anew for each use, as in a new process.
    def climber(self) -> Climber:
        teller = AlarmTeller(self.registry, self.residents, self.people, self.book, self.notifier, self.rota)
        return Climber(
            self.alarms,
            self.rung_people(),
            teller,
            self,
            Concerns(self.alarms),
        )

    def rung_people(self) -> RungPeople:
        return RungPeople(self.registry, self.residents, self.rota.duties, self.people)

    def errands(self) -> Errands:
        return Errands(self.deadlines, self.alarms, self.registry, self.people, self.book, self.notifier)

    def shift_watch(self) -> ShiftWatch:
        outlook = RotaOutlook(self.rota, self.registry, self.people, self.table, self.deadlines)
        return ShiftWatch(self.rota, self.registry, self.relief, self.boards, outlook, self.deadlines)

    # What is seen.
    def alarm(self, alarm: str) -> Alarm:
        return self.desk.get(alarm, community=X)

    def log(self, alarm: str) -> list[str]:
        """The alarm's log: what, and its note."""
        return [f"{line.what} {line.note}".strip() for line in self.desk.log(self.alarm(alarm))]

    def phones_rung(self, since: datetime | None = None, *, kind: str | None = None) -> list[str]:
        """Whose phones rang, in order."""
        return [w for at, _, w, k in self.rang if (since is None or at >= since) and kind in (None, k)]

    def rung_at(self, person: str) -> list[datetime]:
        """When a person's phone rang."""
        return [at for at, _, who, _ in self.rang if who == person]

    def told(self, person: str) -> list[str]:
        """The kinds of what lies in a person's inbox, oldest first."""
        entries, _ = self.inbox.page(X, person, limit=50)
        return [entry.kind for entry in reversed(entries)]

    def titles(self, person: str) -> list[str]:
        """What a person's inbox shows, oldest first."""
        entries, _ = self.inbox.page(X, person, limit=50)
        return [entry.in_language("en").body for entry in reversed(entries)]

    def on_the_board(self) -> list[str]:
        """Whom a press would have dialled at once, by the board."""
        press = Press("p", self.now, Channel.PAGE, Session.NONE)
        found = self.calls.look_up(X, Asked(press, community=X, resident="du"))
        return [contact.name for contact in on_board(found.board.grids["g1"], self.now) or ()]

    def _next(self) -> datetime | None:
        page = self.table.query(Ask("due#0", by="due", limit=1))
        return from_epoch(page.items[0]["due_at"]) if page.items else None


def clock(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """An instant by the wall's clock, such as `01-15 20:00` of 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
