"""Whatever is sent: an answer as the contract says, never a fault of ours, never a stack trace.

A bounded number of requests, the same each time; `make fuzz` sends a thousand and more for each operation.
"""

from collections.abc import Iterator

import pytest

from tests.fuzz.contract import World, limits, operations, run, wander, world
from tests.openapi.record import current

EXAMPLES = 12
WALKS = 10
NAMES = sorted(
    operation["operationId"]
    for address, methods in current()["paths"].items()
    for operation in methods.values()
    if address != "/v1/openapi.json"  # Schemathesis never tries what it reads
)


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_sent_is_answered_as_the_contract_says(here: World, name: str) -> None:
    assert run(here, operations(here)[name], limits(EXAMPLES)) >= 1


def test_wherever_one_goes_from_there(here: World) -> None:
    wander(here, limits(WALKS))
