"""The whole application over an in-memory community, called as API Gateway and the triggers would."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import wiring
from chalicelib.accounts.model import sign
from chalicelib.http.throttle import THROTTLE
from chalicelib.kernel.caller import Caller, Role
from chalicelib.registry.model import Community, Grid
from tests.builders import HOUR, Town, concern, device, home

ROOT = Path(__file__).resolve().parents[1]
ASLEEP = {"verdict": "false", "cause": "asleep", "note": "在午睡"}
"""An outcome, as a client sends it."""


@dataclass
class Answer:
    """What a client got."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Service:
    """The deployed application, as it were. Close it, since the wiring is the process's own."""

    town: Town = field(default_factory=Town)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        wiring.use(self.town.on)
        THROTTLE.forget()
        self.client = Client(app, project_dir=str(ROOT))

    def close(self) -> None:
        wiring.use(None)

    def token(
        self,
        role: Role = Role.GRID_WORKER,
        *,
        community: str = "xinghe",
        name: str = "Li",
        residents: tuple[str, ...] = (),
        households: tuple[str, ...] = (),
        session: str = "",
    ) -> str:
        """A live token: an operator's, unless it says more, as those do that somebody signed in for."""
        caller = Caller(name, role, community, residents, households, session=session)
        return sign(caller, key=self.town.on.token_key, now=self.now, life=timedelta(hours=1))

    def get(self, path: str, **who: Any) -> Answer:
        """GET as a grid worker of Xinghe, or whoever is named."""
        return self.call("GET", path, **who)

    def put(self, path: str, body: Any = None, **who: Any) -> Answer:
        """PUT a JSON body."""
        return self.call("PUT", path, body=body, **who)

    def change(self, path: str, body: Any = None, **who: Any) -> Answer:
        """PUT a JSON body in place of whatever is there."""
        return self.call("PUT", path, body=body, headers={"if-match": "*"}, **who)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **who: Any,
    ) -> Answer:
        """Call a route; `body` is sent as JSON, or as it is when it is bytes."""
        sent = {"authorization": f"Bearer {token or self.token(**who)}", **(headers or {})}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw:
            sent["content-type"] = "application/json"
        return answer(self.client.http.request(method, path, headers=sent, body=raw))


def answer(response: HTTPResponse) -> Answer:
    """A response, with its JSON read; any other text is left as it is."""
    is_json = "json" in str(response.headers.get("Content-Type", "json"))
    body = json.loads(response.body) if response.body and is_json else response.body or None
    return Answer(response.status_code, body, dict(response.headers))


@pytest.fixture
def api() -> Iterator[Service]:
    """Xinghe with home h001 and its water meter; next to it Yuehu with h900 and wm-900."""
    service = Service()
    town = service.town
    town.registry.enrol(
        Community("yuehu", "月湖"),
        [Grid("g1", "yuehu", "一")],
        [home("h900", community="yuehu")],
        now=service.now,
    )
    for meter in (device(), device("wm-900", community="yuehu", household="h900")):
        town.install(meter, now=service.now)
    yield service
    service.close()


def raised(api: Service, *, household: str = "h001", community: str = "xinghe", hours_ago: int = 1) -> str:
    """The id of an alarm that was raised so long ago."""
    at = api.now - hours_ago * HOUR
    evidence: dict[str, int | str] = {
        "used_litres": 3,
        "since": int((at - 12 * HOUR).timestamp()),
        "heard_at": int(at.timestamp()),
    }
    about = concern(began_at=at, household=household, community=community, evidence=evidence)
    return api.town.concerns.raise_once(about, now=at)
