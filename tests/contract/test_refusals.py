"""Two write the same at the same moment: DynamoDB keeps one of them out, and that isn't the store's end."""

from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, PutError, TransactWriteError, VerboseClientError

from chalicelib.aws.refusals import MOMENTS
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import DynamoTable, ExpectationError, Put, StoreUnavailableError

ITEM = {"pk": "p", "sk": "s"}


class Held(Connection):
    """A DynamoDB in which another transaction holds the item for so many writes, and which then answers."""

    def __init__(self, times: int, after: str = "") -> None:
        super().__init__(region="eu-west-1")
        self.left, self.after, self.written = times, after, 0

    def put_item(self, *_: Any, **__: Any) -> Any:
        self._answer("TransactionConflictException", PutError)

    def transact_write_items(self, *_: Any, **__: Any) -> Any:
        self._answer("TransactionConflict", TransactWriteError)

    def _answer(self, conflict: str, kind: type[PutError] | type[TransactWriteError]) -> None:
        self.left -= 1
        code = conflict if self.left >= 0 else self.after
        if not code:
            self.written += 1
            return
        is_single = kind is PutError
        told = {"Error": {"Code": code if is_single else "TransactionCanceledException", "Message": ""}}
        cause = VerboseClientError(told, "Write", {"request_id": "1", "table_name": "t"})
        if not is_single:
            cause.cancellation_reasons = [None, CancellationReason(code)]
        raise kind("refused", cause)


def one(table: DynamoTable) -> None:
    table.write(Put(ITEM))


def several(table: DynamoTable) -> None:
    table.write_all([Put(ITEM), Put({**ITEM, "sk": "other"})])


@pytest.mark.parametrize("write", [one, several])
def test_who_was_kept_out_writes_a_moment_later(write: Callable[[DynamoTable], None]) -> None:
    held = Held(times=2)
    write(DynamoTable("t", DEADLINES, held))
    assert held.written == 1


@pytest.mark.parametrize("write", [one, several])
def test_what_the_other_wrote_counts(write: Callable[[DynamoTable], None]) -> None:
    failed = "ConditionalCheckFailedException" if write is one else "ConditionalCheckFailed"
    with pytest.raises(ExpectationError):
        write(DynamoTable("t", DEADLINES, Held(times=1, after=failed)))


@pytest.mark.parametrize("write", [one, several])
def test_one_that_is_held_on_and_on_is_left_to_the_next_try(write: Callable[[DynamoTable], None]) -> None:
    held = Held(times=99)
    with pytest.raises(StoreUnavailableError):
        write(DynamoTable("t", DEADLINES, held))
    assert held.left == 99 - len(MOMENTS) - 1
