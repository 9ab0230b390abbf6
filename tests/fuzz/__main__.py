"""`make fuzz`: a thousand and more requests for each operation, then walks from one to the next."""

import logging
import sys
import time

import click
from rich.console import Console
from schemathesis.core.failures import Failure, FailureGroup

from tests.fuzz.contract import World, limits, operations, run, wander, world

console = Console()


@click.command("fuzz")
@click.option("--examples", default=1000, show_default=True, help="Requests for each operation.")
@click.option("--walks", default=200, show_default=True, help="Walks through the whole API.")
@click.argument("names", nargs=-1)
def main(examples: int, walks: int, names: tuple[str, ...]) -> None:
    """Send whatever can be made up, at random; with NAMES to these operations alone."""
    logging.disable(logging.CRITICAL)  # refused callbacks are told by the thousand
    began, failed = time.monotonic(), []
    with world() as made:
        found = {name: each for name, each in operations(made).items() if not names or name in names}
        for name, operation in found.items():
            with console.status(f"{name} ..."):
                failed += _attempt(made, name, operation, examples)
        if not names:
            failed += _wander(made, walks)
    console.print(
        f"{len(found)} operations, {time.monotonic() - began:.0f} s, {len(failed)} failed: {failed}"
    )
    sys.exit(bool(failed))


def _attempt(made: World, name: str, operation: object, examples: int) -> list[str]:
    began = time.monotonic()
    try:
        sent = run(made, operation, limits(examples, seeded=False))
    except (FailureGroup, Failure, AssertionError) as error:
        console.print(f"[red]{name}[/]\n{error}", highlight=False)
        return [name]
    console.print(f"{name}: {sent} requests in {time.monotonic() - began:.1f} s", highlight=False)
    return []


def _wander(made: World, walks: int) -> list[str]:
    try:
        wander(made, limits(walks, seeded=False))
    except (FailureGroup, Failure, AssertionError) as error:
        console.print(f"[red]walks[/]\n{error}", highlight=False)
        return ["walks"]
    console.print(f"{walks} walks", highlight=False)
    return []


if __name__ == "__main__":
    main()
