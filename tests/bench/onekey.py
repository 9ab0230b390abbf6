"""The one-key call: store calls before it answers, and what its function costs to import."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from chalicelib.accounts.model import sign
from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.store import AlarmStore, LadderStore
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, REGISTRY
from chalicelib.kernel.caller import Caller, Role
from chalicelib.onekey.ahead import Ahead, GivenTable, Key
from chalicelib.onekey.endpoint import CALLS, Endpoint
from chalicelib.onekey.enrolment import Cards
from chalicelib.onekey.hook import InboundCalls
from chalicelib.onekey.items import Board
from chalicelib.onekey.model import Contact, Line, Who, Window
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Household, Resident
from tests.builders import NOON, TOKEN_KEY
from tests.onekey.builders import CountingTable, MemoryLane, Plan

Figures = dict[str, float | str]
PROCESSES = 7
HOUR = timedelta(hours=1)


def store_call_figures() -> Figures:
    """The most store calls of a press in a fresh process, and of one merged into its call.

    Apart from those: of a press after the first minute, while the alarm is still open.
    """
    bench = _Bench()
    first, merged = bench.calls(0), bench.calls(20)
    return {
        "one_key_store_calls": max(first, merged),
        "detail_one_key_store_calls_first": first,
        "detail_one_key_store_calls_merged": merged,
        "detail_one_key_store_calls_again": bench.calls(90),
        "detail_one_key_store_calls_expired_session": _Bench().calls(0, live=False),
        "detail_one_key_store_calls_without_board": _Bench(board=False).calls(0),
    }


def import_figures() -> Figures:
    """CPU seconds of importing the one-key function and the full application, least of a few processes."""
    ours, whole = import_seconds("chalicelib.onekey.function"), import_seconds("app")
    return {
        "one_key_import_ratio": round(ours / whole, 3),
        "detail_one_key_import_s": round(ours, 4),
        "detail_app_import_s": round(whole, 4),
    }


class _Bench:
    """The function's own composition on counted tables; a read across both is one call, as on DynamoDB."""

    def __init__(self, *, board: bool = True) -> None:
        deadlines, registry = MemoryTable(DEADLINES), MemoryTable(REGISTRY)
        self.counted = CountingTable(deadlines), CountingTable(registry)
        self.across = 0

        def batch_get(wanted: Mapping[str, Sequence[Key]]) -> Mapping[str, Sequence[Item]]:
            self.across += 1
            return {
                "deadlines": deadlines.get_many(wanted["deadlines"]),
                "registry": registry.get_many(wanted["registry"]),
            }

        given = GivenTable(self.counted[1])
        ahead = Ahead(batch_get, "deadlines", "registry", given)
        book = CallBook(self.counted[0], ahead.read)
        alarms = Concerns(AlarmStore(self.counted[0]), LadderStore(given))
        self.plan = Plan()
        one_key = OneKey(book, alarms, MemoryLane(), self.plan)
        self.endpoint = Endpoint(
            one_key, InboundCalls(one_key, book), lambda named: TOKEN_KEY, lambda: "", lambda *look: None
        )
        Cards(CallBook(deadlines)).enrol(
            Line("xinghe", "星禾里", "+865515550000"),
            [Household("h001", "xinghe", "g1", "h001")],
            [Resident("du", "xinghe", "h001", "Du")],
        )
        if board:
            duty = (Contact(Who.DUTY_FIRST, "Li", "+8613800000001"),)
            window = Window(NOON - HOUR, NOON + HOUR, duty)
            CallBook(deadlines).put_board("xinghe", Board({"g1": [window]}))

    def calls(self, seconds: int, *, live: bool = True) -> int:
        """Store calls of a press so long after noon; the rota, when it is asked, costs two."""
        self.across = self.plan.asked = 0
        for table in self.counted:
            table.calls.clear()
        now = NOON + timedelta(seconds=seconds)
        made = now if live else now - timedelta(days=1)
        token = sign(Caller("du", Role.RESIDENT, "xinghe"), key=TOKEN_KEY, now=made, life=HOUR)
        answer = self.endpoint.answer(_press(token, seconds), now=now)
        assert answer["statusCode"] in (200, 201), answer
        return self.across + sum(len(table.calls) for table in self.counted) + 2 * self.plan.asked


def _press(token: str, number: int) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "resource": CALLS,
        "pathParameters": {"resident_id": "du"},
        "headers": {"Authorization": f"Bearer {token}"},
        "body": json.dumps({"kind": "call"}),
        "requestContext": {"requestId": str(number)},
    }


@cache
def import_seconds(module: str) -> float:
    """CPU seconds of importing a module in a new process, after a first run that compiles."""
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    command = [sys.executable, "-c", code]
    runs = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603
        for _ in range(PROCESSES)
    ]
    return min(runs[1:])
