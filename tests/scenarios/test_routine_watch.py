"""Stories of a home that is watched by its routine, on a virtual clock: habits, the phone, the knock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk
from chalicelib.alarms.store import ALARM, AlarmStore
from chalicelib.alarms.texts import evidence_text
from chalicelib.aws.tables import Ask, ExpectationError
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.holdings import Subject
from chalicelib.registry.model import Kind
from chalicelib.telemetry.heard import HeardStore
from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.budget_store import BudgetStore, OwnBudget
from chalicelib.watch.deadlines import Deadlines, Due, Handler
from chalicelib.watch.holdings import RoutineHoldings
from chalicelib.watch.keepers import Keepers, RoutineKeeper
from chalicelib.watch.lesson_store import LessonStore
from chalicelib.watch.model import ConcernKind
from chalicelib.watch.roll_call import RollCall
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_advice import Change, FalseKnock
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_habits import CELLS, Prior, pooled
from chalicelib.watch.routine_homes import RoutineHomes
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from chalicelib.watch.routine_senses import Sensor, mix_of
from chalicelib.watch.routine_service import RoutineWatch
from chalicelib.watch.routine_signs import water_spans
from chalicelib.watch.routine_spans import WATER
from chalicelib.watch.routine_store import ROUTINE, HabitsStore, Rules, RuleStore
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import ROLL, STILL_WATER
from tests.builders import HOUR, Town, concern, device, envelope, li, payload

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(SHANGHAI)
DAWN = datetime(2026, 3, 2, 4, tzinfo=SHANGHAI).astimezone(ZoneInfo("UTC"))
USUAL = {7: 0.97, 8: 0.9, 9: 0.5, 12: 0.95, 13: 0.5, 16: 0.4, 18: 0.97, 19: 0.7, 21: 0.9, 22: 0.5}
"""By the local hour, how likely some water is drawn in a life with regular meals."""


def drawn(random: Random, at: datetime) -> int:
    """Litres in the hour that ends at a moment."""
    hour = (at.astimezone(SHANGHAI).hour - 1) % 24
    return random.randrange(3, 15) if random.random() < USUAL.get(hour, 0.01) else 0


def lived(days: int, *, seed: int, until: datetime) -> list[RegisterReading]:
    """Hourly readings of such a life."""
    random, litres, readings = Random(seed), 1000, []
    for n in range(days * 24, -1, -1):
        litres += drawn(random, until - n * HOUR)
        readings.append(RegisterReading(until - n * HOUR, litres))
    return readings


def neighbours() -> Prior:
    """What three homes of the community have in common."""
    flat, homes = Prior((0.3,) * CELLS, (0.0,) * 128), []
    for seed in range(3):
        routine = Routine(WATER, CALENDAR, flat)
        routine.add_all(water_spans(lived(60, seed=seed, until=DAWN)))
        homes.append(routine.habits)
    return pooled(homes)


PRIOR = neighbours()
MIX = mix_of([Sensor("wm-001", Kind.WATER_METER, 3600)])


def unanswered(due: Due, *, now: datetime) -> None:
    """Ladders have stories of their own: here nobody is told, and nobody answers."""


TASKS = (ConcernKind.DEVICE_SILENT, ConcernKind.UNGUARDED, ConcernKind.FOLLOW_UP)


@dataclass
class Phones:
    """The residents' phones: what rang."""

    rang: list[datetime] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    answers: Callable[[datetime], None] = lambda now: None

    def ring(self, community: str, household: str, *, key: str, now: datetime) -> datetime | None:
        """Ring, once a key."""
        if key not in self.keys:
            self.keys.add(key)
            self.rang.append(now)
            self.answers(now)
        return None


