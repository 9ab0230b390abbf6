"""The roll call: late after two intervals, silent after four."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.watch.roll import Entry, Roll, Standing, standing_of

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def roll(**heard_ago: timedelta) -> Roll:
    """A roll on which each device, alone in the home of its name, was heard so long before NOON."""
    entries = {name: Entry(f"home-{name}", HOUR, NOON - ago) for name, ago in heard_ago.items()}
    return Roll("xinghe", "g1", NOON - HOUR, entries)


@pytest.mark.parametrize(
    ("ago", "standing"),
    [
        (2 * HOUR - SECOND, Standing.SPEAKING),
        (2 * HOUR, Standing.LATE),
        (4 * HOUR - SECOND, Standing.LATE),
        (4 * HOUR, Standing.SILENT),
    ],
)
def test_a_device_is_late_after_two_intervals_and_silent_after_four(
    ago: timedelta, standing: Standing
) -> None:
    assert standing_of(NOON - ago, HOUR, NOON) is standing


def test_silence_is_told_once_and_being_late_is_not() -> None:
    taken, changes = roll(fine=HOUR, late=3 * HOUR, silent=5 * HOUR).taken(NOON)
    assert [(c.device, c.entry.standing) for c in changes] == [("silent", Standing.SILENT)]
    assert taken.taken(NOON)[1] == []


def test_a_device_that_speaks_again_is_told_with_what_it_was_before() -> None:
    silent, _ = roll(wm=5 * HOUR).taken(NOON)
    _, changes = silent.heard({"wm": NOON, "stranger": NOON}).taken(NOON)
    assert [(c.device, c.before, c.entry.standing) for c in changes] == [
        ("wm", Standing.SILENT, Standing.SPEAKING)
    ]


def test_an_older_hint_takes_nothing_back() -> None:
    assert roll(wm=HOUR).heard({"wm": NOON - 3 * HOUR}).entries["wm"].heard_at == NOON - HOUR


def test_the_roll_is_called_when_the_first_could_be_silent() -> None:
    assert roll(a=3 * HOUR, b=timedelta(0)).call_again_at(NOON) == NOON + HOUR
    assert roll(b=timedelta(0)).call_again_at(NOON) == NOON + 4 * HOUR


def test_while_one_is_silent_the_roll_is_called_within_the_hour_to_hear_it_again() -> None:
    silent, _ = roll(a=5 * HOUR, b=timedelta(0)).taken(NOON)
    assert silent.call_again_at(NOON) == NOON + HOUR


def test_a_home_is_unguarded_when_none_of_its_devices_speaks() -> None:
    entries = {
        "meter": Entry("h001", HOUR, NOON, Standing.SILENT),
        "door": Entry("h001", HOUR, NOON, Standing.LATE),
        "other": Entry("h002", HOUR, NOON, Standing.SILENT),
    }
    found = Roll("xinghe", "g1", NOON, entries)
    assert not found.unguarded("h001")
    assert found.unguarded("h002")
    assert not found.unguarded("a home without devices")


def test_joining_twice_keeps_what_is_known() -> None:
    known = roll(wm=HOUR)
    assert known.joined({"wm": Entry("home-wm", HOUR, NOON)}).entries == known.entries
    assert known.left(["wm"]).entries == {}
