"""Pinyin initials, and the words under which a name is found."""

import pytest

from chalicelib.registry.finding import terms
from chalicelib.registry.initials import TABLE
from chalicelib.registry.pinyin import initials
from infra.pinyin import letters


@pytest.mark.parametrize(
    ("name", "read"),
    [
        pytest.param("王桂英", ["wgy"], id="a usual name"),
        pytest.param("欧阳修", ["oyx"], id="a surname of two characters"),
        pytest.param("单田芳", ["stf", "dtf"], id="Shan, which is dan elsewhere: both are typed"),
        pytest.param("曾国华", ["zgh", "cgh"], id="Zeng"),
        pytest.param("解晓东", ["xxd", "jxd"], id="Xie"),
        pytest.param("仇和平", ["qhp", "chp"], id="Qiu"),
        pytest.param("尉迟恭", ["ycg"], id="Yuchi"),
        pytest.param("李乐", ["ll", "ly"], id="a given name with two readings"),
        pytest.param("张曾重乐", ["zzcl", "zzcy", "zzzl", "zzzy"], id="never more than four"),
        pytest.param("赵瑾瑜", ["zjy"], id="a character beyond the 3755 commonest"),
        pytest.param("买买提·艾力", ["mmtal"], id="a name in two parts"),
        pytest.param("María García", ["mg"], id="a Latin name"),
        pytest.param("王小B", ["wx"], id="a letter after characters"),
        pytest.param("𬭎", [], id="a character that is not in the table"),
        pytest.param(" ", [], id="nothing"),
    ],
)
def test_initials(name: str, read: list[str]) -> None:
    assert initials(name) == read


def test_the_table_is_as_it_would_be_made_today() -> None:
    assert letters() == TABLE


@pytest.mark.parametrize(
    ("name", "found_under"),
    [
        ("王桂英", ["王桂英", "桂英", "wgy", "gy"]),
        ("李四", ["李四", "ls"]),
        ("María García", ["mariagarcia", "garcia", "mg"]),
        ("Ｗang＃1", ["wang1", "w"]),
        ("#", []),
    ],
)
def test_the_words_under_which_a_name_is_found(name: str, found_under: list[str]) -> None:
    assert terms(name) == found_under
