"""A table for which nothing that goes wrong is fatal: whatever it is, the press takes the other way."""

from collections.abc import Sequence
from types import TracebackType

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.aws.items import Item
from chalicelib.aws.tables import BUSY, Ask, Page, StoreUnavailableError, Table, Write


class SureTable:
    """A table that raises none but our own errors, even where it is forbidden or gone."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        with ours():
            return self._table.get(pk, sk, consistent=consistent)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        with ours():
            return self._table.get_many(keys)

    def write(self, write: Write) -> None:
        with ours():
            self._table.write(write)

    def write_all(self, writes: Sequence[Write]) -> None:
        with ours():
            self._table.write_all(writes)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        with ours():
            return self._table.put_many(items)

    def query(self, ask: Ask) -> Page:
        with ours():
            return self._table.query(ask)


class ours:  # noqa: N801 - read as a word in `with ours():`
    """Turns whatever a table raises into StoreUnavailableError."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, PynamoDBException | BotoCoreError):
            raise StoreUnavailableError(BUSY) from error
