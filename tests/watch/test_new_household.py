"""Others move in: what the watch learned of those before is forgotten, and it learns from their first day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.consent import DataKind
from chalicelib.registry.importing import read
from chalicelib.registry.model import Kind, Resident
from chalicelib.registry.stays import ERASED, FOREVER
from chalicelib.watch.budget_store import OwnBudget
from chalicelib.watch.routine_advice import FalseKnock
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from chalicelib.watch.routine_service import Seen
from tests.api import Service
from tests.builders import DAY, HOUR, Town, device, envelope, home, payload
from tests.scenarios.test_routine_watch import PRIOR, lived

MINUTE = timedelta(minutes=1)
PATH = "/v1/households/h001/routine"


class Dwelling:
    """h001, where r1 has lived for thirty days and the watch knows it; on the real wiring."""

    def __init__(self) -> None:
        self.api = Service(Town())
        self.now = self.api.now.replace(hour=4, minute=0, second=0) - 20 * DAY
        self.residents = wiring.registry.residents()
        rule = RoutineRule(WatchedBy.ROUTINE, Budget(24, 12), PRIOR, "chen", self.now)
        wiring.watch.rules().put("xinghe", rule)
        wiring.registry.registry().add_device(device(), now=self.now)
        self.says(30)
        self.tick()

    def says(self, days: int, *, seed: int = 11) -> None:
        """The meter tells of so many days up to now."""
        readings = lived(days, seed=seed, until=self.now)
        for n in range(0, len(readings), 24):
            samples = [{"at": epoch(r.at), "register_litres": r.litres} for r in readings[n : n + 24]]
            said = envelope(payload(Kind.WATER_METER, *samples), received_at=self.now)
            assert self.api.town.hear(said, now=self.now).stored == 1

    def tick(self, after: timedelta = MINUTE) -> None:
        """Some time later, whatever is due then, and what follows from it."""
        self.now += after
        for _ in range(3):
            assert wiring.watch.deadlines().fire_due(now=self.now).failed == 0
            self.now += MINUTE

    def comes(self, who: str, household: str = "h001") -> None:
        try:
            known = self.residents.get("xinghe", who)
        except NotFoundError:
            known = Resident(who, "xinghe", household, "李")
        self.residents.put(replace(known, household=household), now=self.now)
        self.tick()

    def goes(self, who: str) -> None:
        self.residents.remove(self.residents.get("xinghe", who), now=self.now)
        self.tick()

    def known(self) -> Seen | None:
        told = wiring.watch.routine().explain("xinghe", "h001", now=self.now)
        return told[0] if told else None

    def days(self) -> int:
        """Of how many days habits are known."""
        seen = self.known()
        return seen.routine.habits.days if seen else 0

    def stands(self) -> bool:
        return wiring.watch.routine().stands_for("xinghe", "h001", now=self.now)


@pytest.fixture
def dwelling() -> Iterator[Dwelling]:
    made = Dwelling()
    assert (made.days(), made.stands()) == (30, True)
    yield made
    made.api.close()


def test_nothing_of_how_those_before_lived_is_known_of_who_moves_in(dwelling: Dwelling) -> None:
    dwelling.goes("r1")
    assert dwelling.known() is None
    assert wiring.watch.habits().kept("xinghe", "h001") is None
    told = dwelling.api.get(PATH).body
    assert (told["watched_by"], told["days_known"], told["sentence"]) == ("still_water", 0, None)
    dwelling.tick(4 * DAY)
    dwelling.comes("r2")
    came = dwelling.now
    dwelling.tick(4 * DAY)
    dwelling.says(9, seed=5)  # five of these days nobody lived there, or r1 did
    dwelling.tick(DAY)
    assert 1 <= dwelling.days() <= 5
    seen = dwelling.known()
    assert seen is not None
    assert min(said["at"] for said in seen.told.samples["wm-001"]) >= epoch(came) - 3 * 60
    assert not dwelling.stands()  # the founding rule does, until their own past suffices


def test_a_new_sensor_teaches_nothing_of_the_time_before_them(dwelling: Dwelling) -> None:
    """A home whose sensors change is learned anew from all that they said."""
    dwelling.goes("r1")
    dwelling.comes("r2")
    dwelling.tick(2 * DAY)
    dwelling.api.town.agrees(DataKind.MOTION, "r2")
    wiring.registry.registry().add_device(device("ms-1", Kind.MOTION_SENSOR), now=dwelling.now)
    dwelling.tick()
    seen = dwelling.known()
    assert seen is not None and len(seen.told.sensors) == 2
    assert dwelling.days() <= 2


def test_what_was_decided_for_those_before_doesn_t_hold_for_others(dwelling: Dwelling) -> None:
    budgets, lessons = wiring.watch.budgets(), wiring.watch.lessons()
    own = OwnBudget(Budget(4, 2), "chen", dwelling.now)
    budgets.put("xinghe", "h001", budgets.get("xinghe", "h001"), own)
    for n in range(3):
        lessons.learn("xinghe", "h001", f"a{n}", FalseKnock(dwelling.now - n * HOUR, "low_use"))
    assert lessons.proposals("xinghe", "h001", now=dwelling.now) != []
    began = dwelling.now - HOUR
    dwelling.goes("r1")
    dwelling.comes("r2")
    assert lessons.proposals("xinghe", "h001", now=dwelling.now) == []
    changes = [(each.set_by, each.budget) for each in budgets.changes("xinghe", "h001")]
    assert changes == [("chen", Budget(4, 2)), ("moved_in", None)]
    for n in range(3):  # alarms of theirs that find their outcome only now
        knock = FalseKnock(dwelling.now, "low_use")
        lessons.learn("xinghe", "h001", f"b{n}", knock, began=began)
    assert lessons.proposals("xinghe", "h001", now=dwelling.now) == []


def test_one_of_two_who_leaves_changes_nothing(dwelling: Dwelling) -> None:
    dwelling.now -= 25 * DAY  # who came long ago
    dwelling.comes("r2")
    dwelling.now += 25 * DAY
    before = wiring.watch.habits().kept("xinghe", "h001")
    dwelling.goes("r1")
    assert wiring.watch.habits().kept("xinghe", "h001") == before
    assert (dwelling.days(), dwelling.stands()) == (30, True)


def test_who_is_entered_an_hour_before_the_other_is_removed_takes_over_nothing(dwelling: Dwelling) -> None:
    dwelling.comes("r2")
    assert dwelling.days() == 30
    dwelling.tick(HOUR)
    dwelling.goes("r1")
    assert dwelling.days() == 0


def test_an_address_that_was_corrected_and_corrected_back_is_learned_at_once(dwelling: Dwelling) -> None:
    wiring.registry.registry().enrol(
        wiring.registry.community("xinghe"), households=[home("h002")], now=dwelling.now
    )
    dwelling.comes("r1", "h002")
    assert dwelling.known() is None
    dwelling.comes("r1", "h001")
    assert (dwelling.days(), dwelling.stands()) == (30, True)


def test_a_table_that_moves_everybody_begins_anew_too(dwelling: Dwelling) -> None:
    intake = wiring.registry.intake()
    known = intake.known("xinghe")
    rows = [
        {"id": "h002", "grid": "g1", "name": "二号", "resident_id": "r1", "resident": "王桂英"},
        {"id": "h001", "grid": "g1", "name": "一号", "resident_id": "r2", "resident": "李"},
    ]
    found = read(list(enumerate(rows, 2)), known)
    assert found.errors == []
    intake.write(wiring.registry.community("xinghe"), found, known, now=dwelling.now)
    dwelling.tick()
    assert dwelling.days() == 0


def test_who_was_erased_is_no_reason_to_take_the_next_for_them(dwelling: Dwelling) -> None:
    dwelling.comes("r2")
    wiring.privacy.everything().request_erasure("xinghe", "r1", now=dwelling.now)
    dwelling.tick()
    assert dwelling.days() == 0
    stays = wiring.registry.stays().of_household("xinghe", "h001")
    assert [stay.resident for stay in stays] == [ERASED]
    everything = wiring.privacy.everything().subject("xinghe", "r2")
    assert (everything.alone, everything.spans) == (True, ((0, FOREVER),))  # nobody else's: it goes with them


def test_a_look_that_began_before_they_left_hands_nothing_on(dwelling: Dwelling) -> None:
    """It writes the habits it has learned after they were forgotten, and loses the watch."""
    habits = wiring.watch.habits()
    old, seen = habits.watch_of("xinghe", "h001"), dwelling.known()
    assert old is not None and seen is not None
    dwelling.goes("r1")
    dwelling.comes("r2")
    habits.put(old[0], seen.routine)
    assert dwelling.days() == 0


def test_a_crash_between_forgetting_and_beginning_anew_is_taken_up(dwelling: Dwelling) -> None:
    dwelling.residents.remove(dwelling.residents.get("xinghe", "r1"), now=dwelling.now)
    habits = wiring.watch.habits()
    habits._forget("xinghe", "h001", "routine")
    dwelling.tick()
    found = habits.watch_of("xinghe", "h001")
    assert found is not None and found[0].since == FOREVER
    for _ in range(3):
        dwelling.tick(DAY)
        found = habits.watch_of("xinghe", "h001")
        assert found is not None and found[1].due_at > dwelling.now + 20 * HOUR  # and costs a look a day


def test_a_watch_of_an_earlier_version_asks_once_who_lives_there(dwelling: Dwelling) -> None:
    """Homes where others moved in before this was heeded are mended by the tick."""
    habits = wiring.watch.habits()

    def as_before() -> None:
        found = habits.watch_of("xinghe", "h001")
        assert found is not None
        habits.arm(replace(found[0], since=None), at=dwelling.now, instead_of=found[1])

    as_before()
    dwelling.tick()
    assert (dwelling.days(), dwelling.stands()) == (30, True)
    dwelling.residents.put(Resident("r2", "xinghe", "h001", "李"), now=dwelling.now)
    dwelling.residents.remove(dwelling.residents.get("xinghe", "r1"), now=dwelling.now)
    wiring.watch.deadline_store().disarm("settle#xinghe#h001", "settle")
    as_before()
    dwelling.tick()
    assert dwelling.days() == 0
