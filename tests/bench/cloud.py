"""AWS on virtual time, as far as it decides how soon somebody is rung: functions, queues, what may fail."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError

from chalicelib.kernel.errors import ShouwangError
from tests.bench.assumed import (
    ACCOUNT,
    CALL_CPU,
    CLIENT_CPU,
    COLD,
    DELIVERED,
    KEPT,
    POLLERS,
    POLLERS_A_SECOND,
    STALL,
    STALL_SECONDS,
    THROTTLED_AGAIN,
    VCPU_MB,
    Takes,
)
from tests.bench.deployed import FunctionSettings, QueueSettings
from tests.bench.virtual import KilledError, World

Done = TypeVar("Done")
BEGINS = datetime(2026, 1, 15, 4, tzinfo=UTC)
"""The moment at which virtual time begins: noon in China."""


class Fault(StrEnum):
    """What may go wrong with one effect. Unanswered: done, but nobody hears of it until a timeout. Hung:
    not even done.
    """

    REFUSED = "refused"
    UNANSWERED = "unanswered"
    HUNG = "hung"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    LOST = "lost"
    TWICE = "twice"


class Effect(StrEnum):
    """What our code does to the world outside its process."""

    READ = "read"
    WRITE = "write"
    TRANSACTION = "transaction"
    SEND = "send"
    HAND_OVER = "hand over"
    SECRET = "secret"
    RING = "ring"
    DELIVERY = "delivery"


Choose = Callable[[str, Effect, int, float], Fault | None]
"""Which fault, if any, befalls the nth effect, of a function (or of a queue's delivery), at a second."""


def well(_function: str, _effect: Effect, _nth: int, _at: float) -> Fault | None:
    """Nothing goes wrong."""
    return None


@dataclass(slots=True)
class Surroundings:
    """What all parts share: time, chance, what goes wrong, and the account's executions."""

    world: World
    rng: Random
    choose: Choose = well
    log: list[tuple[str, Effect]] = field(default_factory=list)
    free: int = ACCOUNT

    @property
    def now(self) -> datetime:
        return BEGINS + timedelta(seconds=self.world.now)

    def fault(self, function: str, effect: Effect) -> Fault | None:
        """What befalls this effect."""
        self.log.append((function, effect))
        return self.choose(function, effect, len(self.log) - 1, self.world.now)


class InvocationError(Exception):
    """A function was throttled, failed, ran out of time, or its process died."""


@dataclass(slots=True)
class Process:
    """One execution environment of a function, with its share of a processor."""

    about: Surroundings
    function: str
    share: float
    ends_at: float = 0.0
    used_at: float = 0.0
    clients: set[str] = field(default_factory=set)
    handler: Callable[[Any], Any] = field(default=lambda event: None)

    def work(self, seconds: float) -> None:
        """Let time pass. Raises KilledError at the function's timeout."""
        world = self.about.world
        if world.now + seconds > self.ends_at:
            world.sleep(max(0.0, self.ends_at - world.now))
            raise KilledError
        world.sleep(seconds)

    def call(
        self,
        effect: Effect,
        client: str,
        takes: Takes,
        do: Callable[[], Done],
        *,
        refusal: Exception,
        patience: float,
        again: Callable[[], Done] | None = None,
        whose: str = "",
    ) -> Done:
        """Do something outside, as a client would: it refuses with `refusal`, or, when it hears nothing for
        `patience` seconds, asks `again`. `whose` tells providers apart.
        """
        rng = self.about.rng
        cpu = CALL_CPU + (0 if client in self.clients else CLIENT_CPU[client])
        self.clients.add(client)
        seconds = cpu / self.share + takes.draw(rng)
        if client == "dynamodb" and rng.random() < STALL:
            seconds += min(STALL_SECONDS, patience)
        fault = self.about.fault(self.function + whose, effect)
        if fault is Fault.CRASH_BEFORE:
            raise KilledError
        self.work(seconds)
        if fault is Fault.REFUSED:
            raise refusal
        if fault is Fault.HUNG:
            self.work(patience)
            return (again or do)()
        done = do()
        if fault is Fault.CRASH_AFTER:
            raise KilledError
        if fault is Fault.UNANSWERED:
            self.work(patience)
            done = again() if again is not None else done
        return done


@dataclass(slots=True)
class Function:
    """A Lambda function: its processes start cold, are kept warm, and take one event at a time."""

    about: Surroundings
    name: str
    settings: FunctionSettings
    import_cpu: float
    begin: Callable[[Process], Callable[[Any], Any]]
    cold_starts: int = 0
    running: int = 0
    _warm: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.about.free -= self.settings.reserved or 0

    def run(self, event: Any) -> Any:
        """Run it, inside a task; its answer. Raises InvocationError."""
        if not self._may_run():
            raise InvocationError("throttled")
        self._count(1)
        try:
            process = self._ready() or self._cold()
            process.ends_at = self.about.world.now + self.settings.timeout_s
            answer = process.handler(event)
        except KilledError as error:
            raise InvocationError("the process died") from error
        except ShouwangError as error:
            self._keep(process)
            raise InvocationError("the function failed") from error
        else:
            self._keep(process)
            return answer
        finally:
            self._count(-1)

    def stay_ready(self) -> None:
        """What its schedule does: an event that asks for nothing. Inside a task."""
        if self._may_run():
            self._count(1)
            self._keep(self._ready() or self._cold())
            self._count(-1)

    def _ready(self) -> Process | None:
        """The process used last, if it was not given up meanwhile."""
        process = self._warm.pop() if self._warm else None
        return process if process and self.about.world.now - process.used_at < KEPT else None

    def _keep(self, process: Process) -> None:
        process.used_at = self.about.world.now
        self._warm.append(process)

    def _may_run(self) -> bool:
        reserved = self.settings.reserved
        return self.running < reserved if reserved is not None else self.about.free > 0

    def _count(self, change: int) -> None:
        self.running += change
        if self.settings.reserved is None:
            self.about.free -= change

    def _cold(self) -> Process:
        self.cold_starts += 1
        share = min(1.0, self.settings.memory_mb / VCPU_MB)
        self.about.world.sleep(COLD.draw(self.about.rng) + self.import_cpu / share)
        process = Process(self.about, self.name, share)
        process.handler = self.begin(process)
        return process


@dataclass(slots=True)
class Letter:
    """A message in a queue."""

    body: str
    received: int = 0


@dataclass(slots=True)
class Queue:
    """A standard queue of SQS and the event source mapping that reads it.

    The function answers with the places of the messages that are to come again.
    """

    about: Surroundings
    name: str
    settings: QueueSettings
    function: Function
    dead: list[Letter] = field(default_factory=list)
    _ready: deque[Letter] = field(default_factory=deque)
    _running: int = 0
    _pollers: float = POLLERS

    def put(self, body: str, *, delay: float = 0) -> None:
        """A message arrives; as SQS may, it is delivered at least once."""
        fault = self.about.fault(self.name, Effect.DELIVERY)
        for _ in range({Fault.LOST: 0, Fault.TWICE: 2}.get(fault, 1) if fault else 1):
            self._show(Letter(body), delay)

    def _show(self, letter: Letter, delay: float) -> None:
        def arrive() -> None:
            self._ready.append(letter)
            self._poll()

        self.about.world.at(self.about.world.now + delay + DELIVERED.draw(self.about.rng), arrive)

    def _poll(self) -> None:
        most = self.settings.most_at_once or ACCOUNT
        while self._ready and self._running < min(int(self._pollers), most):
            batch = [self._ready.popleft() for _ in range(min(self.settings.batch, len(self._ready)))]
            self._running += 1
            self.about.world.start(lambda taken=batch: self._hand_over(taken))  # type: ignore[misc]
        if self._ready and self._pollers < most:  # more pollers while messages wait
            self._pollers += 1
            self.about.world.at(self.about.world.now + 1 / POLLERS_A_SECOND, self._poll)

    def _hand_over(self, batch: Sequence[Letter]) -> None:
        taken_at = self.about.world.now
        try:
            failed = set(self.function.run([letter.body for letter in batch]))
        except InvocationError as error:
            failed = set(range(len(batch)))
            if str(error) == "throttled":
                self.about.world.sleep(THROTTLED_AGAIN)
        for place in failed:
            letter = batch[place]
            letter.received += 1
            if letter.received >= self.settings.receives:
                self.dead.append(letter)
            else:
                left = taken_at + self.settings.visibility_s - self.about.world.now
                self._show(letter, max(0.0, left))
        self._running -= 1
        self._poll()


class UnreachableError(BotoCoreError):  # type: ignore[misc]
    """The service refuses, for this simulation."""

    fmt = "The service refuses."
