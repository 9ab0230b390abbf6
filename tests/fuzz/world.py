"""A community in which there is something behind most addresses, so that what is made up goes deep."""

from chalicelib import wiring
from chalicelib.kernel.clock import rfc3339
from chalicelib.onekey.model import Line
from chalicelib.registry.model import Community, Grid, Resident
from chalicelib.rota.hours import Period
from tests.api import Service, raised
from tests.builders import DAY, device, envelope, home, water
from tests.rota.builders import PEOPLE, person, team

KNOWN: dict[str, tuple[str, ...]] = {
    "household_id": ("h001", "h002"),
    "device_id": ("wm-001",),
    "severity": ("1", "2", "3"),
    "grid": ("g1", "-"),
    "resident": ("du",),
    "community": ("xinghe",),
}
"""What may stand in a path so that something is there; alarms and swaps are added when they are made."""


def populated() -> tuple[Service, dict[str, tuple[str, ...]]]:
    """A service over Xinghe, and what may stand in its paths."""
    service = Service()
    town, now = service.town, service.now
    homes = [home("h001"), home("h002")]
    resident = Resident("du", "xinghe", "h001", "杜老师", "+8613800000009")
    town.registry.enrol(Community("xinghe", "星禾里"), [Grid("g1", "xinghe", "一")], homes, now=now)
    town.install(device(), now=now)
    town.hear(envelope(water(*range(1000, 1024), until=now), received_at=now), now=now)
    town.hear(envelope(b"?", received_at=now), now=now)
    wiring.registry.people().put_many([person(name) for name in PEOPLE])
    wiring.rota.rota().put_teams("xinghe", [team(f"g1-{p}", p, "li", "wang") for p in Period], now=now)
    wiring.onekey.cards().enrol(Line("xinghe", "星禾里", "+86 931 0000000"), homes, [resident])
    alarms = tuple(raised(service, household=each.id, hours_ago=hours) for hours, each in enumerate(homes, 1))
    return service, {**KNOWN, "alarm_id": alarms, "swap_id": (_swap(service),)}


def _swap(service: Service) -> str:
    rota = wiring.rota.rota()
    settings = rota.settings("xinghe")
    shift = settings.hours.shift_at(service.now + DAY, settings.zone)
    rota.arrangements.override("xinghe", "g1", shift.start, shift.end, ["li"])
    body = {"grid": "g1", "at": rfc3339(shift.start)}
    return str(service.call("PUT", "/v1/rota/swaps", body=body, name="li").body["id"])
