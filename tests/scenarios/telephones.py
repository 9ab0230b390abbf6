"""A home, those who look after it, and an exchange that rings their phones, on a virtual clock.

All of it is the application's own but for the voice provider. Whoever doesn't pick up is missed after 75 s.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.alarms.answers import CallAnswers
from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.proof import Proof, ProofStore
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import ALARM, AlarmStore, LadderStore
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.alarms.waking import NoWaker
from chalicelib.aws.tables import Ask, Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.clock import from_epoch
from chalicelib.notify.addresses import AddressBook, Habits
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.callbacks import Callbacks
from chalicelib.notify.courier import Courier, Letter
from chalicelib.notify.model import Address
from chalicelib.notify.service import Notifier
from chalicelib.notify.signatures import signed
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.dialing import RotaDialing
from chalicelib.onekey.drill_book import DrillBook
from chalicelib.onekey.drill_keeping import Both, DrillKeeper
from chalicelib.onekey.drill_plan import DRILL, Plan, Whose, plan_of
from chalicelib.onekey.drills import Drills
from chalicelib.onekey.enrolment import CardKeeper
from chalicelib.onekey.model import Asked, Channel, Press, PressKind, Session
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.model import Community, Grid, Household, Kin, Resident
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.hours import Period
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import COMMON, Holders, Settings, Team
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.model import Concern, ConcernKind
from tests.builders import NOON, TOKEN_KEY, ground
from tests.onekey.builders import MemoryLane

MORNING = NOON - timedelta(hours=10)
"""Ten in Shanghai."""
STAFF = ("zhou", "li", "wang", "zhao", "sun", "qian", "he", "chen", "min", "desk")
HOME = Household("h001", "xinghe", "g1", "h001", "3号楼", steward="zhou")
PHONES = {name: f"+86138000001{n:02}" for n, name in enumerate(STAFF)}
DU = "+8613800000009"


@dataclass
class Ring:
    """A phone that rang: at which second, whose, and what is said."""

    at: int
    phone: str
    letter: Letter


@dataclass
class Exchange:
    """A voice provider. `trouble` is what it raises once it was asked for a phone: before it rings, or, when
    we crash, after.
    """

    began_at: datetime
    dedupes: bool = False
    proves_within: timedelta | None = timedelta(seconds=75)
    trouble: dict[str, list[BaseException]] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        waiting = self.trouble.get(to.to)
        trouble = waiting.pop(0) if waiting else None
        if trouble is not None and not isinstance(trouble, CrashError):
            raise trouble
        self.rings.append(Ring(int((now - self.began_at).total_seconds()), to.to, letter))
        if trouble is not None:
            raise trouble
        return f"call-{len(self.rings)}"


class CrashError(BaseException):
    """The process dies just after the provider took the call: nothing catches this."""


@dataclass
class Telephones:
    """Xinghe, where Du lives in h001. Zhou is the steward; Li and Wang serve by day, Sun and Qian by night.

    `couriers` ring phones for the community's provider, `voice`.
    """

    now: datetime = MORNING
    confirm_minutes: int = 0
    voice: str = "exchange"
    couriers: dict[str, Courier] = field(default_factory=dict)
    teams_are_drilled: bool = False

    def __post_init__(self) -> None:
        self.began_at, self.on = self.now, ground()
        self.exchange = Exchange(self.now)
        self.registry, self.people = RegistryStore(self.on.registry), PeopleStore(self.on.registry)
        self.residents = ResidentStore(self.on.registry)
        self.book = AddressBook(self.on.deadlines)
        self.book.put_habits("xinghe", Habits(voice=self.voice, voice_secret="s"))
        self.desk = AlarmDesk(AlarmStore(self.on.deadlines), self.concerns())
        self.rota = Rota(RotaStore(self.on.registry), self.registry, self.people)
        keeper = DrillKeeper(self.drill_book(), self.rota.settings, lambda: self.now)
        cards = CardKeeper(CallBook(self.on.deadlines), self.people)
        self.enrolled = Residents(
            self.residents, self.registry, CareStore(self.on.registry), self.people, Both(cards, keeper)
        )
        watchers = keeper if self.teams_are_drilled else None
        self.rota = Rota(RotaStore(self.on.registry), self.registry, self.people, watchers)
        notices = NoticeStore(self.on.deadlines)
        answers = CallAnswers(self.desk)
        self.callbacks = Callbacks(notices, CallbackBook(self.on.deadlines), answers, lambda: TOKEN_KEY)
        self.settle()

    def settle(self) -> None:
        """Who lives here, and who looks after them."""
        self.registry.put_community(Community("xinghe", "星禾里社区"))
        self.registry.put_grid(Grid("g1", "xinghe", "一网格", ("zhou",)))
        self.registry.put_households([HOME])
        staff = [Person(n, "xinghe", n.title(), Role.VOLUNTEER, phone) for n, phone in PHONES.items()]
        self.people.put_many(staff)
        self.lives(DU)
        holders = Holders(coordinator=("chen",), desk=("desk",), secretary=("he",))
        settings = Settings(confirm_minutes=self.confirm_minutes, holders=holders)
        self.rota.put_settings("xinghe", settings, now=self.now)
        teams = [
            Team("day", "银龄队", COMMON, Period.DAY, "li", ("li", "wang", "zhao")),
            Team("night", "青年队", COMMON, Period.NIGHT, "sun", ("sun", "qian", "zhao")),
        ]
        self.rota.put_teams("xinghe", teams, now=self.now)

    def lives(self, *phones: str) -> None:
        """So many residents live in h001, with these phones: Du, and du-2 and so on."""
        names = ["du", *(f"du-{n}" for n in range(2, 9))]
        known = zip(names, phones, strict=False)
        for name, phone in known:
            before = self.residents.get("xinghe", name)
            du = Resident(name, "xinghe", "h001", name, phone, (Kin("min"),))
            self.enrolled.put(replace(du, version=before.version if before else 0))

    def concerns(self, table: Table | None = None) -> Concerns:
        """Raising alarms."""
        return Concerns(AlarmStore(table or self.on.deadlines), LadderStore(self.on.registry))

    def goes_quiet(self) -> str:
        """The home is found quiet, and what is due at once is done."""
        found = Concern(ConcernKind.STILL_WATER, "xinghe", "h001", self.now, {"used_litres": 3})
        alarm = self.concerns().raise_once(found, now=self.now)
        self.tick()
        return alarm

    def handlers(self, table: Table) -> dict[str, Handler]:
        """Who takes which deadlines."""
        couriers = {"exchange": self.exchange, **self.couriers}
        notifier = Notifier(NoticeStore(table), couriers, self.book, stopwatch=lambda: 0)
        teller = AlarmTeller(self.registry, self.residents, self.people, self.book, notifier)
        people = RungPeople(self.registry, self.residents, Duties(RotaStore(self.on.registry)), self.people)
        concerns, alarms = self.concerns(table), AlarmStore(table)
        desk, keys, proofs = AlarmDesk(alarms, concerns), self.one_key(table), ProofStore(table)
        drills = Drills(self.drill_book(table), proofs, self.residents, self.rota, keys, concerns, desk)
        return {ALARM: Climber(alarms, people, teller, NoWaker(), concerns), DRILL: drills}

    def drill_book(self, table: Table | None = None) -> DrillBook:
        on = table or self.on.deadlines
        return DrillBook(on, self.on.registry, DeadlineStore(on, shards=1))

    def one_key(self, table: Table | None = None) -> OneKey:
        """Placing one-key calls."""
        dialing = RotaDialing(self.rota.duties, self.people)
        book = CallBook(table or self.on.deadlines)
        return OneKey(book, self.concerns(table), MemoryLane(), dialing)

    def plan(self, key: str = "resident#du") -> Plan:
        """Whose drill waits, and until when."""
        due = DeadlineStore(self.on.deadlines, shards=1).get("drills#xinghe", f"drill#{key}")
        assert due is not None
        return plan_of(due)

    def forget_drill(self, of: str, name: str) -> None:
        """No such drill in this story."""
        self.drill_book().end("xinghe", Whose(of), name)

    def sleep_until(self, at: datetime) -> None:
        """Let time pass, whatever comes."""
        self.wait(seconds=(at - self.now).total_seconds())

    def proof(self, key: str = "resident#du") -> Proof | None:
        """When it was last proven."""
        return ProofStore(self.on.deadlines).of_many("xinghe", [key]).get(key)

    def drill(self) -> Alarm:
        """The newest drill, open or closed."""
        found = [self.desk.page("xinghe", is_open=o, limit=50, after=None)[0] for o in (True, False)]
        return max((a for page in found for a in page if a.drill), key=lambda a: a.raised_at)

    def tasks(self) -> list[str]:
        """Of whom a drill was missed, as far as it is open."""
        alarms, _ = self.desk.page("xinghe", is_open=True, limit=50, after=None)
        return [str(a.evidence["who"]) for a in alarms if a.kind is ConcernKind.DRILL_MISSED]

    def tests_key(self, resident: str = "du") -> str:
        """A resident presses their key as a test; the alarm's id."""
        press = Press(f"p{self.now.timestamp()}", self.now, Channel.PAGE, Session.GOOD)
        asked = Asked(press, PressKind.TEST, "xinghe", resident)
        placed = self.one_key().press(asked, now=self.now)
        self.tick()
        return placed.call.alarm

    def tick(self, table: Table | None = None) -> None:
        """One tick, now."""
        on = table or self.on.deadlines
        Deadlines(DeadlineStore(on, shards=1), self.handlers(on), workers=1).fire_due(now=self.now)

    def wait(self, **time: float) -> None:
        """Let time pass; whatever becomes due is taken at its second."""
        until = self.now + timedelta(**time)
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            self.tick()
        self.now = until

    def presses(self, phone: str, digit: str, *, ring: int = -1) -> str:
        """Somebody who was rung presses a key, and the provider tells us, signed."""
        calls = [each for each in self.exchange.rings if each.phone == phone]
        body = json.dumps({"reference": calls[ring].letter.reference, "digit": digit}).encode()
        return self.callbacks.connect(body, signed(body, key=TOKEN_KEY, now=self.now), now=self.now)

    def rung_at(self, phone: str) -> list[int]:
        """At which seconds a phone rang."""
        return [ring.at for ring in self.exchange.rings if ring.phone == phone]

    def spoken(self, phone: str) -> list[str]:
        """What was said in Chinese on a phone."""
        return [ring.letter.words.spoken for ring in self.exchange.rings if ring.phone == phone]

    def alarm(self, alarm: str) -> Alarm:
        return self.desk.get(alarm, community="xinghe")

    def log(self, alarm: str) -> list[tuple[str, str, str]]:
        """What happened, by whom or to whom, and through what."""
        lines = self.desk.log(self.alarm(alarm))
        return [(e.what, e.note if e.by == "shouwang" else e.by, e.channel) for e in lines]

    def takes(self, alarm: str, who: str = "zhou") -> Alarm:
        return self.desk.acknowledge(alarm, by=Responder(who, "xinghe"), now=self.now)

    def _next(self) -> datetime | None:
        page = self.on.deadlines.query(Ask("due#0", by="due", limit=1))
        return from_epoch(page.items[0]["due_at"]) if page.items else None
