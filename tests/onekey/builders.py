"""A community whose residents have cards, and what presses need of it, in memory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.accounts.model import sign
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.service import AlarmDesk
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Ask, Page, Table, Write
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.sight import Sight
from chalicelib.onekey.endpoint import CALLS, CARD, Endpoint
from chalicelib.onekey.enrolment import Cards
from chalicelib.onekey.hook import InboundCalls
from chalicelib.onekey.items import Board
from chalicelib.onekey.lane import letter, read_letter
from chalicelib.onekey.model import Asked, Contact, Line, Who, Window
from chalicelib.onekey.service import LaneDownError, OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.needs import Kin
from tests.builders import TOKEN_KEY
from tests.faults import FaultyTable

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MASTER = "a key for hooks in tests alone"
LI = Contact(Who.DUTY_FIRST, "Li", "+8613800000001")
WANG = Contact(Who.DUTY_SECOND, "Wang", "+8613800000002")
DAUGHTER = Contact(Who.KIN, "Du Min", "+8613800000003")
DESK = Contact(Who.COMMUNITY, "星禾里社区", "+865515550000")
WHERE = {"latitude": 36.061089, "longitude": 103.834303, "accuracy_m": 20}
READS, WRITES = {"get", "get_many", "query"}, {"write", "write_all", "put_many"}


@dataclass
class MemoryLane:
    """The urgent queue in memory, kept as messages would be."""

    letters: list[str] = field(default_factory=list)
    down: bool = False

    def send(self, asked: Asked) -> None:
        if self.down:
            raise LaneDownError("Down, for this test.")
        self.letters.append(letter(asked))


@dataclass
class Plan:
    """A rota that always has the same people on duty; it counts how often it was asked."""

    people: Sequence[Contact] = (WANG, LI)
    asked: int = 0
    down: bool = False

    def ranked(self, community: str, grid: str, at: datetime) -> Sequence[Contact]:
        self.asked += 1
        if self.down:
            raise ShouwangError("Down, for this test.")
        return self.people


@dataclass
class CountingTable:
    """A table that notes the calls on it."""

    table: Table
    calls: list[str] = field(default_factory=list)

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        self.calls.append("get")
        return self.table.get(pk, sk, consistent=consistent)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        self.calls.append("get_many")
        return self.table.get_many(keys)

    def write(self, write: Write) -> None:
        self.calls.append("write")
        self.table.write(write)

    def write_all(self, writes: Sequence[Write]) -> None:
        self.calls.append("write_all")
        self.table.write_all(writes)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        self.calls.append("put_many")
        return self.table.put_many(items)

    def query(self, ask: Ask) -> Page:
        self.calls.append("query")
        return self.table.query(ask)


@dataclass
class Answer:
    """What the function answered."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Street:
    """Xinghe, where Du lives in h001; Li is on duty."""

    now: datetime = NOON
    board: bool = True

    def __post_init__(self) -> None:
        self.memory = MemoryTable(DEADLINES)
        self.table = FaultyTable(self.memory)
        self.counted = CountingTable(self.table)
        self.lane, self.plan = MemoryLane(), Plan()
        self.book = CallBook(self.counted)
        self.concerns = Concerns(AlarmStore(self.counted))
        self.one_key = OneKey(self.book, self.concerns, self.lane, self.plan)
        self.inbound = InboundCalls(self.one_key, self.book)
        self.endpoint = Endpoint(
            self.one_key, self.inbound, lambda named: TOKEN_KEY, lambda: MASTER, self.note
        )
        self.enrol("xinghe")
        if self.board:
            window = Window(self.now - timedelta(hours=1), self.now + timedelta(hours=1), (LI, WANG))
            self.book.put_board("xinghe", Board({"g1": [window], "": [window]}))
        self.counted.calls.clear()
        self._requests = 0
        self.looks: list[tuple[str, Sight]] = []

    def note(self, caller: Caller, sight: Sight, now: datetime) -> None:
        """The access log, kept as a list."""
        if sight.parts:
            self.looks.append((caller.name, sight))

    def enrol(self, community: str, *residents: Resident) -> None:
        """A community with h001, and Du in it unless others are named."""
        home = Household("h001", community, "g1", "h001")
        du = Resident("du", community, "h001", "杜老师", "+8613800000009", kin=(Kin("min"),))
        line = Line(community, "星禾里社区", DESK.phone)
        Cards(CallBook(self.memory)).enrol(line, [home], residents or [du], kin={"du": [DAUGHTER]})

    def token(
        self, role: Role = Role.RESIDENT, *, community: str = "xinghe", hours: int = 1, name: str = "du"
    ) -> str:
        """A token made just now, or, with negative hours, one that ended so long ago."""
        made = self.now if hours > 0 else self.now + timedelta(hours=hours - 1)
        residents = ("du",) if role is Role.KIN else ()
        caller = Caller(name, role, community, residents)
        return sign(caller, key=TOKEN_KEY, now=made, life=timedelta(hours=1))

    def press(self, resident: str = "du", body: Any = None, **sent: Any) -> Answer:
        """Press over HTTP; as a resident of Xinghe unless told otherwise."""
        return self.send("POST", CALLS, body={} if body is None else body, resident_id=resident, **sent)

    def card(self, resident: str = "du", **sent: Any) -> Answer:
        """Read the card."""
        return self.send("GET", CARD, resident_id=resident, **sent)

    def send(
        self,
        method: str,
        resource: str,
        *,
        body: Any = None,
        token: str | None = "",
        headers: dict[str, str] | None = None,
        address: str = "203.0.113.1",
        **path: str,
    ) -> Answer:
        """One request, with a body as JSON or as it is. With `token` None, without any."""
        self._requests += 1
        authorization = {} if token is None else {"Authorization": f"Bearer {token or self.token()}"}
        event = {
            "httpMethod": method,
            "resource": resource,
            "pathParameters": path,
            "headers": {**authorization, **(headers or {})},
            "body": body if isinstance(body, str) else None if body is None else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {
                "requestId": f"request-{self._requests}",
                "identity": {"sourceIp": address},
            },
        }
        found = self.endpoint.answer(event, now=self.now)
        return Answer(
            found["statusCode"], json.loads(found["body"]) if found["body"] else None, found["headers"]
        )

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def alarms(self, community: str = "xinghe") -> list[Alarm]:
        """The open alarms, newest first."""
        found, _ = self.desk.page(community, is_open=True, limit=100, after=None)
        return found

    @property
    def desk(self) -> AlarmDesk:
        store = AlarmStore(self.memory)
        return AlarmDesk(store, Concerns(store))

    def take_up(self) -> None:
        """Let the urgent lane's function take what is in the queue."""
        while self.lane.letters:
            self.one_key.take_up(read_letter(self.lane.letters[0]), now=self.now)
            self.lane.letters.pop(0)
