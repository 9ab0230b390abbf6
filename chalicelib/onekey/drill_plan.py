"""When drills are due: once a month for each resident and each team, spread over the month. Pure.

Days and minutes follow from the name alone, so that a thousand homes don't ring at once and everybody's drill
comes at much the same time each month. Residents, and teams that serve by day, are drilled from 10:00 to
16:00 by the community's clock; a team of the night 15 to 60 minutes into its shift, when people are at their
phones and awake. No drill is ever planned for the small hours.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zlib import crc32

from chalicelib.alarms.proof import resident_key, team_key
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.errors import RefusedError
from chalicelib.rota.hours import ONE_DAY, Period
from chalicelib.rota.model import Settings, Team
from chalicelib.watch.deadlines import Due

DRILL = "drill"
OPENS, MINUTES = time(10), 360
DAYS = 28
SETTLED, WITHIN = 15, 45
"""A shift is settled after so many minutes; a drill comes within so many more."""
MONTHS = 4
FAR = 62
"""So many days are looked ahead for a day on which a team serves."""


class Whose(StrEnum):
    """Whose drill it is."""

    RESIDENT = "resident"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class DrillRules:
    """How a community drills: whether at all, and from which day of the month on (None: spread over it)."""

    on: bool = True
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and not 1 <= self.day <= DAYS:
            raise RefusedError(
                f"Day {self.day} of the month is outside 1 to {DAYS}.",
                pointer="/day",
                zh=f"每月的日子是 1 到 {DAYS}。",
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """A drill that waits. `month` (its first day) is the one it is to prove; `household` is a resident's.

    `drilled_at` is when it last rang, None when it never did.
    """

    community: str
    of: Whose
    id: str
    due_at: datetime
    month: date
    household: str = ""
    drilled_at: datetime | None = None

    @property
    def name(self) -> str:
        """What its days and minutes follow from."""
        return f"{self.community}/{self.of}/{self.id}"

    @property
    def proofs(self) -> tuple[str, ...]:
        """Under which keys its proofs lie: a pendant's press proves its home's residents."""
        if self.of is Whose.TEAM:
            return (team_key(self.id),)
        return resident_key(self.id), resident_key(f"home-{self.household}")

    @property
    def due(self) -> Due:
        """The plan as it waits in the index."""
        state = {"home": self.household, "month": self.month.isoformat()}
        drilled = {"drilled": epoch(self.drilled_at)} if self.drilled_at else {}
        return Due(
            partition(self.community), sort_key(self.of, self.id), self.due_at,
            json.dumps({**state, **drilled}, separators=(",", ":")),
        )  # fmt: skip


def partition(community: str) -> str:
    """Where a community's plans and rules lie."""
    return f"drills#{community}"


def sort_key(of: Whose, name: str) -> str:
    """A plan's place among its community's."""
    return f"{DRILL}#{of}#{name}"


def plan_of(due: Due) -> Plan:
    """The plan that waited so."""
    _, of, name = due.sk.split("#")
    state = json.loads(due.state)
    drilled = state.get("drilled")
    return Plan(
        community=due.pk.partition("#")[2],
        of=Whose(of),
        id=name,
        due_at=due.due_at,
        month=date.fromisoformat(state["month"]),
        household=state["home"],
        drilled_at=from_epoch(drilled) if drilled is not None else None,
    )


def month_of(at: datetime, zone: tzinfo) -> date:
    """The first day of the month, by the community's clock."""
    return at.astimezone(zone).date().replace(day=1)


def begins(month: date, zone: tzinfo) -> datetime:
    """When a month begins, by the community's clock."""
    return datetime.combine(month, time(), zone).astimezone(UTC)


def month_after(month: date) -> date:
    """The month that follows."""
    return (month + timedelta(days=32)).replace(day=1)


def resident_times(name: str, rules: DrillRules, zone: tzinfo, *, after: datetime) -> Iterator[datetime]:
    """A resident's drills after an instant, one a month."""
    month = month_of(after, zone)
    while True:
        at = _by_day(month.replace(day=_day(name, rules)), name, zone)
        if at > after:
            yield at
        month = month_after(month)


def team_times(
    name: str, team: Team, rules: DrillRules, settings: Settings, *, after: datetime
) -> Iterator[datetime]:
    """A team's drills in the next months after an instant: each in the first shift that it serves from its
    day on. Nothing for a team that doesn't serve within two months of that.
    """
    month = month_of(after, settings.zone)
    for _ in range(MONTHS):
        at = _first_shift(name, team, settings, month.replace(day=_day(name, rules)))
        if at is not None and at > after:
            yield at
        month = month_after(month)


def planned(plan: Plan, team: Team | None, rules: DrillRules, settings: Settings, *, after: datetime) -> Plan:
    """A plan's next drill after an instant. A team that never serves is looked at again in a month."""
    if team is None:
        times = resident_times(plan.name, rules, settings.zone, after=after)
    else:
        times = team_times(plan.name, team, rules, settings, after=after)
    at = next(times, None) or begins(month_after(month_of(after, settings.zone)), settings.zone)
    return replace(plan, due_at=at, month=month_of(at, settings.zone))


def resident_time_again(name: str, zone: tzinfo, *, after: datetime) -> datetime:
    """The next considerate moment, for a resident's drill that had to wait."""
    today = after.astimezone(zone).date()
    return next(at for n in range(3) if (at := _by_day(today + n * ONE_DAY, name, zone)) > after)


def team_time_again(name: str, team: Team, settings: Settings, *, after: datetime) -> datetime | None:
    """The same for a team's: in its next shift; None when there is none for two months."""
    today = after.astimezone(settings.zone).date()
    return _first_shift(name, team, settings, today, after=after)


def _first_shift(
    name: str, team: Team, settings: Settings, day: date, *, after: datetime | None = None
) -> datetime | None:
    days = (day + n * ONE_DAY for n in range(FAR))
    times = (at for each in days if (at := team_time(name, team, settings, each)) is not None)
    return next((at for at in times if after is None or at > after), None)


def team_time(name: str, team: Team, settings: Settings, day: date) -> datetime | None:
    """When a team is drilled in the shift that begins on a day; None when it doesn't serve then."""
    shift = settings.hours.shift_on(day, team.period, settings.zone)
    if not team.serves(shift, settings.calendar):
        return None
    at = _by_day(day, name, settings.zone)
    if team.period is Period.DAY and shift.start <= at < shift.end:
        return at
    return shift.start + timedelta(minutes=SETTLED + _spread(name) % WITHIN)


def _by_day(day: date, name: str, zone: tzinfo) -> datetime:
    opens = datetime.combine(day, OPENS, zone).astimezone(UTC)
    return opens + timedelta(minutes=_spread(name) // DAYS % MINUTES)


def _day(name: str, rules: DrillRules) -> int:
    return rules.day or 1 + _spread(name) % DAYS


def _spread(name: str) -> int:
    return crc32(name.encode())
