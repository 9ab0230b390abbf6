"""Schemathesis over our own contract: what it makes up, what it checks, and where it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast
from zlib import crc32

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.config import GenerationConfig, SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks

from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.http.throttle import THROTTLE
from chalicelib.kernel.caller import Role
from tests.api import Service
from tests.fuzz.gateway import Gateway
from tests.fuzz.world import populated

AnyCase = Case[Any]
Partitions = dict[str, dict[str, Item]]
"""What a table holds."""
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
REJECTING = [checks.negative_data_rejection]
LENIENT = {"onekey", "callbacks"}
"""Tags of what takes whatever it is sent: a press must ring, and a provider's callback is signed."""
NO_STACK_TRACE = (b"Traceback", b"chalicelib/", b'File "')


def limits(examples: int, *, seeded: bool = True, steps: int = 8) -> settings:
    """So many examples, the same each time if they are seeded; a slow one is no fault here."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=seeded,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class World:
    """A service, its contract as Schemathesis reads it, who calls, and what may stand in paths."""

    service: Service
    schema: BaseSchema
    headers: dict[str, str]
    known: dict[str, tuple[str, ...]]
    kept: list[Partitions]

    def as_it_was(self) -> None:
        """Put everything back to how it was at first: what is tried again must find what it found before."""
        for table, partitions in zip(tables(self.service), self.kept, strict=True):
            table._partitions.clear()
            table._partitions.update(deepcopy(partitions))
        THROTTLE.forget()

    def check(self, case: AnyCase) -> None:
        """Send what was made up, and hold the answer against the contract."""
        if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
            self._lead_somewhere(case)
        tags = set(case.operation.definition.raw.get("tags", []))
        response = case.call(headers=self.headers)
        case.validate_response(response, checks=CHECKS if tags & LENIENT else [*CHECKS, *REJECTING])
        assert not [word for word in NO_STACK_TRACE if word in response.content]

    def _lead_somewhere(self, case: AnyCase) -> None:
        """Let three of four paths lead to something that is there."""
        for name, value in list((case.path_parameters or {}).items()):
            choice = crc32(str(value).encode(errors="replace"))
            if name in self.known and choice % 4:
                case.path_parameters[name] = self.known[name][choice % len(self.known[name])]


@contextmanager
def world() -> Iterator[World]:
    """A populated service, and somebody who may do most."""
    service, known = populated()
    config = SchemathesisConfig()
    config.projects.default.generation = GenerationConfig(with_security_parameters=False)
    try:
        schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", Gateway(service), config=config)
        token = service.token(Role.COORDINATOR, name="li")
        kept = [deepcopy(table._partitions) for table in tables(service)]
        yield World(service, schema, {"Authorization": f"Bearer {token}"}, known, kept)
    finally:
        service.close()


def tables(service: Service) -> list[MemoryTable]:
    """All that a service keeps."""
    on = service.town.on
    found = [on.registry, on.series, on.deadlines, on.quarantine, on.audit]
    assert all(isinstance(table, MemoryTable) for table in found)
    return cast(list[MemoryTable], found)


def made_up(operation: Any) -> st.SearchStrategy[AnyCase]:
    """Requests for an operation, as the contract wants them and as it doesn't."""
    good, bad = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)
    return st.one_of(good, bad)


def run(world: World, operation: Any, how: settings) -> int:
    """Try an operation; how many requests were sent. Raises what Schemathesis or a check found."""
    sent = 0
    world.as_it_was()

    @how
    @given(made_up(operation))
    def attempt(case: AnyCase) -> None:
        nonlocal sent
        sent += 1
        world.check(case)

    attempt()
    return sent


def wander(world: World, how: settings) -> None:
    """Go from operation to operation, with what each answered: lists lead to things, things to moves."""

    class Wanderer(world.schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            world.as_it_was()

        def get_call_kwargs(self, case: AnyCase) -> dict[str, Any]:
            return {"headers": world.headers}

        def validate_response(self, response: Any, case: AnyCase, **_: Any) -> None:
            tags = set(case.operation.definition.raw.get("tags", []))
            case.validate_response(response, checks=CHECKS if tags & LENIENT else [*CHECKS, *REJECTING])

    Wanderer.run(settings=how)


def operations(world: World) -> dict[str, Any]:
    """Every operation by its name."""
    found: list[Any] = list(world.schema.get_all_operations())
    return {each.ok().definition.raw["operationId"]: each.ok() for each in found}
