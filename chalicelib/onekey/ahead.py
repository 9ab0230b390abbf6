"""Reading ahead: one BatchGetItem over both tables brings what a press needs and the ladder it will climb."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pynamodb.connection import Connection

from chalicelib.alarms.moves import SEVERITY
from chalicelib.aws.items import Item, plain_item, typed_item
from chalicelib.aws.tables import BUSY, StoreUnavailableError, Table
from chalicelib.onekey.sure import SureTable, ours
from chalicelib.watch.model import ConcernKind

Key = tuple[str, str]
BatchGet = Callable[[Mapping[str, Sequence[Key]]], Mapping[str, Sequence[Item]]]
"""Reads keys of several tables, by name, in one call."""
TRIES = 2
LADDER = str(SEVERITY[ConcernKind.ONE_KEY])


class GivenTable(SureTable):
    """A table some of whose items were read already: each is given out once, then it is asked again."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.given: dict[Key, Item | None] = {}

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        if (pk, sk) in self.given:
            return self.given.pop((pk, sk))
        return super().get(pk, sk, consistent=consistent)


@dataclass(slots=True)
class Ahead:
    """Reads a press's items from the table `deadlines`, and its ladder from `registry`, in one call."""

    batch_get: BatchGet
    deadlines: str
    registry: str
    given: GivenTable

    def read(self, community: str, keys: Sequence[Key]) -> Sequence[Item]:
        """Those items that exist; the community's ladder is laid by for whoever asks `given` next."""
        ladder = (f"ladders#{community}", LADDER)
        self.given.given.clear()
        found = self.batch_get({self.deadlines: keys, self.registry: [ladder]})
        self.given.given[ladder] = next(iter(found.get(self.registry, ())), None)
        return found.get(self.deadlines, ())


def batch_get(connection: Connection) -> BatchGet:
    """BatchGetItem on DynamoDB. It raises StoreUnavailableError when keys are left over time and again."""

    def get(wanted: Mapping[str, Sequence[Key]]) -> Mapping[str, Sequence[Item]]:
        found: dict[str, list[Item]] = {table: [] for table in wanted}
        left = {
            table: {"Keys": [typed_item({"pk": pk, "sk": sk}) for pk, sk in keys]}
            for table, keys in wanted.items()
        }
        for _ in range(TRIES):
            with ours():
                answer = connection.dispatch("BatchGetItem", {"RequestItems": left})
            for table, items in answer["Responses"].items():
                found[table] += [plain_item(item) for item in items]
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                return found
        raise StoreUnavailableError(BUSY)

    return get
