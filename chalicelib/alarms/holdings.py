"""A home's alarms: told, and stripped of who they were about. What is left of one is statistics."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.store import AlarmStore
from chalicelib.registry.holdings import Left, Subject, plain

PAGE = 50


class Told(Protocol):
    """Who knows what people were told about alarms. The notify capability does."""

    def told_about(self, community: str, alarm: str) -> list[Any]:
        """Whom an alarm was told to, and how."""

    def forget(self, community: str, alarm: str) -> None:
        """Erase what anybody was told about an alarm."""


@dataclass(frozen=True, slots=True)
class AlarmHoldings:
    """The alarms of their homes while they lived there alone; else those that this resident set off."""

    alarms: AlarmStore
    told: Told
    name: str = "alarms"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Their alarms with logs and notifications."""
        return [
            {
                **plain(asdict(alarm)),
                "log": plain([asdict(line) for line in self.alarms.log(alarm.id)]),
                "notifications": self.told.told_about(subject.community, alarm.id),
            }
            for is_open in (True, False)
            for alarm in self._all(subject, is_open=is_open)
        ]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Strip a page of the community's closed alarms of who they were about. Open ones wait for their
        outcome (`has_open`): somebody may be on the way.
        """
        after = left.get("after")
        found, page = self.alarms.page(subject.community, is_open=False, limit=PAGE, after=after)
        for alarm in found:
            if _is_theirs(alarm, subject):
                self.told.forget(subject.community, alarm.id)
                self.alarms.strip(alarm)
        return {"after": page.after} if page.after else None

    def has_open(self, subject: Subject) -> bool:
        """Whether an alarm of theirs still waits for its outcome."""
        return bool(self._all(subject, is_open=True))

    def _all(self, subject: Subject, *, is_open: bool) -> list[Alarm]:
        mine: list[Alarm] = []
        after = None
        while True:
            found, page = self.alarms.page(subject.community, is_open=is_open, limit=PAGE, after=after)
            mine += [alarm for alarm in found if _is_theirs(alarm, subject)]
            if page.after is None:
                return mine
            after = page.after


def _is_theirs(alarm: Alarm, subject: Subject) -> bool:
    if alarm.evidence.get("subject") == subject.resident:
        return True
    return subject.owns(alarm.household, alarm.raised_at)