@dataclass
class RoutineHome:
    """A home with some past, hourly readings, and a tick whenever something is due."""

    by: WatchedBy = WatchedBy.ROUTINE
    past_days: int = 60
    now: datetime = DAWN

    def __post_init__(self) -> None:
        self.town, self.phones, self.random = Town(), Phones(), Random(7)
        self.rules = RuleStore(self.town.on.registry)
        rule = RoutineRule(self.by, Budget(24, 12), PRIOR, "chen-jing", self.now)
        self.rule = self.rules.put("xinghe", rule)
        self.habits = HabitsStore(self.town.on.deadlines, self.town.deadlines)
        self.watch = self.process()
        self.budgets = BudgetStore(self.town.on.deadlines)
        self.homes = RoutineHomes(
            self.habits,
            Rules(self.rules),
            lambda community: CALENDAR,
            lambda community, household: self.budgets.get(community, household).budget,
        )
        keepers = Keepers((self.town.keeper, RoutineKeeper(self.homes)))
        past = lived(self.past_days, seed=11, until=self.now)
        self.litres = past[-1].litres
        self.town.install(device(), now=self.now)
        self.send(past)
        keepers.devices_added([device()], now=self.now)

    def process(self) -> RoutineWatch:
        """The watch as a new process has it."""
        return RoutineWatch(
            self.town.series,
            self.habits,
            Rules(self.rules),
            self.town.concerns,
            self.phones,
            lambda community: CALENDAR,
        )

    def send(self, readings: Sequence[RegisterReading]) -> None:
        for n in range(0, len(readings), 24):
            samples = [{"at": epoch(r.at), "register_litres": r.litres} for r in readings[n : n + 24]]
            self.town.hear(envelope(payload(Kind.WATER_METER, *samples), received_at=self.now), now=self.now)

    def wait(self, length: timedelta) -> None:
        """Let time pass. Nobody touches a deadline but the tick."""
        until = self.now + length
        while (due := self._first_due()) is not None and due <= until:
            self.now = max(self.now, due)
            tally = Deadlines(self.town.deadlines, self.handlers(), workers=1).fire_due(now=self.now)
            assert not tally.failed
        self.now = until

    def handlers(self) -> dict[str, Handler]:
        """Who takes the deadlines of this home."""
        town, heard = self.town, HeardStore(self.town.on.deadlines)
        return {
            ROUTINE: self.watch,
            STILL_WATER: StillWaterWatch(town.series, town.deadlines, town.concerns, self.watch),
            ROLL: RollCall(town.rolls, heard, town.series, town.concerns),
            ALARM: unanswered,
        }

    def lives(self, hours: int, *, quiet: bool = False, heard: bool = True) -> None:
        """So many hours with their habits, or nothing drawn; the meter reports each, if it is heard."""
        for _ in range(hours):
            self.wait(HOUR)
            self.litres += 0 if quiet else drawn(self.random, self.now)
            if heard:
                self.send([RegisterReading(self.now, self.litres)])

    def is_quiet(self, hours: int) -> None:
        """Nothing is drawn."""
        self.lives(hours, quiet=True)

    def draws(self, litres: int = 8) -> None:
        """Water is drawn in this hour."""
        self.wait(HOUR)
        self.litres += litres
        self.send([RegisterReading(self.now, self.litres)])

    def alarms(self) -> list[str]:
        found = self.town.desk.open_of("xinghe", "h001")
        return [f"{alarm.kind} {alarm.state}" for alarm in found if alarm.kind not in TASKS]

    def _first_due(self) -> datetime | None:
        items = self.town.on.deadlines.query(Ask("due#0", by="due")).items
        waits = [from_epoch(item["due_at"]) for item in items if item["sk"] != ALARM]
        return min(waits, default=None)


@pytest.fixture
def home() -> RoutineHome:
    return RoutineHome()


