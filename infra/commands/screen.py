"""The demo's screen: what happens, line by line, above the homes that matter most."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from chalicelib.kernel import clock
from infra.commands.shared import listing
from infra.commands.status import TITLES, home_rows, readable
from infra.simulator.story import Line
from infra.simulator.street import ZONE, Street

REFRESH_SECONDS = 5
HOMES = 6
ABOUT_WIDTH = 10


class Screen:
    """Prints lines; in a terminal a table of homes stays below them."""

    def __init__(self, console: Console, street: Street, live: Live | None) -> None:
        self._console, self._street, self._live = console, street, live
        self._drawn_at = 0.0

    def say(self, text: RenderableType) -> None:
        """Print something above the table."""
        self._console.print(text, highlight=False, soft_wrap=not self._console.is_terminal)

    def tell(self, lines: Sequence[Line]) -> None:
        """Print what happened, and draw the table anew from time to time."""
        for line in lines:
            self.say(_shown(line))
        if self._live is not None and (lines or time.monotonic() - self._drawn_at > REFRESH_SECONDS):
            self._live.update(homes_table(self._street), refresh=True)
            self._drawn_at = time.monotonic()


@contextmanager
def screen(console: Console, street: Street) -> Iterator[Screen]:
    """The screen, as long as it is needed."""
    if not console.is_terminal:
        yield Screen(console, street, None)
        return
    with Live(homes_table(street), console=console, auto_refresh=False) as live:
        yield Screen(console, street, live)


def homes_table(street: Street) -> Any:
    """Homes with an open alarm first, then those to be looked at soonest."""
    found = home_rows(street.community, now=clock.now())
    found.sort(key=lambda row: (not row["alarms"], row["deadline"] or ""))
    table = listing([readable(row, ZONE) for row in found[:HOMES]], TITLES)
    table.caption = f"and {len(found) - HOMES} more homes, all well" if len(found) > HOMES else None
    trouble = Text(street.trouble, style="yellow")
    return Group(Text(), table, trouble, Text("Ctrl-C ends the demo; its state is kept.", style="dim"))


def _shown(line: Line) -> Text:
    """`20:14:03 h003 “1”   → …`, with what matters most in bold."""
    at = line.at.astimezone(ZONE).strftime("%H:%M:%S")
    return Text.assemble(
        (f"{at} ", "dim"), (f"{line.about:<{ABOUT_WIDTH}} ", "cyan"), (line.text, "bold" if line.loud else "")
    )
