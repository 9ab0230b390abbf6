"""What goes wrong with a water meter."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import cast

from chalicelib.telemetry.model import RegisterReading
from infra.evaluate.homes import Home, Meter
from infra.evaluate.spells import DAY, bad_spells, daily, visit_days


def lost_readings(home: Home, rng: Random) -> Home:
    """One reading in ten is lost."""
    readings = _readings(home)
    kept = [r for n, r in enumerate(readings) if n in (0, len(readings) - 1) or rng.random() >= 0.1]
    return replace(home, source=Meter(kept))


def leaks(home: Home, rng: Random) -> Home:
    """One day in five something leaks: 2 to 15 litres an hour, for 3 to 14 days on end."""
    readings = _readings(home)
    spells = bad_spells(_at(readings[0]), _at(readings[-1]), rng)
    rates = [(begin, end, rng.uniform(2, 15) / 3600) for begin, end in spells]
    return _running(home, [_leaked(rates, _at(r)) for r in readings])


def _leaked(spells: list[tuple[int, int, float]], until: int) -> int:
    return int(sum(max(0, min(until, end) - at) * rate for at, end, rate in spells))


def drips(home: Home, rng: Random) -> Home:
    """A tap drips all the time, a fifth of a litre to a litre an hour."""
    readings = _readings(home)
    begin, rate = _at(readings[0]), rng.uniform(0.2, 1) / 3600
    return _running(home, [int((_at(r) - begin) * rate) for r in readings])


def timers(home: Home, rng: Random) -> Home:
    """A machine draws 20 litres every day at the same time, at home or not, fallen or not."""
    readings = _readings(home)
    first, ran = _at(readings[0]) // DAY * DAY + rng.randint(0, DAY), [0]
    for before, after in pairwise(readings):
        ran.append(ran[-1] + 20 * len([*daily(first, _at(before), _at(after))]))
    return _running(home, ran)


def visitors(home: Home, rng: Random) -> Home:
    """Two days a month somebody stays, and draws water through the day; nobody declares it."""
    readings = _readings(home)
    days = visit_days(_at(readings[0]), _at(readings[-1]), rng)
    made, drawn = [], 0
    for reading in readings:
        here = _at(reading) // DAY in days and 7 <= home.calendar.minute(_at(reading)) // 60 < 23
        drawn += rng.randint(4, 20) if here and rng.random() < 0.6 else 0
        made.append(RegisterReading(reading.at, reading.litres + drawn))
    return replace(home, source=Meter(made))


def _running(home: Home, totals: list[int]) -> Home:
    """The same with what nobody drew, in all by each reading: it goes on after a fall."""
    readings = _readings(home)
    made = [RegisterReading(r.at, r.litres + total) for r, total in zip(readings, totals, strict=True)]
    kept = {
        _at(readings[n]): after - before
        for n, (before, after) in enumerate(pairwise(totals), 1)
        if after > before
    }
    return replace(home, source=Meter(made, kept))


def _readings(home: Home) -> list[RegisterReading]:
    return cast(Meter, home.source).readings


def _at(reading: RegisterReading) -> int:
    return int(reading.at.timestamp())
