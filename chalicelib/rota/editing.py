"""Changing what is stored when others change it too: read, edit, write if nobody came between; else again."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.errors import ConflictError
from chalicelib.rota.packing import Month, months
from chalicelib.rota.store import Change, RotaStore

TRIES = 6
Done = TypeVar("Done")


def retried(change: Callable[[], Done]) -> Done:
    """The result of `change`, which reads and then writes conditionally, once it met nobody.

    Raises ConflictError when others kept coming between.
    """
    for _ in range(TRIES):
        try:
            return change()
        except ExpectationError:
            continue
    raise ConflictError("Others are changing this rota right now; try again in a moment.")


def edited(
    store: RotaStore,
    community: str,
    grid: str,
    span: tuple[datetime, datetime],
    edit: Callable[[Month, str], Month],
) -> list[Change]:
    """What `edit`, told each month and its name, changes in those that a span touches: maybe nothing."""
    changes: list[Change] = []
    for name in months(*span):
        month, version = store.month(community, grid, name)
        if (new := edit(month, name)) != month:
            changes.append(Change(grid, name, new, version))
    return changes
