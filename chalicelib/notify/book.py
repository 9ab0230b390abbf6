"""Callbacks that were taken in, so that a replay is noticed, and how many were refused, and why."""

from datetime import datetime, timedelta

from chalicelib.aws.tables import Add, Ask, Put, Table, every_item
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest


class CallbackBook:
    """Kept small whatever the world sends: refusals are counted by minute and reason, not stored."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def is_known(self, name: str) -> bool:
        """Whether this callback was taken in before."""
        return self._table.get(_seen(name), "seen", consistent=True) is not None

    def remember(self, name: str, *, now: datetime, keep: timedelta) -> None:
        """This callback was taken in; it is known for at least `keep`."""
        self._table.write(Put({"pk": _seen(name), "sk": "seen", "expires": epoch(now + keep)}))

    def refused(self, purpose: str, reason: str, *, now: datetime) -> None:
        """Count a refused callback."""
        self._table.write(Add(_day(now), f"{now:%H:%M}#{purpose}#{reason}", {"times": 1}))

    def refusals(self, day: datetime) -> dict[str, int]:
        """How many were refused on a day (UTC), by purpose and reason, such as `connect#old`."""
        counts: dict[str, int] = {}
        for item in every_item(self._table, Ask(_day(day))):
            name = item["sk"].partition("#")[2]
            counts[name] = counts.get(name, 0) + item["times"]
        return counts


def _seen(name: str) -> str:
    return f"notify#seen#{digest(name)}"


def _day(day: datetime) -> str:
    return f"notify#refused#{day:%Y-%m-%d}"
