"""Declared absences: when nobody is at home, or somebody else is there too. Pure.

While a home is away, the watches for silence pause: its clock stands still, and counts from the end. Gas,
smoke, a fall and the "1" key are never paused. A visitor pauses nothing: what happens then is judged, and
teaches nothing about how the home usually is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import ConflictError, RefusedError
from chalicelib.watch.routine_days import HOUR

LONGEST = timedelta(days=30)
LATEST = timedelta(days=60)
"""How long ahead an absence may be declared."""
SINCE = timedelta(days=2)
"""How long ago it may have begun: what was learned before stays."""
SETTLED, ACTIVE_HOURS, APART = 12 * HOUR, 4, 6 * HOUR
"""Who declared early may leave later: the first 12 hours say nothing. Then life signs in four different
hours, six hours apart within a day, are somebody who lives there, and no neighbour who waters the plants.
"""


class Declared(StrEnum):
    """What was declared."""

    AWAY = "away"
    VISITOR = "visitor"


class AbsenceOverlapsError(ConflictError):
    """Something of the kind is declared for that time already."""

    code = "absence_overlaps"


@dataclass(frozen=True, slots=True)
class Absence:
    """Half-open, `[begins_at, ends_at)`. `ended_by` is who ended it early; `life_signs` when these did,
    `moved_in` when others came to live there.
    """

    community: str
    household: str
    kind: Declared
    begins_at: datetime
    ends_at: datetime
    declared_by: str
    declared_at: datetime
    ended_by: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}-{epoch(self.begins_at)}"

    def covers(self, at: datetime) -> bool:
        """Whether it holds at a moment."""
        return self.begins_at <= at < self.ends_at

    def ended(self, at: datetime, *, by: str) -> "Absence":
        """The absence ended early. One that is over, or has not begun by then, is over at once."""
        return replace(self, ends_at=max(self.begins_at, at), ended_by=by) if at < self.ends_at else self


def declared(absence: Absence, others: Sequence[Absence], *, now: datetime) -> Absence:
    """The absence, if it can be declared. Raises RefusedError, AbsenceOverlapsError."""
    begins, ends = absence.begins_at, absence.ends_at
    if not now - SINCE <= begins <= now + LATEST:
        raise RefusedError(
            f"It begins at most {SINCE.days} days ago and {LATEST.days} days ahead.",
            pointer="/begins_at",
            zh=f"开始时间最早{SINCE.days}天前，最晚{LATEST.days}天后。",
        )
    if not max(begins, now) < ends <= begins + LONGEST:
        raise RefusedError(
            f"It ends after it begins and after now, and lasts {LONGEST.days} days at most; "
            "declare it again when it goes on.",
            pointer="/ends_at",
            zh=f"结束时间要晚于开始和现在，最长{LONGEST.days}天；还不回来时请再报一次。",
        )
    same = (o for o in others if o.kind is absence.kind and o.begins_at < o.ends_at)
    clash = next((o for o in same if o.begins_at < ends and begins < o.ends_at), None)
    if clash is not None:
        raise AbsenceOverlapsError(f"'{clash.id}' covers some of that time; end it first.")
    return absence


def resumes_at(absences: Iterable[Absence], window: timedelta, *, now: datetime) -> datetime | None:
    """When a rule that judges the last `window` may judge again: a window after the latest absence."""
    ends = [
        a.ends_at for a in absences if a.kind is Declared.AWAY and a.begins_at <= now < a.ends_at + window
    ]
    return max(ends) + window if ends else None


def came_back(signs: Iterable[int], *, begins: int, now: int) -> bool:
    """Whether life signs, in Unix seconds, tell that somebody lives there again."""
    recent = sorted(at for at in signs if at > max(begins + SETTLED, now - 24 * HOUR))
    hours = {at // HOUR for at in recent}
    return len(hours) >= ACTIVE_HOURS and recent[-1] - recent[0] >= APART


def until(absences: Iterable[Absence], kind: Declared) -> datetime | None:
    """When the first of these that is of a kind ends."""
    return next((each.ends_at for each in absences if each.kind is kind), None)
