"""Pinyin initials of names: 王桂英 is found as `wgy`. Pure.

A table of one letter for each character (21 KB) rather than a library: names need no more, and it loads in a
millisecond. A surname has a reading of its own (单 is Shan as a surname, 曾 Zeng), and some characters of
given names have two; since people may type either, both are found.
"""

import re
import unicodedata
from itertools import product

from chalicelib.registry.initials import TABLE

_FIRST = 0x4E00
_SURNAMES = {
    "乐": "yl", "仇": "qc", "会": "gh", "区": "oq", "单": "sd", "召": "sz", "折": "sz", "曾": "zc",
    "查": "zc", "种": "cz", "秘": "bm", "繁": "pf", "翟": "zd", "覃": "qt", "解": "xj", "郇": "xh",
    "重": "cz", "阚": "kh", "隗": "wk", "祭": "zj", "句": "gj", "颉": "xj", "炅": "gj", "藏": "zc",
    "乜": "nm", "尉": "wy",
}  # fmt: skip
"""How a character is read as a surname, and then how it is read otherwise."""
_DOUBLE = {"万俟": "mq", "尉迟": "yc", "长孙": "zs", "单于": "cy", "澹台": "tt"}
"""Surnames of two characters that are read otherwise than each by itself."""
_GIVEN = {
    "乐": "ly", "长": "cz", "重": "cz", "行": "xh", "朝": "cz", "晟": "sc", "茜": "xq", "莘": "sx",
    "曾": "zc", "盛": "sc", "单": "ds", "藏": "cz", "传": "cz", "调": "dt",
}  # fmt: skip
"""Characters of given names with two readings."""
_PARTS = re.compile(r"[\s·・•.\-]+")
MOST = 4
"""Of a name's possible initials, this many at most are kept."""


def initials(name: str) -> list[str]:
    """The initials of a name in every likely reading, the likeliest first; a Latin word gives its first
    letter. Empty where nothing of the name can be read.
    """
    spoken = [letters for part in _PARTS.split(name) if part for letters in _part(part)]
    return ["".join(letters) for letters in product(*spoken)][:MOST] if spoken else []


def is_chinese(char: str) -> bool:
    """Whether a character stands in the table."""
    return 0 <= ord(char) - _FIRST < len(TABLE)


def _part(part: str) -> list[str]:
    """For each character the letters it may stand for; a Latin word is one."""
    if not is_chinese(part[0]):
        letter = unicodedata.normalize("NFKD", part[0].casefold())[:1]
        return [letter] if letter.isascii() and letter.isalnum() else []
    if part[:2] in _DOUBLE:
        found = [*_DOUBLE[part[:2]], *map(_given, part[2:])]
    else:
        surname = _SURNAMES.get(part[0]) if len(part) > 1 else None
        found = [surname or _given(part[0]), *map(_given, part[1:])]
    return [letters for letters in found if letters]


def _given(char: str) -> str:
    letter = TABLE[ord(char) - _FIRST] if is_chinese(char) else ""
    return _GIVEN.get(char, letter.replace("?", ""))
