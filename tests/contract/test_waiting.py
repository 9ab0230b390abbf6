"""What the stores of all that waits promise: deadlines, rolls, and the hints for them."""

from datetime import timedelta

import pytest

from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import ExpectationError, Table
from chalicelib.telemetry.heard import HeardStore
from chalicelib.watch.deadlines import PAGE, DeadlineStore, Due
from chalicelib.watch.roll import Entry, Roll, Standing
from chalicelib.watch.store import RollStore
from tests.builders import HOUR, NOON
from tests.contract.conftest import NewTable

MINUTE = timedelta(minutes=1)


@pytest.fixture
def table(new_table: NewTable) -> Table:
    return new_table(DEADLINES)


@pytest.fixture
def deadlines(table: Table) -> DeadlineStore:
    return DeadlineStore(table, shards=1)


def due(home: str = "h001", *, minutes: int = 0, state: str = "{}") -> Due:
    return Due(f"watch#xinghe#{home}", "still_water", NOON + minutes * MINUTE, state)


def test_what_has_passed_comes_longest_overdue_first(deadlines: DeadlineStore) -> None:
    for each in (due("late", minutes=-1), due("later", minutes=1), due("now"), due("long", minutes=-600)):
        deadlines.arm(each)
    passed, after = deadlines.passed(0, now=NOON, after=None)
    assert passed == [due("long", minutes=-600), due("late", minutes=-1), due("now")]
    assert after is None
    assert deadlines.longest_overdue(now=NOON) == timedelta(hours=10)


def test_nothing_waits_in_an_empty_index(deadlines: DeadlineStore) -> None:
    assert deadlines.passed(0, now=NOON, after=None) == ([], None)
    assert deadlines.longest_overdue(now=NOON) == timedelta(0)


def test_arming_again_moves_a_deadline(deadlines: DeadlineStore) -> None:
    deadlines.arm(due())
    deadlines.arm(due(minutes=5, state="later"))
    assert deadlines.get(due().pk, due().sk) == due(minutes=5, state="later")
    assert deadlines.passed(0, now=NOON, after=None)[0] == []


@pytest.mark.parametrize(
    "moved", [due(minutes=1), due(state="other"), None], ids=["moved", "changed", "disarmed"]
)
def test_a_deadline_is_only_moved_as_it_was_seen(deadlines: DeadlineStore, moved: Due | None) -> None:
    seen = due()
    deadlines.arm(seen)
    if moved:
        deadlines.arm(moved, instead_of=seen)
    else:
        deadlines.disarm(seen.pk, seen.sk)
    with pytest.raises(ExpectationError):
        deadlines.arm(due(minutes=30), instead_of=seen)
    assert deadlines.get(seen.pk, seen.sk) == moved


def test_disarming_twice_is_fine(deadlines: DeadlineStore) -> None:
    deadlines.arm(due())
    deadlines.disarm(due().pk, due().sk)
    deadlines.disarm(due().pk, due().sk)
    assert deadlines.get(due().pk, due().sk) is None


def test_many_deadlines_come_page_by_page(deadlines: DeadlineStore) -> None:
    armed = [due(f"h{n:03}", minutes=-n // 7) for n in range(PAGE + 10)]
    for each in armed:
        deadlines.arm(each)
    first, after = deadlines.passed(0, now=NOON, after=None)
    assert len(first) == PAGE
    second, _ = deadlines.passed(0, now=NOON, after=after)
    assert sorted(first + second, key=lambda d: d.pk) == armed


def test_shards_share_what_waits(table: Table) -> None:
    deadlines = DeadlineStore(table, shards=4)
    for n in range(40):
        deadlines.arm(due(f"h{n}"))
    shares = [deadlines.passed(n, now=NOON, after=None)[0] for n in range(4)]
    assert all(shares)
    assert sum(map(len, shares)) == 40
    assert deadlines.longest_overdue(now=NOON + HOUR) == HOUR


def test_the_heartbeat(deadlines: DeadlineStore) -> None:
    assert deadlines.last_beat() is None
    deadlines.beat(NOON, fired=3, failed=1)
    deadlines.beat(NOON + MINUTE, fired=0, failed=0)
    assert deadlines.last_beat() == NOON + MINUTE


def roll(**standings: Standing) -> Roll:
    entries = {name: Entry("h001", HOUR, NOON, standing) for name, standing in standings.items()}
    return Roll("xinghe", "g1", NOON, entries)


def test_a_roll_comes_back_and_waits_like_everything_else(table: Table, deadlines: DeadlineStore) -> None:
    rolls = RollStore(table, deadlines)
    rolls.put(roll(a=Standing.SPEAKING, b=Standing.SILENT), call_again_at=NOON)
    found = rolls.get("xinghe", "g1", consistent=True)
    assert found
    assert found.entries == roll(a=Standing.SPEAKING, b=Standing.SILENT).entries
    assert (found.taken_at, found.version) == (NOON, 1)
    assert [d.kind for d in deadlines.passed(0, now=NOON, after=None)[0]] == ["roll"]
    assert rolls.get("xinghe", "g2") is None


def test_of_two_who_change_a_roll_the_second_must_read_again(table: Table, deadlines: DeadlineStore) -> None:
    rolls = RollStore(table, deadlines)
    rolls.put(roll(a=Standing.SPEAKING), call_again_at=NOON)
    with pytest.raises(ExpectationError):  # both thought that the grid was new
        rolls.put(roll(b=Standing.SPEAKING), call_again_at=NOON)
    seen = rolls.get("xinghe", "g1")
    assert seen
    rolls.put(seen.left(["a"]), call_again_at=NOON)
    with pytest.raises(ExpectationError):
        rolls.put(seen, call_again_at=NOON)
    now = rolls.get("xinghe", "g1")
    assert now
    assert now.entries == {}


def test_hints_say_when_each_device_was_last_heard(table: Table) -> None:
    heard = HeardStore(table)
    heard.put("xinghe", "g1", {"a": NOON, "b": NOON - HOUR}, now=NOON)
    heard.put("xinghe", "g1", {"a": NOON - HOUR, "c": NOON}, now=NOON + MINUTE)
    heard.put("xinghe", "g2", {"d": NOON}, now=NOON)
    assert heard.since("xinghe", "g1", NOON) == {"a": NOON, "b": NOON - HOUR, "c": NOON}
    assert heard.since("xinghe", "g1", NOON + MINUTE) == {"a": NOON - HOUR, "c": NOON}
    assert heard.since("xinghe", "g1", NOON + HOUR) == {}


def test_two_processes_note_in_the_same_second(table: Table) -> None:
    heard = HeardStore(table)
    heard.put("xinghe", "g1", {"a": NOON}, now=NOON)
    heard.put("xinghe", "g1", {"b": NOON}, now=NOON)
    assert heard.since("xinghe", "g1", NOON) == {"a": NOON, "b": NOON}


def test_hints_are_no_deadlines_and_lie_apart_from_the_roll(table: Table, deadlines: DeadlineStore) -> None:
    rolls = RollStore(table, deadlines)
    rolls.put(roll(a=Standing.SPEAKING), call_again_at=NOON + HOUR)
    HeardStore(table).put("xinghe", "g1", {"a": NOON}, now=NOON)
    assert deadlines.passed(0, now=NOON + HOUR, after=None)[0][0].kind == "roll"
    assert len(deadlines.passed(0, now=NOON + HOUR, after=None)[0]) == 1
