"""Counting how often something happened in a while. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` times in `window`, which begins with the first."""

    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Tally:
    """How often since when."""

    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    times: int = 0

    def wait(self, cap: Cap, now: datetime) -> timedelta:
        """How long until it may happen again; nothing when it may now."""
        ends = self.since + cap.window
        return ends - now if self.times >= cap.most and now < ends else timedelta(0)

    def once_more(self, cap: Cap, now: datetime) -> "Tally":
        """It happened now."""
        over = now >= self.since + cap.window
        return Tally(now, 1) if over else Tally(self.since, self.times + 1)
