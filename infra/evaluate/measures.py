"""From judged homes to figures: each home counts the same, with bootstrap intervals over homes."""

from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean, median
from typing import Any

from infra.evaluate.homes import FOLLOWED
from infra.evaluate.judging import Judged

HOUR = 3600
RESAMPLES = 400
INTERVAL = 0.95


def measures(homes: Sequence[Judged], place: int) -> dict[str, Any]:
    """The figures of these homes at one budget, the `place`-th. A missed fall counts as four days."""
    if not homes:
        return {}
    a_year = [home.alarms[place] / home.years for home in homes]
    at_home = [home.alarms_at_home[place] / home.years for home in homes]
    delays = [[d for d, _ in _delays(home, place)] for home in homes]
    pooled = sorted(delay for home in delays for delay in home)
    return {
        "homes": len(homes),
        "home_years": round(sum(home.years for home in homes), 1),
        "false_alarms_a_year": {
            "mean": _rounded(fmean(a_year)),
            "interval": _interval(a_year, fmean),
            "median_home": _rounded(median(a_year)),
            "p90_home": _rounded(_quantile(sorted(a_year), 0.9)),
            "without_absences": _rounded(fmean(at_home)),
            "without_absences_interval": _interval(at_home, fmean),
            "without_absences_median_home": _rounded(median(at_home)),
            "without_absences_p90_home": _rounded(_quantile(sorted(at_home), 0.9)),
        },
        "delay_hours": {
            **_spread(pooled),
            "median_interval": _interval(
                [_even(sorted(home)) for home in delays if home],
                lambda some: median([d for home in some for d in home]),
            ),
            "by_day": _spread(sorted(d for home in homes for d, day in _delays(home, place) if day)),
            "by_night": _spread(sorted(d for home in homes for d, day in _delays(home, place) if not day)),
        },
        "falls": len(pooled),
        "missed_96h": round(fmean(d >= FOLLOWED / HOUR for d in pooled), 4) if pooled else None,
    }


def _delays(home: Judged, place: int) -> list[tuple[float, bool]]:
    return [
        (FOLLOWED / HOUR if (hours := fall.hours[place]) is None else hours, fall.by_day)
        for fall in home.falls
        if not fall.met[place]
    ]


def _spread(delays: list[float]) -> dict[str, float | None]:
    if not delays:
        return {"median": None, "mean": None, "p95": None}
    return {
        "median": _rounded(median(delays)),
        "mean": _rounded(fmean(delays)),
        "p95": _rounded(_quantile(delays, 0.95)),
    }


def _even(ordered: Sequence[float]) -> list[float]:
    """At most 40 of them, evenly: enough for an interval, and forty times as quick."""
    count = min(len(ordered), 40)
    return [ordered[(2 * n + 1) * len(ordered) // (2 * count)] for n in range(count)]


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _interval(values: Sequence[Any], figure: Callable[[list[Any]], float]) -> list[float]:
    """The middle 95 % of the figure over homes drawn again with replacement."""
    if not values:
        return []
    rng = Random(7)
    drawn = sorted(figure(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low = int((1 - INTERVAL) / 2 * RESAMPLES)
    return [_rounded(drawn[low]), _rounded(drawn[RESAMPLES - 1 - low])]


def _rounded(figure: float) -> float:
    return round(figure, 2)
