"""`shouwang replay`: real homes' readings through the whole stack, as their meters would send them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, track

from chalicelib.kernel import clock
from chalicelib.kernel.clock import epoch, rfc3339
from chalicelib.kernel.errors import ShouwangError
from chalicelib.registry.model import Community, Grid, Household, Kind
from chalicelib.telemetry.model import MAX_SAMPLES, RegisterReading
from chalicelib.watch.still_water import StillWater
from infra.commands.device import KEYS, add_device
from infra.commands.shared import as_json, connected, stderr, stdout, write_json
from infra.histories import histories
from infra.judge import judge
from infra.mqtt import DeviceLink, telemetry_topic
from infra.provisioning import Provisioner
from infra.stack import Stack

PATIENCE = timedelta(minutes=5)


class ReplayError(ShouwangError):
    """The replay can't be done, or did not end as it must."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is replayed: readings by home, shifted in time, and how a meter would batch them."""

    community: str
    homes: dict[str, list[RegisterReading]]
    every: timedelta
    batch: int

    def household(self, home: str) -> str:
        """The household's id: the home's name as an id."""
        return home.lower()

    def device(self, home: str) -> str:
        """The meter's id, of this replay alone."""
        return f"{self.community}-{home.lower()}"


@click.command("replay")
@click.argument("readings", type=click.Path(path_type=Path))
@click.option("--homes", required=True, help="Homes to replay, such as H46,H66.")
@click.option("--days", type=click.IntRange(1, 60), default=4, show_default=True)
@click.option("--end", type=str, help="Last instant, RFC 3339; default: the last reading.")
@click.option("--until-now", is_flag=True, help="Shift the readings so that the last is now.")
@click.option(
    "--every", type=click.IntRange(60, 86400), default=3600, show_default=True, help="Sampling interval, s."
)
@click.option(
    "--batch", type=click.IntRange(1, MAX_SAMPLES), default=6, show_default=True, help="Samples a message."
)
@as_json
def command(
    readings: Path,
    homes: str,
    days: int,
    end: str | None,
    until_now: bool,
    every: int,
    batch: int,
    as_json: bool,
) -> None:
    """Give each home of READINGS.csv[.gz] a device and publish its readings over MQTT with its own
    certificate.

    The open alarms must then be those that `judge` finds still inactive at the end; if not, this exits with
    1.
    """
    with stderr.status(f"reading {readings}"):
        chosen = _slice(histories(readings), homes.split(","), timedelta(days=days), _instant(end))
    if until_now:
        chosen = _shifted(chosen, clock.now())
    stack = connected()
    community = f"replay-{clock.now():%m%d%H%M%S}"
    plan = Plan(community, chosen, timedelta(seconds=every), batch)
    expected = judge(chosen, rule=StillWater(), every=plan.every).still_inactive
    publish(stack, plan)
    found = _alarmed(plan, expected) if until_now else []
    report: dict[str, Any] = {
        "community": community,
        "messages": sum(1 for home in plan.homes for _ in messages(plan, home)),
        "readings": sum(map(len, plan.homes.values())),
        "still_inactive": sorted(map(plan.household, expected)),
        "open_alarms": found,
    }
    write_json(report) if as_json else _tell(report, compared=until_now)
    if until_now and found != report["still_inactive"]:
        raise ReplayError("The open alarms are not those that `judge` finds still inactive at the end.")


def publish(stack: Stack, plan: Plan) -> None:
    """Enrol the homes, give each a meter, and send everything that it measured, in batches."""
    from chalicelib import wiring

    homes = [
        Household(plan.household(home), plan.community, "g1", home, building=home, steward="周岚")
        for home in plan.homes
    ]
    wiring.registry.registry().enrol(
        Community(plan.community, "重放 Replay"), [Grid("g1", plan.community, "g1")], homes, now=clock.now()
    )
    provisioner = Provisioner(stack)
    for home in track(plan.homes, description="publishing", console=stderr, transient=True):
        device, household = plan.device(home), plan.household(home)
        interval = int(plan.every.total_seconds()) * plan.batch
        keys = add_device(
            stack, provisioner, device, plan.community, household, Kind.WATER_METER, interval, KEYS
        )
        with DeviceLink(stack, device, keys) as link:
            topic = telemetry_topic(plan.community, device)
            for sent in [link.send(topic, payload) for payload in messages(plan, home)]:
                link.sent(sent)


