"""Public holidays, as far as somebody has published them; weekends alone where not.

In China by `chinesecalendar`, which knows the weekends that are worked for them; elsewhere by `holidays`,
which knows where the week ends on another day. Either is loaded when holidays are looked up, never when duty
is: what it knows is kept with the rota's settings, so a press on the "1" key waits for no calendar.
"""

import importlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from chalicelib.rota.hours import Calendar

CHINA = "CN"
Rests = Callable[[date], bool]
"""Whether people rest on a day. Raises NotImplementedError for a year that nobody published."""


def with_holidays(known: Calendar, country: str, *, first: date, last: date) -> Calendar:
    """`known` with the holidays of `first` to `last` added, where they are published.

    What was known stays: a rotation that counts days must count them alike next year.
    """
    if (rests_on := _published(country, range(first.year, last.year + 1))) is None:
        return known
    rest, work = set(known.rest), set(known.work)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        try:
            rests = rests_on(day)
        except NotImplementedError:
            continue  # the State Council announces a year in the autumn before it
        weekend = day.weekday() >= 5
        (rest.add if rests and not weekend else rest.discard)(day)
        (work.add if weekend and not rests else work.discard)(day)
    return Calendar(frozenset(rest), frozenset(work))


def _published(country: str, years: range) -> Rests | None:
    """What is known of a country; None when nothing is, or what knows it isn't installed."""
    if country == CHINA:
        china = _module("chinese_calendar")
        return china.is_holiday if china is not None else None
    elsewhere = _module("holidays")
    if elsewhere is None:
        return None
    try:
        there = elsewhere.country_holidays(country, years=years)
    except NotImplementedError:  # no such country, or one that it doesn't know
        return None
    return lambda day: not there.is_working_day(day)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None
