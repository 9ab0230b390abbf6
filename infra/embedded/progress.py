"""How long work is shown. The cloud tells what it does; whoever watches decides how it looks."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console


class Progress(Protocol):
    """Hears of every step that takes time, and of what a person should know."""

    def step(self, what: str) -> AbstractContextManager[None]:
        """Entered when a step begins, left when it has ended or failed."""
        ...

    def note(self, text: str) -> None:
        """Something that is not as usual, in a sentence."""
        ...


class Quiet:
    """Shows nothing."""

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        yield

    def note(self, text: str) -> None:
        """Nobody listens."""


class OnConsole:
    """A line per step with a spinner and, once done, its duration: `starting the embedded cloud … 3 s`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        with self._console.status(f"{what} …"):
            yield
        self._console.print(f"{what} … {time.monotonic() - began:.0f} s", highlight=False)

    def note(self, text: str) -> None:
        self._console.print(text, style="yellow", highlight=False)