def local(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%H:%M")


def test_a_fortnight_of_habits_bothers_nobody(home: RoutineHome) -> None:
    home.lives(14 * 24)
    assert (home.alarms(), home.phones.rang) == ([], [])


def test_a_missed_morning_rings_the_phone_first_and_then_brings_somebody(home: RoutineHome) -> None:
    home.lives(20)
    home.is_quiet(24)
    assert home.phones.rang
    assert home.alarms() == ["routine raised"]
    (alarm,) = home.town.desk.open_of("xinghe", "h001")
    assert home.phones.rang[0] < alarm.raised_at
    text = evidence_text(alarm, language="en", zone=SHANGHAI, now=home.now)
    assert "nothing yet today" in text or "Nothing since" in text


def test_the_same_silence_raises_once(home: RoutineHome) -> None:
    home.lives(20)
    home.is_quiet(60)
    assert home.alarms() == ["routine raised"]
    assert len(home.phones.rang) == 1


def test_a_life_sign_clears_and_the_next_silence_is_a_new_one(home: RoutineHome) -> None:
    home.lives(20)
    home.is_quiet(26)
    home.draws()
    home.wait(timedelta(minutes=10))
    assert home.alarms() == ["routine cleared"]


def test_after_an_outcome_the_same_silence_is_left_in_peace(home: RoutineHome) -> None:
    home.lives(20)
    home.is_quiet(24)
    (alarm,) = home.town.desk.open_of("xinghe", "h001")
    home.town.desk.resolve(alarm.id, Outcome(Verdict.FALSE, Cause.AWAY), by=li(), now=home.now)
    home.is_quiet(30)
    assert home.alarms() == []


def test_an_answered_call_is_a_life_sign_and_nobody_walks(home: RoutineHome) -> None:
    home.lives(20)
    home.phones.answers = lambda now: home.habits.answered("xinghe", "h001", at=now)
    home.is_quiet(9)
    assert [local(at) for at in home.phones.rang] == ["08:02"]
    assert home.alarms() == []


def test_after_an_answered_call_a_new_silence_counts_from_it(home: RoutineHome) -> None:
    home.lives(20)
    home.phones.answers = lambda now: home.habits.answered("xinghe", "h001", at=now)
    home.is_quiet(9)
    home.phones.answers = lambda now: None
    home.is_quiet(24)
    assert home.alarms() == ["routine raised"]


def test_a_meter_that_falls_silent_is_no_silence_of_the_resident(home: RoutineHome) -> None:
    home.lives(20)
    home.lives(40, heard=False)
    assert (home.alarms(), home.phones.rang) == ([], [])


def test_the_founding_rule_stands_until_a_home_is_known() -> None:
    home = RoutineHome(past_days=3)
    home.lives(16)
    home.is_quiet(24)
    assert home.alarms() == ["still_water raised"]


def test_a_community_that_stays_with_the_founding_rule_learns_in_its_shadow() -> None:
    home = RoutineHome(by=WatchedBy.STILL_WATER)
    home.lives(20)
    home.is_quiet(24)
    assert home.alarms() == ["still_water raised"]
    assert home.phones.rang == []


def test_where_the_routine_watch_is_broken_the_founding_rule_knocks(home: RoutineHome) -> None:
    home.lives(20)
    home.town.deadlines.disarm("routine#xinghe#h001", ROUTINE)
    home.is_quiet(24)
    assert home.alarms() == ["still_water raised"]


def test_what_ended_in_a_real_outcome_teaches_nothing(home: RoutineHome) -> None:
    home.lives(20)
    home.is_quiet(24)
    (alarm,) = home.town.desk.open_of("xinghe", "h001")
    found = Outcome(Verdict.REAL, Cause.FELL, action=Action.AMBULANCE)
    home.town.desk.resolve(alarm.id, found, by=li(), now=home.now)
    before = far_silences(home)
    home.is_quiet(2)
    home.lives(72)
    assert far_silences(home) <= before


def test_a_task_that_stood_open_for_weeks_takes_none_of_them_away(home: RoutineHome) -> None:
    """Whatever came of it: the life of these weeks was life."""
    home.lives(20)
    silent = concern(ConcernKind.DEVICE_SILENT, began_at=home.now - timedelta(days=15))
    alarm = home.town.concerns.raise_once(silent, now=silent.began_at)
    home.town.desk.resolve(alarm, FELL, by=li(), now=home.now)
    kept = home.habits.watch_of("xinghe", "h001")
    assert kept is not None
    assert kept[0].unlearned == ()


def far_silences(home: RoutineHome) -> int:
    """How many silences that went far are counted among those that ended well."""
    found = home.habits.watch_of("xinghe", "h001")
    assert found is not None
    return sum(home.habits.get(found[0], mix=MIX, calendar=CALENDAR, prior=PRIOR).habits.peaks[40:])


FELL = Outcome(Verdict.REAL, Cause.FELL, action=Action.AMBULANCE)


def test_who_was_found_in_the_morning_and_drew_water_by_noon_taught_nothing(home: RoutineHome) -> None:
    """The silence is over long before the night in which it would be learned."""
    home.lives(20)
    home.is_quiet(10)
    (alarm,) = home.town.desk.open_of("xinghe", "h001")
    home.town.desk.resolve(alarm.id, FELL, by=li(), now=home.now)
    before = far_silences(home)
    home.draws()
    home.lives(72)
    assert far_silences(home) <= before


def test_what_began_with_an_answered_call_and_ended_badly_teaches_nothing(home: RoutineHome) -> None:
    """An answer is a life sign that the meter knows nothing of: to it the silence began the night before."""
    home.lives(20)
    home.phones.answers = lambda now: home.habits.answered("xinghe", "h001", at=now)
    home.is_quiet(9)
    home.phones.answers = lambda now: None
    home.is_quiet(12)
    (alarm,) = home.town.desk.open_of("xinghe", "h001")
    home.town.desk.resolve(alarm.id, FELL, by=li(), now=home.now)
    before = far_silences(home)
    home.draws()
    home.lives(72)
    assert far_silences(home) <= before


@pytest.mark.parametrize("kind", [ConcernKind.STILL_WATER, ConcernKind.FALL])
def test_what_another_watch_found_to_be_real_teaches_the_routine_nothing(kind: ConcernKind) -> None:
    """In the founding rule's shadow too, and where a pendant told of the fall."""
    home = RoutineHome(by=WatchedBy.STILL_WATER)
    desk = AlarmDesk(
        AlarmStore(home.town.on.deadlines),
        home.town.concerns,
        LessonStore(home.town.on.deadlines, home.habits),
    )
    home.lives(20)
    home.is_quiet(12)
    found = replace(concern(kind, began_at=home.now - 2 * HOUR), household="h001")
    alarm = home.town.concerns.raise_once(found, now=home.now)
    before = far_silences(home)
    desk.resolve(alarm, FELL, by=li(), now=home.now)
    home.draws()
    home.lives(72)
    assert far_silences(home) <= before


def test_every_change_of_rule_is_logged(home: RoutineHome) -> None:
    home.rules.put("xinghe", home.rule)
    assert [rule.version for rule in home.rules.changes("xinghe")] == [1, 2]


def test_a_meter_revoked_ends_the_watch(home: RoutineHome) -> None:
    RoutineKeeper(home.homes).device_revoked(device(), now=home.now)
    assert home.habits.watch_of("xinghe", "h001") is None


def test_what_was_learned_of_somebody_who_lives_alone_is_told_and_erased(home: RoutineHome) -> None:
    held = RoutineHoldings(home.habits)
    home.lives(48)
    alone = Subject("xinghe", "r1", "h001", ("wm-001",), alone=True)
    assert held.about(alone, now=home.now)["habits"]["days"] > 30
    home.habits.answered("xinghe", "h001", at=home.now)
    home.budgets.put("xinghe", "h001", OwnBudget(None), OwnBudget(Budget(3, 1), "chen", home.now))
    lessons = LessonStore(home.town.on.deadlines)
    for days, cause in ((1, Cause.ASLEEP), (50, Cause.LOW_USE)):
        lessons.learn("xinghe", "h001", f"al-{days}", FalseKnock(home.now - timedelta(days=days), cause))
    told = {each["what"]: each for each in held.about(alone, now=home.now)["beside"]}
    assert {"routine", "answer", "budget", "budget#000001", "knock#al-1", "knock#al-50"} == set(told)
    assert (told["knock#al-1"]["cause"], told["budget"]["by"]) == ("asleep", "chen")
    lately = replace(alone, since=epoch(home.now - timedelta(days=30)))
    assert "knock#al-50" not in {each["what"] for each in held.about(lately, now=home.now)["beside"]}
    assert held.erase(replace(alone, alone=False), {}, now=home.now) is None
    assert held.about(alone, now=home.now) is not None
    assert held.erase(alone, {}, now=home.now) is None
    assert held.about(alone, now=home.now) is None
    assert home.habits.watch_of("xinghe", "h001") is None


def test_the_same_harmless_cause_three_times_proposes_and_changes_nothing(home: RoutineHome) -> None:
    lessons = LessonStore(home.town.on.deadlines)
    desk = AlarmDesk(AlarmStore(home.town.on.deadlines), home.town.concerns, lessons)
    for n in range(3):
        assert lessons.proposals("xinghe", "h001", now=home.now) == []
        began_at = home.now - timedelta(days=n)
        alarm = home.town.concerns.raise_once(concern(ConcernKind.ROUTINE, began_at=began_at), now=home.now)
        desk.resolve(alarm, Outcome(Verdict.FALSE, Cause.LOW_USE), by=li(), now=home.now)
    (proposal,) = lessons.proposals("xinghe", "h001", now=home.now)
    assert proposal.change is Change.LOWER_LEAST_LITRES
    lessons.settle("xinghe", "h001", proposal, by="chen-jing", accepted=False, now=home.now)
    for n in range(3):
        assert lessons.proposals("xinghe", "h001", now=home.now) == []
        home.now += timedelta(days=1)
        lessons.learn("xinghe", "h001", f"new-{n}", FalseKnock(home.now, Cause.LOW_USE))
    (again,) = lessons.proposals("xinghe", "h001", now=home.now)
    assert len(again.knocks) == 3, "three new ones, however many there were before"


def test_a_home_s_own_budget_holds_at_once_and_every_change_is_kept(home: RoutineHome) -> None:
    home.lives(20)
    before = home.watch.explain("xinghe", "h001", now=home.now)
    first = home.budgets.put("xinghe", "h001", OwnBudget(None), OwnBudget(Budget(3, 1), "chen", home.now))
    home.homes.take_budget("xinghe", "h001", now=home.now)
    after = home.watch.explain("xinghe", "h001", now=home.now)
    assert before is not None and before[1] is not None and after is not None and after[1] is not None
    assert after[1].deadline > before[1].deadline
    with pytest.raises(ExpectationError):
        home.budgets.put("xinghe", "h001", OwnBudget(None), OwnBudget(Budget(9, 9), "zhou", home.now))
    home.budgets.put("xinghe", "h001", first, OwnBudget(None, "zhou", home.now))
    home.homes.take_budget("xinghe", "h001", now=home.now)
    assert [own.budget for own in home.budgets.changes("xinghe", "h001")] == [Budget(3, 1), None]
    known = home.habits.watch_of("xinghe", "h001")
    assert known is not None and known[0].budget is None


def test_a_swapped_meter_keeps_the_home_s_budget(home: RoutineHome) -> None:
    home.budgets.put("xinghe", "h001", OwnBudget(None), OwnBudget(Budget(3, 1), "chen", home.now))
    RoutineKeeper(home.homes).device_revoked(device(), now=home.now)
    RoutineKeeper(home.homes).devices_added([device("wm-002")], now=home.now)
    known = home.habits.watch_of("xinghe", "h001")
    assert known is not None and known[0].budget == Budget(3, 1)
    home.habits.forget("xinghe", "h001")
    assert home.budgets.changes("xinghe", "h001") == []
