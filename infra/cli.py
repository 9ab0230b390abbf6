"""The `shouwang` command. Each command stands in `infra/commands/` and is imported only when it is called."""

import importlib
import os
import sys

import click
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.kernel.errors import ShouwangError

COMMANDS = {
    "audit": "audit",
    "channels": "channels",
    "codes": "codes",
    "demo": "demo",
    "device": "device",
    "doctor": "doctor",
    "duty": "duty",
    "export": "exporting",
    "evaluate": "evaluate",
    "hook": "hook",
    "import": "importing",
    "judge": "judge",
    "keys": "keys",
    "package": "package",
    "person": "person",
    "phones": "phones",
    "press": "press",
    "rehearse-rule": "rehearse",
    "replay": "replay",
    "status": "status",
    "token": "token",
}


class Commands(click.Group):
    """Finds commands by name, so that `shouwang judge` doesn't load what only the demo needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"infra.commands.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def shouwang() -> None:
    """Shouwang 守望: a neighbourhood keeps watch over people who live alone."""


def main() -> None:
    """Run the command line: what goes wrong is one clear line and a non-zero exit, never a traceback."""
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "shouwang-cli")
    try:
        shouwang()
    except ShouwangError as error:
        sys.exit(f"shouwang: {error}")
    except (ClientError, BotoCoreError, PynamoDBException) as error:
        sys.exit(f"shouwang: AWS refused or can't be reached: {error}")
