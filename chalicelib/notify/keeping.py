"""How long what was told about alarms is kept: no longer than the community keeps its alarms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.notify.delivery import KEPT

HOLDS_FOR = timedelta(minutes=5)


@dataclass(slots=True)
class Keeping:
    """What communities said of their alarms, from memory, read again every five minutes.

    Nobody is rung later for its sake: while the store can't say, what was known holds, or else the usual.
    """

    alarms_kept: Callable[[str], timedelta]
    _known: dict[str, tuple[datetime, timedelta]] = field(default_factory=dict)

    def of(self, community: str, *, now: datetime) -> timedelta:
        """How long a notice about an alarm of this community is kept."""
        known = self._known.get(community)
        if known is None or now - known[0] >= HOLDS_FOR:
            try:
                known = self._known[community] = (now, self.alarms_kept(community))
            except StoreUnavailableError:
                return min(known[1], KEPT) if known else KEPT
        return min(known[1], KEPT)


def always_kept() -> Keeping:
    """For who only reads notices, or has no community to ask."""
    return Keeping(lambda _: KEPT)
