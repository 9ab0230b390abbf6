"""What DynamoDB refuses for a moment: a write to an item that another transaction holds."""

import time
from collections.abc import Callable

from pynamodb.exceptions import PynamoDBException

MOMENTS = (0.02, 0.05, 0.1, 0.2)
"""Seconds to rest: the other takes milliseconds."""
CONFLICTS = {"TransactionConflict", "TransactionConflictException"}
"""As a cancelled transaction tells it, and a single write."""


def undisturbed(write: Callable[[], object]) -> None:
    """Write; once more, a moment later, what was refused since another transaction held one of its items.

    Nothing of it was written. What the other wrote is there then: an expectation fails as it should.
    """
    for pause in MOMENTS:
        try:
            write()
        except PynamoDBException as error:
            if not CONFLICTS & {error.cause_response_code, *reasons(error)}:
                raise
            time.sleep(pause)
        else:
            return
    write()


def reasons(error: BaseException) -> set[str]:
    """Why a transaction was cancelled; nothing where it wasn't."""
    return {reason.code for reason in getattr(error, "cancellation_reasons", []) or [] if reason}
