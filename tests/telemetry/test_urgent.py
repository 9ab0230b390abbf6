"""What cannot wait: gas, smoke, a fall, a press. Each raises its alarm at once, and once."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.kernel.clock import epoch
from chalicelib.registry.model import Kind
from tests.builders import NOON, SAMPLES, Town, device, envelope, li, payload
from tests.faults import FaultyTable

NOW = epoch(NOON)


def say(town: Town, kind: Kind, **sample: Any) -> None:
    """A device of that kind in home h001 says something; it is installed first if it isn't there."""
    name = f"{kind.value.replace('_', '-')}-1"
    if town.registry_store.device("xinghe", name) is None:
        town.install(device(name, kind))
    said = {**SAMPLES[kind], "at": NOW, **sample}
    assert town.hear(envelope(payload(kind, said), device=name)).stored == 1


@pytest.mark.parametrize(
    ("kind", "sample", "alarms"),
    [
        (Kind.ONE_KEY, {"press": "call"}, ["one_key"]),
        (Kind.ONE_KEY, {"press": "test"}, []),
        (Kind.GAS_ALARM, {"state": "alarm"}, ["gas"]),
        (Kind.GAS_ALARM, {"state": "clear"}, []),
        (Kind.GAS_ALARM, {"state": "fault"}, []),
        (Kind.SMOKE_ALARM, {"state": "alarm"}, ["smoke"]),
        (Kind.SMOKE_ALARM, {"state": "clear"}, []),
        (Kind.CAMERA, {"event": "fall"}, ["fall"]),
        (Kind.CAMERA, {"event": "person"}, []),
        (Kind.BED_RADAR, {"fall": True}, ["fall"]),
        (Kind.BED_RADAR, {"fall": False}, []),
        (Kind.BED_RADAR, {}, []),
        (Kind.WATCH, {"fall": True}, ["fall"]),
        (Kind.WATCH, {"heart_rate_bpm": 0}, []),
        (Kind.WATER_METER, {"fall": True}, []),
        (Kind.WATER_METER, {"state": "alarm"}, []),
    ],
    ids=str,
)
def test_what_raises_an_alarm(kind: Kind, sample: dict[str, Any], alarms: list[str]) -> None:
    town = Town()
    say(town, kind, **sample)
    assert town.open_alarms() == alarms


def test_the_alarm_says_what_when_and_how_grave() -> None:
    town = Town()
    say(town, Kind.SMOKE_ALARM, state="alarm")
    (alarm,), _ = town.desk.page("xinghe", is_open=True, limit=5, after=None)
    assert (alarm.severity, alarm.household, alarm.began_at) == (1, "h001", NOON)
    assert alarm.evidence == {"device": "smoke-alarm-1", "at": NOW}


def test_a_message_that_comes_twice_raises_once() -> None:
    town = Town()
    for _ in range(3):
        say(town, Kind.ONE_KEY, press="call")
    (alarm,), _ = town.desk.page("xinghe", is_open=True, limit=5, after=None)
    assert [line.what for line in town.desk.log(alarm)] == ["raised"]


def test_every_further_press_is_logged_on_the_open_alarm_once() -> None:
    town = Town()
    for seconds in (0, 20, 40, 20, 40):
        say(town, Kind.ONE_KEY, press="call", at=NOW + seconds)
    (alarm,), _ = town.desk.page("xinghe", is_open=True, limit=5, after=None)
    times = [(line.what, line.at - NOON) for line in town.desk.log(alarm)]
    assert times == [
        ("raised", timedelta(0)),
        ("again", timedelta(seconds=20)),
        ("again", timedelta(seconds=40)),
    ]


def test_a_press_after_the_alarm_is_closed_raises_a_new_one_but_an_old_press_does_not() -> None:
    town = Town()
    say(town, Kind.ONE_KEY, press="call")
    (alarm,), _ = town.desk.page("xinghe", is_open=True, limit=5, after=None)
    town.desk.resolve(alarm.id, Outcome(Verdict.FALSE, Cause.PRESSED_BY_MISTAKE), by=li(), now=NOON)
    say(town, Kind.ONE_KEY, press="call")
    assert town.open_alarms() == []
    say(town, Kind.ONE_KEY, press="call", at=NOW + 90)
    assert town.open_alarms() == ["one_key"]


