"""The founding rule as a table: less than 0.01 m³ in 12 hours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from chalicelib.telemetry.model import RegisterReading
from chalicelib.watch.still_water import Finding, StillWater, spells

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MADRID = ZoneInfo("Europe/Madrid")
RULE = StillWater()


def register(
    used: Sequence[int], *, until: datetime = NOON, every: timedelta = HOUR
) -> list[RegisterReading]:
    """A reading before anything was used, and one after each use in litres; the last at `until`."""
    start = until - len(used) * every
    return [
        RegisterReading(start + n * every, 1000 + total) for n, total in enumerate(accumulate([0, *used]))
    ]


def moved(readings: list[RegisterReading], place: int, by: timedelta) -> list[RegisterReading]:
    """The readings with one of them taken earlier or later."""
    return [RegisterReading(r.at + by, r.litres) if n == place else r for n, r in enumerate(readings)]


@pytest.mark.parametrize(
    ("readings", "finding", "used"),
    [
        pytest.param(register([0] * 11 + [10]), Finding.ACTIVE, 10, id="exactly ten litres is a life sign"),
        pytest.param(register([0] * 11 + [9]), Finding.INACTIVE, 9, id="nine litres in twelve hours is not"),
        pytest.param(register([0] * 11 + [11]), Finding.ACTIVE, 11, id="eleven litres is"),
        pytest.param(register([0] * 12), Finding.INACTIVE, 0, id="twelve hours to the second are enough"),
        pytest.param(
            moved(register([0] * 12), 0, timedelta(seconds=1)), Finding.UNKNOWN, None,
            id="a second less is not twelve hours",
        ),
        pytest.param(
            register([0] * 5), Finding.UNKNOWN, None, id="a meter installed this morning knows nothing yet"
        ),
        pytest.param(register([50] + [0] * 12), Finding.INACTIVE, 0, id="what was used before doesn't count"),
        pytest.param(
            moved(register([0] * 12), 0, -2 * HOUR), Finding.INACTIVE, 0,
            id="a base two sampling intervals too old is just near enough",
        ),
        pytest.param(
            moved(register([0] * 12), 0, -2 * HOUR - timedelta(seconds=1)), Finding.UNKNOWN, None,
            id="a second older is a gap",
        ),
        pytest.param(
            [*register([0] * 12)[:6], *register([0] * 12)[9:]], Finding.INACTIVE, 0,
            id="a gap inside the window takes nothing away: the register goes on counting",
        ),
        pytest.param(register([0] * 6 + [-900] + [0] * 5), Finding.UNKNOWN, None, id="a meter swapped"),
        pytest.param(register([-900] + [0] * 12), Finding.INACTIVE, 0, id="one swapped before"),
        pytest.param(register([0] * 6 + [-3, 20] + [0] * 4), Finding.UNKNOWN, None, id="a packet astray"),
    ],
)  # fmt: skip
def test_still_water(readings: list[RegisterReading], finding: Finding, used: int | None) -> None:
    judged = RULE.judge(readings, every=HOUR)
    assert (judged.finding, judged.used_litres) == (finding, used)


@pytest.mark.parametrize(
    "night",
    [datetime(2026, 3, 29, 6, tzinfo=MADRID), datetime(2026, 10, 25, 6, tzinfo=MADRID)],
    ids=["spring", "autumn"],
)
def test_the_night_the_clocks_change_is_twelve_hours_long_all_the_same(night: datetime) -> None:
    until = night.astimezone(UTC)
    assert RULE.judge(register([0] * 12, until=until), every=HOUR).finding is Finding.INACTIVE
    assert RULE.judge(register([0] * 11, until=until), every=HOUR).finding is Finding.UNKNOWN


def test_settings_of_a_household_move_the_boundary() -> None:
    strict = StillWater(window=timedelta(hours=6), least_litres=30)
    assert strict.judge(register([0, 0, 10, 10, 9, 0]), every=HOUR).finding is Finding.INACTIVE
    assert strict.judge(register([0, 0, 10, 10, 10, 0]), every=HOUR).finding is Finding.ACTIVE


def test_a_spell_is_one_alarm_until_a_life_sign_ends_it() -> None:
    quiet_day = register([30] + [0] * 15 + [20] + [0] * 13)
    found = [spell.at for spell in spells(RULE.judgements(quiet_day, every=HOUR))]
    assert found == [quiet_day[13].at, quiet_day[29].at]


def test_unknown_inside_a_spell_neither_ends_it_nor_begins_another() -> None:
    swapped = register([0] * 13 + [-500] + [0] * 13)
    assert len(list(spells(RULE.judgements(swapped, every=HOUR)))) == 1


def test_judging_no_reading_is_an_error_not_a_finding() -> None:
    with pytest.raises(ValueError, match="no reading"):
        RULE.judge([], every=HOUR)


@pytest.mark.parametrize(
    ("used", "hours_ago", "certain"),
    [
        pytest.param([20, 0, 0, 0], 3, True, id="from the reading after the last ten litres"),
        pytest.param([6, 6, 0, 3], 3, True, id="small draws add up from the end"),
        pytest.param([0, 0, 0], 3, False, id="with a short history the truth may lie before"),
        pytest.param([-500, 0, 0], 2, True, id="nothing before the register fell counts"),
    ],
)
def test_the_deadline_runs_from_the_first_reading_of_the_quiet(
    used: list[int], hours_ago: int, certain: bool
) -> None:
    assert RULE.quiet_since(register(used)) == (NOON - hours_ago * HOUR, certain)
    due = NOON - hours_ago * HOUR + 12 * HOUR if certain else None
    assert RULE.deadline(register(used), every=HOUR) == due
