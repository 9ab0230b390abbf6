"""A city whose functions run our real code on the modelled cloud: presses come in, somebody is rung.

The composition is that of `chalicelib.wiring` and `chalicelib.onekey.function`, on tables, queues and
providers whose calls take time and may fail.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.accounts.model import sign
from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.store import ALARM, AlarmStore, LadderStore
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.alarms.waking import QueueWaker
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, QUARANTINE, REGISTRY, SERIES
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import ShouwangError
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.courier import Letter
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.ahead import Ahead, GivenTable
from chalicelib.onekey.dialing import RotaDialing
from chalicelib.onekey.endpoint import CALLS, Endpoint
from chalicelib.onekey.hook import InboundCalls
from chalicelib.onekey.lane import is_letter, read_letter
from chalicelib.onekey.pendant import PendantRules
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.onekey.sure import SureTable
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.service import Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.lookup import Duties
from chalicelib.rota.store import RotaStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.model import Envelope
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore
from tests.bench.assumed import SECRET
from tests.bench.cloud import Effect, Function, Process, Queue, Surroundings
from tests.bench.deployed import function_settings, queue_settings
from tests.bench.parts import CloudCourier, CloudFunction, CloudLane, CloudQueue, CloudTable, batch_get
from tests.builders import TOKEN_KEY, envelope

COMMUNITY = "xinghe"
QUICK, USUAL = 1.5, 5.0
"""Read timeouts of the one-key function's connection to DynamoDB and of all others', in seconds."""


@dataclass(frozen=True, slots=True)
class ImportCpu:
    """CPU seconds of importing the one-key function and the whole application."""

    one_key: float
    whole: float


@dataclass(slots=True)
class Tables:
    """The four tables, as they are."""

    registry: MemoryTable = field(default_factory=lambda: MemoryTable(REGISTRY))
    series: MemoryTable = field(default_factory=lambda: MemoryTable(SERIES))
    deadlines: MemoryTable = field(default_factory=lambda: MemoryTable(DEADLINES))
    quarantine: MemoryTable = field(default_factory=lambda: MemoryTable(QUARANTINE))


class City:
    """The deployed functions and queues. `rung` hears of every message that a provider took."""

    def __init__(
        self, about: Surroundings, tables: Tables, cpu: ImportCpu, rung: Callable[[Letter, float], None]
    ) -> None:
        self.about, self._tables, self._rung = about, tables, rung
        self.one_key = self._function("one_key", cpu.one_key, self._begin_one_key)
        self.urgent = self._function("urgent", cpu.whole, self._begin_urgent)
        self.ladder = self._function("ladder", cpu.whole, self._begin_ladder)
        self.tick = self._function("tick", cpu.whole, self._begin_tick)
        self.urgent_queue = Queue(about, "urgent queue", queue_settings("urgent"), self.urgent)
        self.ladder_queue = Queue(about, "ladder queue", queue_settings("ladder"), self.ladder)

    def _function(self, name: str, cpu: float, begin: Callable[[Process], Callable[[Any], Any]]) -> Function:
        return Function(self.about, name, function_settings(name), cpu, begin)

    # ---- what each function is made of, in a process of its own

    def _begin_one_key(self, process: Process) -> Callable[[Any], Any]:
        deadlines = SureTable(CloudTable(self._tables.deadlines, process, QUICK))
        registry = GivenTable(CloudTable(self._tables.registry, process, QUICK))
        both = {"deadlines": self._tables.deadlines, "registry": self._tables.registry}
        ahead = Ahead(batch_get(both, process, QUICK), "deadlines", "registry", registry)
        alarms = Concerns(AlarmStore(deadlines), LadderStore(registry), self._waker(process))
        book = CallBook(deadlines, ahead.read)
        dialing = RotaDialing(Duties(RotaStore(registry)), PeopleStore(registry))
        one_key = OneKey(book, alarms, CloudLane(CloudQueue(self.urgent_queue, process)), dialing)
        key = self._key(process)
        endpoint = Endpoint(one_key, InboundCalls(one_key, book), key, key, lambda *look: None)
        return lambda event: endpoint.answer(event, now=self.about.now)

    def _begin_urgent(self, process: Process) -> Callable[[Any], Any]:
        deadlines = CloudTable(self._tables.deadlines, process, USUAL)
        registry = CloudTable(self._tables.registry, process, USUAL)
        concerns = Concerns(AlarmStore(deadlines), LadderStore(registry), self._waker(process))
        dialing = RotaDialing(Duties(RotaStore(registry)), PeopleStore(registry))
        lane = CloudLane(CloudQueue(self.urgent_queue, process))
        one_key = OneKey(CallBook(deadlines), concerns, lane, dialing)
        ingest = Ingest(
            Roster(RegistryStore(registry)),
            SeriesStore(CloudTable(self._tables.series, process, USUAL)),
            QuarantineStore(CloudTable(self._tables.quarantine, process, USUAL)),
            HeardBook(HeardStore(deadlines)),
            PendantRules(one_key, UrgentConcerns(concerns)),
        )
        return lambda bodies: self._take_urgent(ingest, one_key, bodies)

    def _take_urgent(self, ingest: Ingest, one_key: OneKey, bodies: Sequence[str]) -> list[int]:
        """As `chalicelib.telemetry.triggers.urgent` does; the places of what failed."""
        batch = {str(n): _envelope(body) for n, body in enumerate(bodies) if not is_letter(body)}
        failed = [int(place) for place in ingest.take(batch, now=self.about.now).failed]
        for n, body in enumerate(bodies):
            if is_letter(body):
                try:
                    one_key.take_up(read_letter(body), now=self.about.now)
                except ShouwangError:
                    failed.append(n)
        return failed

    def _begin_ladder(self, process: Process) -> Callable[[Any], Any]:
        climber = self._climber(process)

        def climb(bodies: Sequence[str]) -> Sequence[int]:
            for alarm in bodies:
                climber.climb(alarm, now=self.about.now)
            return ()

        return climb

    def _begin_tick(self, process: Process) -> Callable[[Any], Any]:
        table = CloudTable(self._tables.deadlines, process, USUAL)
        due = Deadlines(DeadlineStore(table, shards=1), {ALARM: self._climber(process)}, workers=1)
        return lambda _: due.fire_due(now=self.about.now)

    def _climber(self, process: Process) -> Climber:
        deadlines = CloudTable(self._tables.deadlines, process, USUAL)
        registry = CloudTable(self._tables.registry, process, USUAL)
        book, people = AddressBook(deadlines), PeopleStore(registry)
        couriers = {name: CloudCourier(process, self._rung, name) for name in ("voice", "sms")}
        notifier = Notifier(
            NoticeStore(deadlines), couriers, book, stopwatch=lambda: self.about.world.now
        )  # fmt: skip
        homes = RegistryStore(registry)
        residents = ResidentStore(registry)
        teller = AlarmTeller(homes, residents, people, book, notifier)
        asked = RungPeople(homes, residents, Duties(RotaStore(registry)), people)
        alarms, waker = AlarmStore(deadlines), self._waker(process)
        return Climber(alarms, asked, teller, waker, Concerns(alarms, LadderStore(registry), waker))

    def _waker(self, process: Process) -> QueueWaker:
        return QueueWaker(CloudQueue(self.ladder_queue, process), CloudFunction(self.ladder, process))

    def _key(self, process: Process) -> Callable[..., str]:
        """The key of tokens, fetched once in a process."""
        found: list[str] = []

        def get(named: str = "") -> str:
            if not found:
                process.call(
                    Effect.SECRET, "secrets", SECRET, lambda: found.append(TOKEN_KEY),
                    refusal=NoKeyError("No key."), patience=2.0,
                )  # fmt: skip
            return found[0]

        return get


class NoKeyError(ShouwangError):
    """As `KeyUnavailableError` of the function: the press passes, of whoever it is."""


def page_press(resident: str, *, number: int, about: Surroundings) -> dict[str, Any]:
    """A press as API Gateway passes it on."""
    caller = Caller(resident, Role.RESIDENT, COMMUNITY)
    token = sign(caller, key=TOKEN_KEY, now=about.now, life=timedelta(hours=1))
    return {
        "httpMethod": "POST",
        "resource": CALLS,
        "pathParameters": {"resident_id": resident},
        "headers": {"Authorization": f"Bearer {token}"},
        "body": json.dumps({"kind": "call"}),
        "requestContext": {"requestId": f"press-{number}"},
    }


def pendant_press(device: str, *, about: Surroundings) -> str:
    """A pendant's press as the IoT rule puts it into the urgent queue."""
    samples = [{"at": epoch(about.now), "press": "call"}]
    raw = json.dumps({"v": 1, "kind": "one_key", "every": 3600, "samples": samples}).encode()
    return json.dumps(
        {
            "raw": b64encode(raw).decode(),
            "client_id": device,
            "community": COMMUNITY,
            "device": device,
            "received_at": int(about.now.timestamp() * 1000),
        }
    )


def _envelope(body: str) -> Envelope:
    told = json.loads(body)
    return envelope(
        b64decode(told["raw"]), device=told["device"], received_at=from_epoch(told["received_at"] / 1000)
    )
