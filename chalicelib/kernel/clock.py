"""The one clock. Only triggers, routes and commands read it; everything below takes `now` as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def from_epoch(seconds: float) -> datetime:
    """An aware UTC instant from Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def epoch(instant: datetime) -> int:
    """Whole Unix seconds of an aware instant, rounded down."""
    if instant.tzinfo is None:
        raise ValueError("An instant without a time zone was given; give an aware datetime.")
    return int(instant.timestamp())


def rfc3339(instant: datetime) -> str:
    """RFC 3339 with whole seconds; UTC is written `Z`."""
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
