"""Slowing down whoever calls without rest: each session, and on public routes each internet address.

A bucket of `BURST` calls that fills again by `PER_SECOND`. Buckets live in a process's memory and cost
nothing: somebody who calls through n connections meets n processes at most, and so gets n times as far. What
bounds everybody together is the API's own throttling (infra/aws/template.yaml), and what must never be
exceeded, such as codes by SMS, is counted in the table. Presses pass through neither: they have a function of
their own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from chalicelib.kernel.errors import TooManyError

BURST = 60
PER_SECOND = 10
MOST_BUCKETS = 10_000
"""Beyond it the one that was idle for longest is forgotten, and so full again."""


class Throttle:
    """Buckets by name. `stopwatch` counts seconds."""

    def __init__(self, *, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def pass_by(self, name: str) -> None:
        """Take one call out of a bucket. Raises TooManyError when it is empty."""
        now = self._stopwatch()
        left, at = self._buckets.pop(name, (float(BURST), now))
        left = min(float(BURST), left + (now - at) * PER_SECOND)
        self._buckets[name] = (max(left - 1, 0.0), now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooManyError("Too many requests; take a breath.", after_seconds=1)

    def forget(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()


THROTTLE = Throttle()
"""The process's own."""
