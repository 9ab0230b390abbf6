"""Event logs of a motion and a door set in homes of older people who live alone, after published routines.

- Of 65 and over, sleep and leisure take two thirds of the day (American Time Use Survey 2015; Green, Career
  Outlook, US Bureau of Labor Statistics, May 2017); television alone takes four hours from 65 to 74 and four
  and a half from 75 on (the same survey, 2014): so long stretches are spent sitting.
- Time out of the house is one to three hours a day, less on Sundays (1,289 people of 75 on average: European
  Review of Aging and Physical Activity 15, 2018, doi 10.1186/s11556-018-0197-7; people who live alone:
  Petersen et al., PLOS ONE 10(9), 2015, doi 10.1371/journal.pone.0139643).

- Sleepers of 65 to 80 change their position 2.1 times an hour (De Koninck, Lorrain and Gagnon, Sleep 15(2),
  1992); a motion sensor in the bedroom sees one in two to one in five of these, we assume.

How the hours lie in the day, how regular people are, the nights away, the visits to the toilet at night, and
how often a sensor fires are our own assumptions: figures made with them are figures of invented homes.
Everything follows from the seed.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from random import Random
from typing import NamedTuple

from chalicelib.kernel.clock import from_epoch, rfc3339

MINUTES_A_DAY = 1440
SHIFTS_AN_HOUR = 2.1


class LogRow(NamedTuple):
    """One row of an event log: Unix seconds, and what was seen (motion, door, alive)."""

    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same from day to day for one person. Minutes since midnight, and chances."""

    rises: int
    retires: int
    regular: float
    sits: float
    outings_a_week: float
    outing_minutes: int
    nights_away_a_year: float
    night_visits: float
    naps: bool
    bedroom_sees: float

    @classmethod
    def of(cls, rng: Random) -> "Person":
        """Somebody's habits."""
        return cls(
            rises=round(rng.gauss(420, 40)),
            retires=round(rng.gauss(1350, 40)),
            regular=rng.uniform(12, 40),
            sits=rng.uniform(0.35, 0.6),
            outings_a_week=rng.uniform(3, 9),
            outing_minutes=round(rng.uniform(60, 180)),
            nights_away_a_year=rng.uniform(0, 14),
            night_visits=rng.uniform(0.5, 2),
            naps=rng.random() < 0.5,
            bedroom_sees=rng.uniform(0.2, 0.5),
        )


def write_logs(path: Path, seed: int, homes: int, first: date, days: int, zone: tzinfo) -> None:
    """The logs of some homes as `shouwang evaluate` reads them, gzipped."""
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["household", "at", "kind"])
        for n in range(homes):
            name = f"e{n:03d}"
            rows.writerows(
                [name, rfc3339(from_epoch(at)), kind] for at, kind in event_log(seed, name, first, days, zone)
            )


def event_log(seed: int, home: str, first: date, days: int, zone: tzinfo) -> list[LogRow]:
    """So many days of one home, in time order; every hour the sensors say that they listen."""
    rng = Random(f"{seed}/{home}")
    person = Person.of(rng)
    rows: list[LogRow] = []
    away = 0
    for day in range(days):
        date_of = first + timedelta(days=day)
        midnight = datetime.combine(date_of, datetime.min.time(), tzinfo=zone)
        begin = int(midnight.astimezone(UTC).timestamp())
        seen = _day(person, date_of.weekday(), rng)
        if away:
            away -= 1
            seen = [] if away else [*_through_the_door(960, rng, back=True), *_between(seen, 965, 1440)]
        elif rng.random() < person.nights_away_a_year / 365 / 1.75:
            away = rng.choice((1, 1, 2, 3))
            seen = [*_between(seen, 0, 598), *_through_the_door(600, rng)]
        rows += [LogRow(begin + hour * 3600 + 17, "alive") for hour in range(24)]
        rows += [LogRow(begin + round(minute * 60), kind) for minute, kind in seen]
    return sorted(rows)


Seen = list[tuple[float, str]]


def _day(person: Person, weekday: int, rng: Random) -> Seen:
    """One day: asleep, up, sitting, out and back. Minutes since midnight."""
    up = person.rises + rng.gauss(0, person.regular) + (20 if weekday == 6 else 0)
    if rng.random() < 0.03:
        up += rng.uniform(40, 120)  # a morning in bed
    bed = person.retires + rng.gauss(0, person.regular)
    seen: Seen = [*_night(person, up, bed, rng)]
    outings = sorted(_outings(person, weekday, rng))
    at = up
    while at < bed:
        if outings and at >= outings[0][0]:
            minutes = outings.pop(0)[1]
            seen += [*_through_the_door(at, rng), *_through_the_door(at + minutes, rng, back=True)]
            at += minutes + 4
            continue
        seen.append((at, "motion"))
        at += _stays(person, at, rng)
    return _between(seen, 0, MINUTES_A_DAY)


def _between(seen: Seen, begin: float, end: float) -> Seen:
    return [(minute, kind) for minute, kind in seen if begin <= minute < end]


def _stays(person: Person, at: float, rng: Random) -> float:
    """Minutes until the next movement that the sensor sees: busy about meals, sitting between them."""
    near_meal = any(abs(at - meal) < 35 for meal in (450, 720, 1110))
    if person.naps and 780 <= at < 850 and rng.random() < 0.5:
        return rng.uniform(40, 100)
    if not near_meal and rng.random() < person.sits * 0.12:
        return rng.uniform(20, 110)
    return rng.expovariate(1 / 4)


def _outings(person: Person, weekday: int, rng: Random) -> Iterator[tuple[float, float]]:
    if rng.random() < min(0.95, person.outings_a_week / (7 if weekday < 6 else 10)):
        leaves = rng.choice((rng.gauss(570, 30), rng.gauss(900, 45)))
        yield leaves, max(15.0, rng.gauss(person.outing_minutes, 40))
    if rng.random() < max(0.0, person.outings_a_week / 7 - 0.95):
        yield rng.gauss(1140, 30), max(15.0, rng.gauss(75, 30))


def _night(person: Person, up: float, bed: float, rng: Random) -> Iterator[tuple[float, str]]:
    shifts_a_minute = SHIFTS_AN_HOUR * person.bedroom_sees / 60
    at = bed + rng.expovariate(shifts_a_minute)
    while at < up + MINUTES_A_DAY:  # who is up lies in bed no more, and may be out
        yield at % MINUTES_A_DAY, "motion"
        at += rng.expovariate(shifts_a_minute)
    for _ in range(_count(person.night_visits, rng)):
        at = rng.uniform(bed + 60, up + MINUTES_A_DAY - 40) % MINUTES_A_DAY
        yield at, "motion"
        yield at + rng.uniform(2, 6), "motion"


def _through_the_door(at: float, rng: Random, *, back: bool = False) -> Iterator[tuple[float, str]]:
    """Through the hall and out, or in and through the hall."""
    yield at, "door"
    yield at + (rng.uniform(0.3, 2) if back else -rng.uniform(0.3, 2)), "motion"


def _count(mean: float, rng: Random) -> int:
    whole = int(mean)
    return whole + (rng.random() < mean - whole)
