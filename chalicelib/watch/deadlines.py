"""The one index of everything that waits, and the tick that takes what has passed.

Every item that waits carries `due` (its shard) and `due_at`; the sparse index `due` holds just those, oldest
first. A deadline may be early, never late: whoever handles one looks at the facts, and waits on or acts.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zlib import crc32

from aws_lambda_powertools import Logger

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Delete, Expectation, ExpectationError, Put, Table
from chalicelib.kernel.clock import epoch, from_epoch

log = Logger(child=True)

PAGE = 50
"""How many deadlines are taken from the index at once."""
HEARTBEAT = ("tick", "tick")
"""The key of the item that says when the tick last ran."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waited until `due_at`. `state` is what its handler needs to go on, as text."""

    pk: str
    sk: str
    due_at: datetime
    state: str = ""

    @property
    def kind(self) -> str:
        """Which handler it belongs to: the part of its sort key before any `#`."""
        return self.sk.partition("#")[0]

    @property
    def unchanged(self) -> Expectation:
        """The expectation that nobody has moved it since it was read."""
        return {"due_at": epoch(self.due_at), "state": self.state}


class Handler(Protocol):
    """Takes one deadline that has passed: acts, and arms what comes next. Twice must be harmless."""

    def __call__(self, due: Due, *, now: datetime) -> None: ...


class DeadlineStore:
    """Arms, disarms and lists deadlines.

    `shards` spreads the index; one carries a thousand changes a second.
    """

    def __init__(self, table: Table, *, shards: int) -> None:
        self._table = table
        self.shards = shards

    def item(self, due: Due) -> Item:
        """The attributes that make an item wait: for stores that keep more beside them."""
        shard = crc32(due.pk.encode()) % self.shards
        return {
            "pk": due.pk,
            "sk": due.sk,
            "due": f"due#{shard}",
            "due_at": epoch(due.due_at),
            "state": due.state,
        }

    def arm(self, due: Due, *, instead_of: Due | None = None) -> None:
        """Let something wait. With `instead_of`, only if that one still stands; raises ExpectationError."""
        self._table.write(Put(self.item(due), instead_of.unchanged if instead_of else None))

    def disarm(self, pk: str, sk: str) -> None:
        """Let something wait no more."""
        self._table.write(Delete(pk, sk))

    def get(self, pk: str, sk: str) -> Due | None:
        """What waits under a key."""
        item = self._table.get(pk, sk, consistent=True)
        return _due(item) if item and "due_at" in item else None

    def passed(self, shard: int, *, now: datetime, after: Item | None) -> tuple[list[Due], Item | None]:
        """A page of a shard's deadlines that have passed, longest overdue first, and where to go on."""
        page = self._table.query(Ask(f"due#{shard}", by="due", last=epoch(now), limit=PAGE, after=after))
        return [_due(item) for item in page.items], page.after

    def beat(self, at: datetime, *, fired: int, failed: int) -> None:
        """Note that a tick was completed."""
        pk, sk = HEARTBEAT
        self._table.write(Put({"pk": pk, "sk": sk, "at": epoch(at), "fired": fired, "failed": failed}))

    def last_beat(self) -> datetime | None:
        """When a tick was last completed."""
        item = self._table.get(*HEARTBEAT)
        return from_epoch(item["at"]) if item else None

    def longest_overdue(self, *, now: datetime) -> timedelta:
        """By how much the oldest deadline has passed; zero when none has."""
        oldest = [
            passed[0].due_at for n in range(self.shards) if (passed := self.passed(n, now=now, after=None)[0])
        ]
        return now - min(oldest, default=now)


@dataclass(slots=True)
class Tally:
    """What a tick did, and how overdue the oldest deadline was that it found."""

    fired: int = 0
    failed: int = 0
    overdue: timedelta = timedelta(0)


@dataclass(slots=True)
class Deadlines:
    """Fires what is due.

    One that fails is logged and counted, stays due, and keeps no other from its turn.
    """

    store: DeadlineStore
    handlers: Mapping[str, Handler]
    workers: int = 8

    def fire_due(self, *, now: datetime, may_go_on: Callable[[], bool] = lambda: True) -> Tally:
        """Handle every deadline that has passed at `now`; what is left when `may_go_on` says no waits for the
        next tick.
        """
        tally = Tally()
        with ThreadPoolExecutor(self.workers) as pool:
            for shard in range(self.store.shards):
                self._fire_shard(shard, pool, tally, now, may_go_on)
        self.store.beat(now, fired=tally.fired, failed=tally.failed)
        return tally

    def _fire_shard(
        self, shard: int, pool: ThreadPoolExecutor, tally: Tally, now: datetime, may_go_on: Callable[[], bool]
    ) -> None:
        page, after = self.store.passed(shard, now=now, after=None)
        if page:  # the oldest comes first
            tally.overdue = max(tally.overdue, now - page[0].due_at)
        while page and may_go_on():
            running = {due: pool.submit(self._fire, due, now) for due in page}
            for due, future in running.items():
                tally.fired += 1
                tally.failed += _failed(due, future)
            if after is None:
                return
            page, after = self.store.passed(shard, now=now, after=after)

    def _fire(self, due: Due, now: datetime) -> None:
        self.handlers[due.kind](due, now=now)


def _failed(due: Due, future: "Future[None]") -> bool:
    """Whether a handler failed, however: the future keeps the error from reaching its neighbours.

    One that finds the deadline moved by somebody else has not failed: that one's work holds.
    """
    error = future.exception()
    if error is None or isinstance(error, ExpectationError):
        return False
    log.error("A deadline failed and stays due", exc_info=error, deadline=f"{due.pk}/{due.sk}")
    return True


def _due(item: Item) -> Due:
    return Due(item["pk"], item["sk"], from_epoch(item["due_at"]), item.get("state", ""))
