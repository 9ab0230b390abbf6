"""Making nothing twice of what a table says again.

An app asks for the same homes and alarms every few seconds, and mostly nothing has changed. What was made of
an item is kept beside the item, and given again as long as the item reads the same to the last attribute: it
can't be stale. Only for what is made immutable, or treated so.
"""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from chalicelib.aws.items import Item

MOST = 1000
"""Things kept of one kind; beyond it all are forgotten, and made again as they are asked for."""

T = TypeVar("T")
P = ParamSpec("P")


class Remembered(Generic[T]):
    """What was made, by a key, with what it was made of."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._made: dict[Hashable, tuple[Any, T]] = {}

    def of(self, key: Hashable, told: object, make: Callable[[], T]) -> T:
        """What was made of `told` before, if `told` was the same; else what `make` makes now."""
        known = self._made.get(key)
        if known is not None and known[0] == told:
            return known[1]
        made = make()
        if len(self._made) >= self._most:
            self._made.clear()  # one step, so that threads can't meet halfway
        self._made[key] = (told, made)
        return made


def remembered(make: Callable[Concatenate[Item, P], T]) -> Callable[Concatenate[Item, P], T]:
    """`make`, which makes something immutable of an item, made to remember."""
    made: dict[Hashable, tuple[Item, T]] = {}

    @wraps(make)
    def again(item: Item, /, *args: P.args, **options: P.kwargs) -> T:
        key = (item["pk"], item["sk"], args)
        known = made.get(key)
        if known is not None and known[0] == item:
            return known[1]
        if len(made) >= MOST:
            made.clear()
        thing = make(item, *args, **options)
        made[key] = (item, thing)
        return thing

    return again
