"""What calling people needs from others: who stands on a rung, who tells them, where trouble goes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import CheckCall
from chalicelib.alarms.model import Alarm
from chalicelib.notify.service import Standing, always
from chalicelib.watch.model import Concern


class People(Protocol):
    """Who stands on a rung just now: the rota and the registry know."""

    def asked(self, alarm: Alarm, who: Who, *, now: datetime) -> Sequence[str]:
        """The ids of those people, in the order in which to ask them; nobody, if nobody stands there."""

    def against_wish(self, alarm: Alarm) -> Mapping[str, Sequence[str]]:
        """Which kin are told though residents wish that they are not, and which residents those are."""


class Teller(Protocol):
    """Tells people. The notify capability does."""

    def tell(
        self, alarm: Alarm, person: str, who: Who, *, key: str, now: datetime, must_stand: Standing
    ) -> tuple[bool, datetime | None]:
        """Tell a person through what reaches them, or go on with it; the same key never twice.

        `must_stand` is asked before each further try, and what it raises ends this. Returns whether they may
        have heard, and when to go on with it, if there is more to try.
        """

    def own_up(self, alarm: Alarm, resident: str, *, key: str, now: datetime) -> None:
        """Tell a resident that kin were told against their wish; the same key never twice."""

    def check(
        self, alarm: Alarm, resident: str, *, key: str, now: datetime, must_stand: Standing = always
    ) -> tuple[CheckCall, datetime | None]:
        """Ring a resident and ask how they are, or go on with it; the same key never twice.

        Returns what became of it, and when to look again, if it isn't settled.
        """


class Raises(Protocol):
    """Where a drill that nobody answered becomes a task."""

    def raise_once(self, concern: Concern, *, now: datetime) -> str:
        """Raise an alarm, once per concern."""
