"""What every route may need."""

from functools import cache

from chalicelib.aws.memos import MemoStore
from chalicelib.http.once import Once
from chalicelib.wiring import ground


@cache
def once() -> Once:
    """Doing what creates something once."""
    return Once(MemoStore(ground.deadlines_table()))
