"""What a memo promises: a name is taken once, and who comes second finds what the first left."""

from datetime import timedelta

import pytest

from chalicelib.aws.memos import MemoStore
from chalicelib.aws.schema import DEADLINES
from tests.builders import HOUR, NOON
from tests.contract.conftest import NewTable

SOON = NOON + timedelta(seconds=30)


@pytest.fixture
def memos(new_table: NewTable) -> MemoStore:
    return MemoStore(new_table(DEADLINES))


def test_a_name_is_taken_once(memos: MemoStore) -> None:
    assert memos.begin("n", {"by": "a"}, now=NOON, lapses_at=SOON) is None
    assert memos.begin("n", {"by": "b"}, now=NOON, lapses_at=SOON) == {"by": "a"}
    assert memos.begin("m", {"by": "b"}, now=NOON, lapses_at=SOON) is None


def test_who_comes_second_finds_what_came_of_it(memos: MemoStore) -> None:
    memos.begin("n", {"by": "a"}, now=NOON, lapses_at=SOON)
    memos.finish("n", {"by": "a", "answer": "42"}, keep_until=NOON + HOUR)
    found = memos.begin("n", {"by": "b"}, now=NOON + HOUR - timedelta(seconds=1), lapses_at=NOON + 2 * HOUR)
    assert found == {"by": "a", "answer": "42"}


def test_what_has_lapsed_is_free_though_it_still_lies_there(memos: MemoStore) -> None:
    memos.begin("n", {"by": "a"}, now=NOON, lapses_at=SOON)
    assert memos.begin("n", {"by": "b"}, now=SOON, lapses_at=NOON + HOUR) is None
    assert memos.begin("n", {"by": "c"}, now=SOON, lapses_at=NOON + HOUR) == {"by": "b"}


def test_a_name_can_be_given_back(memos: MemoStore) -> None:
    memos.begin("n", {"by": "a"}, now=NOON, lapses_at=SOON)
    memos.forget("n")
    assert memos.begin("n", {"by": "b"}, now=NOON, lapses_at=SOON) is None
