"""How long a community keeps what: readings 90 days, closed alarms three years, unless it says otherwise.

Pure.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.kernel.errors import RefusedError

LONGEST_SERIES_DAYS = 366


@dataclass(frozen=True, slots=True)
class Retention:
    """Days from a reading, or from an alarm's outcome, until it is forgotten. `version` counts the changes.

    It holds for what is stored from then on: what lies there goes when it was said to.
    """

    series_days: int = 90
    alarm_days: int = 1096
    version: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not 7 <= self.series_days <= LONGEST_SERIES_DAYS:
            raise RefusedError(
                f"Readings are kept 7 to {LONGEST_SERIES_DAYS} days.",
                pointer="/series_days",
                zh=f"读数保存 7 到 {LONGEST_SERIES_DAYS} 天。",
            )
        if not 30 <= self.alarm_days <= 3660:
            raise RefusedError(
                "Closed alarms are kept 30 to 3660 days.",
                pointer="/alarm_days",
                zh="已结束的警情保存 30 到 3660 天。",
            )

    @property
    def of_alarms(self) -> timedelta:
        """How long a closed alarm is kept."""
        return timedelta(days=self.alarm_days)
