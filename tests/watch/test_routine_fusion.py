"""Several sensors as one: what is a life sign of each, what a silent one changes, what must hold for all."""

import json
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import Sample
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_fusion import Told, learned, spans_after
from chalicelib.watch.routine_packing import packed, unpacked
from chalicelib.watch.routine_senses import BED, DOOR, MOTION, POWER, WATER, Sensor, mix_of, stretches
from tests.watch.routines import CALENDAR, MONDAY, NOBODY

DAY = 24 * HOUR
METER = Sensor("wm", Kind.WATER_METER, HOUR)
POWERED = Sensor("em", Kind.ELECTRICITY_METER, HOUR)
MOVES = Sensor("ms", Kind.MOTION_SENSOR, HOUR)
DOORS = Sensor("dc", Kind.DOOR_CONTACT, HOUR)
FULL = (METER, POWERED, MOVES, DOORS)
Samples = dict[str, list[Sample]]


def lived(days: int, *, seed: int = 1, begin: int = MONDAY, out: Sequence[int] = ()) -> Samples:
    """What four sensors say of a life from seven to eleven; `out` are hours, from the begin, away from home.

    Meters are read each hour and each quarter; motion and door tell of what happens, and each hour that they
    listen.
    """
    rng, litres, watt_hours, is_open = Random(seed), 1000, 5000, False
    said: Samples = {s.id: [] for s in FULL}
    for n in range(days * 24):
        at, home = begin + n * HOUR, n not in out
        up = home and 7 <= n % 24 < 23
        litres += rng.randrange(2, 9) if up and rng.random() < 0.6 else 0
        said["wm"].append({"at": at + HOUR, "register_litres": litres})
        for quarter in range(1, 5):
            moved = at + quarter * 900 - rng.randrange(1, 800)
            if up and rng.random() < 0.6:
                said["ms"].append({"at": moved, "motion": True})
            watt_hours += 12 + (150 if up and rng.random() < 0.3 else rng.randrange(3))
            said["em"].append({"at": at + quarter * 900, "register_watt_hours": watt_hours})
        if home and n + 1 in out:
            said["dc"] += [{"at": at + 3500, "open": True}, {"at": at + 3520, "open": False}]
        if n and home and n - 1 in out:
            said["dc"] += [{"at": at + 10, "open": True}, {"at": at + 30, "open": False}]
            said["ms"].append({"at": at + 40, "motion": True})
        said["dc"].append({"at": at + HOUR, "open": is_open})
        said["ms"].append({"at": at + HOUR, "motion": False})
    return {name: sorted(samples, key=lambda s: s["at"]) for name, samples in said.items()}


def told(said: Samples, sensors: tuple[Sensor, ...] = FULL) -> Told:
    return Told(sensors, said)


def routine_of(sensors: tuple[Sensor, ...] = FULL) -> Routine:
    return Routine(mix_of(sensors), CALENDAR, NOBODY)


def known(said: Samples, *, until: int, sensors: tuple[Sensor, ...] = FULL) -> Routine:
    return learned(routine_of(sensors), told(said, sensors), until=until, now=until)


MONTH = lived(30)
NOW = MONDAY + 30 * DAY
HOME = known(MONTH, until=NOW)


def live(more: Samples, *, now: int, home: Routine = HOME, sensors: tuple[Sensor, ...] = FULL) -> Routine:
    """HOME after what its sensors said since; nothing is learned from it, so that only the sum differs."""
    after = home.copy()
    context = {s.id: [*MONTH[s.id][-200:], *more.get(s.id, [])] for s in sensors}
    after.add_all(s._replace(learn=False) for s in spans_after(home, told(context, sensors), now=now))
    return after


def quiet(hours: int, *, begin: int = NOW) -> Samples:
    """Everybody listens, and nothing happens."""
    said: Samples = {s.id: [] for s in FULL}
    litres, watt_hours = MONTH["wm"][-1]["register_litres"], MONTH["em"][-1]["register_watt_hours"]
    for n in range(hours):
        at = begin + n * HOUR
        said["wm"].append({"at": at + HOUR, "register_litres": litres})
        for quarter in range(1, 5):
            watt_hours += 12
            said["em"].append({"at": at + quarter * 900, "register_watt_hours": watt_hours})
        said["dc"].append({"at": at + HOUR, "open": False})
        said["ms"].append({"at": at + HOUR, "motion": False})
    return said


def with_life(said: Samples, hour: int, sensor: str) -> Samples:
    """The same with a life sign in an hour."""
    more = {name: [dict(s) for s in samples] for name, samples in said.items()}
    at = NOW + hour * HOUR
    if sensor == "ms":
        more["ms"] = sorted([*more["ms"], {"at": at + 1000, "motion": True}], key=lambda s: s["at"])
        return more
    field, amount = ("register_litres", 6) if sensor == "wm" else ("register_watt_hours", 200)
    for sample in more[sensor]:
        sample[field] += amount if sample["at"] > at else 0
    return more


