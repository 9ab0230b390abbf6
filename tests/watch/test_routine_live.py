"""What the live watch makes of a motion and door set: invented homes, their messages as sensors send them."""

from datetime import date
from functools import cache
from itertools import groupby
from random import Random
from zoneinfo import ZoneInfo

from chalicelib.registry.model import Kind
from chalicelib.telemetry.model import Sample
from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR, Calendar
from chalicelib.watch.routine_fusion import Told, spans_after
from chalicelib.watch.routine_habits import Prior, pooled
from chalicelib.watch.routine_rule import per_step
from chalicelib.watch.routine_senses import Sensor, mix_of
from chalicelib.watch.routine_spans import ABSENCE, Span
from infra.simulator.routines import event_log
from tests.watch.routines import NOBODY

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(ZONE)
SENSORS = (Sensor("dc", Kind.DOOR_CONTACT, HOUR), Sensor("ms", Kind.MOTION_SENSOR, HOUR))
MIX = mix_of(SENSORS)
HOMES, DAYS, LEARNED = ("a", "b", "c"), 150, 60


def told(home: str) -> Told:
    """A home's messages: motion and door as they happen, and each hour that both listen."""
    said: dict[str, list[Sample]] = {"dc": [], "ms": []}
    is_open = False
    for at, kind in event_log(7, home, date(2026, 1, 5), DAYS, ZONE):
        is_open ^= kind == "door"
        if kind in ("door", "alive"):
            said["dc"].append({"at": at, "open": is_open})
        if kind != "door":
            said["ms"].append({"at": at, "motion": kind == "motion"})
    return Told(SENSORS, said)


@cache
def spans(home: str) -> list[Span]:
    everything = told(home)
    end = everything.samples["ms"][-1]["at"]
    return spans_after(Routine(MIX, CALENDAR, NOBODY), everything, now=end)


def prior_without(home: str) -> Prior:
    others = []
    for other in HOMES:
        if other != home:
            routine = Routine(MIX, CALENDAR, per_step(NOBODY, MIX.step))
            routine.add_all(spans(other))
            others.append(routine.habits)
    return pooled(others)


def judged(home: str, budget: float) -> tuple[int, list[float]]:
    """False alarms after the first days, absences apart, and how many hours until falls are noticed."""
    routine, rng, delays, knocks = Routine(MIX, CALENDAR, prior_without(home)), Random(home), [], set()
    begin = spans(home)[0].begin + LEARNED * 86400
    for _, day in groupby(spans(home), key=lambda span: CALENDAR.day(span.begin)):
        threshold = routine.habits.threshold(budget, routine.prior)
        for span in day:
            silence, due = routine.silence, routine.deadline(threshold)
            if span.begin > begin and silence is not None and due is not None:
                ended = span.signs and span.end - silence.began <= ABSENCE
                if due <= span.begin and ended:
                    knocks.add(silence.began)
                if rng.random() < 0.004 and not routine.is_out():
                    delays.append(max(0, due - span.begin) / HOUR)
            routine.add(span)
    return len(knocks), delays


def test_a_motion_and_door_set_notices_within_hours_and_keeps_its_budget() -> None:
    found = [judged(home, 12) for home in HOMES]
    years = len(HOMES) * (DAYS - LEARNED) / 365
    delays = [delay for _, each in found for delay in each]
    false_a_year = round(sum(knocks for knocks, _ in found) / years, 1)
    mean = round(sum(delays) / len(delays), 2)
    assert len(delays) > 60
    assert false_a_year <= 20, (false_a_year, mean)
    assert mean <= 4, (false_a_year, mean)
