"""The contract in the deployed stack: what it says is what is there."""

import json
import re
import urllib.request
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from infra.embedded.cloud import EmbeddedCloud
from infra.stack import Stack
from tests.fuzz.contract import NO_STACK_TRACE, AnyCase, limits, made_up
from tests.openapi.record import current
from tests.stack.outside import Outside

TRIED = ("list_alarms", "read_household", "set_ladder", "put_rota_settings", "list_readings", "press_one_key")
EXAMPLES = 6
"""For each operation tried: enough to notice what differs from the application in the process."""
COMMUNITY = "neuss"
SCRIPT = re.compile(r'src="([^"]+)"')


@pytest.fixture(scope="module")
def outside(stack: Stack, cloud: EmbeddedCloud, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """The stack with one home."""
    found = Outside(stack, cloud.home)
    file = tmp_path_factory.mktemp("import") / "households.csv"
    file.write_text("id,name,grid,building,address,steward\nh001,家,g1,1 号楼,一路 1 号,周岚\n")
    found.shouwang("import", str(file), "--community", COMMUNITY)
    return found


@pytest.fixture(scope="module")
def contract(outside: Outside) -> dict[str, Any]:
    """The contract as the stack serves it, to anybody."""
    told = outside.call("GET", "openapi.json", role="")
    assert told.status == 200
    served: dict[str, Any] = told.body
    return served


def test_the_stack_serves_its_own_contract(contract: dict[str, Any]) -> None:
    assert contract["servers"] == [{"url": "../../api"}]
    assert {**contract, "servers": [{"url": "/"}]} == current()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("docs", "text/html"), ("docs/page.css", "text/css"), ("docs/docs.mjs", "text/javascript")],
)
def test_the_page_opens_to_anybody(outside: Outside, path: str, kind: str) -> None:
    told = outside.call("GET", path, role="")
    assert (told.status, told.headers["Content-Type"].partition(";")[0]) == (200, kind)


def test_the_page_opens_with_a_slash_at_its_end_too(outside: Outside) -> None:
    url = f"{outside.stack.api_url}v1/docs/"
    with urllib.request.urlopen(url, timeout=20) as told:  # noqa: S310
        page = told.read().decode()
    with urllib.request.urlopen(f"{url}{SCRIPT.findall(page)[0]}", timeout=20) as told:  # noqa: S310
        assert told.status == 200


def test_head_and_options(outside: Outside) -> None:
    got = outside.call("GET", "households/h001", community=COMMUNITY)
    head = outside.call("HEAD", "households/h001", community=COMMUNITY)
    assert (head.status, head.body) == (200, None)
    assert head.headers["ETag"].partition(".")[0] == got.headers["ETag"].partition(".")[0]
    options = outside.call("OPTIONS", "households/h001/still-water", role="")
    assert (options.status, options.headers["Allow"]) == (204, "OPTIONS, PUT")


def test_a_change_names_what_it_changes(outside: Outside) -> None:
    who: dict[str, Any] = {"community": COMMUNITY, "role": "coordinator"}
    body = {"window_minutes": 360, "least_litres": 5}
    path, read = "households/h001/still-water", outside.call("GET", "households/h001", **who)
    etag = read.headers["ETag"]
    statuses = [
        outside.call("PUT", path, body=body, headers=headers, **who).status
        for headers in ({}, {"If-Match": '"x"'}, {"If-Match": etag}, {"If-Match": etag})
    ]
    assert statuses == [428, 412, 200, 412]


@pytest.mark.parametrize("name", TRIED)
def test_whatever_is_sent_never_fails_on_our_side(
    outside: Outside, contract: dict[str, Any], name: str
) -> None:
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(contract)))
    found: list[Any] = list(schema.get_all_operations())
    operation = next(r.ok() for r in found if r.ok().definition.raw["operationId"] == name)
    headers = {"Authorization": f"Bearer {outside.token(COMMUNITY, 'coordinator')}"}
    base = outside.stack.api_url.rstrip("/")

    @limits(EXAMPLES)
    @given(made_up(operation))
    def attempt(case: AnyCase) -> None:
        response = case.call(base_url=base, headers=headers)
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
        assert not [word for word in NO_STACK_TRACE if word in response.content]

    attempt()
