"""What every index of a table promises."""

from typing import Any

import pytest

from chalicelib.aws.items import Item
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Ask, Put, Table
from tests.contract.conftest import NewTable


@pytest.fixture
def waiting(new_table: NewTable) -> Table:
    return new_table(DEADLINES)


def put(table: Table, pk: str, sk: str, **fields: Any) -> None:
    table.write(Put({"pk": pk, "sk": sk, **fields}))


def test_an_index_is_sparse_and_shows_what_it_includes(waiting: Table) -> None:
    put(waiting, "a", "s", due="due#0", due_at=200, state="s", secret="x")
    put(waiting, "b", "s", due="due#0", due_at=100)
    put(waiting, "c", "s", due="due#1", due_at=50)
    put(waiting, "d", "s", due="due#0")
    put(waiting, "e", "s", state="s")
    assert waiting.query(Ask("due#0", by="due")).items == [
        {"pk": "b", "sk": "s", "due": "due#0", "due_at": 100},
        {"pk": "a", "sk": "s", "due": "due#0", "due_at": 200, "state": "s"},
    ]


def test_an_index_orders_numbers_as_numbers(waiting: Table) -> None:
    for at in (9, 1000, 99):
        put(waiting, f"w{at}", "s", due="d", due_at=at)
    assert [i["due_at"] for i in waiting.query(Ask("d", by="due")).items] == [9, 99, 1000]
    assert [i["due_at"] for i in waiting.query(Ask("d", by="due", last=99)).items] == [9, 99]
    assert [i["due_at"] for i in waiting.query(Ask("d", by="due", first=99)).items] == [99, 1000]


def test_an_index_follows_its_items(waiting: Table) -> None:
    put(waiting, "w", "s", due="d", due_at=1)
    put(waiting, "w", "s", due="d", due_at=2)
    assert [i["due_at"] for i in waiting.query(Ask("d", by="due")).items] == [2]
    put(waiting, "w", "s")
    assert waiting.query(Ask("d", by="due")).items == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_of_an_index_join_even_at_one_range_key(waiting: Table, newest_first: bool) -> None:
    waiting.put_many([{"pk": f"w{n}", "sk": "s", "due": "d", "due_at": n // 3} for n in range(9)])
    found: list[Item] = []
    page = waiting.query(Ask("d", by="due", limit=2, newest_first=newest_first))
    while page.items:
        found += page.items
        if page.after is None:
            break
        ask = Ask("d", by="due", limit=2, after=page.after, newest_first=newest_first)
        page = waiting.query(ask)
    assert [i["due_at"] for i in found] == sorted((n // 3 for n in range(9)), reverse=newest_first)
    assert {i["pk"] for i in found} == {f"w{n}" for n in range(9)}


def test_an_index_that_shows_everything(waiting: Table) -> None:
    put(waiting, "a", "alarm", listing="x#open", listed_at="1", evidence={"n": 1})
    assert waiting.query(Ask("x#open", by="alarms")).items == [waiting.get("a", "alarm")]
