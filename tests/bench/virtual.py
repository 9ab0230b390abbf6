"""Virtual time in which many things run at once: a discrete-event simulation whose tasks are plain code.

Each task has a thread, but only one runs at any instant: `sleep` hands on to whatever comes next, so the same
seed is the same run.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from threading import Lock, Thread

Act = Callable[[], None]


class KilledError(BaseException):
    """The process ends here; nothing of ours catches this."""


def _locked() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Worker:
    """A thread for tasks, one after another. It waits for `go`."""

    go: Lock = field(default_factory=_locked)
    work: Act | None = None


class World:
    """Seconds since the beginning, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._coming: list[tuple[float, int, Act | _Worker]] = []
        self._number = count()
        self._main = _locked()
        self._idle: list[_Worker] = []
        self._asleep: set[_Worker] = set()
        self._running: _Worker | None = None
        self._horizon = 0.0
        self._over = False
        self._trouble: BaseException | None = None

    def at(self, when: float, act: Act) -> None:
        """Let something happen at a moment, or now if that has passed. `act` may not sleep."""
        self._put(when, act)

    def start(self, work: Act) -> None:
        """Begin a task now; it may sleep. A task that is killed just ends."""
        worker = self._idle.pop() if self._idle else self._new_worker()
        worker.work = work
        self._put(self.now, worker)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the task that calls this; others go on."""
        worker = self._running
        if self._over:
            raise KilledError
        assert worker is not None, "only a task may sleep"
        self._put(self.now + seconds, worker)
        self._asleep.add(worker)
        self._go_on(worker)
        self._asleep.discard(worker)
        self._running = worker
        if self._over:
            raise KilledError

    def run(self, until: float) -> None:
        """Let everything happen up to a moment. Raises what went wrong in a task."""
        self._horizon = until
        self._go_on(None)
        if self._trouble is not None:
            raise self._trouble
        self.now = until

    def close(self) -> None:
        """End every task and thread."""
        self._over = True
        self._coming.clear()
        while self._asleep:
            next(iter(self._asleep)).go.release()
            self._main.acquire()
        for worker in self._idle:
            worker.work = None
            worker.go.release()

    def _put(self, when: float, what: Act | _Worker) -> None:
        heappush(self._coming, (max(when, self.now), next(self._number), what))

    def _go_on(self, me: _Worker | None) -> None:
        """Let things happen until it is `me`'s turn again; for the main thread (None), until there are
        none.
        """
        while self._trouble is None and self._coming and self._coming[0][0] <= self._horizon:
            self.now, _, what = heappop(self._coming)
            if what is me:
                return
            if isinstance(what, _Worker):
                what.go.release()
                self._wait(me)
                return
            self._do(what)
        if me is not None:
            self._main.release()
            self._wait(me)

    def _do(self, act: Act) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - handed to whoever runs the world
            self._trouble = error

    def _wait(self, me: _Worker | None) -> None:
        (self._main if me is None else me.go).acquire()

    def _new_worker(self) -> _Worker:
        worker = _Worker()
        Thread(target=self._serve, args=(worker,), daemon=True).start()
        return worker

    def _serve(self, worker: _Worker) -> None:
        worker.go.acquire()
        while worker.work is not None:
            self._running = worker
            try:
                worker.work()
            except KilledError:
                pass
            except BaseException as error:  # noqa: BLE001 - handed to whoever runs the world
                self._trouble = error
            self._asleep.discard(worker)
            self._idle.append(worker)
            if self._over:
                self._main.release()
                worker.go.acquire()
            else:
                self._go_on(worker)
