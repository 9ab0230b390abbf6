"""What every trigger tells about itself: structured logs with the request's id, and metrics (EMF)."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


@cache
def metrics() -> Metrics:
    """The process's metrics, in the namespace that the deployment names."""
    return Metrics()


def count(name: str, amount: int = 1) -> None:
    """Count something; written out when the trigger ends."""
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=amount)


def remaining_ms(event: Any) -> int:
    """How many milliseconds the trigger's invocation may still take."""
    return int(event.context.get_remaining_time_in_millis())


def observed(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Log and measure a Chalice trigger. Chalice's event objects don't fit Powertools' own decorators."""

    @wraps(handler)
    def wrapper(event: Any) -> Any:
        log = Logger()
        log.append_keys(request=getattr(event.context, "aws_request_id", None), trigger=handler.__name__)
        try:
            return handler(event)
        finally:
            measured = metrics()
            if measured.metric_set:
                measured.flush_metrics()

    return wrapper
