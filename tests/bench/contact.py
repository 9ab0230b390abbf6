"""From a press to the first ring: ten thousand presses beside a flood of telemetry, and every single
fault.

What is measured is stricter than a first attempt: the moment at which a provider is asked in the first
attempt that it takes.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random

from chalicelib.alarms.model import IllegalMoveError
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import AddressBook, Habits
from chalicelib.notify.courier import Letter
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.enrolment import Cards
from chalicelib.onekey.model import Line
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Community, Device, Grid, Household, Kind, Resident
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.hours import Period
from chalicelib.rota.lookup import Duties
from chalicelib.rota.model import Holders, Settings, Team
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from infra.commands.press import PAUSE_SECONDS, TRIES
from tests.bench.assumed import Takes
from tests.bench.city import COMMUNITY, City, ImportCpu, Tables, page_press, pendant_press
from tests.bench.cloud import BEGINS, Choose, InvocationError, Surroundings, well
from tests.bench.virtual import World

PHONE_NETWORK = Takes(0.15, 1.2)
"""A phone's way to the API, TLS and the gateway: an assumption."""
DEVICE_NETWORK = Takes(0.15, 1.2)
"""A pendant's message up to the queue: an assumption."""
CLOSED_AFTER = 40.0
"""Seconds after which whoever was reached closes the alarm."""
A_PENDANT_IN = 5
"""One press in so many is a pendant's, the others are a page's."""
HOMES_A_GRID = 250


