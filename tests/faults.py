"""Faults on purpose: a table that is throttled, lags behind, or is written to by somebody else in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Page, StoreUnavailableError, Table, Write

Done = TypeVar("Done")


def never(_: Item) -> bool:
    """No item is refused."""
    return False


@dataclass
class FaultyTable:
    """A real or in-memory table, with faults.

    `down` names the methods that can't reach it now, `refuses` tells which items of a batch it won't take,
    `meanwhile` holds what others do just before the next write, each once, and `replica`, when there is one,
    answers whoever doesn't ask for a consistent read.
    """

    table: Table
    down: set[str] = field(default_factory=set)
    refuses: Callable[[Item], bool] = never
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    replica: Table | None = None

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        self._reach("get")
        return self._read_from(consistent).get(pk, sk, consistent=consistent)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        self._reach("get_many")
        return self._read_from(False).get_many(keys)

    def write(self, write: Write) -> None:
        self._reach("write")
        self._let_others()
        self.table.write(write)

    def write_all(self, writes: Sequence[Write]) -> None:
        self._reach("write_all")
        self._let_others()
        self.table.write_all(writes)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        self._reach("put_many")
        taken = [item for item in items if not self.refuses(item)]
        return self.table.put_many(taken) + [item for item in items if self.refuses(item)]

    def query(self, ask: Ask) -> Page:
        self._reach("query")
        return self._read_from(ask.consistent).query(ask)

    def _read_from(self, consistent: bool) -> Table:
        return self.table if consistent or self.replica is None else self.replica

    def _reach(self, method: str) -> None:
        if method in self.down:
            raise StoreUnavailableError("Throttled, for this test.")

    def _let_others(self) -> None:
        while self.meanwhile:
            self.meanwhile.pop(0)()


@dataclass
class CrashingTable:
    """A table in front of another that fails once: at the nth call of a method."""

    table: Table
    method: str
    nth: int
    before: bool = True

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        return self._crash("get", lambda: self.table.get(pk, sk, consistent=consistent))

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        return self._crash("get_many", lambda: self.table.get_many(keys))

    def write(self, write: Write) -> None:
        self._crash("write", lambda: self.table.write(write))

    def write_all(self, writes: Sequence[Write]) -> None:
        self._crash("write_all", lambda: self.table.write_all(writes))

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        return self._crash("put_many", lambda: self.table.put_many(items))

    def query(self, ask: Ask) -> Page:
        return self._crash("query", lambda: self.table.query(ask))

    def _crash(self, method: str, call: Callable[[], Done]) -> Done:
        """Before the call nothing has happened; after it, it has, and we don't know."""
        if method != self.method:
            return call()
        self.nth -= 1
        if self.nth == 0 and self.before:
            raise StoreUnavailableError("Crashed before, for this test.")
        done = call()
        if self.nth == 0:
            raise StoreUnavailableError("Crashed after, for this test.")
        return done


@dataclass
class CountingTable(FaultyTable):
    """A table that counts how often it was queried, and how often it was called at all."""

    queries: int = 0
    calls: int = 0

    def _reach(self, method: str) -> None:
        self.calls += 1
        super()._reach(method)

    def query(self, ask: Ask) -> Page:
        self.queries += 1
        return super().query(ask)
