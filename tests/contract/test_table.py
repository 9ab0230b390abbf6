"""What every table promises."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.aws.items import Item
from chalicelib.aws.schema import REGISTRY
from chalicelib.aws.tables import (
    ABSENT,
    NEW,
    Add,
    Ask,
    Delete,
    Expectation,
    ExpectationError,
    Put,
    Table,
    every_item,
)
from chalicelib.kernel.errors import ShouwangError
from tests.contract.conftest import NewTable


@pytest.fixture
def table(new_table: NewTable) -> Table:
    return new_table(REGISTRY)


def put(table: Table, pk: str, sk: str, **fields: Any) -> None:
    table.write(Put({"pk": pk, "sk": sk, **fields}))


def sks(items: list[Item]) -> list[str]:
    return [item["sk"] for item in items]


def test_an_item_comes_back_as_it_was_put(table: Table) -> None:
    item: Item = {
        "pk": "p",
        "sk": "s",
        "text": "星禾里 ☂ \U0001f600",
        "empty": "",
        "int": -7,
        "huge": 2**53,
        "yes": True,
        "no": False,
        "list": [1, "two", False, [3], {"four": 4}],
        "map": {"a": {"b": [1]}, "空": ""},
        "nothing": {},
        "none_there": [],
    }
    table.write(Put(item))
    assert table.get("p", "s") == item
    assert table.get("p", "s", consistent=True) == item


def test_none_is_left_out_wherever_it_stands(table: Table) -> None:
    put(table, "p", "s", gone=None, kept={"gone": None, "x": 1})
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "kept": {"x": 1}}


@pytest.mark.parametrize("value", [1.5, b"bytes", {1, 2}, [0.5], {"x": 0.5}])
def test_what_is_no_plain_value_is_refused_and_nothing_is_written(table: Table, value: Any) -> None:
    with pytest.raises(TypeError):
        table.write_all([Put({"pk": "p", "sk": "1"}), Put({"pk": "p", "sk": "2", "value": value})])
    assert table.query(Ask("p")).items == []


def test_what_comes_back_is_a_copy(table: Table) -> None:
    put(table, "p", "s", list=[1])
    found = table.get("p", "s")
    assert found
    found["list"].append(2)
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "list": [1]}


def test_what_is_not_there_is_none(table: Table) -> None:
    put(table, "p", "s")
    assert table.get("p", "other") is None
    assert table.get("other", "s") is None


def test_a_put_replaces_the_whole_item(table: Table) -> None:
    put(table, "p", "s", old=1)
    put(table, "p", "s", new=2)
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "new": 2}


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        pytest.param(None, True, id="nothing is expected"),
        pytest.param(NEW, False, id="a new key is expected"),
        pytest.param({"n": 1}, True, id="what is there"),
        pytest.param({"n": 2}, False, id="another value"),
        pytest.param({"n": "1"}, False, id="the value as another type"),
        pytest.param({"n": 1, "text": "a"}, True, id="two values that are there"),
        pytest.param({"n": 1, "text": "b"}, False, id="two values of which one is there"),
        pytest.param({"text": ""}, False, id="an empty text"),
        pytest.param({"gone": ABSENT}, True, id="an attribute is absent"),
        pytest.param({"n": ABSENT}, False, id="an attribute is absent that is there"),
        pytest.param({"gone": 1}, False, id="the value of an attribute that is absent"),
        pytest.param({"state": "x"}, True, id="an attribute whose name is a reserved word"),
        pytest.param({"flag": True}, True, id="a flag"),
        pytest.param({"flag": 1}, False, id="a number that resembles the flag"),
    ],
)
@pytest.mark.parametrize("deletes", [False, True], ids=["put", "delete"])
def test_a_write_holds_only_if_what_is_there_is_as_expected(
    table: Table, expect: Expectation | None, holds: bool, deletes: bool
) -> None:
    put(table, "p", "s", n=1, text="a", state="x", flag=True)
    write = Delete("p", "s", expect) if deletes else Put({"pk": "p", "sk": "s", "n": 9}, expect)
    if holds:
        table.write(write)
        assert table.get("p", "s") == (None if deletes else {"pk": "p", "sk": "s", "n": 9})
    else:
        with pytest.raises(ExpectationError):
            table.write(write)
        assert table.get("p", "s") == {"pk": "p", "sk": "s", "n": 1, "text": "a", "state": "x", "flag": True}


def test_nothing_but_newness_can_be_expected_of_an_absent_item(table: Table) -> None:
    with pytest.raises(ExpectationError):
        table.write(Put({"pk": "p", "sk": "s"}, {"version": 1}))
    with pytest.raises(ExpectationError):
        table.write(Delete("p", "s", {"version": 1}))
    table.write(Put({"pk": "p", "sk": "s"}, NEW))
    assert table.get("p", "s")


def test_deleting_what_is_not_there_is_fine(table: Table) -> None:
    table.write(Delete("p", "s"))
    assert table.get("p", "s") is None


def test_additions_create_what_is_missing(table: Table) -> None:
    table.write(Add("p", "s", {"a": 1, "b": 2}))
    table.write(Add("p", "s", {"a": 10, "c": -3}))
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "a": 11, "b": 2, "c": -3}


def test_writes_together_are_all_done(table: Table) -> None:
    put(table, "p", "old")
    table.write_all([Put({"pk": "p", "sk": "new"}, NEW), Delete("p", "old"), Add("q", "n", {"x": 1})])
    assert sks(table.query(Ask("p")).items) == ["new"]
    assert table.get("q", "n") == {"pk": "q", "sk": "n", "x": 1}


@pytest.mark.parametrize(
    "failing", [Put({"pk": "p", "sk": "known"}, NEW), Delete("p", "known", {"n": 2})], ids=["put", "delete"]
)
def test_writes_together_are_all_left_undone_when_one_expectation_fails(
    table: Table, failing: Put | Delete
) -> None:
    put(table, "p", "known", n=1)
    with pytest.raises(ExpectationError):
        table.write_all([Put({"pk": "p", "sk": "new"}, NEW), Add("q", "n", {"x": 1}), failing])
    assert table.get("p", "known") == {"pk": "p", "sk": "known", "n": 1}
    assert table.get("p", "new") is None
    assert table.get("q", "n") is None


def test_a_hundred_writes_go_together(table: Table) -> None:
    table.write_all([Put({"pk": "p", "sk": f"{n:03}"}) for n in range(100)])
    assert len(every_item(table, Ask("p"))) == 100


def test_what_dynamodb_never_takes_is_no_passing_failure(table: Table) -> None:
    """A ShouwangError would be tried again, and again."""
    twice = [Put({"pk": "p", "sk": "s", "n": n}) for n in (1, 2)]
    for impossible in (twice, [Put({"pk": "", "sk": "s"})], [Put({"pk": "p", "sk": ""})]):
        with pytest.raises(Exception) as refused:
            table.write_all(impossible)
        assert not isinstance(refused.value, ShouwangError)
    assert table.query(Ask("p")).items == []


def test_many_items_at_once(table: Table) -> None:
    put(table, "p", "007", n="old")
    items: list[Item] = [{"pk": "p", "sk": f"{n:03}", "n": n} for n in range(60)]
    assert table.put_many(items) == []
    assert table.put_many([]) == []
    assert every_item(table, Ask("p")) == items


def test_many_keys_at_once(table: Table) -> None:
    table.put_many([{"pk": f"p{n}", "sk": "s"} for n in range(130)])
    keys = [(f"p{n}", "s") for n in range(140)]
    assert {item["pk"] for item in table.get_many([*keys, *keys])} == {f"p{n}" for n in range(130)}
    assert table.get_many([]) == []


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        pytest.param(Ask("p"), ["a", "b", "c1", "c2"], id="in key order"),
        pytest.param(Ask("p", newest_first=True), ["c2", "c1", "b", "a"], id="backwards"),
        pytest.param(Ask("p", first="b"), ["b", "c1", "c2"], id="the first is included"),
        pytest.param(Ask("p", last="b"), ["a", "b"], id="the last is included"),
        pytest.param(Ask("p", first="b", last="c1"), ["b", "c1"], id="both bounds"),
        pytest.param(Ask("p", first="c", last="d"), ["c1", "c2"], id="bounds that are no keys"),
        pytest.param(Ask("p", limit=3), ["a", "b", "c1"], id="a limit"),
        pytest.param(Ask("p", newest_first=True, limit=1), ["c2"], id="the newest"),
        pytest.param(Ask("p", after={"pk": "p", "sk": "b"}), ["c1", "c2"], id="after a key"),
        pytest.param(
            Ask("p", after={"pk": "p", "sk": "bb"}), ["c1", "c2"], id="after a key that is gone by now"
        ),
        pytest.param(
            Ask("p", newest_first=True, after={"pk": "p", "sk": "c1"}),
            ["b", "a"],
            id="after a key, backwards",
        ),
        pytest.param(Ask("p", consistent=True, limit=2), ["a", "b"], id="consistently"),
        pytest.param(Ask("nobody"), [], id="an empty partition"),
    ],
)
def test_a_query(table: Table, ask: Ask, found: list[str]) -> None:
    for sk in ("c2", "a", "c1", "b"):
        put(table, "p", sk)
    put(table, "q", "a")
    assert sks(table.query(ask).items) == found


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_join_to_the_whole(table: Table, newest_first: bool, limit: int) -> None:
    table.put_many([{"pk": "p", "sk": str(n)} for n in range(6)])
    found: list[str] = []
    page = table.query(Ask("p", newest_first=newest_first, limit=limit))
    while page.items:
        assert len(page.items) <= limit
        found += sks(page.items)
        if page.after is None:
            break
        page = table.query(Ask("p", newest_first=newest_first, limit=limit, after=page.after))
    assert found == [str(n) for n in (range(5, -1, -1) if newest_first else range(6))]


def test_a_page_that_was_not_cut_has_no_after(table: Table) -> None:
    put(table, "p", "a")
    assert table.query(Ask("p", limit=2)).after is None
    assert table.query(Ask("p")).after is None


def test_a_query_of_everything_passes_the_megabyte_that_one_answer_holds(table: Table) -> None:
    table.put_many([{"pk": "p", "sk": f"{n:02}", "text": "x" * 200_000} for n in range(12)])
    assert sks(every_item(table, Ask("p"))) == [f"{n:02}" for n in range(12)]


def test_of_many_who_create_one_item_one_wins(table: Table) -> None:
    def create(n: int) -> bool:
        try:
            table.write_all([Put({"pk": "p", "sk": "s", "by": n}, NEW), Put({"pk": "q", "sk": str(n)})])
        except ShouwangError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(16)))
    winner = table.get("p", "s", consistent=True)
    assert won.count(True) == 1
    assert winner
    assert winner["by"] == won.index(True)
    assert sks(table.query(Ask("q")).items) == [str(winner["by"])]


def test_no_addition_is_lost(table: Table) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: table.write(Add("p", "s", {"n": 1})), range(40)))
    assert table.get("p", "s", consistent=True) == {"pk": "p", "sk": "s", "n": 40}
