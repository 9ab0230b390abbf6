"""The function's own parts: reading ahead, tables that fail, what it imports."""

import subprocess
import sys
from dataclasses import fields, replace
from typing import Any, cast

import pytest
from pynamodb.connection import Connection
from pynamodb.exceptions import GetError

from chalicelib.alarms.ladder import DEFAULTS
from chalicelib.alarms.store import LadderStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES, REGISTRY
from chalicelib.aws.tables import StoreUnavailableError, Table
from chalicelib.kernel.settings import Settings, settings
from chalicelib.onekey.ahead import Ahead, GivenTable, batch_get
from chalicelib.onekey.function import endpoint, handler
from chalicelib.onekey.model import Asked, Channel, Line, Press, Session
from chalicelib.onekey.store import CallBook
from chalicelib.onekey.sure import SureTable
from chalicelib.registry.model import Resident
from tests.builders import event
from tests.onekey.builders import NOON, CountingTable, Street


def test_the_schedule_that_keeps_it_ready_places_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in fields(Settings):
        monkeypatch.setenv(name.name.upper(), "1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    try:
        assert handler({"Records": []}, None) == {}
    finally:
        settings.cache_clear()
        endpoint.cache_clear()


def test_one_read_over_both_tables_brings_the_ladder_along() -> None:
    deadlines, registry = MemoryTable(DEADLINES), CountingTable(MemoryTable(REGISTRY))
    tables = {"d": deadlines, "r": registry.table}
    given = GivenTable(registry)
    ahead = Ahead(lambda wanted: {t: tables[t].get_many(keys) for t, keys in wanted.items()}, "d", "r", given)
    ladders = LadderStore(given)
    CallBook(deadlines).put_line(Line("xinghe", "星禾里", ""))
    asked = Asked(Press("p", NOON, Channel.PAGE, Session.GOOD), community="xinghe", resident="du")
    for ladder in (None, replace(DEFAULTS[1], set_out_within=240)):
        if ladder is not None:
            ladders.put("xinghe", 1, ladder)
        found = CallBook(deadlines, ahead.read).look_up("xinghe", asked)
        assert found.line is not None
        registry.calls.clear()
        assert (ladders.get("xinghe", 1), registry.calls) == (ladder, [])
    assert (ladders.get("xinghe", 1), registry.calls) == (ladder, ["get"])  # given out once


class BusyConnection:
    """DynamoDB that leaves keys over, so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def dispatch(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.times -= 1
        left = request["RequestItems"] if self.times >= 0 else {}
        return {
            "Responses": {} if left else {"d": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]},
            "UnprocessedKeys": left,
        }


def test_keys_that_are_left_over_are_asked_for_again_but_not_for_ever() -> None:
    wanted = {"d": [("a", "b")]}
    assert batch_get(cast(Connection, BusyConnection(1)))(wanted) == {"d": [{"pk": "a", "sk": "b"}]}
    with pytest.raises(StoreUnavailableError):
        batch_get(cast(Connection, BusyConnection(2)))(wanted)


class Forbidden:
    """A table that we may not touch."""

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> None:
        raise GetError("AccessDeniedException")


def test_whatever_goes_wrong_with_a_table_is_an_error_of_ours() -> None:
    with pytest.raises(StoreUnavailableError):
        SureTable(cast(Table, Forbidden())).get("a", "b")


def test_the_function_answers_what_api_gateway_sends() -> None:
    street = Street()
    street.enrol("xinghe", Resident("r1", "xinghe", "h001", "王桂英"))
    answer = street.endpoint.answer(event("one_key"), now=NOON)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (201, False)
    (alarm,) = street.alarms()
    assert alarm.household == "h001"  # its token is nobody's; the page knew the community


def test_the_function_imports_no_more_than_it_needs() -> None:
    code = "import sys, chalicelib.onekey.function; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    heavy = {"chalice", "pydantic", "jwt", "cryptography", "boto3", "chalicelib.wiring", "chalicelib.rota"}
    assert heavy.isdisjoint(loaded.stdout.split())
