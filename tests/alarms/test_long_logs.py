"""An alarm that stayed open for weeks has a long log: that makes no move of it slow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.alarms.logbook import Happened, LogEntry, Via
from chalicelib.alarms.outcome import Cause, Outcome, Verdict
from chalicelib.alarms.raising import raised
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.items import Item
from chalicelib.aws.memory import MemoryTable
from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import Ask, Page, Put, Table, Write
from chalicelib.kernel.clock import epoch
from tests.builders import NOON, concern

LI = Responder("li", "xinghe")
ALL_WELL = Outcome(Verdict.FALSE, Cause.ASLEEP)
LINES = 1000


@dataclass
class Counted:
    """A table that counts its calls, and the items that they read."""

    table: Table
    calls: int = 0
    read: int = 0

    def get(self, pk: str, sk: str, *, consistent: bool = False) -> Item | None:
        self.calls += 1
        return self.table.get(pk, sk, consistent=consistent)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        self.calls += 1
        return self.table.get_many(keys)

    def write(self, write: Write) -> None:
        self.calls += 1
        self.table.write(write)

    def write_all(self, writes: Sequence[Write]) -> None:
        self.calls += 1
        self.table.write_all(writes)

    def put_many(self, items: Sequence[Item]) -> list[Item]:
        self.calls += 1
        return self.table.put_many(items)

    def query(self, ask: Ask) -> Page:
        self.calls += 1
        page = self.table.query(ask)
        self.read += len(page.items)
        return page


def open_for_weeks(table: Table) -> str:
    """A home's alarm with a thousand lines, one every half hour."""
    alarms, alarm = AlarmStore(table), raised(concern(), now=NOON)
    alarms.create(alarm, LogEntry(NOON, NOON, Happened.RAISED, "shouwang", Via.WATCH))
    for n in range(1, LINES):
        at = NOON + n * timedelta(minutes=30)
        alarms.remark(alarm, LogEntry(at, at, Happened.REMINDED, "shouwang", Via.LADDER), lines=n)
    return alarm.id


def test_taking_it_reads_no_more_than_the_last_line() -> None:
    counted = Counted(MemoryTable(DEADLINES))
    alarm = open_for_weeks(counted)
    counted.calls = counted.read = 0
    AlarmDesk(AlarmStore(counted)).acknowledge(alarm, by=LI, now=NOON + timedelta(days=21))
    assert (counted.calls, counted.read) == (4, 1)


def test_closing_it_takes_few_calls_and_its_log_goes_with_it() -> None:
    counted = Counted(MemoryTable(DEADLINES))
    alarm, closed_at = open_for_weeks(counted), NOON + timedelta(days=21)
    counted.calls = 0
    desk = AlarmDesk(AlarmStore(counted, keep=lambda _: timedelta(days=90)))
    desk.resolve(alarm, ALL_WELL, by=LI, now=closed_at)
    assert counted.calls <= 15
    found = counted.query(Ask(f"alarm#{alarm}")).items
    assert len(found) == LINES + 2
    assert {item["expires"] for item in found} == {epoch(closed_at + timedelta(days=90))}


def test_of_one_closed_at_once_no_line_is_written_again() -> None:
    counted = Counted(MemoryTable(DEADLINES))
    alarms, alarm = AlarmStore(counted), raised(concern(), now=NOON)
    alarms.create(alarm, LogEntry(NOON, NOON, Happened.RAISED, "shouwang", Via.WATCH))
    counted.calls = 0
    AlarmDesk(alarms).resolve(alarm.id, ALL_WELL, by=LI, now=NOON + timedelta(hours=1))
    assert counted.calls == 4


def test_a_log_that_lost_its_first_lines_is_stripped_of_who_it_was_about() -> None:
    table = MemoryTable(DEADLINES)
    alarms, alarm = AlarmStore(table), raised(concern(), now=NOON)
    alarms.create(alarm, LogEntry(NOON, NOON, Happened.RAISED, "shouwang", Via.WATCH))
    AlarmDesk(alarms).resolve(alarm.id, replace(ALL_WELL, note="在家"), by=LI, now=NOON)
    first = table.get(f"alarm#{alarm.id}", "log#000001")
    assert first is not None
    table.write(Put({**first, "sk": "log#000009", "by": "li", "note": "在家"}))
    closed = alarms.get(alarm.id)
    assert closed is not None
    alarms.strip(closed)
    assert {(line.by, line.note) for line in alarms.log(alarm.id)} == {("erased", "")}
    assert alarms.lines(alarm.id) == 9
