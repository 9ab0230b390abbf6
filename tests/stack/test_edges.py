"""Where the deployed API may differ from the application in the process: authorizer, routes, rights.

Every route is called on the real stack, in every role where it reads: one that the gateway doesn't know, an
authorizer that is missing, or a right that a function lacks shows here and nowhere else.
"""

from typing import Any

import pytest

from chalicelib.kernel.caller import Role
from chalicelib.kernel.keyring import KeyRing
from infra.embedded.cloud import EmbeddedCloud
from infra.stack import Stack
from tests.accounts.forgeries import hostile_tokens
from tests.stack.outside import Answer, Outside
from tests.test_routes import ROUTES, filled

COMMUNITY = "bianjie"
ROWS = "id,name,grid,building,resident,resident_id\nh001,杜家,g1,1 号楼,杜桂兰,r1\n"
LONGEST_HEADER = 8000
COORDINATOR: dict[str, Any] = {"community": COMMUNITY, "role": "coordinator"}


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """A community with a home, a resident and a meter."""
    found = Outside(stack, cloud.home)
    file = tmp_path_factory.mktemp("import") / "households.csv"
    file.write_text(ROWS)
    found.shouwang("import", str(file), "--community", COMMUNITY)
    found.add_device("wm-edge", COMMUNITY, "h001")
    return found


def bare(method: str, path: str) -> tuple[str, str]:
    """A call that asks for nothing more than its address."""
    return method, filled(path, "al-none").removeprefix("/v1/").replace("wm-001", "wm-edge")


def is_problem(answer: Answer) -> bool:
    return answer.headers["Content-Type"] == "application/problem+json" and {"code", "title"} <= {
        *answer.body
    }


def callers(method: str, may: set[Role]) -> set[Role]:
    """Everybody, where something is read; elsewhere, for time's sake, one who may and one who may not."""
    if method == "GET":
        return set(Role)
    return {min(may), *sorted(set(Role) - may)[:1]}


def test_every_route_lets_in_whom_it_declares_and_fails_for_nobody(outside: Outside) -> None:
    """403 for a role that isn't declared; else whatever the rows say, and never a fault of ours."""
    odd: dict[str, Any] = {}
    for (method, path), may in ROUTES.items():
        for role in callers(method, may):
            told = outside.call(*bare(method, path), community=COMMUNITY, role=role)
            fits = (told.status == 403) is (role not in may) and told.status < 500
            if not fits or (told.status >= 400 and not is_problem(told)):
                odd[f"{role} {method} {path}"] = (told.status, told.body)
    assert odd == {}


def test_hostile_tokens_open_nothing_in_the_deployed_authorizer(outside: Outside) -> None:
    stack = outside.stack
    secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.output("TokenKeyArn"))
    hostile = hostile_tokens(KeyRing.read(secret["SecretString"]).current)
    sendable = {
        n: t for n, t in hostile.items() if t.isascii() and t.isprintable() and len(t) < LONGEST_HEADER
    }
    assert len(sendable) > 50
    told = {
        name: outside.call("GET", "me", role="", headers={"Authorization": f"Bearer {token}"}).status
        for name, token in sendable.items()
        if len(token) < LONGEST_HEADER
    }
    assert {name: status for name, status in told.items() if status not in (401, 403)} == {}
    assert outside.call("GET", "me", community=COMMUNITY).status == 200


@pytest.mark.parametrize("path", ["nothing-here", "alarms/a/b/c/d", "households/h001/nothing"])
def test_what_is_nowhere_is_not_found(outside: Outside, path: str) -> None:
    """The embedded gateway answers in its own words; those of the real one are in the template."""
    assert outside.call("GET", path, community=COMMUNITY).status in (403, 404)


@pytest.mark.parametrize(
    ("size", "kind", "status", "code"),
    [
        pytest.param(300_000, "application/json", 413, "too_large", id="too much"),
        pytest.param(10, "text/plain", 415, "unsupported_media_type", id="no JSON"),
        pytest.param(10, "application/json", 400, "malformed", id="half JSON"),
    ],
)
def test_bodies_that_can_t_be_taken(outside: Outside, size: int, kind: str, status: int, code: str) -> None:
    headers = {"Idempotency-Key": "edge", "Content-Type": kind}
    told = outside.send("POST", "residents", b'"' + b"x" * size, headers=headers, **COORDINATOR)
    assert (told.status, told.body["code"], is_problem(told)) == (status, code, True)


def test_a_page_of_another_origin_is_told_nothing_that_lets_it_in(outside: Outside) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    preflight = outside.call("OPTIONS", "households/h001", role="", headers=asked)
    assert (preflight.status, preflight.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PUT")
    got = outside.call("GET", "households", community=COMMUNITY, headers=asked)
    for answer in (preflight, got):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_what_creates_is_made_once_and_told_where(outside: Outside) -> None:
    body, headers = {"id": "g7", "name": "七网格"}, {"Idempotency-Key": "edge-g7"}
    made = [outside.call("POST", "grids", body=body, headers=headers, **COORDINATOR) for _ in range(2)]
    assert [each.status for each in made] == [201, 201]
    assert made[0].body == made[1].body
    assert made[0].headers["Location"].endswith("/api/v1/grids/g7")
    other = outside.call("POST", "grids", body={**body, "name": "八"}, headers=headers, **COORDINATOR)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
