"""`make contract`: records the contract as it is now, so that the next change is held against it."""

import json
from pathlib import Path

import click

from app import app
from chalicelib.contract.operations import contract
from tests.openapi.compare import Doc, changes

RECORDED = Path(__file__).with_name("contract.json")


def recorded() -> Doc:
    """The contract that clients know."""
    told: Doc = json.loads(RECORDED.read_text(encoding="utf-8"))
    return told


def current() -> Doc:
    """The contract as the code has it now."""
    told: Doc = json.loads(json.dumps(contract(app.routes)))
    return told


@click.command("contract")
@click.option(
    "--breaking", is_flag=True, help="Record it though it breaks clients. Only before a first release."
)
def main(*, breaking: bool) -> None:
    """Record the contract, unless that would break somebody."""
    now = current()
    found = changes(recorded(), now) if RECORDED.exists() else []
    for change in found:
        click.secho(f"{'breaks' if change.breaks else 'adds'}  {change}", fg="red" if change.breaks else None)
    if any(change.breaks for change in found) and not breaking:
        raise click.ClickException("Clients would break. Add beside the old instead of changing it.")
    RECORDED.write_text(
        json.dumps(now, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
    click.echo(f"{len(now['paths'])} addresses are recorded in {RECORDED.name}; commit it.")


if __name__ == "__main__":
    main()
