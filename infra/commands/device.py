"""`shouwang device`: give a meter or sensor its identity, list devices, revoke one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from chalicelib.kernel import clock
from chalicelib.kernel.errors import ConflictError, NotFoundError
from chalicelib.registry.model import Device, Kind
from infra.commands.shared import as_json, community_option, connected, listing, stdout, write_json
from infra.mqtt import KeyFiles, telemetry_topic
from infra.provisioning import Provisioner, write_keys
from infra.stack import DEFAULT_HOME, Stack

KEYS = DEFAULT_HOME / "devices"


@click.group("device")
def command() -> None:
    """Meters and sensors with their certificates."""


@command.command("add")
@click.argument("device")
@community_option
@click.option("--household", required=True, help="The household it hangs in.")
@click.option(
    "--kind", type=click.Choice([k.value for k in Kind]), default=Kind.WATER_METER.value, show_default=True
)
@click.option("--reports-every", type=int, default=3600, show_default=True, help="Reporting interval, s.")
@click.option("--keys", type=click.Path(path_type=Path), default=KEYS, help="Folder for the key files.")
@as_json
def add(
    device: str, community: str, household: str, kind: str, reports_every: int, keys: Path, as_json: bool
) -> None:
    """Register DEVICE, create its thing, certificate and policy, and write its key files (0600)."""
    stack = connected()
    files = add_device(
        stack, Provisioner(stack), device, community, household, Kind(kind), reports_every, keys
    )
    told = {
        "device": device,
        "certificate": str(files.certificate),
        "private_key": str(files.private_key),
        "mqtt_host": stack.mqtt_host,
        "mqtt_port": stack.mqtt_port,
        "ca_file": str(stack.ca_file) if stack.ca_file else None,
        "topic": telemetry_topic(community, device),
    }
    if as_json:
        write_json(told)
    else:
        for what, value in {
            **told,
            "ca_file": stack.ca_file or "Amazon Root CA 1, which systems trust",
        }.items():
            stdout.print(f"{what:12} {value}", highlight=False, soft_wrap=True)


def add_device(
    stack: Stack,
    provisioner: Provisioner,
    device: str,
    community: str,
    household: str,
    kind: Kind,
    reports_every: int,
    keys: Path,
) -> KeyFiles:
    """Register a device and give it its identity. What can be refused is refused before anything is made."""
    from chalicelib import wiring

    home = wiring.registry.store().household(community, household)
    if home is None:
        raise NotFoundError(f"There is no household '{household}' in '{community}'; import it first.")
    if wiring.registry.store().community_of_device(device) is not None:
        raise ConflictError(f"A device '{device}' is registered already; choose another id.")
    interval, now = timedelta(seconds=reports_every), clock.now()
    new = Device(device, community, home.grid, household, kind, interval, now.replace(microsecond=0))
    certificate = provisioner.provide(device)
    try:
        files = write_keys(keys, device, certificate)
        wiring.registry.registry().add_device(replace(new, certificate=certificate.arn), now=now)
    except BaseException:  # even Ctrl-C must not leave an active certificate behind
        provisioner.withdraw(device, certificate.arn)
        raise
    return files


@command.command("revoke")
@click.argument("device")
@community_option
def revoke(device: str, community: str) -> None:
    """Let DEVICE speak no more: in the registry at once, at the broker from its next connection on."""
    stack = connected()
    revoke_device(Provisioner(stack), community, device)
    stdout.print(f"{device} is revoked.", highlight=False)


def revoke_device(provisioner: Provisioner, community: str, device: str) -> None:
    """Revoke a device in the registry, then its certificate."""
    from chalicelib import wiring

    revoked = wiring.registry.registry().revoke_device(community, device, now=clock.now())
    if revoked.certificate:
        provisioner.withdraw(device, revoked.certificate)


@command.command("list")
@community_option
@as_json
def list_(community: str, as_json: bool) -> None:
    """List a community's devices."""
    connected()
    from chalicelib import wiring

    wiring.registry.community(community)
    rows = [
        {
            "id": d.id,
            "kind": d.kind.value,
            "household": d.household,
            "grid": d.grid,
            "reports_every": int(d.reports_every.total_seconds()),
            "revoked_at": clock.rfc3339(d.revoked_at) if d.revoked_at else None,
        }
        for d in wiring.registry.store().devices(community)
    ]
    if as_json:
        write_json(rows)
    else:
        titles = {name: name.replace("_", " ") for name in rows[0]} if rows else {}
        stdout.print(listing(rows, titles) if rows else "No devices yet.")
