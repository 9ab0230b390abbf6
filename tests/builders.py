"""Builders for tests: a community in memory, and what its devices say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import AUDIT, DEADLINES, QUARANTINE, REGISTRY, SERIES, WITNESS
from chalicelib.aws.tables import Ask, Table, every_item
from chalicelib.kernel.clock import epoch
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.consent import Audience, Choice, DataKind
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Community, Device, Grid, Household, Kind, Resident
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.service import Registry, Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.messages import UnreadableError
from chalicelib.telemetry.model import Chunk, Envelope, Sample
from chalicelib.telemetry.service import Ingest, Intake
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.watch.deadlines import DeadlineStore
from chalicelib.watch.model import Concern, ConcernKind
from chalicelib.watch.service import Watchkeeper
from chalicelib.watch.store import RollStore
from chalicelib.wiring import Ground

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
XINGHE = Community("xinghe", "星禾里社区")
TOKEN_KEY = "a key for tests alone, and long enough even for HMAC with SHA-512"
EVENTS = Path(__file__).resolve().parents[1] / "events"
SAMPLES: Mapping[Kind, Sample] = {
    kind: json.loads((EVENTS / "devices" / f"{kind}.json").read_text())["samples"][-1] for kind in Kind
}
"""For each kind of device a sample that it may send."""


def event(name: str) -> Any:
    """What triggers a function, or what a device publishes (`devices/water_meter`): a file in events/."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def ground() -> Ground:
    """An empty stack in memory."""
    return Ground(
        registry=MemoryTable(REGISTRY),
        series=MemoryTable(SERIES),
        deadlines=MemoryTable(DEADLINES),
        quarantine=MemoryTable(QUARANTINE),
        audit=MemoryTable(AUDIT),
        witness=MemoryTable(WITNESS),
        token_key=TOKEN_KEY,
        vault={"push": '{"seed": "for tests alone", "subject": "mailto:ops@example.org"}'},
    )


def home(household: str = "h001", *, community: str = "xinghe", **fields: Any) -> Household:
    """A household; its name is its id unless told otherwise."""
    return Household(**{"id": household, "community": community, "grid": "g1", "name": household, **fields})


def device(name: str = "wm-001", kind: Kind = Kind.WATER_METER, **fields: Any) -> Device:
    """A device in household h001 of Xinghe, reporting hourly since a day before NOON."""
    usual = {"community": "xinghe", "grid": "g1", "household": "h001", "reports_every": HOUR}
    return Device(**{"id": name, "kind": kind, "added_at": NOON - DAY, **usual, **fields})


def payload(kind: Kind | str, *samples: Sample, **frame: Any) -> bytes:
    """A device's message in wire format 1."""
    return json.dumps({"v": 1, "kind": kind, "every": 3600, "samples": samples, **frame}).encode()


def hourly(*litres: int, until: datetime = NOON) -> list[Sample]:
    """A water meter's register each hour, the last at `until`."""
    hours = range(len(litres) - 1, -1, -1)
    return [
        {"at": epoch(until - n * HOUR), "register_litres": index}
        for n, index in zip(hours, litres, strict=True)
    ]


def water(*litres: int, until: datetime = NOON) -> bytes:
    """A water meter's message with its register each hour, the last at `until`."""
    return payload(Kind.WATER_METER, *hourly(*litres, until=until))


def envelope(raw: bytes, *, device: str = "wm-001", **fields: Any) -> Envelope:
    """A message as the IoT rule passes it on."""
    usual = {"client_id": device, "community": "xinghe", "device": device, "received_at": NOON}
    return Envelope(**{"raw": raw, **usual, **fields})


def chunk(*samples: Sample, device: str = "wm-001", received_at: datetime = NOON, **fields: Any) -> Chunk:
    """A chunk of a water meter's samples."""
    return Chunk(
        **{"device": device, "kind": Kind.WATER_METER, "every": 3600, **fields},
        received_at=received_at,
        samples=samples,
    )


