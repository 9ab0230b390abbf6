"""Writing very many items, as imports do."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from chalicelib.aws.items import Item
from chalicelib.aws.tables import BATCH, Table, put_all

AT_ONCE = 4
"""Batches that are on their way at once: while one travels, others are made and taken."""


def put_very_many(table: Table, items: Sequence[Item]) -> None:
    """Write items of distinct keys, in no order. Raises StoreUnavailableError when a busy table goes on
    refusing; what was taken by then stays.
    """
    starts = range(0, len(items), BATCH)
    if len(starts) <= 1:
        return put_all(table, items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda start: put_all(table, items[start : start + BATCH]), starts))
    return None
