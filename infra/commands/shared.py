"""What several commands need:

the console, JSON output, and the application's own services on the current stack.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chalicelib.kernel.errors import ShouwangError
from infra.stack import Stack, current_stack

stderr = Console(stderr=True)
"""For progress and remarks; what a script reads goes to standard output."""
stdout = Console()

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
community_option = click.option("--community", required=True, help="The community's id, such as xinghe.")


def write_json(data: object, to: Path | None = None) -> None:
    """Print data as JSON, or write it to a file."""
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if to is None or str(to) == "-":
        sys.stdout.write(text)
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShouwangError(f"{to} can't be written: {error.strerror}.") from error


def connected() -> Stack:
    """The current stack, with the application's services set to work on it from here, with the operator's
    rights.
    """
    stack = current_stack()
    os.environ.update(stack.environment())
    return stack


def listing(rows: list[dict[str, Any]], titles: dict[str, str]) -> Any:
    """A table of rows; `titles` names the columns and their headings."""
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in titles.values():
        table.add_column(title)
    for row in rows:
        table.add_row(*("" if row.get(name) is None else str(row[name]) for name in titles))
    return table
