"""`shouwang demo`:

the real stack in the embedded cloud, a street of invented homes, and one that has gone quiet.
"""

import os
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import Progress
from rich.text import Text

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.texts import evidence_text
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from infra.commands.shared import listing
from infra.commands.status import TITLES, home_rows, readable
from infra.commands.token import signed_token
from infra.embedded.cloud import EmbeddedCloud
from infra.embedded.progress import OnConsole
from infra.simulator.street import STEWARD, ZONE, Street, await_alarm
from infra.stack import DEFAULT_HOME, HOME_VARIABLE, Stack

REFRESH_SECONDS = 5
PATIENCE_SECONDS = 240
console = Console()


@click.command("demo")
@click.option("--households", type=click.IntRange(2, 200), default=24, show_default=True)
@click.option("--seed", type=int, default=2015, show_default=True, help="Another seed is another street.")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=DEFAULT_HOME,
    envvar=HOME_VARIABLE,
    help="Where the cloud keeps its state.",
)
@click.option("--until-alarm", is_flag=True, help="Stop when the alarm has come; exits with 1 if it doesn't.")
def command(households: int, seed: int, home: Path, until_alarm: bool) -> None:
    """Start everything on this machine:

    the stack, 24 homes with meters, and an alarm within three minutes.
    """
    began = time.monotonic()
    with EmbeddedCloud(home, progress=OnConsole(console)) as cloud:
        cloud.start()
        stack = cloud.deploy()
        os.environ.update(stack.environment())
        console.print(
            f"The stack is ready after {time.monotonic() - began:.0f} s.", style="bold", highlight=False
        )
        street = _settled(stack, home, households, seed)
        token = signed_token(stack, Caller(STEWARD, Role.GRID_WORKER, street.community))
        _introduce(stack, street, token)
        street.start()
        try:
            _play(stack, street, token, until_alarm=until_alarm)
        except KeyboardInterrupt:
            console.print("Good night.", highlight=False)
        finally:
            street.stop()


def _settled(stack: Stack, home: Path, households: int, seed: int) -> Street:
    street = Street.make(stack, home / "devices", households=households, seed=seed, now=clock.now())
    street.clear_earlier()
    street.enrol()
    street.staff()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("giving each home its meter and certificate", total=households)
        street.settle(lambda: progress.advance(task))
    return street


def _introduce(stack: Stack, street: Street, token: str) -> None:
    console.print(
        Panel(
            f"{len(street.town.households)} homes of community [bold]{street.community}[/] report over MQTT, "
            "each meter with its own certificate.\n"
            f"At {street.quiet.resident}'s ({street.quiet.address}) no water was drawn since last night. "
            "The tick will notice within a minute or two.",
            title="守望 Shouwang",
        )
    )
    _show(
        "Try the API (a grid worker's token, good for 12 hours):",
        f"export API={stack.api_url}v1 TOKEN={token}",
        'curl -sH "Authorization: Bearer $TOKEN" $API/alarms',
        f"What else it can do, to read: {stack.api_url}v1/docs",
        f'curl -sH "Authorization: Bearer $TOKEN" -H "Accept-Language: en" $API/households/{street.quiet.id}',
        f"shouwang status --community {street.community}; shouwang doctor     (in .venv/bin)",
        f"shouwang phones --community {street.community}; shouwang duty --community {street.community}",
        f"shouwang press h003 --community {street.community}     (a resident's 1 key)",
    )


def _play(stack: Stack, street: Street, token: str, *, until_alarm: bool) -> None:
    if until_alarm or not console.is_terminal:
        from chalicelib import wiring

        found = await_alarm(street, seconds=PATIENCE_SECONDS)
        _tell(wiring.alarms.desk().get(found, community=street.community))
        console.print(_table(street))
        while not until_alarm:
            time.sleep(REFRESH_SECONDS)
        return
    _live(street)


def _live(street: Street) -> None:
    from chalicelib import wiring

    told: set[str] = set()
    with Live(_table(street), console=console, auto_refresh=False) as live:
        while True:
            for alarm in wiring.alarms.desk().open_of(street.community, street.quiet.id):
                if alarm.id not in told:
                    told.add(alarm.id)
                    _tell(alarm)
            live.update(_table(street), refresh=True)
            time.sleep(REFRESH_SECONDS)


def _tell(alarm: Alarm) -> None:
    now = clock.now()
    texts = [evidence_text(alarm, language=language, zone=ZONE, now=now) for language in ("zh-CN", "en")]
    console.print(Panel("\n".join(texts), title=f"alarm {alarm.id}: {alarm.household}", border_style="red"))
    _show(
        "Take charge of it, then say what you found:",
        f'curl -sX PUT -H "Authorization: Bearer $TOKEN" $API/alarms/{alarm.id}/acknowledgement',
        f'curl -sX PUT -H "Authorization: Bearer $TOKEN" $API/alarms/{alarm.id}/outcome'
        " -H 'Content-Type: application/json'"
        """ -d '{"verdict": "false", "cause": "low_use", "note": "只吃了蒸包子"}'""",
    )


def _table(street: Street) -> Any:
    """Homes with an open alarm first, then those to be looked at soonest; as many as the terminal shows."""
    found = home_rows(street.community, now=clock.now())
    found.sort(key=lambda row: (not row["alarms"], row["deadline"] or ""))
    fits = max(5, console.height - 8) if console.is_terminal else len(found)
    table = listing([readable(row, ZONE) for row in found[:fits]], TITLES)
    if len(found) > fits:
        table.caption = f"and {len(found) - fits} more homes, all well"
    trouble = Text(street.trouble, style="yellow")
    return Group(table, trouble, Text("Ctrl-C ends the demo; its state is kept.", style="dim"))


def _show(title: str, *commands: str) -> None:
    console.print(title, style="bold")
    for line in commands:
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
