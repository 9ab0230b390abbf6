"""What looking up duty costs at real size: 77 teams, 800 volunteers.

`on_duty_ms` is the CPU of the whole lookup, from the call to the answer, through PynamoDB and botocore,
answered in the process before a socket is opened. The worst layout is measured beside the usual one: all 77
teams in one place. Read units are DynamoDB's for the five items, eventually consistent.
"""

import gc
import json
import time
from statistics import median
from typing import Any

from botocore.awsrequest import AWSResponse
from pynamodb.connection import Connection

from chalicelib.aws.items import typed_item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import DynamoTable, Table
from chalicelib.rota.lookup import Duties
from chalicelib.rota.store import RotaStore
from tests.bench.metered import Bill, MeteredTable
from tests.rota import big

LOOKUPS = 200
KEY = "bench"
_MS = 1000


def on_duty_figures() -> dict[str, float | str]:
    """`on_duty_ms` (the 99th of 100 lookups), `on_duty_read_units` of the dearest grid, and details."""
    spread, together = _memory(spread=True), _memory(spread=False)
    usual, worst = _cpu_ms(spread), _cpu_ms(together)
    return {
        "on_duty_ms": round(_percentile(usual, 99), 3),
        "on_duty_read_units": max(_read_units(spread), _read_units(together)),
        "detail_on_duty_ms_median": round(median(usual), 3),
        "detail_on_duty_ms_all_teams_in_one_place": round(_percentile(worst, 99), 3),
        "detail_on_duty_ms_rules_alone": round(_percentile(_cpu_ms(spread, direct=True), 99), 3),
        "detail_on_duty_read_units_usual": _read_units(spread),
    }


def _memory(*, spread: bool) -> MemoryTable:
    table = MemoryTable(REGISTRY)
    big.office(table, spread=spread)
    return table


def _read_units(table: MemoryTable) -> float:
    dearest = 0.0
    for n in range(big.GRIDS):
        bill = Bill()
        Duties(RotaStore(MeteredTable(table, bill, "duty"))).on_duty("xinghe", f"grid-{n + 1}", big.NOW)
        dearest = max(dearest, sum(bill.reads.values()))
    return dearest


def _cpu_ms(table: MemoryTable, *, direct: bool = False) -> list[float]:
    duties = Duties(RotaStore(table if direct else _answering(table)))
    took = []
    gc.collect()
    for n in range(LOOKUPS):
        began = time.process_time()
        found = duties.on_duty("xinghe", f"grid-{n % big.GRIDS + 1}", big.NOW)
        took.append((time.process_time() - began) * _MS)
        assert not found.is_gap
    return took[LOOKUPS // 10 :]  # a process's first calls build what it keeps


def _answering(table: MemoryTable) -> Table:
    """A real table's client, whose calls are answered from a table in memory, prepared beforehand."""
    connection = Connection(region="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=KEY)
    answers: dict[bytes, bytes] = {}

    def answer(request: Any, **_: object) -> AWSResponse:
        if request.body not in answers:
            asked = json.loads(request.body)["RequestItems"][REGISTRY.name]["Keys"]
            items = table.get_many([(key["pk"]["S"], key["sk"]["S"]) for key in asked])
            told = {"Responses": {REGISTRY.name: [typed_item(item) for item in items]}, "UnprocessedKeys": {}}
            answers[request.body] = json.dumps(told).encode()
        headers = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Body(answers[request.body]))

    connection.client.meta.events.register("before-send.dynamodb", answer)
    warm = DynamoTable(REGISTRY.name, REGISTRY, connection)
    for n in range(big.GRIDS):
        Duties(RotaStore(warm)).on_duty("xinghe", f"grid-{n + 1}", big.NOW)
    return warm


class _Body:
    """The raw HTTP body as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self._content]


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100 - 1]
