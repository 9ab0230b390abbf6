"""Cursors: ours alone, and each good for its own list alone."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.cursors import cursor, position
from chalicelib.http.problems import MalformedError
from tests.builders import TOKEN_KEY

HERE = "alarms/xinghe/open"
POSITION: dict[str, Any] = {"pk": "alarm#al-1", "sk": "alarm", "listed_at": "1768478400#al-1"}
OURS = cursor(POSITION, scope=HERE, key=TOKEN_KEY)


def refused(text: str, *, scope: str = HERE, key: str = TOKEN_KEY) -> None:
    with pytest.raises(MalformedError) as error:
        position(text, scope=scope, key=key)
    assert error.value.pointer == "/cursor"


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_position_comes_back(where: dict[str, Any]) -> None:
    assert position(cursor(where, scope=HERE, key=TOKEN_KEY), scope=HERE, key=TOKEN_KEY) == where


@pytest.mark.parametrize(
    ("scope", "key"),
    [
        ("alarms/xinghe/closed", TOKEN_KEY),
        ("alarms/yuehu/open", TOKEN_KEY),
        ("", TOKEN_KEY),
        (HERE, "another key"),
    ],
)
def test_a_cursor_is_of_no_use_elsewhere(scope: str, key: str) -> None:
    refused(OURS, scope=scope, key=key)


def test_nothing_can_be_read_in_a_cursor() -> None:
    told, elsewhere = (
        urlsafe_b64decode(text + "=" * (-len(text) % 4))[12:]
        for text in (OURS, cursor(POSITION, scope="alarms/xinghe/closed", key=TOKEN_KEY))
    )
    assert not any(word in told for word in (b"alarm", b"pk", b'"', b"{"))
    assert told != elsewhere


@pytest.mark.parametrize("place", range(0, len(OURS), 5))
def test_a_tampered_cursor(place: int) -> None:
    other = "A" if OURS[place] != "A" else "B"
    refused(OURS[:place] + other + OURS[place + 1 :])


@given(st.text())
def test_garbage(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("text", ["", "=", "A", "AAAA" * 4, "eyJwayI6ICJ4In0", OURS[:-3], "\udcff"])
def test_more_garbage(text: str) -> None:
    refused(text)


def test_a_cursor_cannot_borrow_from_the_scope() -> None:
    """`a` in the list `bc` is not `ab` in the list `c`."""
    refused(cursor({"x": 1}, scope="a", key=TOKEN_KEY), scope="a\0")
