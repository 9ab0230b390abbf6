"""Makes `chalicelib/registry/initials.py`: `python -m infra.pinyin`. Needs pypinyin, as Lambda does not.

The first letter of the usual reading of every character from U+4E00 to U+9FFF, as pypinyin 0.55.0 (MIT
licence) has it.
"""

import importlib
import os
import unicodedata
from pathlib import Path
from typing import Any

FIRST, LAST = 0x4E00, 0x9FFF
TABLE = Path(__file__).resolve().parents[1] / "chalicelib" / "registry" / "initials.py"
WIDTH = 100
HEAD = '''"""The first letter of each Chinese character's usual reading, made by `python -m infra.pinyin`.

One letter for every character from U+4E00 to U+9FFF, `?` where none is known. After pypinyin (MIT licence).
"""

TABLE = (
'''


def letters() -> str:
    """The whole table."""
    os.environ["PYPINYIN_NO_PHRASES"] = "1"  # single characters are all that is asked for
    pypinyin: Any = importlib.import_module("pypinyin")

    def letter(char: str) -> str:
        reading = pypinyin.pinyin(char, style=pypinyin.Style.NORMAL, errors=lambda _: ["?"])[0][0]
        return unicodedata.normalize("NFD", reading)[:1]

    return "".join(letter(chr(code)) for code in range(FIRST, LAST + 1))


def source() -> str:
    """The module's text."""
    table = letters()
    lines = [f'    "{table[start : start + WIDTH]}"\n' for start in range(0, len(table), WIDTH)]
    return HEAD + "".join(lines) + ")\n"


if __name__ == "__main__":
    TABLE.write_text(source())