def concern(
    kind: ConcernKind = ConcernKind.STILL_WATER, *, began_at: datetime = NOON, **fields: Any
) -> Concern:
    """A concern about household h001 of Xinghe."""
    usual: dict[str, Any] = {"community": "xinghe", "household": "h001", "evidence": {"used_litres": 3}}
    return Concern(**{"kind": kind, "began_at": began_at, **usual, **fields})


def li(community: str = "xinghe") -> Responder:
    """Li, a grid worker."""
    return Responder("Li", community)


@dataclass
class Town:
    """A community in memory with one home, h001, and whatever a test adds."""

    on: Ground = field(default_factory=ground)

    def __post_init__(self) -> None:
        self.registry_store = RegistryStore(self.on.registry)
        self.deadlines = DeadlineStore(self.on.deadlines, shards=1)
        self.rolls = RollStore(self.on.deadlines, self.deadlines)
        self.keeper = Watchkeeper(self.registry_store, self.deadlines, self.rolls)
        self.people, self.care = PeopleStore(self.on.registry), CareStore(self.on.registry)
        self.resident_store = ResidentStore(self.on.registry)
        self.residents = Residents(self.resident_store, self.registry_store, self.care, self.people)
        self.registry = Registry(self.registry_store, self.keeper, self.residents)
        self.series = SeriesStore(self.on.series)
        self.quarantine = QuarantineStore(self.on.quarantine)
        self.concerns = Concerns(AlarmStore(self.on.deadlines))
        self.desk = AlarmDesk(AlarmStore(self.on.deadlines))
        self.roster = Roster(self.registry_store)
        self.ingest = self.new_process()
        self.registry.enrol(
            XINGHE,
            [Grid("g1", "xinghe", "一网格")],
            [home()],
            now=NOON - DAY,
        )
        self.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英")])

    def new_process(self, *, series: Table | None = None, deadlines: Table | None = None) -> Ingest:
        """Another ingest process, which remembers nothing; on other tables, if given."""
        waiting = deadlines or self.on.deadlines
        urgent = UrgentConcerns(Concerns(AlarmStore(waiting)))
        book = HeardBook(HeardStore(waiting))
        store = SeriesStore(series or self.on.series)
        return Ingest(Roster(self.registry_store), store, self.quarantine, book, urgent)

    def install(self, *devices: Device, now: datetime = NOON - DAY) -> None:
        """Register devices."""
        for each in devices:
            self.registry.add_device(each, now=now)

    def agrees(self, kind: DataKind, resident: str = "r1", community: str = "xinghe") -> None:
        """A resident agrees that data of a kind is kept, and that staff may read it."""
        store = ConsentStore(self.on.registry)
        for audience in (Audience.WATCH, Audience.STAFF):
            choice = Choice(kind, audience, True, NOON, resident, resident)
            store.put(store.get(community, resident).chosen(choice), what=choice, at=epoch(NOON), by=resident)

    def hear(self, *envelopes: Envelope | UnreadableError, now: datetime = NOON) -> Intake:
        """Let the ingest take a batch; the delivery ids are d1, d2 and so on."""
        batch = {f"d{n}": envelope for n, envelope in enumerate(envelopes, start=1)}
        return self.ingest.take(batch, now=now)

    def refusals(self, community: str = "xinghe") -> list[dict[str, Any]]:
        """What lies in quarantine, newest first."""
        return self.quarantine.page(community, limit=100, after=None).items

    def hints(self) -> int:
        """How many roll-call hints were written down."""
        ask = Ask("roll#xinghe#g1", first="heard#", last="heard$")
        return len(every_item(self.on.deadlines, ask))

    def open_alarms(self) -> list[str]:
        """The kinds of the open alarms, newest first."""
        alarms, _ = self.desk.page("xinghe", is_open=True, limit=100, after=None)
        return [alarm.kind.value for alarm in alarms]


def mentions_number(text: str, number: str) -> bool:
    """Whether a text holds a telephone number, or its last four digits by themselves.

    An instant in seconds may well hold the same four digits among others; that is none.
    """
    return number.lstrip("+") in text or bool(re.search(rf"(?<!\d){number[-4:]}(?!\d)", text))
