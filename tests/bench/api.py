"""The API's CPU beside an empty route's of the same application: from the event's bytes to the answer's.

What is compared. Both sides begin with the JSON of one and the same API Gateway event, with its authorizer's
context, and end with the answer's JSON; both pass Chalice, the application's middleware (problems, CORS) and
`endpoint` (who may call, throttle, queries, ETag). The empty route answers `{}`.
Store time, which doesn't count, is what passes inside a table's own methods (`aws/tables.py` and its twin),
where on DynamoDB the client, the network and the decoding of items are. All that stores do around them counts
as ours: making keys, questions and our own objects of items.
The process is warm, as one that serves an app's polling is: it has answered each of these calls before, and
every call in a round is another home's. A grid of `HOMES` homes, a meter in each, two days of hourly
messages. The clock stands still at half past ten in the morning in China: then, as for two thirds of the day,
whoever looks at a home reads two days of its series.
Rounds of ours and of the empty route take turns, so that a busy machine slows both. The ratio to a bare
Chalice route, without our middleware and `endpoint`, is beside it as `detail_api_cpu_ratio_bare_*`.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from statistics import median
from typing import Any

from chalice.app import Blueprint, Chalice

from app import app
from chalicelib.accounts.triggers import signed_in
from chalicelib.aws.memory import MemoryTable
from chalicelib.http.application import complete
from chalicelib.http.declared import DECLARED
from chalicelib.http.endpoint import Plain, View, endpoint
from chalicelib.http.rows import COMMUNITYS
from chalicelib.http.throttle import THROTTLE
from chalicelib.kernel import clock
from chalicelib.kernel.caller import STAFF
from chalicelib.registry.model import Resident
from tests.api import Service, raised
from tests.builders import DAY, HOUR, device, envelope, event, home, water

Figures = dict[str, float | str]
HOMES, HOURS, ROUNDS = 50, 48, 25
ALARMS = 3
"""Open at once: more than a community of 1,000 homes usually has."""
LIST, HOME = "/v1/alarms", "/v1/households/{household_id}"
TABLE = ("get", "get_many", "write", "write_all", "put_many", "query")


class StoreClock:
    """How much CPU the tables took, and looking at the clock for it; and how often they were called."""

    def __init__(self) -> None:
        self.spent = 0.0
        self.calls = 0
        self._inside = False
        self._looking = 0.0
        self._looking = self._cost_of_looking()

    def _cost_of_looking(self) -> float:
        """What one counted call costs around what it calls, in seconds: the least of some rounds."""
        nothing, rounds = self.timed(lambda: None), []
        for _ in range(20):
            before, began = self.spent, time.thread_time()
            for _ in range(1000):
                nothing()
            rounds.append((time.thread_time() - began - (self.spent - before)) / 1000)
        return min(rounds)

    def timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The same method, its CPU counted unless another one of the table's called it."""

        @wraps(method)
        def counted(*args: Any, **options: Any) -> Any:
            if self._inside:
                return method(*args, **options)
            self._inside, began = True, time.thread_time()
            try:
                return method(*args, **options)
            finally:
                self.calls += 1
                self.spent += time.thread_time() - began + self._looking
                self._inside = False

        return counted


@contextmanager
def counting() -> Iterator[StoreClock]:
    """Count what every table takes."""
    clock = StoreClock()
    kept = {name: vars(MemoryTable)[name] for name in TABLE}
    for name, method in kept.items():
        setattr(MemoryTable, name, clock.timed(method))
    try:
        yield clock
    finally:
        for name, method in kept.items():
            setattr(MemoryTable, name, method)


def api_figures() -> Figures:
    """CPU of listing alarms and of reading a home's state over an empty route's: the worse of the two."""
    moment = _half_past_ten(datetime.now(UTC))
    service = Service(now=moment)
    try:
        _populate(service)
        empty, bare = _empty_application(), _bare_application()
        with standing_still(moment), counting() as store:
            found = {name: _compared(sent, [app, empty, bare], store) for name, sent in _calls().items()}
            asked = {name: _asked(sent, store) for name, sent in _calls().items()}
    finally:
        service.close()
    figures: Figures = {"api_cpu_ratio": max(round(ours / base, 2) for ours, base, _ in found.values())}
    for name, (ours, base, barely) in found.items():
        figures[f"detail_api_cpu_ratio_{name}"] = round(ours / base, 2)
        figures[f"detail_api_cpu_ratio_bare_{name}"] = round(ours / barely, 2)
        figures[f"detail_api_cpu_us_{name}"] = round(ours, 1)
        figures[f"detail_api_store_calls_{name}"] = asked[name]
    return figures


