"""Lines of a terminal: Chinese and English in one text, and no word cut in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from infra.commands.wrapping import CLOSING, OPENING, wrapped

CELLS = 38


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(
            "3号楼. Please go now. Open the app for more.",
            ["3号楼. Please go now. Open the app for", "more."],
            id="an English text about a place with a Chinese name",
        ),
        pytest.param(
            "1 号楼的每月演练，不用过去。请在应用里接下。谢谢您。",
            ["1 号楼的每月演练，不用过去。请在应用里", "接下。谢谢您。"],
            id="Chinese",
        ),
        pytest.param(
            "社区正在联系人，请您留意电话，稍等一会，谢谢您。",
            ["社区正在联系人，请您留意电话，稍等一", "会，谢谢您。"],
            id="no mark begins a line",
        ),
        pytest.param("", [], id="nothing"),
        pytest.param("x" * 40, ["x" * 38, "xx"], id="what is longer than a line"),
    ],
)
def test_lines_end_where_people_would_end_them(text: str, lines: list[str]) -> None:
    assert wrapped(text, CELLS) == lines


@given(st.text(st.sampled_from("ab1 号楼。，“”（）Please-"), max_size=200))
def test_lines_fit_and_lose_nothing(text: str) -> None:
    lines = wrapped(text, CELLS)
    assert all(0 < cell_len(line) <= CELLS for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.sampled_from(["Please", "go", "号", "楼，", "“1”", "（演练）"]), max_size=60))
def test_no_word_is_cut_and_no_mark_stands_alone(words: list[str]) -> None:
    lines = wrapped(" ".join(words), CELLS)
    assert not any(line[0] in CLOSING or line[-1] in OPENING for line in lines)
    told = [word for line in lines for word in line.split() if word.isascii()]
    assert told == [word for word in words if word.isascii()]
