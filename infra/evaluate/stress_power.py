"""What goes wrong with an electricity meter."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import cast

from chalicelib.watch.routine_days import HOUR
from chalicelib.watch.routine_signs import EnergyUse
from infra.evaluate.homes import Home, PowerMeter
from infra.evaluate.spells import DAY, bad_spells, visit_days


def lost_readings(home: Home, rng: Random) -> Home:
    """One reading in ten is lost: the next tells of both quarters together."""
    uses = _uses(home)
    kept = uses[:1]
    for use in uses[1:]:
        if rng.random() < 0.1 and kept[-1].end == use.begin:
            kept[-1] = EnergyUse(kept[-1].begin, use.end, kept[-1].watt_hours + use.watt_hours)
        else:
            kept.append(use)
    return replace(home, source=PowerMeter(kept))


def left_on(home: Home, rng: Random) -> Home:
    """One day in five something was left on: 300 to 1500 watts, for 3 to 14 days on end."""
    uses = _uses(home)
    spells = [(*spell, rng.uniform(300, 1500)) for spell in bad_spells(uses[0].begin, uses[-1].end, rng)]

    def drawn(use: EnergyUse) -> int:
        watts = sum(power for begin, end, power in spells if begin <= use.begin < end)
        return round(watts * (use.end - use.begin) / HOUR)

    return _running(home, drawn)


def timers(home: Home, rng: Random) -> Home:
    """A boiler draws 2 kW for half an hour every day at the same time, at home or not, fallen or not."""
    first = rng.randrange(DAY)
    return _running(home, lambda use: 500 if (use.begin - first) % DAY < HOUR // 2 else 0)


def visitors(home: Home, rng: Random) -> Home:
    """Two days a month somebody stays, and cooks, washes and lights through the day; nobody declares it."""
    uses = _uses(home)
    days = visit_days(uses[0].begin, uses[-1].end, rng)
    made = [
        use._replace(watt_hours=use.watt_hours + rng.randint(40, 300))
        if use.begin // DAY in days and 7 <= home.calendar.minute(use.begin) // 60 < 23 and rng.random() < 0.4
        else use
        for use in uses
    ]
    return replace(home, source=PowerMeter(made))


def _running(home: Home, drawn: Callable[[EnergyUse], int]) -> Home:
    """The same with what nobody drew: it goes on after a fall."""
    uses = _uses(home)
    kept = {use.end: more for use in uses if (more := drawn(use))}
    made = [use._replace(watt_hours=use.watt_hours + kept.get(use.end, 0)) for use in uses]
    return replace(home, source=PowerMeter(made, kept))


def _uses(home: Home) -> list[EnergyUse]:
    return cast(PowerMeter, home.source).uses