def messages(plan: Plan, home: str) -> Iterator[dict[str, Any]]:
    """A home's messages in wire format 1."""
    readings = plan.homes[home]
    for seq, start in enumerate(range(0, len(readings), plan.batch)):
        samples = [
            {"at": epoch(r.at), "register_litres": r.litres} for r in readings[start : start + plan.batch]
        ]
        every = int(plan.every.total_seconds())
        yield {"v": 1, "kind": Kind.WATER_METER.value, "seq": seq, "every": every, "samples": samples}


def _alarmed(plan: Plan, expected: list[str]) -> list[str]:
    """The homes with an open alarm, once every home was looked at after its last reading was stored."""
    from chalicelib import wiring

    waiting = {plan.household(home): readings[-1].at for home, readings in plan.homes.items()}
    until = time.monotonic() + PATIENCE.total_seconds()
    with Progress(console=stderr, transient=True) as progress:
        task = progress.add_task("waiting for the tick to look at each home", total=len(waiting))
        while waiting and time.monotonic() < until:
            for household, newest_at in list(waiting.items()):
                if _looked(plan.community, household, newest_at):
                    del waiting[household]
                    progress.advance(task)
            time.sleep(2)
    if waiting:
        raise ReplayError(
            f"The tick did not look at {', '.join(waiting)} in {PATIENCE}; try `shouwang doctor`."
        )
    homes = map(plan.household, plan.homes)
    return sorted(home for home in homes if wiring.alarms.desk().open_of(plan.community, home))


def _looked(community: str, household: str, newest_at: datetime) -> bool:
    from chalicelib import wiring

    found = wiring.watch.still_water().watch_of(community, household)
    if found is None:
        return False
    watch, _ = found
    if watch.judged_until is not None and epoch(watch.judged_until) >= epoch(newest_at):
        return True
    stored = wiring.watch.still_water().history(watch, now=clock.now()).readings
    if stored and epoch(stored[-1].at) >= epoch(newest_at):
        wiring.watch.watchkeeper().look_now(community, household, now=clock.now())
    return False


def _slice(
    homes: dict[str, list[RegisterReading]], wanted: list[str], length: timedelta, end: datetime | None
) -> dict[str, list[RegisterReading]]:
    unknown = [home for home in wanted if home not in homes]
    if unknown:
        raise ReplayError(f"There is no home {', '.join(unknown)} in the file.")
    last = end or max(homes[home][-1].at for home in wanted)
    chosen = {home: [r for r in homes[home] if last - length <= r.at <= last] for home in wanted}
    empty = [home for home, readings in chosen.items() if not readings]
    if empty:
        raise ReplayError(
            f"{', '.join(empty)} has no reading in the {length.days} days before {rfc3339(last)}."
        )
    return chosen


def _shifted(homes: dict[str, list[RegisterReading]], now: datetime) -> dict[str, list[RegisterReading]]:
    shift = now - max(readings[-1].at for readings in homes.values())
    return {
        home: [RegisterReading(r.at + shift, r.litres) for r in readings] for home, readings in homes.items()
    }


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ReplayError(f"'{text}' is no instant; write it as 2016-03-06T05:30:00Z.") from None
    if at.tzinfo is None:
        raise ReplayError(f"'{text}' has no time zone; write Z or an offset.")
    return at


def _tell(report: dict[str, Any], *, compared: bool) -> None:
    inactive, alarmed = (", ".join(report[name]) or "none" for name in ("still_inactive", "open_alarms"))
    sent = f"{report['readings']} readings in {report['messages']} messages, community {report['community']}."
    stdout.print(sent, f"Still inactive at the end, by judge: {inactive}.", sep="\n", highlight=False)
    if compared:
        stdout.print(f"Open alarms in the stack: {alarmed}.", highlight=False)
