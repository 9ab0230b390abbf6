"""An alarm that waits is come back to at its second, by the queue, and never without something to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

import pytest

from chalicelib.alarms.concerns import Concerns
from chalicelib.alarms.service import AlarmDesk
from chalicelib.alarms.store import AlarmStore
from chalicelib.aws.queues import LONGEST_DELAY_SECONDS
from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.watch.model import Concern, ConcernKind
from tests.scenarios.neighbourhood import NOON, Neighbourhood

LATENCY = timedelta(milliseconds=40)
MINUTE = timedelta(minutes=1)


@dataclass
class Woken(Neighbourhood):
    """A neighbourhood whose ladder's queue delays as SQS does; the tick comes with each full minute."""

    queue: list[tuple[datetime, str]] = field(default_factory=list)
    looks: int = 0
    ticks: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        alarms = AlarmStore(self.table)
        self.concerns = Concerns(alarms, waker=self)
        self.desk = AlarmDesk(alarms, self.concerns, waker=self)

    def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
        delay = max(0, ceil((at - now).total_seconds()))
        if delay <= LONGEST_DELAY_SECONDS:
            self.queue.append((self.now + timedelta(seconds=delay) + LATENCY, alarm_id))

    def raises(self, kind: ConcernKind, household: str = "h001", *, drill: bool = False) -> str:
        found = Concern(kind, "xinghe", household, self.now, {"device": "d"}, drill)
        return self.concerns.raise_once(found, now=self.now)

    def wait(self, seconds: int = 0, *, minutes: int = 0, hours: int = 0) -> None:
        until = self.now + timedelta(seconds=seconds, minutes=minutes, hours=hours)
        for at, alarm in self._coming(until):
            self.now = max(self.now, at)
            if not alarm:
                self.tick()
                continue
            self.looks += 1
            self.climber().climb(alarm, now=self.now)
        self.now = until

    def _coming(self, until: datetime) -> Iterator[tuple[datetime, str]]:
        tick = self.now.replace(second=0, microsecond=0) + MINUTE
        while True:
            coming = min([*self.queue, *([(tick, "")] if self.ticks else [])], default=(until, ""))
            if coming[0] >= until:
                return
            if coming[1]:
                self.queue.remove(coming)
            else:
                tick += MINUTE
            yield coming


def test_an_alarm_that_nobody_closes_for_a_day_is_looked_at_as_often_as_it_rings() -> None:
    town = Woken()
    town.press_one_key()
    town.wait(hours=23)
    town.looks, rung = 0, len(town.rang)
    town.wait(hours=1)
    assert len(town.rang) - rung == 60, "six rounds of the ladder"
    assert town.looks <= 30
    assert len(town.queue) <= 2


def test_presses_without_end_do_not_add_up() -> None:
    town = Woken()
    for _ in range(40):
        town.press_one_key()
        town.wait(seconds=61)
    town.wait(minutes=10)
    assert len(town.queue) <= 2


def test_without_any_tick_each_rung_comes_at_its_second() -> None:
    town = Woken(ticks=False)
    town.press_one_key()
    town.wait(minutes=5, seconds=1)
    assert [town.rung_at(who)[0] for who in ("Li", "Wang", "Zhao", "Chen")] == [0, 60, 180, 300]


def test_without_any_tick_who_takes_it_and_does_not_go_is_noticed_at_the_second() -> None:
    town = Woken(ticks=False)
    alarm = town.press_one_key()
    town.wait(seconds=17)
    town.takes(alarm)
    town.wait(minutes=3, seconds=1)
    assert town.phones_rung(since=190) == ["Wang"]
    assert town.rung_at("Wang") == [17 + 180]


@pytest.mark.parametrize("late", [0, 2])
def test_clocks_that_differ_cost_their_difference_and_not_a_minute(late: int) -> None:
    town = Woken(now=NOON, ticks=False)
    town.press_one_key()
    town.now -= timedelta(seconds=late)
    town.wait(seconds=3)
    assert town.rung_at("Li") == [0]


def test_a_rung_whose_teller_died_is_told_again_in_seconds() -> None:
    town = Woken(ticks=False, crashes_at=2, crashes_before=True)
    alarm = town.press_one_key()
    with pytest.raises(StoreUnavailableError):
        town.climber().climb(alarm, now=town.now)
    town.queue.remove(min(town.queue))  # the message is with whoever died
    town.wait(seconds=10)
    assert town.rung_at("daughter") == [8]
