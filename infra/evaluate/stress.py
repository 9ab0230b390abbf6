"""What goes wrong in real life, done to a home's readings: losses, leaks, timers, visitors, clocks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone
from itertools import pairwise
from random import Random
from typing import cast
from zoneinfo import ZoneInfo

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.routine_days import Calendar
from infra.evaluate.homes import Home, Meter

DAY = 86400


def lost_readings(home: Home, rng: Random) -> Home:
    """One reading in ten is lost."""
    readings = _meter(home).readings
    kept = [r for n, r in enumerate(readings) if n in (0, len(readings) - 1) or rng.random() >= 0.1]
    return replace(home, source=Meter(kept))


def leaks(home: Home, rng: Random) -> Home:
    """One day in five something leaks: 2 to 15 litres an hour, for 3 to 14 days on end."""
    readings = _meter(home).readings
    begin, end = _at(readings[0]), _at(readings[-1])
    spells, at = [], begin + rng.randint(0, 40 * DAY)
    while at < end:
        length = rng.randint(3, 14) * DAY
        spells.append((at, at + length, rng.uniform(2, 15) / 3600))
        at += length + rng.randint(20, 48) * DAY
    return replace(home, source=Meter([_and(r, _leaked(spells, _at(r))) for r in readings]))


def _leaked(spells: list[tuple[int, int, float]], until: int) -> int:
    return int(sum(max(0, min(until, end) - at) * rate for at, end, rate in spells))


def drips(home: Home, rng: Random) -> Home:
    """A tap drips all the time, a fifth of a litre to a litre an hour."""
    readings = _meter(home).readings
    begin, rate = _at(readings[0]), rng.uniform(0.2, 1) / 3600
    made = [_and(r, int((_at(r) - begin) * rate)) for r in readings]
    kept = {
        _at(b): int((_at(b) - begin) * rate) - int((_at(a) - begin) * rate) for a, b in pairwise(readings)
    }
    return replace(home, source=Meter(made, kept))


def timers(home: Home, rng: Random) -> Home:
    """A machine draws 20 litres every day at the same time, at home or not, fallen or not."""
    readings = _meter(home).readings
    first = _at(readings[0]) // DAY * DAY + rng.randint(0, DAY)
    kept: dict[int, int] = {}
    made, ran = [readings[0]], 0
    for before, after in pairwise(readings):
        times = sum(_at(before) < at <= _at(after) for at in _daily(first, _at(before), _at(after)))
        if times:
            kept[_at(after)] = 20 * times
            ran += 20 * times
        made.append(_and(after, ran))
    return replace(home, source=Meter(made, kept))


def _daily(first: int, begin: int, end: int) -> range:
    start = first + max(0, (begin - first) // DAY) * DAY
    return range(start, end + 1, DAY)


def visitors(home: Home, rng: Random) -> Home:
    """Two days a month somebody stays, and draws water through the day; nobody declares it."""
    readings = _meter(home).readings
    begin, end = _at(readings[0]), _at(readings[-1])
    days = {
        begin // DAY + d for s in range(0, (end - begin) // DAY, 30) for d in _two(s + rng.randint(0, 28))
    }
    made, drawn = [], 0
    for reading in readings:
        here = _at(reading) // DAY in days and 7 <= home.calendar.minute(_at(reading)) // 60 < 23
        drawn += rng.randint(4, 20) if here and rng.random() < 0.6 else 0
        made.append(_and(reading, drawn))
    return replace(home, source=Meter(made))


def _two(day: int) -> tuple[int, int]:
    return day, day + 1


def clock_change(home: Home, rng: Random) -> Home:
    """The rule's clock doesn't change with the wall clock: twice a year all habits come an hour off."""
    fixed = timezone(timedelta(hours=1))
    return replace(home, calendar=Calendar(cast(ZoneInfo, fixed)))


def as_it_is(home: Home, rng: Random) -> Home:
    """Nothing goes wrong with the readings themselves."""
    return home


STRESSES: dict[str, Callable[[Home, Random], Home]] = {
    "lost_readings": lost_readings,
    "batches_6h": as_it_is,
    "batches_24h": as_it_is,
    "leaks": leaks,
    "drips": drips,
    "timers": timers,
    "visitors": visitors,
    "clock_change": clock_change,
    "cold_start": as_it_is,
}


def _meter(home: Home) -> Meter:
    return cast(Meter, home.source)


def _at(reading: RegisterReading) -> int:
    return int(reading.at.timestamp())


def _and(reading: RegisterReading, litres: int) -> RegisterReading:
    return RegisterReading(reading.at, reading.litres + litres)
