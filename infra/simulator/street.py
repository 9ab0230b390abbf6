"""A demonstration street: a town's homes enrolled in a running stack, their meters reporting over MQTT."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import ShouwangError
from chalicelib.onekey.model import Contact, Line, Who
from chalicelib.registry.model import Community, Grid, Kin, Kind, Resident
from chalicelib.registry.model import Household as Enrolled
from chalicelib.registry.people import Person
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Holders, Team
from chalicelib.rota.model import Settings as RotaSettings
from infra.commands.device import add_device, revoke_device
from infra.mqtt import DeviceLink, KeyFiles, LinkError, telemetry_topic
from infra.provisioning import Provisioner
from infra.simulator.town import COMMUNITY, COMMUNITY_NAME, Household, Town, last_night
from infra.stack import Stack

SAMPLES_EVERY = 300
REPORTS_EVERY = 300
BACKLOG = timedelta(hours=26)
ZONE = ZoneInfo("Asia/Shanghai")
STAFF = (
    ("zhou-lan", "周岚", Role.GRID_WORKER),
    ("li-na", "李娜", Role.VOLUNTEER),
    ("wang-fang", "王芳", Role.VOLUNTEER),
    ("zhao-min", "赵敏", Role.VOLUNTEER),
    ("sun-hao", "孙浩", Role.VOLUNTEER),
    ("qian-yu", "钱雨", Role.VOLUNTEER),
    ("he-ping", "何平", Role.COORDINATOR),
    ("chen-jing", "陈静", Role.COORDINATOR),
    ("desk", "值班台", Role.COORDINATOR),
)
"""Who looks after the street: id, name, role."""
PHONES = [f"+120255501{n:02d}" for n in range(1, len(STAFF) + 1)]
"""Theirs, of the numbers that are kept for fiction (555-0100 to 555-0199): nobody is ever rung."""
RELATIVES = (
    ("lin-xia", "林霞", "儿媳"),
    ("jiang-tao", "江涛", "女婿"),
    ("gu-yan", "顾岩", "外甥女"),
)
"""The families of a few homes: id, name, what they are to the resident. Of the others nobody knows any."""
RELATIVES_PHONES = [f"+120255501{n}" for n in range(20, 20 + len(RELATIVES))]
RESIDENT_PHONE = "+12025550130"
"""One resident's, who may sign in, too."""
STEWARD = "zhou-lan"
LINE = "+8609310000000"
"""The community's own number; no such subscriber exists."""
EARLIER = re.compile(rf"^{COMMUNITY}-\d{{4}}-\d{{6}}$")
"""What communities of the demo are called, and no other."""


