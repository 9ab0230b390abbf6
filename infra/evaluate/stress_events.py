"""What goes wrong with a set of motion and door sensors."""

from dataclasses import replace
from random import Random
from typing import cast

from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_signs import Event
from infra.evaluate.homes import EventLog, Home
from infra.evaluate.spells import DAY, daily, visit_days

SWEEPS = 1200
"""A robot that sweeps the floor runs for twenty minutes."""


def lost_events(home: Home, rng: Random) -> Home:
    """One message in ten is lost, of what happened and of the hourly sign that the sensors listen."""
    log = _log(home)
    events = [event for event in log.events if rng.random() >= 0.1]
    return replace(
        home, source=replace(log, events=events, alive=[a for a in log.alive if rng.random() >= 0.1])
    )


def timers(home: Home, rng: Random) -> Home:
    """A robot sweeps the floor every day at the same time, at home or not, fallen or not: it moves."""
    log = _log(home)
    inside = next((kind for kind in sorted(log.bits) if kind != "door"), None)
    if inside is None:
        return home
    first = log.events[0].at // DAY * DAY + rng.randrange(DAY)
    kept = [
        Event(at + each, inside)
        for at in daily(first, log.events[0].at, log.events[-1].at)
        for each in range(0, SWEEPS, 120)
    ]
    return replace(home, source=replace(log, events=sorted([*log.events, *kept]), kept=kept))


def visitors(home: Home, rng: Random) -> Home:
    """Two days a month somebody comes in the morning, moves about, and goes in the evening."""
    log = _log(home)
    inside = next((kind for kind in sorted(log.bits) if kind != "door"), "door")
    seen: list[Event] = []
    for day in sorted(visit_days(log.events[0].at, log.events[-1].at, rng)):
        hours = [at for at in range(day * DAY, (day + 1) * DAY, HOUR) if 9 <= _hour(home, at) < 21]
        seen += [Event(hours[0], "door"), Event(hours[-1] + HOUR, "door")] if "door" in log.bits else []
        seen += [Event(at + rng.randrange(HOUR), inside) for at in hours for _ in range(rng.randrange(1, 6))]
    return replace(home, source=replace(log, events=sorted([*log.events, *seen])))


def _hour(home: Home, at: int) -> int:
    return home.calendar.minute(at) // 60


def _log(home: Home) -> EventLog:
    return cast(EventLog, home.source)
