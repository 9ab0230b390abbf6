"""The one clock. Only triggers, routes and commands read it; everything below takes `now` as an argument."""

from datetime import UTC, datetime, timedelta


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


def from_epoch_ms(milliseconds: int) -> datetime:
    """An aware UTC instant from Unix milliseconds, exactly."""
    return from_epoch(milliseconds // 1000) + timedelta(milliseconds=milliseconds % 1000)


def epoch_ms(instant: datetime) -> int:
    """Whole Unix milliseconds of an aware instant, rounded down."""
    return epoch(instant) * 1000 + instant.microsecond // 1000


def rfc3339(instant: datetime) -> str:
    """RFC 3339 with whole seconds; UTC is written `Z`."""
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
