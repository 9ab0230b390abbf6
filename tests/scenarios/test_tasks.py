"""A task is for working hours: it waits for the morning, and for its turn, and is never forgotten."""

from collections import Counter

import pytest

from chalicelib.notify.model import Address, Channel
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.watch.model import ConcernKind
from tests.scenarios.quarter import Phone, Quarter, X, clock


def quarter(at: str) -> Quarter:
    """Everybody whom a task concerns has the app, which pushes."""
    town = Quarter(clock(at))
    push = Phone(town, "push")
    couriers = {"voice": town.voice, "sms": town.sms, "push": push}
    town.notifier = Notifier(NoticeStore(town.table), couriers, town.book, stopwatch=lambda: 0.0)
    for who in ("zhou", "chen", "desk"):
        town.book.add(X, who, Address(Channel.WEB_PUSH, "push", f"https://push.example/{who}"))
    town.wait(minutes=30)
    town.rang.clear()
    return town


def rang(town: Quarter) -> list[tuple[str, str]]:
    zone = town.rota.settings(X).zone
    return [(f"{at.astimezone(zone):%d %H:%M}", who) for at, _, who, _ in town.rang]


def test_a_task_of_the_night_is_told_in_the_morning_and_to_the_steward_alone() -> None:
    town = quarter("01-15 02:00")
    town.raises(ConcernKind.DEVICE_SILENT)
    town.wait(hours=24)
    assert rang(town) == [("15 07:00", "zhou")]
    town.wait(hours=24)
    assert rang(town)[1:] == [("16 07:00", "chen"), ("16 07:00", "desk")]


def test_at_the_desk_a_task_is_told_of_once_a_day_and_never_at_night() -> None:
    town = quarter("01-15 14:00")
    town.raises(ConcernKind.DEVICE_SILENT)
    town.wait(hours=8 * 24)
    town.rang.clear()
    town.wait(hours=7 * 24)
    assert Counter(rang(town)) == Counter([(f"{day} 14:30", "desk") for day in range(24, 31)])


@pytest.mark.parametrize(("kind", "reminders"), [(ConcernKind.DEVICE_SILENT, 1), (ConcernKind.ONE_KEY, 50)])
def test_of_who_went_there_and_never_said_the_desk_is_reminded_as_often_as_it_matters(
    kind: ConcernKind, reminders: int
) -> None:
    town = quarter("01-15 14:00")
    alarm = town.raises(kind)
    town.takes(alarm, "zhou")
    town.arrives(alarm, "zhou")
    town.rang.clear()
    town.wait(hours=25)
    assert len({at for at, who in rang(town) if who == "desk"}) == reminders
