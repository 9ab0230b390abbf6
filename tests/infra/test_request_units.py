"""The request-unit meter against the worked examples of AWS' own documentation."""

from typing import Any

import pytest

from infra.aws.request_units import (
    Index,
    Item,
    item_size,
    read_units,
    refused_write_units,
    total_size,
    value_size,
    write_units,
)

KB = 1024


def sized(size: int, **more: dict[str, str]) -> Item:
    """An item of exactly `size` bytes, with these attributes among it."""
    rest = size - item_size({"pk": {"S": ""}, **more})
    assert rest >= 0
    return {"pk": {"S": "x" * rest}, **more}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        pytest.param({"S": "abc"}, 3, id="string"),
        pytest.param({"S": "守望"}, 6, id="a Chinese character is three bytes of UTF-8"),
        pytest.param({"S": ""}, 0, id="empty string"),
        pytest.param({"N": "27"}, 2, id="two digits in a byte, and one"),
        pytest.param({"N": "123"}, 3, id="an odd digit needs a byte as well"),
        pytest.param({"N": "-27"}, 3, id="minus is a byte"),
        pytest.param({"N": "1768446000"}, 5, id="trailing zeroes are trimmed: seven digits"),
        pytest.param({"N": "0.00150"}, 2, id="leading zeroes are trimmed"),
        pytest.param({"N": "0"}, 1, id="zero"),
        pytest.param({"N": "1" * 38}, 20, id="the most digits there are"),
        pytest.param({"N": "1.5E+3"}, 2, id="an exponent is no digit"),
        pytest.param({"B": b"12345"}, 5, id="raw bytes"),
        pytest.param({"B": "MTIzNDU="}, 5, id="base64 counts as what it stands for"),
        pytest.param({"BOOL": False}, 1, id="boolean"),
        pytest.param({"NULL": True}, 1, id="null"),
        pytest.param({"L": []}, 3, id="an empty list is three bytes"),
        pytest.param({"M": {}}, 3, id="an empty map is three bytes"),
        pytest.param({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + (1 + 2) + (1 + 2), id="one byte more per element"),
        pytest.param({"M": {"at": {"N": "1"}}}, 3 + 1 + 2 + 2, id="a map's names count"),
        pytest.param({"L": [{"M": {"a": {"BOOL": True}}}]}, 3 + 1 + 3 + 1 + 1 + 1, id="nested"),
        pytest.param({"SS": ["ab", "c"]}, 3, id="a set is its members"),
        pytest.param({"NS": ["27", "5"]}, 4, id="a set of numbers"),
    ],
)
def test_value_sizes_follow_item_sizes_and_formats(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size
    assert item_size({"名": value}) == 3 + size


def test_an_unknown_type_is_no_size() -> None:
    with pytest.raises(ValueError, match="no attribute type 'X'"):
        value_size({"X": 1})


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [
        pytest.param(3_500, True, 1, id="a 3,500-byte item reads as 4 KB"),
        pytest.param(8 * KB, True, 2, id="8 KB, strongly consistent"),
        pytest.param(8 * KB, False, 1, id="8 KB, eventually consistent"),
        pytest.param(10 * KB, True, 3, id="10 KB is rounded to 12 KB"),
        pytest.param(80 * KB, False, 10, id="80 KB, eventually consistent"),
        pytest.param(0, True, 1, id="an item that isn't there"),
        pytest.param(0, False, 0.5, id="an item that isn't there, eventually consistent"),
        pytest.param(1_500 * 64, True, 24, id="1,500 items of 64 bytes are 96 KB"),
        pytest.param(int(40.8 * KB), True, 11, id="ten items of together 40.8 KB are 44 KB"),
        pytest.param(8 * 2_000, False, 2, id="eight 2,000-byte entries of an index are 16 KB"),
    ],
)
def test_reads_of_the_developer_guide(size: int, consistent: bool, units: float) -> None:
    assert read_units(size, consistent=consistent) == units


def test_transactional_read_of_8_kb_takes_four_units() -> None:
    assert read_units(8 * KB, transactional=True) == 4


def test_batch_get_rounds_each_item_first() -> None:
    """The guide: 1.5 KB and 6.5 KB are 12 KB, not 8 KB."""
    assert sum(read_units(size, consistent=True) for size in (1_536, 6_656)) == 3