@dataclass(slots=True)
class Street:
    """One community of synthetic homes. Each run of the demo gets a community, and meters, of its own."""

    stack: Stack
    keys: Path
    town: Town
    community: str
    began_at: datetime
    _files: dict[str, KeyFiles] = field(default_factory=dict)
    _stopped: Event = field(default_factory=Event)
    _feeder: Thread | None = None
    trouble: str = ""

    @classmethod
    def make(cls, stack: Stack, keys: Path, *, households: int, seed: int, now: datetime) -> "Street":
        """A street whose quiet home has drawn no water for half a day."""
        town = Town.make(seed, households, now - BACKLOG, ZONE, quiet_since=last_night(now, ZONE))
        return cls(stack, keys, town, f"{COMMUNITY}-{now.astimezone(ZONE):%m%d-%H%M%S}", now)

    @property
    def presser(self) -> Household:
        """Who presses the "1" key in the demo's play: somebody else than the quiet home."""
        return next(home for home in self.town.households if home.id != self.quiet.id)

    @property
    def quiet(self) -> Household:
        """The home that the alarm will be about."""
        if self.town.quiet is None:
            raise ShouwangError("This street has no quiet home.")
        return self.town.quiet

    def clear_earlier(self) -> None:
        """Revoke the meters of earlier runs, so that nobody is told that they are silent."""
        provisioner = Provisioner(self.stack)
        for community in wiring.registry.store().communities():
            if EARLIER.match(community.id) and community.id != self.community:
                for device in wiring.registry.store().devices(community.id):
                    if device.revoked_at is None:
                        revoke_device(provisioner, community.id, device.id)

    def enrol(self) -> None:
        """Enrol the community, its grids, homes and residents."""
        homes = self.town.households
        grids = [
            Grid(g, self.community, f"{g.removeprefix('g')} 号网格") for g in sorted({h.grid for h in homes})
        ]
        wiring.registry.registry().enrol(
            Community(self.community, COMMUNITY_NAME, str(ZONE)),
            grids,
            [_enrolled(home, self.community) for home in homes],
            now=self.began_at,
        )
        wiring.registry.people().put_many(
            [
                Person(person, self.community, name, Role.KIN, phone)
                for (person, name, _), phone in zip(RELATIVES, RELATIVES_PHONES, strict=True)
            ]
        )
        wiring.registry.residents().enrol(self._residents())

    def _residents(self) -> list[Resident]:
        """A resident has the home's id: a press needs one of its own in the community. Of those who have
        relatives, whoever presses and the quiet home come first.
        """
        others = [home for home in self.town.households if home not in (self.presser, self.quiet)]
        families = dict(zip((h.id for h in [self.presser, self.quiet, *others]), RELATIVES, strict=False))
        phones = {home.id: RESIDENT_PHONE for home in others[:1]}
        return [
            Resident(
                home.id, self.community, home.id, home.resident, phones.get(home.id, ""), _kin(families, home)
            )
            for home in self.town.households
        ]

    def staff(self) -> None:
        """Invented people for every rung of the ladder: stewards and grid workers, volunteers, offices."""
        grids = sorted({home.grid for home in self.town.households})
        people = [  # without an SMS provider they are told in the app; with their numbers they sign in
            Person(person, self.community, name, role, phone)
            for (person, name, role), phone in zip(STAFF, PHONES, strict=True)
        ]
        wiring.registry.people().put_many(people)
        for grid in grids:
            number = grid.removeprefix("g")
            wiring.registry.store().put_grid(Grid(grid, self.community, f"{number} 号网格", ("zhou-lan",)))
        holders = Holders(coordinator=("chen-jing",), desk=("desk",), secretary=("he-ping",))
        settings = RotaSettings(time_zone=str(ZONE), confirm_minutes=0, holders=holders)
        wiring.rota.rota().put_settings(self.community, settings, now=self.began_at)
        teams = [
            Team("day", "日间银龄队", COMMON, Period.DAY, "li-na", ("li-na", "wang-fang", "zhao-min")),
            Team("night", "夜间青年队", COMMON, Period.NIGHT, "sun-hao", ("sun-hao", "qian-yu", "zhao-min")),
        ]
        wiring.rota.rota().put_teams(self.community, teams, now=self.began_at)
        wiring.rota.changed(self.community, now=self.began_at)
        homes = [_enrolled(home, self.community) for home in self.town.households]
        residents = self._residents()
        line = Line(self.community, COMMUNITY_NAME, LINE)
        wiring.onekey.cards().enrol(line, homes, residents, people, self._on_cards(residents))

    def _on_cards(self, residents: Sequence[Resident]) -> dict[str, list[Contact]]:
        people = self.people()
        kin = {resident.id: [people[one.person] for one in resident.kin] for resident in residents}
        return {
            resident: [Contact(Who.KIN, one.name, one.phone) for one in theirs]
            for resident, theirs in kin.items()
        }

    def people(self) -> dict[str, Person]:
        """Everybody who may be told of something, by id."""
        kept = wiring.registry.people()
        return {one.id: one for one in [*kept.of(self.community), *kept.relatives(self.community)]}

    def settle(self, done: Callable[[], None]) -> None:
        """Give every home its meter with its certificate, and send what it measured since yesterday."""
        provisioner = Provisioner(self.stack)
        for home in self.town.households:
            self._files[home.id] = add_device(
                self.stack, provisioner, self.meter(home), self.community, home.id,
                Kind.WATER_METER, REPORTS_EVERY, self.keys,
            )  # fmt: skip
            self._send(home, self._backlog(home))
            done()
        for home in self.town.households:
            wiring.watch.watchkeeper().look_now(self.community, home.id, now=clock.now())

    def meter(self, home: Household) -> str:
        """The id of a home's meter: its own in each run."""
        return f"{home.meter}-{self.community.removeprefix(COMMUNITY + '-')}"

    def start(self) -> None:
        """Let the meters go on reporting, each at its own moment, until `stop`."""
        self._feeder = Thread(target=self._feed, name="meters", daemon=True)
        self._feeder.start()

    def stop(self) -> None:
        """Let the meters fall silent."""
        self._stopped.set()
        if self._feeder is not None:
            self._feeder.join(timeout=10)

    def _feed(self) -> None:
        since = self.began_at
        while not self._stopped.wait(1):
            until = clock.now()
            for home in self.town.households:
                payloads = [
                    p for _, p in self.town.messages(home, since, until, SAMPLES_EVERY, REPORTS_EVERY)
                ]
                try:
                    self._send(home, payloads)
                    self.trouble = ""
                except LinkError as error:  # told on the screen; the meter goes on with its next message
                    self.trouble = str(error)
            since = until

    def _send(self, home: Household, payloads: Sequence[dict[str, Any]]) -> None:
        if not payloads:
            return
        meter = self.meter(home)
        with DeviceLink(self.stack, meter, self._files[home.id]) as link:
            for payload in payloads:
                link.publish(telemetry_topic(self.community, meter), payload)

    def _backlog(self, home: Household) -> list[dict[str, Any]]:
        sent = self.town.messages(home, self.began_at - BACKLOG, self.began_at, SAMPLES_EVERY, REPORTS_EVERY)
        payloads = [payload for _, payload in sent]
        samples = [sample for payload in payloads for sample in payload["samples"]]
        return [{**payloads[-1], "samples": samples}]


def await_alarm(street: Street, *, seconds: float) -> str:
    """Wait for the quiet home's alarm; returns its id. Raises ShouwangError when it does not come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = wiring.alarms.desk().open_of(street.community, street.quiet.id)
        if found:
            return found[0].id
        time.sleep(1)
    raise ShouwangError(f"No alarm in {seconds:.0f} s. `shouwang doctor` tells what is wrong.")


def _kin(families: Mapping[str, tuple[str, str, str]], home: Household) -> tuple[Kin, ...]:
    person, _, relation = families.get(home.id, ("", "", ""))
    return (Kin(person, relation),) if person else ()


def _enrolled(home: Household, community: str) -> Enrolled:
    return Enrolled(
        id=home.id,
        community=community,
        grid=home.grid,
        name=home.resident,
        building=f"{home.building} 号楼",
        address=home.address,
        steward=STEWARD,
    )
