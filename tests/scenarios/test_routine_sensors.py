"""Stories of a home with a meter, a motion sensor and a door contact, watched by its routine together."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from chalicelib.alarms.store import ALARM
from chalicelib.alarms.texts import evidence_text
from chalicelib.aws.tables import Ask
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.consent import DataKind
from chalicelib.registry.model import Device, Kind
from chalicelib.telemetry.heard import HeardStore
from chalicelib.telemetry.model import Sample
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.keepers import RoutineKeeper
from chalicelib.watch.roll_call import RollCall
from chalicelib.watch.routine_homes import RoutineHomes
from chalicelib.watch.routine_packing import unpacked
from chalicelib.watch.routine_rule import Budget, RoutineRule, WatchedBy
from chalicelib.watch.routine_service import RoutineWatch, Seen
from chalicelib.watch.routine_spans import Mix
from chalicelib.watch.routine_store import ROUTINE, HabitsStore, Rules, RuleStore
from chalicelib.watch.routine_why import Why, sentence
from chalicelib.watch.service import StillWaterWatch
from chalicelib.watch.store import ROLL, STILL_WATER
from tests.builders import HOUR, Town, device, envelope, payload
from tests.faults import CountingTable
from tests.scenarios.test_routine_watch import CALENDAR, PRIOR, SHANGHAI, TASKS, Phones, unanswered
from tests.watch.routines import MONDAY
from tests.watch.test_routine_fusion import lived

KNOWN = 30
KINDS = {"wm": Kind.WATER_METER, "ms": Kind.MOTION_SENSOR, "dc": Kind.DOOR_CONTACT}


@dataclass
class Sensed:
    """A home of early nights with a month behind it; each hour its sensors tell, and the tick runs."""

    out: tuple[int, ...] = ()
    town: Town = field(default_factory=Town)
    phones: Phones = field(default_factory=Phones)
    mute: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        away = [KNOWN * 24 + hour for hour in self.out]
        self.said = lived(KNOWN + 8, seed=2, out=away)
        self.now = from_epoch(MONDAY + KNOWN * 86400)
        self.rules = RuleStore(self.town.on.registry)
        self.rules.put("xinghe", RoutineRule(WatchedBy.ROUTINE, Budget(24, 12), PRIOR, "chen", self.now))
        self.habits = HabitsStore(self.town.on.deadlines, self.town.deadlines)
        self.watch = RoutineWatch(
            self.town.series,
            self.habits,
            Rules(self.rules),
            self.town.concerns,
            self.phones,
            lambda community: CALENDAR,
        )
        for kind in (DataKind.MOTION, DataKind.DOOR):
            self.town.agrees(kind)
        self.devices = {name: device(name, kind, added_at=self.now) for name, kind in KINDS.items()}
        self.town.install(*self.devices.values(), now=self.now)
        self.keeper = RoutineKeeper(RoutineHomes(self.habits, Rules(self.rules), lambda community: CALENDAR))
        self.tell(from_epoch(MONDAY))
        self.keeper.devices_added(list(self.devices.values()), now=self.now)
        self.tick()

    def tell(self, since: datetime, *, quiet: bool = False) -> None:
        """Let every sensor send what it measured since a moment; a quiet one sees nothing."""
        for name, kind in KINDS.items():
            found = [s for s in self.said[name] if epoch(since) < s["at"] <= epoch(self.now)]
            samples = [self._quiet(name, s) for s in found if not quiet or s["at"] % 3600 == 0]
            for n in range(0, 0 if name in self.mute else len(samples), 200):
                raw = payload(kind, *samples[n : n + 200])
                heard = self.town.hear(envelope(raw, device=name, received_at=self.now), now=self.now)
                assert heard.stored, heard

    def _quiet(self, name: str, sample: Sample) -> Sample:
        if name == "wm" and self.still_from is not None:
            return {**sample, "register_litres": min(sample["register_litres"], self.still_from)}
        return sample

    still_from: int | None = None

    def tick(self) -> None:
        tally = Deadlines(self.town.deadlines, self.handlers(), workers=1).fire_due(now=self.now)
        assert not tally.failed

    def lives(self, hours: int, *, quiet: bool = False) -> None:
        """So many hours with their habits, or with nothing happening."""
        if quiet and self.still_from is None:
            last = [s for s in self.said["wm"] if s["at"] <= epoch(self.now)][-1]
            self.still_from = last["register_litres"]
        for _ in range(hours):
            until = self.now + HOUR
            while (due := self._first_due()) is not None and due <= until:
                self.now = max(self.now, due)
                self.tick()
            self.now = until
            self.tell(until - HOUR, quiet=quiet)

    def handlers(self) -> dict[str, Handler]:
        town = self.town
        return {
            ROUTINE: self.watch,
            STILL_WATER: StillWaterWatch(town.series, town.deadlines, town.concerns, self.watch),
            ROLL: RollCall(town.rolls, HeardStore(town.on.deadlines), town.series, town.concerns),
            ALARM: unanswered,
        }

    def alarms(self) -> list[str]:
        found = self.town.desk.open_of("xinghe", "h001")
        return [f"{alarm.kind} {alarm.state}" for alarm in found if alarm.kind not in TASKS]

    def explained(self) -> tuple[Seen, Why]:
        found = self.watch.explain("xinghe", "h001", now=self.now)
        assert found is not None and found[1] is not None
        return found[0], found[1]

    def sensors(self) -> list[str]:
        known = self.habits.watch_of("xinghe", "h001")
        return [each.id for each in known[0].sensors] if known else []

    def _first_due(self) -> datetime | None:
        items = self.town.on.deadlines.query(Ask("due#0", by="due")).items
        return min((from_epoch(i["due_at"]) for i in items if i["sk"] != ALARM), default=None)


@pytest.fixture
def home() -> Sensed:
    return Sensed()


def test_a_month_is_enough_to_be_known_and_a_week_of_habits_bothers_nobody(home: Sensed) -> None:
    home.lives(5 * 24)
    assert (home.alarms(), home.phones.rang) == ([], [])
    assert home.watch.stands_for("xinghe", "h001", now=home.now)


def test_a_morning_without_motion_or_water_is_noticed_within_hours(home: Sensed) -> None:
    home.lives(23)
    home.lives(18, quiet=True)
    assert home.alarms() == ["routine raised"]
    (alarm,) = [a for a in home.town.desk.open_of("xinghe", "h001") if a.kind not in TASKS]
    assert home.phones.rang[0] < alarm.raised_at
    assert home.phones.rang[0].astimezone(SHANGHAI).strftime("%H:%M") < "10:00"
    text = evidence_text(alarm, language="zh-CN", zone=SHANGHAI, now=home.now)
    assert "家里设备最后一次上报在" in text


def test_the_clock_stands_still_while_they_are_out_all_day() -> None:
    home = Sensed(out=tuple(range(9, 21)))
    home.lives(15)
    seen, told = home.explained()
    assert seen.routine.is_out()
    assert told.reason == "out"
    home.lives(9)
    assert (home.alarms(), home.phones.rang) == ([], [])
    assert not home.explained()[0].routine.is_out()


def test_a_motion_sensor_that_falls_silent_makes_the_others_wait_longer_and_is_said(home: Sensed) -> None:
    home.lives(20)
    home.mute.add("ms")
    home.lives(12)
    seen, told = home.explained()
    assert [each.id for each in seen.silent] == ["ms"]
    assert "人体传感器没有消息，所以多等了一会儿" in sentence(told, CALENDAR, language="zh-CN")
    assert "Silent: the motion sensor" in sentence(told, CALENDAR, language="en")
    home.lives(24, quiet=True)
    assert home.alarms() == ["routine raised"]
    (alarm,) = [a for a in home.town.desk.open_of("xinghe", "h001") if a.kind not in TASKS]
    assert "人体传感器没有消息" in evidence_text(alarm, language="zh-CN", zone=SHANGHAI, now=home.now)


def test_all_sensors_silent_is_no_silence_of_the_resident(home: Sensed) -> None:
    home.lives(20)
    home.mute |= set(KINDS)
    home.lives(40)
    assert (home.alarms(), home.phones.rang) == ([], [])


def test_what_nobody_agrees_to_any_more_is_judged_no_more_and_its_habits_are_forgotten(home: Sensed) -> None:
    home.lives(2)
    before = home.habits.kept("xinghe", "h001")
    home.keeper.device_revoked(home.devices["ms"], now=home.now)
    home.mute.add("ms")
    home.lives(1)
    assert home.sensors() == ["dc", "wm"]
    after = home.habits.kept("xinghe", "h001")
    assert "motion_sensor" in before["mix"]
    assert after["mix"] == "door_contact+water_meter"
    assert after["days"] > 20
    ears = unpacked(after, mix=Mix(after["mix"]), calendar=CALENDAR, prior=PRIOR).ears
    assert set(ears) == {"dc", "wm"}


def test_what_nobody_agreed_to_never_joins() -> None:
    town = Town()
    home = Sensed(town=town)
    bed = device("bed", Kind.BED_RADAR, added_at=home.now)
    town.install(bed, now=home.now)
    kept: Device | None = town.registry_store.device("xinghe", "bed")
    assert kept is not None
    assert "bed" not in home.sensors()


def test_the_last_sensor_to_go_ends_the_watch(home: Sensed) -> None:
    for each in home.devices.values():
        home.keeper.device_revoked(each, now=home.now)
    assert home.sensors() == []
    assert home.habits.kept("xinghe", "h001") is None


def test_the_nightly_update_reads_and_writes_the_home_once(home: Sensed) -> None:
    """The third call moves the watch's own deadline, as every look does; what sensors said is read beside."""
    home.lives(30)
    known = home.habits.watch_of("xinghe", "h001")
    assert known is not None
    table, night = CountingTable(home.town.on.deadlines), from_epoch(known[0].learn_at)
    counted = replace(home.watch, habits=HabitsStore(table, DeadlineStore(table, shards=1)))
    counted(known[1], now=night)
    assert (table.calls, table.queries) == (3, 0)
