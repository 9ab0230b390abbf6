"""A flood of telemetry: its lane takes as many of the account's executions as its mapping lets it.

Its function's own work is not run here, only the time that it holds an execution. `OneLane` is the naive
peer: presses wait in the same queue as everything else.
"""

from collections import deque
from dataclasses import dataclass, field

from tests.bench.assumed import ACCOUNT, POLLERS, POLLERS_A_SECOND, THROTTLED_AGAIN, Takes
from tests.bench.cloud import Surroundings
from tests.bench.deployed import QueueSettings

BATCH_TAKES = Takes(0.5, 1.5)
"""Seconds that a batch of 100 holds an execution: an assumption."""
USUAL_SHARE = 0.2
"""What part of its cap the lane needs on a usual day: an assumption, so that ten times as much is twice
the cap."""


def usual_rate(settings: QueueSettings) -> float:
    """Messages a second on a usual day."""
    most = settings.most_at_once or ACCOUNT
    return USUAL_SHARE * most * settings.batch / BATCH_TAKES.median


@dataclass(slots=True)
class Flood:
    """So many messages a second, from the beginning on and for so many seconds."""

    about: Surroundings
    settings: QueueSettings
    messages_a_second: float
    lasts: float
    running: int = 0
    taken: int = 0
    pollers: float = POLLERS
    _expected: bool = False

    def begin(self) -> None:
        """Let them come."""
        self._poll()

    def _poll(self) -> None:
        """Begin as many batches as there are messages, pollers and executions, and look again soon."""
        world, most = self.about.world, self.settings.most_at_once or ACCOUNT
        while self.running < min(int(self.pollers), most) and self._is_ready():
            if self.about.free <= 0:
                world.at(world.now + THROTTLED_AGAIN, self._poll)
                return
            self._take()
        if self._is_ready():
            if self.pollers < most:
                self.pollers += 1
                world.at(world.now + 1 / POLLERS_A_SECOND, self._poll)
        elif not self._expected and world.now <= self.lasts:
            self._expected = True
            full = (self.taken + self.settings.batch) / self.messages_a_second
            world.at(max(full, world.now) + 0.001, self._expect)

    def _expect(self) -> None:
        self._expected = False
        self._poll()

    def _is_ready(self) -> bool:
        """Whether there is a whole batch, or the last one."""
        waiting = self.arrived - self.taken
        return waiting >= (self.settings.batch if self.about.world.now < self.lasts else 1)

    def _take(self) -> None:
        self.running += 1
        self.about.free -= 1
        self.taken += self.settings.batch
        seconds = BATCH_TAKES.draw(self.about.rng)
        self.took(seconds)
        self.about.world.at(self.about.world.now + seconds, self._done)

    def took(self, seconds: float) -> None:
        """A batch was taken that takes so long."""

    def _done(self) -> None:
        self.running -= 1
        self.about.free += 1
        self._poll()

    @property
    def arrived(self) -> float:
        """How many messages have come so far."""
        return min(self.about.world.now, self.lasts) * self.messages_a_second


@dataclass(slots=True)
class OneLane(Flood):
    """Presses in the same queue, in the order in which they came; somebody is rung while their batch is
    worked off.

    Everything else takes no time, which flatters it.
    """

    waits: list[float] = field(default_factory=list)
    _queued: deque[tuple[float, float]] = field(default_factory=deque)

    def press(self) -> None:
        """Somebody presses now."""
        self._queued.append((self.about.world.now, self.arrived))

    def took(self, seconds: float) -> None:
        """Whoever is in this batch is rung at some moment of it."""
        while self._queued and self._queued[0][1] <= self.taken:
            pressed_at, _ = self._queued.popleft()
            rung_at = self.about.world.now + seconds * self.about.rng.random()
            self.waits.append(rung_at - pressed_at)