def _half_past_ten(now: datetime) -> datetime:
    """The last half past ten in the morning in China."""
    today = now.replace(hour=2, minute=30, second=0, microsecond=0)
    return today if today <= now else today - DAY


@contextmanager
def standing_still(moment: datetime) -> Iterator[None]:
    """Let the application's clock show one moment: what is read depends on the time of day."""
    kept = clock.now
    vars(clock)["now"] = lambda: moment
    try:
        yield
    finally:
        vars(clock)["now"] = kept


def _compared(sent: Sequence[str], applications: Sequence[Chalice], store: StoreClock) -> list[float]:
    """Each application's CPU for one call, in microseconds: the median of interleaved rounds."""
    took: list[list[float]] = [[] for _ in applications]
    assert all(_answered(each, sent[0])["statusCode"] == 200 for each in applications)
    for _ in range(ROUNDS):
        for each, rounds in zip(applications, took, strict=True):
            rounds.append(_cpu(each, sent, store))
    return [median(rounds) / len(sent) * 1e6 for rounds in took]


def _asked(sent: Sequence[str], store: StoreClock) -> int:
    """How often one of these calls asks the store at most, once the process is warm."""
    asked = []
    for each in sent:
        THROTTLE.forget()
        before = store.calls
        _answered(app, each)
        asked.append(store.calls - before)
    return max(asked)


def _cpu(application: Chalice, sent: Sequence[str], store: StoreClock) -> float:
    THROTTLE.forget()
    before, began = store.spent, time.thread_time()
    for each in sent:
        _answered(application, each)
    return time.thread_time() - began - (store.spent - before)


def _answered(application: Chalice, sent: str) -> Any:
    """An answer as Lambda's runtime has it: read from JSON, written as JSON."""
    answer = application(json.loads(sent), None)
    json.dumps(answer)
    return answer


def _calls() -> dict[str, list[str]]:
    """A round of each call."""
    homes = [_event(HOME, {"household_id": f"h{number:03}"}) for number in range(1, HOMES + 1)]
    return {"list_alarms": [_event(LIST, {})] * HOMES, "household_state": homes}


def _event(path: str, places: dict[str, str]) -> str:
    sent = event("api")
    context = {**sent["requestContext"], "resourcePath": path, "path": f"/api{path.format(**places)}"}
    who = {"name": "li", "role": "grid_worker", "community": "xinghe", "grid": "g1"}
    session = {"session": places.get("household_id", "s1"), "until": str(int(time.time()) + 900)}
    context["authorizer"] = {**who, **session}
    plain = {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    return json.dumps(
        {**sent, **plain, "resource": path, "pathParameters": places or None, "requestContext": context}
    )


def _populate(service: Service) -> None:
    town, now = service.town, service.now
    homes = [home(f"h{number:03}") for number in range(1, HOMES + 1)]
    town.registry_store.put_households(homes)
    people = [Resident(f"r{number}", "xinghe", home.id, "王桂英") for number, home in enumerate(homes[1:], 2)]
    town.residents.enrol(people)
    meters = [device(f"wm-{n:03}", household=home.id) for n, home in enumerate(homes, 1)]
    town.install(*meters, now=now - HOURS * HOUR)
    for meter in meters:
        hours = [now - number * HOUR for number in range(HOURS)]
        town.hear(*(
            envelope(water(1000 + 9 * (HOURS - number), until=at), device=meter.id, received_at=at)
            for number, at in enumerate(hours)
        ), now=now)  # fmt: skip
    for each in homes[:ALARMS]:
        raised(service, household=each.id)


class Nothing(View):
    """An empty answer."""


def _empty_application() -> Chalice:
    """Ours, as it were, with routes that do nothing."""
    routes = Blueprint(__name__)
    for path in (LIST, HOME):
        routes.route(path, methods=["GET"], authorizer=signed_in)(
            endpoint(routes, may=STAFF, sees=COMMUNITYS)(_nothing)
        )
    del DECLARED[_nothing.__name__]  # it is no route of the application's
    application = Chalice("empty", configure_logs=False)
    application.register_blueprint(routes)
    complete(application)
    return application


def _nothing(call: Plain, **path: str) -> Nothing:
    return Nothing()


def _bare_application() -> Chalice:
    """Chalice alone."""
    application = Chalice("bare", configure_logs=False)
    for path in (LIST, HOME):
        application.route(path)(_bare)
    return application


def _bare(**_: str) -> dict[str, str]:
    return {}
