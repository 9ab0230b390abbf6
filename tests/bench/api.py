"""The API's CPU beside an empty Chalice route's: from the event's bytes to the answer's, without store time.

Store time is what passes inside the stores (`store.py`, `*_store.py`), tables and their items included.
Rounds of ours and of the empty route take turns, so that a busy machine slows both.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from statistics import median
from typing import Any

from chalice.app import Chalice

from app import app
from tests.api import Service, raised
from tests.builders import device, envelope, event, home, water

Figures = dict[str, float | str]
ROUND, ROUNDS = 100, 25
ALARMS = 3
"""Open at once: more than a community of 1,000 homes usually has."""
LIST, HOME = "/v1/alarms", "/v1/households/{household_id}"


class StoreClock:
    """How much CPU the stores took."""

    def __init__(self) -> None:
        self.spent = 0.0
        self._inside = False

    def timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The same method, its CPU counted unless a store called it."""

        @wraps(method)
        def counted(*args: Any, **options: Any) -> Any:
            if self._inside:
                return method(*args, **options)
            self._inside, began = True, time.thread_time()
            try:
                return method(*args, **options)
            finally:
                self.spent += time.thread_time() - began
                self._inside = False

        return counted


@contextmanager
def counting() -> Iterator[StoreClock]:
    """Count what every store takes."""
    clock, kept = StoreClock(), []
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib.") and name.rpartition(".")[2].endswith("store"):
            for kind in vars(module).values():
                if isinstance(kind, type) and kind.__module__ == name:
                    kept += [(kind, n, m) for n, m in vars(kind).items() if callable(m) and n[0] != "_"]
    for kind, name, method in kept:
        setattr(kind, name, clock.timed(method))
    try:
        yield clock
    finally:
        for kind, name, method in kept:
            setattr(kind, name, method)


def api_figures() -> Figures:
    """CPU of listing alarms and of reading a home's state over an empty route's: the worse of the two."""
    service = Service()
    try:
        _populate(service)
        with counting() as clock:
            ratios = {name: _ratio(sent, clock) for name, sent in _calls().items()}
    finally:
        service.close()
    return {
        "api_cpu_ratio": max(ratio for ratio, _ in ratios.values()),
        **{f"detail_api_cpu_ratio_{name}": ratio for name, (ratio, _) in ratios.items()},
        **{f"detail_api_cpu_us_{name}": took for name, (_, took) in ratios.items()},
    }


def _ratio(sent: str, clock: StoreClock) -> tuple[float, float]:
    """The median ratio of interleaved rounds, and our CPU for one call in microseconds."""
    ratios, took = [], []
    assert _answered(app, sent)["statusCode"] == 200
    for _ in range(ROUNDS):
        ours = _cpu(app, sent, clock)
        ratios.append(ours / _cpu(EMPTY, sent, clock))
        took.append(ours / ROUND * 1e6)
    return round(median(ratios), 2), round(median(took), 1)


def _cpu(application: Chalice, sent: str, clock: StoreClock) -> float:
    before, began = clock.spent, time.thread_time()
    for _ in range(ROUND):
        _answered(application, sent)
    return time.thread_time() - began - (clock.spent - before)


def _answered(application: Chalice, sent: str) -> Any:
    """An answer as Lambda's runtime has it: read from JSON, written as JSON."""
    answer = application(json.loads(sent), None)
    json.dumps(answer)
    return answer


def _calls() -> dict[str, str]:
    found = {"list_alarms": (LIST, {}), "household_state": (HOME, {"household_id": "h001"})}
    return {name: json.dumps(_event(path, places)) for name, (path, places) in found.items()}


def _event(path: str, places: dict[str, str]) -> dict[str, Any]:
    sent = event("api")
    context = {**sent["requestContext"], "resourcePath": path, "path": f"/api{path.format(**places)}"}
    context["authorizer"] = {"name": "li", "role": "grid_worker", "community": "xinghe"}
    plain = {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    return {**sent, **plain, "resource": path, "pathParameters": places or None, "requestContext": context}


def _populate(service: Service) -> None:
    town, now = service.town, service.now
    homes = [home(f"h{number:03}") for number in range(1, ALARMS + 1)]
    town.registry_store.put_households(homes)
    town.install(device(), now=now)
    town.hear(envelope(water(*range(1000, 1024), until=now), received_at=now), now=now)
    for each in homes:
        raised(service, household=each.id)


EMPTY = Chalice("empty", configure_logs=False)


def _empty(**_: str) -> dict[str, str]:
    return {}


for _path in (LIST, HOME):
    EMPTY.route(_path)(_empty)
