"""Who serves when: teams, their rotations, and what was arranged otherwise. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import digest
from chalicelib.registry.model import must_be_id
from chalicelib.rota.hours import Calendar, Days, Hours, Period, Shift

COMMON = ""
"""In place of a grid: the whole community."""
LONGEST = timedelta(days=366)
"""No leave or override is longer; so what touches a month is written in few places."""
LONGEST_PLAN = timedelta(days=2)
"""No planned shift is longer."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """People taking turns, `every` days of the kind it serves, the first of `order` from `starts` on."""

    order: tuple[str, ...]
    starts: date
    every: int = 1
    days: Days = Days.ALL

    def __post_init__(self) -> None:
        if not self.order or len(set(self.order)) < len(self.order):
            raise RefusedError(
                "A rotation names at least one person, and nobody twice.",
                pointer="/order",
                zh="轮值至少要有一个人，不能重复。",
            )
        if not 1 <= self.every <= 366:
            raise RefusedError(
                f"A turn of {self.every} days is outside 1 to 366.",
                pointer="/every",
                zh="每轮是 1 到 366 天。",
            )

    def line(self, day: date, calendar: Calendar) -> tuple[str, ...] | None:
        """Everyone, from whose turn it is on to whose it was before; None on days it doesn't serve."""
        if day < self.starts or not calendar.matches(day, self.days):
            return None
        turn = calendar.count(self.starts, day, self.days) // self.every % len(self.order)
        return self.order[turn:] + self.order[:turn]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A team's place among teams that take turns: the `place`-th (from 0) of `of`, for `every` days each."""

    starts: date
    every: int
    of: int
    place: int

    def __post_init__(self) -> None:
        if not (1 <= self.every <= 366 and 1 <= self.of <= 100 and 0 <= self.place < self.of):
            raise RefusedError(
                f"Place {self.place} of {self.of} is no place in a cycle.",
                pointer="/cycle",
                zh=f"{self.of} 人一轮，没有第 {self.place} 位。",
            )

    def holds(self, day: date) -> bool:
        """Whether the turn is this team's."""
        return (day - self.starts).days // self.every % self.of == self.place


@dataclass(frozen=True, slots=True)
class Team:
    """People who serve one half of the day, in one grid or (COMMON) in the whole community.

    `members` are in order: without a rotation, the first is on duty and the next is second. `backup` steps in
    when the first doesn't confirm; without one the second does.
    """

    id: str
    name: str
    grid: str
    period: Period
    leader: str
    members: tuple[str, ...]
    days: Days = Days.ALL
    backup: str = ""
    rotations: tuple[Rotation, ...] = ()
    cycle: Cycle | None = None

    def __post_init__(self) -> None:
        must_be_id(self.id, "Team")
        if not self.members or len(set(self.members)) < len(self.members):
            raise RefusedError(
                f"Team '{self.id}' needs members, and nobody twice.",
                pointer="/members",
                zh="队里至少要有一个人，不能重复。",
            )

    def serves(self, shift: Shift, calendar: Calendar) -> bool:
        """Whether a shift is this team's by its rules."""
        return (
            shift.period is self.period
            and calendar.matches(shift.day, self.days)
            and (self.cycle is None or self.cycle.holds(shift.day))
        )

    def line(self, day: date, calendar: Calendar) -> tuple[str, ...]:
        """Its people in the order in which they answer on a day: by rotation, else by default."""
        for rotation in self.rotations:
            if (turn := rotation.line(day, calendar)) is not None:
                return turn + tuple(m for m in self.members if m not in turn)
        return self.members

    @property
    def people(self) -> frozenset[str]:
        """Everyone it names."""
        turns = (person for rotation in self.rotations for person in rotation.order)
        return frozenset(filter(None, (*self.members, *turns, self.leader, self.backup)))


class EntryKind(StrEnum):
    """What was arranged otherwise than by rule; an override beats a swap beats a plan beats a rotation."""

    PLAN = "plan"
    SWAP = "swap"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Entry:
    """Someone serves a grid in `[start, end)`: planned for a team, swapped, or put over all else.

    `people` answer in order. `taken` says that the first took it over in person, which needs no confirmation.
    """

    kind: EntryKind
    grid: str
    start: datetime
    end: datetime
    people: tuple[str, ...]
    team: str = ""
    taken: bool = False

    def __post_init__(self) -> None:
        must_be_span(self.start, self.end, longest=LONGEST_PLAN if self.kind is EntryKind.PLAN else LONGEST)
        if not self.people:
            raise RefusedError("Somebody must be named.", pointer="/people", zh="请写上是谁。")

    @property
    def id(self) -> str:
        """Made from what it arranges: the same arrangement twice is one."""
        span = (str(self.start.timestamp()), str(self.end.timestamp()))
        return digest(self.kind, self.grid, self.team, *span, *self.people, length=12)

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Leave:
    """Someone can't be asked in `[start, end)`."""

    person: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        must_be_span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Someone said "I am on duty" for the shift that began at `shift_start`."""

    grid: str
    shift_start: datetime
    person: str


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds the community's offices, each in the order in which they are asked."""

    coordinator: tuple[str, ...] = ()
    desk: tuple[str, ...] = ()
    secretary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """A community's rules of duty. `confirm_minutes` 0 asks for no confirmation at a shift's start.

    `country` is where public holidays are looked up; `calendar` holds those that are known.
    """

    time_zone: str = "Asia/Shanghai"
    hours: Hours = field(default_factory=Hours)
    confirm_minutes: int = 10
    country: str = "CN"
    calendar: Calendar = field(default_factory=Calendar)
    holders: Holders = field(default_factory=Holders)

    def __post_init__(self) -> None:
        if not 0 <= self.confirm_minutes <= 120:
            raise RefusedError(
                "A confirmation is due within 0 to 120 minutes.",
                pointer="/confirm_minutes",
                zh="确认时限是 0 到 120 分钟。",
            )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of days and shifts."""
        return ZoneInfo(self.time_zone)


def must_be_span(start: datetime, end: datetime, *, longest: timedelta = LONGEST) -> None:
    """Refuse a span that ends before it starts, or is too long. Raises RefusedError."""
    if end <= start:
        raise RefusedError("It ends before it starts.", pointer="/ends_at", zh="结束早于开始。")
    if end - start > longest:
        raise RefusedError(
            f"It is longer than {longest.days} days.", pointer="/ends_at", zh=f"最长 {longest.days} 天。"
        )
