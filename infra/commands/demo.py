"""`shouwang demo`:

the real stack in the embedded cloud, a street of invented homes, one that has gone quiet, and one that calls.
"""

import os
import time
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.progress import Progress
from rich.text import Text

from chalicelib.kernel import clock
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import ShouwangError
from infra.commands.screen import screen
from infra.commands.token import signed_token
from infra.embedded.cloud import EmbeddedCloud
from infra.embedded.progress import OnConsole
from infra.simulator.play import Play
from infra.simulator.story import Story
from infra.simulator.street import STEWARD, ZONE, Street, await_alarm
from infra.stack import DEFAULT_HOME, HOME_VARIABLE, Stack

BEAT_SECONDS = 1
PATIENCE_SECONDS = 240
PLAY_PATIENCE_SECONDS = 480
WIDTH = 100
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
@click.option("--until-closed", is_flag=True, help="Stop when the call is closed; exits with 1 if it isn't.")
def command(households: int, seed: int, home: Path, until_alarm: bool, until_closed: bool) -> None:
    """Start everything on this machine:

    the stack, 24 homes with meters, an alarm within three minutes, and a one-key call that somebody answers.
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
        _introduce(stack, street, signed_token(stack, Caller(STEWARD, Role.GRID_WORKER, street.community)))
        street.start()
        try:
            if until_alarm:
                await_alarm(street, seconds=PATIENCE_SECONDS)
            else:
                _play(street, until_closed=until_closed)
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
    asked = f"$(.venv/bin/shouwang token --community {street.community})"  # a token is four lines long
    console.print(
        Panel(
            f"{len(street.town.households)} homes of community [bold]{street.community}[/] report over MQTT, "
            "each meter with its own certificate.\n"
            f"At {street.quiet.resident}'s ({street.quiet.address}) nobody has drawn water for half a day. "
            "The tick will notice within a minute or two.\nThen a neighbour presses the “1” key. "
            "Watch who is rung, and answer yourself if you like.",
            title="守望 Shouwang",
            width=WIDTH if console.is_terminal else None,
        )
    )
    _show(
        "Try the API (a grid worker's token, good for 12 hours):",
        f"export API={stack.api_url}v1 TOKEN={token if not console.is_terminal else asked}",
        'curl -sH "Authorization: Bearer $TOKEN" $API/alarms',
        f'curl -sH "Authorization: Bearer $TOKEN" -H "Accept-Language: en" $API/households/{street.quiet.id}',
    )
    _show("What else the API can do, to read in a browser:", f"{stack.api_url}v1/docs")
    _show("And, in another terminal:", *_commands(street))


def _play(street: Street, *, until_closed: bool) -> None:
    """Tell what happens line by line, above a table of homes, for as long as somebody watches."""
    story = Story(street.community, ZONE, street.people())
    until = time.monotonic() + PLAY_PATIENCE_SECONDS
    with screen(console, street) as shown:
        play = Play(street, story, lambda text: shown.say(Text(text, style="italic")))
        while not (until_closed and play.is_over):
            if until_closed and time.monotonic() > until:
                raise ShouwangError("The call isn't closed in time. `shouwang doctor` tells what is wrong.")
            shown.tell(story.news())
            if not play.is_over:
                play.go_on()
                if play.is_over:
                    shown.tell(story.news())
                    shown.say(_end(street))
            time.sleep(BEAT_SECONDS)


def _end(street: Street) -> RenderableType:
    """How to go on: the play is over, and everything keeps running. Framed only where a terminal is wide."""
    from chalicelib import wiring

    open_now = wiring.alarms.desk().open_of(street.community, street.quiet.id)
    still = (
        f"At {street.quiet.resident}'s nobody has answered yet, so the ladder goes on: five minutes after "
        "the alarm the volunteer on duty, then the backup, the secretary, the team. Until you take it.\n\n"
        if open_now and open_now[0].acknowledged_by is None
        else ""
    )
    commands = "\n".join(f"  {line}" for line in _commands(street))
    told = Text(f"{still}Everything keeps running. In another terminal:\n{commands}")
    if not console.is_terminal:
        return told
    return Panel(told, title="Somebody answered", border_style="green", width=WIDTH)


def _commands(street: Street) -> list[str]:
    where = f"--community {street.community}"
    told = {
        f"shouwang phones {where}": "what each phone shows; answer for somebody",
        f"shouwang duty {where}": "who is on duty, and gaps to come",
        f"shouwang status {where}": "every home",
        f"shouwang press h003 {where}": "a resident's “1” key",
        "shouwang doctor": "is every part well?",
    }
    width = max(map(len, told))
    return [
        f"cd {Path.cwd()} && . .venv/bin/activate",
        *(f"{command:<{width}}   {what}" for command, what in told.items()),
    ]


def _show(title: str, *commands: str) -> None:
    console.print(title, style="bold")
    for line in commands:
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