def without(said: Samples, hour: int, sensors: Sequence[str]) -> Samples:
    """The same without what some sensors said in an hour."""
    gone = range(NOW + hour * HOUR + 1, NOW + (hour + 1) * HOUR + 1)
    return {n: [s for s in found if n not in sensors or s["at"] not in gone] for n, found in said.items()}


def deadline(said: Samples, threshold: float, *, now: int) -> int:
    """What has passed has passed, whenever that was."""
    at = live(said, now=now).deadline(threshold)
    assert at is not None
    return max(at, now)


hours_of_life = st.lists(st.tuples(st.integers(0, 19), st.sampled_from(["wm", "em", "ms"])), max_size=8)
thresholds = st.floats(2.0, 3000.0)


def some_life(signs: list[tuple[int, str]]) -> Samples:
    said = quiet(20)
    for hour, sensor in signs:
        said = with_life(said, hour, sensor)
    return said


def looks_like_a_machine(signs: list[tuple[int, str]]) -> bool:
    """Water in four hours on end, or power over a whole night: see the tests below."""
    water, power = ({hour for hour, sensor in signs if sensor == name} for name in ("wm", "em"))
    return any(water >= {*range(hour, hour + 4)} for hour in water) or min(power, default=6) < 6


@settings(max_examples=40, deadline=None)
@given(hours_of_life, st.integers(0, 19), st.sampled_from(["wm", "em", "ms"]), thresholds)
def test_more_activity_never_brings_an_earlier_deadline(
    signs: list[tuple[int, str]], hour: int, sensor: str, threshold: float
) -> None:
    assume(not looks_like_a_machine([*signs, (hour, sensor)]))
    said, now = some_life(signs), NOW + 20 * HOUR
    assert deadline(with_life(said, hour, sensor), threshold, now=now) >= deadline(said, threshold, now=now)


@settings(max_examples=40, deadline=None)
@given(hours_of_life, st.integers(0, 19), st.sets(st.sampled_from(["wm", "em", "ms", "dc"])), thresholds)
@example(signs=[(19, "wm")], hour=19, missing={"wm"}, threshold=2.0)
def test_a_missing_hour_of_any_sensor_never_brings_an_earlier_deadline(
    signs: list[tuple[int, str]], hour: int, missing: set[str], threshold: float
) -> None:
    """While the newest message of one is late, the home is known up to it, and nobody is sent on what came
    after: what was proved by then stood before.
    """
    said, now = some_life(signs), NOW + 20 * HOUR
    less = live(without(said, hour, sorted(missing)), now=now)
    at = less.deadline(threshold)
    assert at is not None and less.silence is not None
    is_late = less.silence.until <= NOW + hour * HOUR
    assert is_late or max(at, now) >= deadline(said, threshold, now=now)


@pytest.mark.parametrize(
    ("sensor", "hours"),
    [
        pytest.param("wm", [5, 6, 7, 8], id="water in four hours on end may be a cistern that runs"),
        pytest.param("em", [*range(0, 20, 2)], id="power in all hours of a day may be a boiler"),
    ],
)
def test_what_a_machine_may_as_well_have_made_is_no_life_sign(sensor: str, hours: list[int]) -> None:
    """The price of not being fooled: such a last sign counts only where there were fewer before it."""
    every, last = (
        live(some_life([(hour, sensor) for hour in some]), now=NOW + 20 * HOUR).silence
        for some in (hours, hours[-1:])
    )
    assert every is not None and last is not None
    assert every.began < last.began
    assert last.began > NOW + hours[-1] * HOUR


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 9 * 24), max_size=4), st.integers(0, 99))
def test_a_home_learned_day_by_day_is_the_home_learned_at_once(nights: list[int], seed: int) -> None:
    """With its state kept in between at any hour, and only the days since then read again."""
    said = lived(10, seed=seed, out=[58, 59, 60, 130, 131])
    end = MONDAY + 10 * DAY
    batch = known(said, until=end)
    streamed = routine_of()
    for night in [*sorted(MONDAY + n * HOUR for n in nights), end]:
        since = streamed.silence.until - 26 * HOUR if streamed.silence else 0
        read = {n: [s for s in found if since <= s["at"] <= night + HOUR] for n, found in said.items()}
        streamed = learned(streamed, told(read), until=night, now=night)
        kept = json.loads(json.dumps(packed(streamed)))
        streamed = unpacked(kept, mix=streamed.mix, calendar=CALENDAR, prior=NOBODY)
    assert packed(streamed) == packed(batch)


def test_what_is_kept_of_a_home_with_four_sensors_is_small() -> None:
    assert len(json.dumps(packed(known(lived(60), until=MONDAY + 60 * DAY)), separators=(",", ":"))) <= 3000


