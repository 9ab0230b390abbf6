"""Public holidays, as far as somebody has published them; weekends alone where not.

`chinesecalendar` is loaded when holidays are looked up, never when duty is: what it knows is kept with the
rota's settings, so a press on the "1" key waits for no calendar. Other countries have weekends alone, and
whatever exceptions are given by hand.
"""

import importlib
from datetime import date, timedelta
from typing import Any

from chalicelib.rota.hours import Calendar

CHINA = "CN"


def with_holidays(known: Calendar, country: str, *, first: date, last: date) -> Calendar:
    """`known` with the holidays of `first` to `last` added, where they are published.

    What was known stays: a rotation that counts days must count them alike next year.
    """
    if country != CHINA or (china := _chinese_calendar()) is None:
        return known
    rest, work = set(known.rest), set(known.work)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        try:
            rests = bool(china.is_holiday(day))
        except NotImplementedError:
            continue  # the State Council announces a year in the autumn before it
        weekend = day.weekday() >= 5
        (rest.add if rests and not weekend else rest.discard)(day)
        (work.add if weekend and not rests else work.discard)(day)
    return Calendar(frozenset(rest), frozenset(work))


def _chinese_calendar() -> Any:
    try:
        return importlib.import_module("chinese_calendar")
    except ModuleNotFoundError:
        return None
