"""A rule rehearsed on a community's own past: what it would have done, and what it would have missed."""

from datetime import timedelta

import pytest

from chalicelib.watch.routine_rule import Budget
from chalicelib.watch.still_water import StillWater
from infra.rehearsal import REHEARSED, Found, Past, community_prior, rehearse, summary
from tests.builders import HOUR
from tests.scenarios.test_routine_watch import CALENDAR, DAWN, lived

BUDGET = Budget(24, 12)
SINCE = DAWN - REHEARSED


def past(days: int = 75, *, seed: int = 3, quiet_days: int = 0, **fields: object) -> Past:
    """A home with regular habits; for the last `quiet_days` nothing was drawn."""
    readings = lived(days, seed=seed, until=DAWN)
    quiet_from = DAWN - timedelta(days=quiet_days)
    still = [r for r in readings if r.at <= quiet_from][-1].litres
    kept = [r if r.at <= quiet_from else r._replace(litres=still) for r in readings]
    return Past("h001", kept, HOUR, StillWater(), **fields)  # type: ignore[arg-type]


def test_a_regular_life_is_knocked_at_far_less_than_by_the_founding_rule() -> None:
    homes = [past(seed=seed) for seed in range(4)]
    prior = community_prior(homes, CALENDAR, until=SINCE)
    found = [rehearse(home, BUDGET, prior, CALENDAR, since=SINCE) for home in homes]
    figures = summary(found)
    assert figures["homes_ready"] == 4
    assert figures["visits_then"] * 2 < figures["visits_now"]
    assert figures["visits_then"] <= figures["check_calls_then"]


def test_a_real_silence_is_found_and_none_is_missed() -> None:
    began = DAWN - timedelta(days=2)
    real = Found(began, DAWN)
    home = past(quiet_days=2, real=(real,))
    found = rehearse(home, BUDGET, community_prior([home], CALENDAR, until=SINCE), CALENDAR, since=SINCE)
    assert found.missed == ()
    assert any(began <= knock <= began + timedelta(hours=24) for knock in found.knocks)


def test_an_outcome_before_which_nobody_would_have_been_sent_is_told() -> None:
    real = Found(DAWN - timedelta(hours=60), DAWN - timedelta(hours=59))
    home = past(real=(real,))
    found = rehearse(home, BUDGET, community_prior([home], CALENDAR, until=SINCE), CALENDAR, since=SINCE)
    assert found.missed == (real,)


@pytest.mark.parametrize(("days", "missing"), [(31, 13), (40, 4), (60, 0)])
def test_a_home_with_too_short_a_past_says_how_many_days_are_missing(days: int, missing: int) -> None:
    home = past(days)
    found = rehearse(home, BUDGET, community_prior([home], CALENDAR, until=SINCE), CALENDAR, since=SINCE)
    assert (found.missing_days, found.is_ready) == (missing, missing == 0)
