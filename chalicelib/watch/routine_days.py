"""The clock of habits: which hour of which kind of day a moment belongs to. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

HOUR = 3600
SLOTS = 48
"""Hours of a working day, then hours of a day off."""
NIGHT_ENDS = 4
"""The local hour at which one day of habits ends and the next begins: homes are at their quietest."""


def weekend(day: date) -> bool:
    """Saturdays and Sundays; where holidays are known, pass a rule that knows them."""
    return day.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """A community's time zone and its days off. Times are Unix seconds."""

    zone: tzinfo
    is_day_off: Callable[[date], bool] = weekend
    _slots: dict[int, tuple[int, int, int]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def slot(self, at: int) -> int:
        """The slot, 0 to 47, of the clock hour that a moment lies in."""
        hour = at // HOUR
        return (self._slots.get(hour) or self._known(hour))[0]

    def day(self, at: int) -> int:
        """The number of the day of habits, which begins at 04:00."""
        return self._known(at // HOUR)[1]

    def minute(self, at: int) -> int:
        """The minute of the local day, 0 to 1439."""
        return (at // 60 + self._known(at // HOUR)[2]) % 1440

    def _known(self, hour: int) -> tuple[int, int, int]:
        known = self._slots.get(hour)
        if known is None:
            local = datetime.fromtimestamp(hour * HOUR + HOUR // 2, UTC).astimezone(self.zone)
            day = local.date()
            number = day.toordinal() - (local.hour < NIGHT_ENDS)
            ahead = local.hour * 60 + local.minute - (hour * 60 + 30)
            known = (local.hour + 24 * self.is_day_off(day), number, ahead)
            if len(self._slots) > 20_000:
                self._slots.clear()
            self._slots[hour] = known
        return known
