"""Communities that were enrolled before there was such a thing are given what must wait, and once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws.items import Item
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.onekey.drill_plan import Plan, Whose
from chalicelib.registry.model import Community, Resident
from chalicelib.rota.store import RotaStore
from tests.api import Service
from tests.builders import DAY, NOON
from tests.faults import CrashingTable, FaultyTable
from tests.rota.builders import day_team

MINUTE = timedelta(minutes=1)
RESIDENTS = [f"r{n:03}" for n in range(130)]


@pytest.fixture
def service() -> Iterator[Service]:
    """Xinghe as it was enrolled once: residents and a team in the tables, and nothing that waits for them."""
    made = Service()
    made.town.residents.enrol([Resident(name, "xinghe", "h001", "杜") for name in RESIDENTS])
    RotaStore(made.town.on.registry).put_teams("xinghe", {"g1": ((day_team("li"),), 0)})
    yield made
    made.close()


def night(nights: int = 0, *, ticks: int = 2) -> int:
    """The ticks of a night: one lets each community wait, the next looks after it. Tells how many failed."""
    wiring.onekey.upkeep().begin(now=NOON)
    at = NOON + nights * DAY
    tallies = [wiring.watch.deadlines().fire_due(now=at + minute * MINUTE) for minute in range(ticks)]
    return sum(tally.failed for tally in tallies)


def due_at(kind: str) -> datetime | None:
    found = wiring.watch.deadline_store().get(f"{kind}#xinghe", kind)
    return found.due_at if found else None


def drills() -> dict[str, Plan | None]:
    """Every plan of a drill there should be."""
    book = wiring.onekey.drill_book()
    plans = {name: book.plan("xinghe", Whose.RESIDENT, name) for name in RESIDENTS}
    return {**plans, "team": book.plan("xinghe", Whose.TEAM, "g1-day")}


def test_duty_board_and_drills_begin_for_whoever_was_there_before(service: Service) -> None:
    assert (due_at("shift"), due_at("board"), set(drills().values())) == (None, None, {None})
    assert night() == 0
    assert due_at("shift") and due_at("board") and None not in drills().values()


def test_again_changes_nothing_and_reads_no_resident(service: Service) -> None:
    night()
    before = drills()
    moved = Resident("r-later", "xinghe", "h001", "李")
    service.town.residents.enrol([moved])  # whoever enrols tells of it; nobody looks for them every night
    assert night(1) == 0
    assert drills() == before
    assert wiring.onekey.drill_book().plan("xinghe", Whose.RESIDENT, "r-later") is None


def test_what_is_lost_later_is_begun_again_the_next_night(service: Service) -> None:
    night()
    wiring.watch.deadline_store().disarm("shift#xinghe", "shift")
    assert night(1) == 0
    assert due_at("shift") is not None


def test_a_plan_that_waits_already_keeps_its_day(service: Service) -> None:
    keeper, book = wiring.onekey.drill_keeper(), wiring.onekey.drill_book()
    keeper.catch_up("xinghe", [service.town.resident_store.of("xinghe")[0]])
    plan = book.plan("xinghe", Whose.RESIDENT, "r000")
    assert plan is not None
    book.begin([replace(plan, due_at=plan.due_at + DAY)])
    night()
    kept = book.plan("xinghe", Whose.RESIDENT, "r000")
    assert kept is not None
    assert kept.due_at == plan.due_at + DAY


@dataclass
class WithoutXinghesDrills(FaultyTable):
    """A table in which nothing of Xinghe's drills can be read."""

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        if pk == "drills#xinghe":
            raise StoreUnavailableError("Throttled, for this test.")
        return super().get(pk, sk, consistent=consistent)


def test_a_community_whose_upkeep_fails_keeps_no_other_waiting_and_is_looked_after_again(
    service: Service,
) -> None:
    service.town.registry.enrol(Community("yuehu", "月湖"), now=NOON)
    wiring.use(replace(service.town.on, deadlines=WithoutXinghesDrills(service.town.on.deadlines)))
    assert night() == 1
    assert wiring.watch.deadline_store().get("shift#yuehu", "shift") is not None
    wiring.use(service.town.on)
    assert wiring.watch.deadlines().fire_due(now=NOON + 2 * MINUTE).failed == 0
    assert None not in drills().values()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", ["put_many", "write"])
@pytest.mark.parametrize("nth", range(1, 6))
def test_a_crash_anywhere_leaves_nobody_out(service: Service, method: str, nth: int, before: bool) -> None:
    wiring.onekey.upkeep().begin(now=NOON)
    table = CrashingTable(service.town.on.deadlines, method, nth, before=before)
    wiring.use(replace(service.town.on, deadlines=table))
    for minute in range(4):
        with suppress(StoreUnavailableError):  # its heartbeat can't be written
            wiring.watch.deadlines().fire_due(now=NOON + minute * MINUTE)
    assert due_at("shift") and due_at("board") and None not in drills().values()
    assert wiring.watch.deadline_store().get("upkeep#xinghe", "upkeep") is None