def test_a_query_adds_up_first() -> None:
    items = [sized(1_000)] * 8
    assert read_units(total_size(items), consistent=True) == 2


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        pytest.param(None, 500, 1, id="a 500-byte item writes as 1 KB"),
        pytest.param(None, 1_639, 2, id="1.6 KB is rounded to 2 KB"),
        pytest.param(None, 3_584, 4, id="3.5 KB is rounded to 4 KB"),
        pytest.param(3_000, 100, 3, id="the larger image counts: shrinking"),
        pytest.param(100, 3_000, 3, id="the larger image counts: growing"),
        pytest.param(1_639, None, 2, id="a delete costs what is deleted"),
        pytest.param(None, None, 1, id="deleting nothing is a write"),
        pytest.param(None, 1_024, 1, id="exactly 1 KB"),
        pytest.param(None, 1_025, 2, id="a byte over 1 KB"),
    ],
)
def test_writes_of_the_developer_guide(before: int | None, after: int | None, units: int) -> None:
    images = [None if size is None else sized(size) for size in (before, after)]
    assert write_units(*images).total == units
    assert write_units(*images, transactional=True).total == 2 * units


def test_three_500_byte_items_in_a_transaction_take_six_units() -> None:
    """Developer Guide, "Capacity management for transactions"."""
    assert sum(write_units(None, sized(500), transactional=True).total for _ in range(3)) == 6


def test_a_refused_condition_costs_the_larger_of_what_is_and_what_was_meant() -> None:
    """WorkingWithItems.ConditionalWrites: 300 KB there, 310 KB attempted, 310 units; nothing there, one."""
    assert refused_write_units(sized(300 * KB), sized(310 * KB)) == 310
    assert refused_write_units(sized(2 * KB)) == 2
    assert refused_write_units(None) == 1


DUE = {"due": {"S": "due#0"}, "due_at": {"N": "1768446000"}}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        pytest.param({}, {}, 0, id="in the index neither before nor after"),
        pytest.param(None, DUE, 1, id="a new item that defines the indexed attributes"),
        pytest.param({}, DUE, 1, id="an attribute that wasn't defined before"),
        pytest.param(
            DUE, {**DUE, "due_at": {"N": "1768449600"}}, 2, id="an indexed key changes: delete and put"
        ),
        pytest.param(DUE, {}, 1, id="the indexed attribute is removed"),
        pytest.param(DUE, None, 1, id="the item is deleted"),
        pytest.param(DUE, {**DUE, "state": {"S": "armed"}}, 1, id="only a projected attribute changes"),
        pytest.param(DUE, {**DUE, "note": {"S": "x"}}, 0, id="only what isn't projected changes"),
        pytest.param(DUE, DUE, 0, id="nothing changes"),
        pytest.param(
            {**DUE, "due_at": {"N": "1"}}, {"due": {"S": "due#0"}}, 1, id="sparse: one of two keys gone"
        ),
        pytest.param(
            {**DUE, "state": {"S": "x" * 3_000}},
            {**DUE, "state": {"S": "x"}},
            3,
            id="in place, the larger entry",
        ),
        pytest.param(
            {**DUE, "state": {"S": "x" * 1_400}},
            {"due": {"S": "due#1"}, "due_at": {"N": "1"}, "state": {"S": "x" * 1_400}},
            4,
            id="moved: two writes, each rounded by itself",
        ),
    ],
)
def test_index_writes_of_the_developer_guide(before: Item | None, after: Item | None, units: int) -> None:
    """ "GSI.ThroughputConsiderations.Writes", its five cases, and the projection's size."""
    index = Index("due", ("due", "due_at"), ("state",), ("pk", "sk"))
    keys: Item = {"pk": {"S": "h001"}, "sk": {"S": "still_water"}}
    images = [None if image is None else {**keys, **image} for image in (before, after)]
    plain = write_units(*images, indexes=[index])
    assert plain.total - plain.table == units
    doubled = write_units(*images, indexes=[index], transactional=True)
    assert (doubled.table, doubled.indexes) == (2 * plain.table, plain.indexes)


@pytest.mark.parametrize(
    ("projected", "units"),
    [
        pytest.param(None, 6, id="ALL"),
        pytest.param(("small",), 1, id="INCLUDE"),
        pytest.param((), 1, id="KEYS_ONLY"),
    ],
)
def test_an_index_pays_for_what_it_holds(projected: tuple[str, ...] | None, units: int) -> None:
    item: Item = {"pk": {"S": "a"}, "due": {"S": "b"}, "small": {"S": "c"}, "large": {"S": "x" * 5_200}}
    cost = write_units(None, item, indexes=[Index("due", ("due",), projected, ("pk",))])
    assert (cost.table, cost.indexes) == (6, {"due": units})


def test_a_set_in_another_order_is_no_change() -> None:
    index = Index("due", ("due",), None, ("pk",))
    before: Item = {"pk": {"S": "a"}, "due": {"S": "b"}, "who": {"SS": ["x", "y"]}}
    after: Item = {"pk": {"S": "a"}, "due": {"S": "b"}, "who": {"SS": ["y", "x"]}}
    assert write_units(before, after, indexes=[index]).indexes == {}
