"""What goes wrong in real life, done to a home's data: losses, leaks, timers, visitors, clocks.

Each source is stressed in its own way; what can't happen to one (a motion sensor doesn't leak) is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from random import Random

from chalicelib.kernel.clock import from_epoch
from chalicelib.watch.routine_days import Calendar
from infra.evaluate import stress_events, stress_power, stress_water
from infra.evaluate.homes import EventLog, Home, Meter, PowerMeter

Stress = Callable[[Home, Random], Home]


def as_it_is(home: Home, rng: Random) -> Home:
    """Nothing goes wrong with the data themselves."""
    return home


def clock_change(home: Home, rng: Random) -> Home:
    """The rule's clock stays as it was at first, whatever the wall clock does: where it changes twice a year,
    all habits come an hour off.
    """
    ahead = from_epoch(home.source.begins).astimezone(home.calendar.zone).utcoffset()
    return replace(home, calendar=Calendar(timezone(ahead or timedelta(0))))


_ANY: Mapping[str, Stress] = {
    "batches_6h": as_it_is,
    "batches_24h": as_it_is,
    "clock_change": clock_change,
    "cold_start": as_it_is,
}
STRESSES: Mapping[type, Mapping[str, Stress]] = {
    Meter: {
        "lost_readings": stress_water.lost_readings,
        "leaks": stress_water.leaks,
        "drips": stress_water.drips,
        "timers": stress_water.timers,
        "visitors": stress_water.visitors,
        **_ANY,
    },
    PowerMeter: {
        "lost_readings": stress_power.lost_readings,
        "leaks": stress_power.left_on,
        "timers": stress_power.timers,
        "visitors": stress_power.visitors,
        **_ANY,
    },
    EventLog: {
        "lost_readings": stress_events.lost_events,
        "timers": stress_events.timers,
        "visitors": stress_events.visitors,
        "batches_1h": as_it_is,
        **_ANY,
    },
}


def stresses_of(home: Home) -> Mapping[str, Stress]:
    """What can go wrong with a home's source, by name."""
    return STRESSES[type(home.source)]