def populated(homes: int) -> Tables:
    """A community with so many homes: a resident and a pendant each, and two people in each grid to ring."""
    tables = Tables()
    registry, people = RegistryStore(tables.registry), PeopleStore(tables.registry)
    names = [f"h{n:05d}" for n in range(homes)]
    grids = [f"g{n}" for n in range(1 + (homes - 1) // HOMES_A_GRID)]
    households = [Household(h, COMMUNITY, _grid_of(n), h, building="3 号楼") for n, h in enumerate(names)]
    residents = [Resident(h, COMMUNITY, h, h) for h in names]
    registry.put_community(Community(COMMUNITY, "星禾里"))
    registry.put_households(households)
    ResidentStore(tables.registry).put_many(
        [(one, home, None, None) for one, home in zip(residents, households, strict=True)]
    )
    for n, home in enumerate(names):
        if n % A_PENDANT_IN == 0:
            registry.add_device(_pendant(home, _grid_of(n)))
    staff = [
        Person(f"{what}-{grid}", COMMUNITY, f"{what} {grid}", role, f"+86138{place}{n:07d}")
        for n, grid in enumerate(grids)
        for place, (what, role) in enumerate((("worker", Role.GRID_WORKER), ("duty", Role.VOLUNTEER)))
    ]
    people.put_many([*staff, Person("desk", COMMUNITY, "desk", Role.COORDINATOR, "+8613900000000")])
    for grid in grids:
        registry.put_grid(Grid(grid, COMMUNITY, grid, (f"worker-{grid}",)))
    _put_on_duty(tables, registry, people, grids)
    Cards(CallBook(tables.deadlines)).enrol(Line(COMMUNITY, "星禾里", ""), households, residents, staff)
    AddressBook(tables.deadlines).put_habits(COMMUNITY, Habits(sms="sms", voice="voice"))
    return tables


def copied(tables: Tables) -> Tables:
    """The same community once more, for another run."""
    found = Tables()
    for old, new in ((tables.registry, found.registry), (tables.deadlines, found.deadlines)):
        new.put_many(list(old.items()))
    return found


def _put_on_duty(tables: Tables, registry: RegistryStore, people: PeopleStore, grids: Sequence[str]) -> None:
    store = RotaStore(tables.registry)
    rota = Rota(store, registry, people)
    holders = Holders(coordinator=("desk",), desk=("desk",), secretary=("desk",))
    rota.put_settings(COMMUNITY, Settings(confirm_minutes=0, holders=holders), now=BEGINS)
    rota.put_teams(
        COMMUNITY,
        [
            Team(f"{grid}-{period}", grid, grid, period, f"duty-{grid}", (f"duty-{grid}",))
            for grid in grids
            for period in (Period.DAY, Period.NIGHT)
        ],
        now=BEGINS,
    )
    book = CallBook(tables.deadlines)
    BoardKeeper(book, RotaDialing(Duties(store), people)).renew(COMMUNITY, grids, now=BEGINS)


def _pendant(home: str, grid: str) -> Device:
    return Device(
        f"p-{home}", COMMUNITY, grid, home, Kind.ONE_KEY, timedelta(hours=1), BEGINS - timedelta(days=9)
    )


def _grid_of(home: int) -> str:
    return f"g{home // HOMES_A_GRID}"


@dataclass(slots=True)
class Presses:
    """Presses in a city, and how long each took until somebody was rung."""

    seed: int
    tables: Tables
    cpu: ImportCpu
    choose: Choose = well
    pressed: dict[str, float] = field(default_factory=dict)
    reached: dict[str, float] = field(default_factory=dict)
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.about = Surroundings(self.world, Random(self.seed), self.choose)
        self.city = City(self.about, self.tables, self.cpu, self._rung)
        self._alarms = AlarmStore(self.tables.deadlines)
        self._desk = AlarmDesk(self._alarms)

    about: Surroundings = field(init=False)
    city: City = field(init=False)
    _alarms: AlarmStore = field(init=False)
    _desk: AlarmDesk = field(init=False)

    def press(self, at: float, home: int, *, pendant: bool) -> None:
        """Somebody presses at a moment."""
        name = f"h{home:05d}"
        self.pressed[name] = at
        work = self._pendant if pendant else self._page
        self.world.at(at, lambda: self.world.start(lambda: work(name, home)))

    def tick_from(self, first: float, until: float) -> None:
        """Let the tick come every minute."""
        at = first
        while at < until:
            self.world.at(at, lambda: self.world.start(self._tick))
            at += 60

    def keep_ready(self, until: float) -> None:
        """Let the schedules keep processes ready, as far as the template has them."""
        for function in (self.city.one_key, self.city.urgent, self.city.ladder):
            every = function.settings.ready_every_s
            for n in range(int(until / every) if every else 0):
                self.world.at(n * (every or 0), partial(self.world.start, function.stay_ready))

    def run(self, until: float) -> list[float]:
        """Live up to a moment; the seconds from each press to its first ring, infinite where none was."""
        self.world.run(until)
        self.world.close()
        return [self.reached.get(home, float("inf")) - at for home, at in self.pressed.items()]

    def _page(self, resident: str, number: int) -> None:
        """What a page does: it presses once more when it is not answered, as `shouwang press` does."""
        for _ in range(TRIES):
            self.world.sleep(PHONE_NETWORK.draw(self.about.rng))
            with suppress(InvocationError):
                answer = self.city.one_key.run(page_press(resident, number=number, about=self.about))
                if answer["statusCode"] < 500:
                    return
            self.world.sleep(PAUSE_SECONDS)

    def _pendant(self, home: str, number: int) -> None:
        body = pendant_press(f"p-{home}", about=self.about)
        self.world.sleep(DEVICE_NETWORK.draw(self.about.rng))
        self.city.urgent_queue.put(body)

    def _tick(self) -> None:
        with suppress(InvocationError):
            self.city.tick.run(None)

    def _rung(self, letter: Letter, asked_at: float) -> None:
        """A provider took a message."""
        alarm = self._alarms.get(letter.message.alarm)
        assert alarm is not None
        if alarm.household not in self.reached:
            self.reached[alarm.household] = asked_at
            self.world.at(self.world.now + CLOSED_AFTER, lambda: self._close(alarm.id))

    def _close(self, alarm: str) -> None:
        by = Responder("desk", COMMUNITY)
        with suppress(IllegalMoveError):
            outcome = Outcome(Verdict.FALSE, Cause.ASLEEP)
            self._desk.resolve(alarm, outcome, by=by, now=self.about.now)
