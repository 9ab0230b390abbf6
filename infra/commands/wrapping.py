"""Texts in lines of a terminal's cells: a Chinese character takes two, and no word is cut in two."""

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

CLOSING = "，。、；：！？）》」』”’…,.;:!?)"
"""What never begins a line."""
OPENING = "（《「『“‘("
"""What never ends one."""


def wrapped(text: str, cells: int) -> list[str]:
    """A text in lines of at most so many cells: at its words, and between any two Chinese characters.

    What is longer than a line by itself, such as an address, is cut.
    """
    lines = [""]
    for piece in _pieces(text):
        if cell_len(lines[-1] + piece.rstrip()) > cells:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        *full, last = chop_cells(lines[-1] + piece, cells) if cell_len(piece) > cells else [lines[-1] + piece]
        lines[-1:] = [*full, last.lstrip() if last.isspace() else last]
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(text: str) -> Iterator[str]:
    """Words with the spaces behind them, and wide characters with the marks that stand at them."""
    piece = ""
    for char in text:
        if piece and not _joined(piece[-1], char):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _joined(before: str, after: str) -> bool:
    """Whether no line may end between two characters."""
    if after.isspace():
        return True
    if before.isspace():
        return False
    both_narrow = cell_len(before) < 2 and cell_len(after) < 2
    return both_narrow or after in CLOSING or before in OPENING
