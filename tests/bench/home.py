"""What the app's home screen reads, by role, for the dearest usual case.

Kin: one home that reports hourly, looked at in the last minute before its deadline, with an open alarm. A
volunteer: more open cases than are shown. Staff: five open alarms of five homes and more. Everybody has
twenty notifications. The access log's own read is counted.
"""

from dataclasses import replace
from datetime import timedelta

from chalicelib import wiring
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.tables import Table
from chalicelib.kernel.caller import Role
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.model import Message, Recipient, Words
from chalicelib.registry.model import Resident
from chalicelib.registry.needs import Kin
from chalicelib.registry.people import Person
from tests.api import Service, raised
from tests.bench.metered import Bill, MeteredTable
from tests.builders import DAY, HOUR, Town, device, envelope, home, water

Figures = dict[str, float | str]
HOMES = 8
ROLES = {Role.KIN: "kin", Role.RESIDENT: "r1", Role.VOLUNTEER: "Li", Role.GRID_WORKER: "Li"}


def home_screen_figures() -> Figures:
    """`home_screen_read_units` of the dearest role, `home_screen_requests`, each role's, and what staff read
    for a home's state.
    """
    units = {role: _read_units(role, name) for role, name in ROLES.items()}
    return {
        "detail_household_state_read_units": _read_units(Role.GRID_WORKER, "Li", "/v1/households/h001"),
        "home_screen_read_units": max(units.values()),
        "home_screen_requests": 1,
        **{f"detail_home_screen_read_units_{role}": spent for role, spent in units.items()},
    }


def _read_units(role: Role, name: str, path: str = "/v1/home") -> float:
    service = Service(Town())
    try:
        _live(service)
        bill = Bill()
        on = service.town.on
        wiring.use(
            replace(
                on,
                registry=_metered(on.registry, bill),
                series=_metered(on.series, bill),
                deadlines=_metered(on.deadlines, bill),
                audit=_metered(on.audit, bill),
                witness=_metered(on.witness, bill),
            )
        )
        service.get(path, role=role, name=name)  # the process's first
        bill.clear()
        assert service.get(path, role=role, name=name).status == 200
        return sum(bill.reads.values())
    finally:
        service.close()


def _metered(table: Table, bill: Bill) -> Table:
    assert isinstance(table, MemoryTable)
    return MeteredTable(table, bill, "home")


def _live(service: Service) -> None:
    town, now = service.town, service.now
    town.people.put_many([Person("kin", "xinghe", "Du", Role.KIN)])
    town.registry_store.put_households(
        [home(f"h{n:03}", name=f"王家{n}", address="和平路12号") for n in range(1, HOMES)]
    )
    town.residents.enrol([Resident("r1", "xinghe", "h001", "王桂英", kin=(Kin("kin"),))])
    town.install(device(), now=now - 2 * DAY)
    for hours in range(30, -1, -1):
        at = now - hours * HOUR
        town.hear(envelope(water(1000 - hours * 20, until=at), received_at=at), now=at)
    wiring.watch.deadlines().fire_due(now=now)
    alarms = AlarmStore(town.on.deadlines)
    for n in range(1, HOMES):
        alarm = raised(service, household=f"h{n:03}", hours_ago=n)
        found = alarms.get(alarm)
        assert found is not None
        asked = replace(found.asking(["Li"]), version=found.version + 1)
        alarms.change(asked, alarms.log(alarm)[0], lines=len(alarms.log(alarm)))
    for n in range(20):
        for person in ("kin", "r1", "Li"):
            _tell(
                service,
                person,
                raised(service, household=f"h{n % (HOMES - 1) + 1:03}", hours_ago=n % 7 + 1),
                n,
            )


def _tell(service: Service, person: str, alarm: str, n: int) -> None:
    text = "请到3号楼看看，那里的老人可能需要帮助。到了请在手机上说一声。"
    words = {language: Words("有人需要您", text, text) for language in LANGUAGES}
    message = Message(f"{alarm}/{n}/{person}", "xinghe", person, 2, "look_in", words, alarm=alarm)
    community = wiring.registry.community("xinghe")
    at = service.now - timedelta(minutes=n)
    wiring.notify.notifier().send(message, Recipient(person, "xinghe", community.zone), at)