def test_the_clock_stops_while_the_resident_is_out_and_a_machine_doesn_t_start_it() -> None:
    said = quiet(6)
    said["dc"] += [{"at": NOW + 1800, "open": True}, {"at": NOW + 1820, "open": False}]
    said["dc"].sort(key=lambda s: s["at"])
    out = live(said, now=NOW + 6 * HOUR)
    assert out.is_out()
    assert out.deadline(5) == NOW + 1820 + out.mix.away_cap
    assert live(with_life(said, 4, "em"), now=NOW + 6 * HOUR).is_out()
    assert not live(with_life(said, 4, "wm"), now=NOW + 6 * HOUR).is_out()
    assert not live(with_life(said, 4, "ms"), now=NOW + 6 * HOUR).is_out()


def test_water_drawn_in_the_hour_in_which_they_left_doesn_t_bring_them_back() -> None:
    said = with_life(quiet(6), 0, "wm")
    said["dc"] += [{"at": NOW + 1800, "open": True}, {"at": NOW + 1820, "open": False}]
    said["dc"].sort(key=lambda s: s["at"])
    assert live(said, now=NOW + 6 * HOUR).is_out()


def test_a_sensor_that_goes_silent_is_waited_for_and_then_makes_the_others_wait_longer() -> None:
    said, now = quiet(7), NOW + 7 * HOUR
    less = {**said, "ms": said["ms"][:2]}
    every, fewer = (live(x, now=now) for x in (said, less))
    assert told(less).silent(now) == [MOVES]
    assert told(less).silent(NOW + 5 * HOUR) == []
    silence = fewer.silence
    assert silence is not None and not silence.heard & MOTION and silence.heard & WATER
    assert (fewer.deadline(100) or 0) > (every.deadline(100) or 0)


def test_who_reports_once_a_day_holds_nobody_up() -> None:
    slow = Sensor("wm", Kind.WATER_METER, DAY)
    home = live({**quiet(20), "wm": []}, now=NOW + 20 * HOUR, sensors=(slow, MOVES, DOORS))
    assert home.silence is not None and home.silence.until == NOW + 20 * HOUR


OUTINGS = [day * 24 + hour for day in range(20) for hour in (14, 15, 16, 17)]


@pytest.mark.parametrize(("pump", "believed"), [(0, (0.9, 1.0)), (300, (0.0, 0.6))])
def test_what_speaks_as_often_in_an_empty_home_is_hardly_believed(
    pump: int, believed: tuple[float, float]
) -> None:
    """A pump that runs every other quarter, whoever is at home."""
    said, total = lived(20, out=OUTINGS), 0
    for n, sample in enumerate(said["em"]):
        total += pump * (n % 7 in (1, 4, 6))
        sample["register_watt_hours"] += total
    home = known(said, until=MONDAY + 20 * DAY)
    assert home.trust(MOTION) == 1
    assert believed[0] <= home.trust(POWER) <= believed[1]


@pytest.mark.parametrize(
    ("kind", "samples", "signs"),
    [
        (Kind.DOOR_CONTACT, [{"open": False}, {"open": False}, {"open": True}], [0, 0, 1]),
        (Kind.MOTION_SENSOR, [{"motion": False}, {"motion": True}], [0, 1]),
        (Kind.CURTAIN_SENSOR, [{"open_percent": 0}, {"open_percent": 19}, {"open_percent": 80}], [0, 0, 1]),
        (
            Kind.BED_RADAR,
            [
                {"in_bed": True, "awake": False, "moving": True},
                {"in_bed": True, "awake": True, "moving": True},
                {"in_bed": False, "awake": False, "moving": False, "bed_exits": 1},
            ],
            [0, 1, 1],
        ),
        (
            Kind.WATCH,
            [
                {"worn": True, "steps": 40},
                {"worn": True, "steps": 40},
                {"worn": False, "steps": 55},
                {"worn": True, "steps": 60},
            ],
            [1, 0, 0, 1],
        ),
        (Kind.CAMERA, [{"event": "person"}, {"event": "fall"}], [1, 0]),
        (Kind.PEEPHOLE, [{"passage": "out"}], [1]),
    ],
)
def test_what_is_a_life_sign(kind: Kind, samples: list[Sample], signs: list[int]) -> None:
    said = [{"at": MONDAY + n * HOUR, **sample} for n, sample in enumerate(samples)]
    found = stretches(Sensor("x", kind, HOUR), said, None)
    assert [int(each.sign) for each in found] == signs


def test_a_lost_message_of_a_sensor_is_no_quiet_time() -> None:
    said = [{"at": MONDAY + n * HOUR, "motion": False} for n in (0, 1, 3, 4)]
    found = stretches(MOVES, said, None)
    assert [(s.end - s.begin) // HOUR for s in found] == [0, 1, 0, 1]


def test_each_mix_has_its_step_and_knows_its_doors() -> None:
    assert (mix_of([METER]).step, mix_of([METER]).weighs) == (HOUR, False)
    assert mix_of([METER, POWERED]).step == HOUR // 2
    full = mix_of([METER, MOVES, DOORS, Sensor("bed", Kind.BED_RADAR, HOUR)])
    assert (full.step, full.doors, full.inside, full.drawn) == (900, DOOR, MOTION | BED, WATER)
    assert mix_of([METER, DOORS]).doors == 0
