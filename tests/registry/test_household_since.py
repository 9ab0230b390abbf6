"""Since when one household lives in a home: who came, who stayed, and who took over."""

import pytest

from chalicelib.registry.stays import ERASED, FOREVER, Stay, household_since

DAY = 86_400


def of(resident: str, since: int, until: int = FOREVER) -> Stay:
    """A stay in h001, in days."""
    return Stay(resident, "h001", since * DAY, min(until * DAY, FOREVER))


@pytest.mark.parametrize(
    ("living", "before", "since"),
    [
        pytest.param([], [], 0, id="a meter that hangs before anybody is enrolled learns for them"),
        pytest.param([of("r1", 5)], [], 0, id="the first who is enrolled has what it learned"),
        pytest.param([], [of("r1", 5, 9)], FOREVER, id="whom they all left is nobody's home"),
        pytest.param([of("r2", 12)], [of("r1", 5, 9)], 12 * DAY, id="others begin on their first day"),
        pytest.param([of("r2", 9)], [of("r1", 5, 9)], 9 * DAY, id="on the day the others went, too"),
        pytest.param([of("r1", 12)], [of("r1", 5, 9)], 0, id="an address that was wrong for a while"),
        pytest.param([of("r1", 0)], [of("r2", 5, 6)], 0, id="somebody entered at the wrong home for a day"),
        pytest.param([of("r2", 30)], [of("r1", 0, 50)], 0, id="one of two goes and the other stays"),
        pytest.param([of("r2", 0)], [of("r1", 0, 3)], 0, id="two who were enrolled together"),
        pytest.param([of("r2", 30)], [of("r1", 0, 31)], 30 * DAY, id="a day side by side is a handover"),
        pytest.param([of("r2", 12)], [of(ERASED, 5, 9)], 12 * DAY, id="the others are erased by now"),
        pytest.param(
            [of("r3", 60)],
            [of("r1", 0, 50), of("r2", 30, 90)],
            0,
            id="one after the other, never all at once",
        ),
        pytest.param(
            [of("r1", 60)],
            [of("r1", 0, 50), of("r2", 51, 59)],
            60 * DAY,
            id="who comes back after others begins again",
        ),
        pytest.param(
            [of("r2", 30)],
            [of(ERASED, 20, 60), of(ERASED, 0, 19)],
            20 * DAY,
            id="two who were erased aren't one",
        ),
    ],
)
def test_a_household_goes_on_while_one_of_it_stays(
    living: list[Stay], before: list[Stay], since: int
) -> None:
    assert household_since(living, before) == since
