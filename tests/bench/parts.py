"""What our code stands on in the modelled cloud: tables, queues, another function, a provider."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, TypeVar

from chalicelib.aws.functions import Function as OtherFunction
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.queues import Queue as SqsQueue
from chalicelib.aws.tables import BUSY, Ask, Page, StoreUnavailableError, Write
from chalicelib.notify.courier import Letter, ProviderDownError, UnclearError
from chalicelib.notify.model import Address
from chalicelib.onekey.ahead import BatchGet, Key
from chalicelib.onekey.lane import letter
from chalicelib.onekey.model import Asked
from chalicelib.onekey.service import LaneDownError
from tests.bench.assumed import HANDED_OVER, READ, SECRET, SEND, TRANSACTION, WRITE, Takes
from tests.bench.cloud import Effect, Function, InvocationError, Process, Queue, UnreachableError

Done = TypeVar("Done")
QUEUE_PATIENCE = 1.0
"""Seconds after which a queue's client asks again, as in `chalicelib.aws.queues`."""
PROVIDER = Takes(0.3, 1.5)
"""A telephone provider's answer: an assumption."""
PROVIDER_PATIENCE = 8.0
"""As in `chalicelib.notify.channels.web`: 3 s to connect, 5 s to answer."""


@dataclass(slots=True)
class CloudTable:
    """A table as a process of the modelled cloud reaches it; `patience` is its client's read timeout."""

    table: MemoryTable
    process: Process
    patience: float

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        return self._call(Effect.READ, READ, lambda: self.table.get(pk, sk, consistent=consistent))

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        return self._call(Effect.READ, READ, lambda: self.table.get_many(keys))

    def query(self, ask: Ask) -> Page:
        return self._call(Effect.READ, READ, lambda: self.table.query(ask))

    def write(self, write: Write) -> None:
        def do() -> None:
            self.table.write(write)

        self._call(Effect.WRITE, WRITE, do, again=do)

    def write_all(self, writes: Sequence[Write]) -> None:
        """Asked again, a transaction is still the same one: its client sends a token."""
        self._call(Effect.TRANSACTION, TRANSACTION, lambda: self.table.write_all(writes))

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        return self._call(Effect.WRITE, TRANSACTION, lambda: self.table.put_many(items))

    def _call(
        self, effect: Effect, takes: Takes, do: Callable[[], Done], again: Callable[[], Done] | None = None
    ) -> Done:
        return self.process.call(
            effect, "dynamodb", takes, do,
            refusal=StoreUnavailableError(BUSY), patience=self.patience, again=again,
        )  # fmt: skip


def batch_get(tables: Mapping[str, MemoryTable], process: Process, patience: float) -> BatchGet:
    """One BatchGetItem over several tables."""

    def get(wanted: Mapping[str, Sequence[Key]]) -> Mapping[str, Sequence[Item]]:
        return process.call(
            Effect.READ, "dynamodb", READ,
            lambda: {name: tables[name].get_many(keys) for name, keys in wanted.items()},
            refusal=StoreUnavailableError(BUSY), patience=patience,
        )  # fmt: skip

    return get


class CloudQueue(SqsQueue):
    """A queue as a process reaches it."""

    __slots__ = ("_process", "_queue")

    def __init__(self, queue: Queue, process: Process) -> None:
        super().__init__(queue.name)
        self._queue, self._process = queue, process

    def send(self, text: str, *, delay_seconds: int) -> None:
        def do() -> None:
            self._queue.put(text, delay=delay_seconds)

        self._process.call(
            Effect.SEND, "sqs", SEND, do, refusal=UnreachableError(), patience=QUEUE_PATIENCE, again=do
        )


class CloudFunction(OtherFunction):
    """Another function, as a process has it run on its own; `event` makes its event of a text."""

    __slots__ = ("_function", "_process")

    def __init__(self, function: Function, process: Process) -> None:
        super().__init__(function.name)
        self._function, self._process = function, process

    def hand_over(self, text: str) -> None:
        world, rng = self._process.about.world, self._process.about.rng

        def run() -> None:
            world.sleep(HANDED_OVER.draw(rng))
            try:
                self._function.run([text])
            except InvocationError:
                return  # Lambda tries again a minute later: the tick is sooner

        self._process.call(
            Effect.HAND_OVER, "lambda", SEND, lambda: world.start(run),
            refusal=UnreachableError(), patience=QUEUE_PATIENCE, again=lambda: world.start(run),
        )  # fmt: skip


@dataclass(slots=True)
class CloudLane:
    """The urgent queue, for presses that the table didn't take."""

    queue: CloudQueue

    def send(self, asked: Asked) -> None:
        try:
            self.queue.send(letter(asked), delay_seconds=0)
        except UnreachableError as error:
            raise LaneDownError("The urgent queue can't be reached.") from error


@dataclass(slots=True)
class CloudCourier:
    """A telephone provider. `rung` hears of every message it took, with the moment at which it was asked."""

    process: Process
    rung: Callable[[Letter, float], None]
    name: str
    dedupes: bool = False
    proves_within: timedelta | None = timedelta(seconds=75)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Its secret is fetched first, once in a process."""
        if self.name not in self.process.clients:
            self.process.call(
                Effect.SECRET, "secrets", SECRET, lambda: self.process.clients.add(self.name),
                refusal=ProviderDownError("Its secret can't be fetched."), patience=QUEUE_PATIENCE,
            )  # fmt: skip
        asked_at = self.process.about.world.now

        def unclear() -> NoReturn:
            raise UnclearError("The provider didn't answer.")

        self.process.call(
            Effect.RING, "provider", PROVIDER, lambda: self.rung(letter, asked_at),
            refusal=ProviderDownError("The provider is down."), patience=PROVIDER_PATIENCE, again=unclear,
            whose=f"/{self.name}",
        )  # fmt: skip
        return "taken"