def test_gas_and_a_fall_in_one_home_are_two_alarms() -> None:
    town = Town()
    say(town, Kind.GAS_ALARM, state="alarm")
    say(town, Kind.CAMERA, event="fall")
    assert sorted(town.open_alarms()) == ["fall", "gas"]


def test_an_alarm_among_older_samples_is_found() -> None:
    town = Town()
    town.install(device("ga-1", Kind.GAS_ALARM))
    samples = [{"at": NOW - 60 * n, "state": "alarm" if n == 3 else "clear"} for n in range(10)]
    town.hear(envelope(payload(Kind.GAS_ALARM, *samples), device="ga-1"))
    assert town.open_alarms() == ["gas"]


def test_an_alarm_that_could_not_be_raised_comes_again() -> None:
    town = Town()
    town.install(device("ok-1", Kind.ONE_KEY), device())
    deadlines = FaultyTable(town.on.deadlines, down={"write_all"})
    town.ingest = town.new_process(deadlines=deadlines)
    press = envelope(payload(Kind.ONE_KEY, {"at": NOW, "press": "call"}), device="ok-1")
    meter = envelope(payload(Kind.WATER_METER, {"at": NOW, "register_litres": 1}))
    intake = town.hear(press, meter)
    assert (intake.failed, intake.stored) == (["d1"], 1)
    deadlines.down.clear()
    assert town.hear(press).failed == []
    assert town.open_alarms() == ["one_key"]


def test_a_message_full_of_presses_is_one_alarm_and_one_line() -> None:
    town = Town()
    town.install(device("ok-1", Kind.ONE_KEY))
    presses = [{"at": NOW - n, "press": "call"} for n in range(1000)]
    assert town.hear(envelope(payload(Kind.ONE_KEY, *presses), device="ok-1")).failed == []
    (alarm,) = town.desk.open_of("xinghe", "h001")
    assert [line.what for line in town.desk.log(alarm)] == ["raised"]


def test_a_series_table_that_is_down_does_not_delay_a_press() -> None:
    town = Town()
    town.install(device("ok-1", Kind.ONE_KEY))
    town.ingest = town.new_process(series=FaultyTable(town.on.series, down={"put_many"}))
    press = envelope(payload(Kind.ONE_KEY, {"at": NOW, "press": "call"}), device="ok-1")
    assert town.hear(press).failed == ["d1"]
    assert town.open_alarms() == ["one_key"]


@pytest.mark.parametrize("ahead", [360, 86400, -200 * 86400])
def test_a_fire_with_a_wrong_clock_is_a_fire(ahead: int) -> None:
    """The message lies in quarantine, for its time can't be kept; the alarm is raised as of now."""
    town = Town()
    town.install(device("s1", Kind.SMOKE_ALARM))
    said = {**SAMPLES[Kind.SMOKE_ALARM], "at": NOW + ahead, "state": "alarm"}
    intake = town.hear(envelope(payload(Kind.SMOKE_ALARM, said), device="s1"))
    assert (intake.stored, town.open_alarms()) == (0, ["smoke"])


def test_what_is_clear_by_a_wrong_clock_is_clear() -> None:
    town = Town()
    town.install(device("s1", Kind.SMOKE_ALARM))
    said = {**SAMPLES[Kind.SMOKE_ALARM], "at": NOW + 360, "state": "clear"}
    town.hear(envelope(payload(Kind.SMOKE_ALARM, said), device="s1"))
    assert town.open_alarms() == []


def test_a_second_fire_by_a_clock_that_stands_still() -> None:
    town = Town()
    for hours in (0, 5):
        later = NOON + timedelta(hours=hours)
        said = {**SAMPLES[Kind.SMOKE_ALARM], "at": NOW - 86400, "state": "alarm"}
        if not hours:
            town.install(device("s1", Kind.SMOKE_ALARM))
        heard = envelope(payload(Kind.SMOKE_ALARM, said, seq=hours), device="s1", received_at=later)
        town.hear(heard, now=later)
        (alarm,), _ = town.desk.page("xinghe", is_open=True, limit=5, after=None)
        town.desk.resolve(alarm.id, Outcome(Verdict.FALSE, Cause.OTHER), by=li(), now=later)
