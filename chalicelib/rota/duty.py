"""Who is on duty at an instant, by precedence override > swap > rotation > team default. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.rota.hours import Shift
from chalicelib.rota.model import COMMON, Confirmation, Entry, EntryKind, Leave, Settings, Team

Line = list[str]
MOST_ASKED = 3
"""So many are asked in turn to say that they are there: the first, the backup, the leader."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What decides who is on duty in one grid: its teams and the whole community's, and what is arranged.

    Entries are in the order in which they were made; of two alike that overlap the later one holds.
    """

    settings: Settings
    grid: str
    teams: tuple[Team, ...] = ()
    common: tuple[Team, ...] = ()
    entries: tuple[Entry, ...] = ()
    leaves: tuple[Leave, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers for a grid at an instant. Ids of people, in the order in which they are asked.

    `team` is everyone of the serving teams, first and second among them. `served_by` is the grid, or COMMON
    when the whole community's teams serve in its stead. `stood_in_for` is who was to be first and didn't
    confirm, `confirm_by` by when the first must, or must have when nobody is left to pass it on to; `away`
    are those of the teams who are on leave. Nobody at all is a gap: `first` is None.
    """

    grid: str
    served_by: str
    shift: Shift
    first: str | None
    second: str | None
    team: tuple[str, ...]
    leader: str | None
    backup: str | None
    teams: tuple[str, ...] = ()
    stood_in_for: str | None = None
    confirm_by: datetime | None = None
    away: tuple[str, ...] = ()

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on duty."""
        return self.first is None


@dataclass(slots=True)
class _Post:
    """The people of one grid, or of the whole community, as they stand at an instant."""

    line: Line
    teams: list[Team]
    since: datetime
    taken: bool = False

    def put_first(self, entry: Entry) -> None:
        """Let an entry's people answer first; whom they relieve goes to the end, still of the team."""
        relieved = self.line[:1]
        others = [p for p in self.line[1:] if p not in entry.people]
        self.line = [*entry.people, *others, *(p for p in relieved if p not in entry.people)]
        self.since, self.taken = max(self.since, entry.start), entry.taken


class Commons:
    """The whole community's teams at each instant, worked out once for all grids of one community.

    They are the same behind every grid, and there may be many: without this, a look at n grids works them out
    n times. For sheets that were read together, and no longer than these are used.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[int, datetime], _Post] = {}

    def post(self, sheet: Sheet, shift: Shift, at: datetime) -> _Post:
        """Those who stand at an instant, for the taking."""
        key = (id(sheet.common), at)  # a community's own sheet has none behind it
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = _post(sheet, COMMON, sheet.common, shift, at)
        return replace(known, line=list(known.line))


def on_duty(sheet: Sheet, at: datetime, *, now: datetime, commons: Commons | None = None) -> Duty:
    """Who is on duty at `at`, as known at `now`; `commons` spares work where many grids are asked.

    A missing confirmation counts once its time has passed at both: nobody is late for a shift to come.
    """
    shift = sheet.settings.hours.shift_at(at, sheet.settings.zone)
    away = {leave.person for leave in sheet.leaves if leave.start <= at < leave.end}
    own = _post(sheet, sheet.grid, sheet.teams, shift, at)
    common = (commons or Commons()).post(sheet, shift, at)
    absent = tuple(p for p in (*own.line, *common.line) if p in away)
    _leave_out(own, away)
    _leave_out(common, away)
    grid = sheet.grid if own.line else COMMON
    post, reserve = _serving(own, common)
    backup = _backup(post, reserve, away)
    leader = next((t.leader for t in post.teams if t.leader and t.leader not in away), None)
    first = next(iter(post.line), None)
    confirmed = {c.person for c in sheet.confirmations if c.grid == grid and c.shift_start == shift.start}
    grace = timedelta(minutes=sheet.settings.confirm_minutes)
    due = _passed_on(post, (backup, leader), confirmed, grace, min(at, now))
    stepped_in = post.line[:1] != [first] and bool(post.line)
    if stepped_in and first is not None:  # behind a stand-in stands whoever wasn't asked for this shift yet
        backup = _backup(post, reserve, {*away, first}) or backup
    second = next((p for p in (*post.line[1:], *reserve) if p not in post.line[:1]), None)
    return Duty(
        sheet.grid, grid, shift, next(iter(post.line), None), second, tuple(post.line),
        leader=leader,
        backup=backup,
        teams=tuple(team.id for team in post.teams),
        stood_in_for=first if stepped_in else None,
        confirm_by=due,
        away=absent,
    )  # fmt: skip


def _post(sheet: Sheet, grid: str, teams: Sequence[Team], shift: Shift, at: datetime) -> _Post:
    active = [e for e in sheet.entries if e.grid == grid and e.holds(at)]
    plans = {e.team: e for e in active if e.kind is EntryKind.PLAN}
    calendar = sheet.settings.calendar
    serving = [t for t in teams if t.id in plans or t.serves(shift, calendar)]
    line: dict[str, None] = {}  # an ordered set: who serves in two teams is asked once
    for team in serving:
        planned = plans[team.id].people if team.id in plans else ()
        line |= dict.fromkeys((*planned, *team.line(shift.day, calendar)))
    post = _Post(list(line), serving, shift.start)
    for kind in (EntryKind.SWAP, EntryKind.OVERRIDE):
        for entry in active:
            if entry.kind is kind:
                post.put_first(entry)
    return post


def _serving(own: _Post, common: _Post) -> tuple[_Post, Line]:
    """The post that serves, and who stands behind it."""
    if not own.line:
        return common, []
    if own.teams:
        return own, common.line
    joined = [
        *own.line,
        *(p for p in common.line if p not in own.line),
    ]  # somebody took a grid without a team
    return _Post(joined, common.teams, own.since, own.taken), []


def _leave_out(post: _Post, away: Iterable[str]) -> None:
    if post.line and post.line[0] in away:
        post.taken = False
    post.line = [p for p in post.line if p not in away]


def _backup(post: _Post, reserve: Sequence[str], away: Collection[str]) -> str | None:
    """Who steps in: the serving team's own, else the second, else the first of the whole community."""
    named = [t.backup for t in post.teams if t.backup and t.backup not in away]
    behind = (p for p in (*named, *post.line[1:], *reserve) if p not in away)
    return next((p for p in behind if p not in post.line[:1]), None)


def _passed_on(
    post: _Post, stand_ins: Sequence[str | None], confirmed: set[str], grace: timedelta, at: datetime
) -> datetime | None:
    """Put whoever must answer at `at` first; returns by when they must say that they are there, if they must.

    Each is given the grace. Then whoever has said that they are there goes first, else the next stand-in; the
    last one who was asked keeps it.
    """
    if not grace or not post.line or post.taken or post.line[0] in confirmed:
        return None
    asked = list(dict.fromkeys((post.line[0], *(p for p in stand_ins if p is not None))))
    turn = min(max((at - post.since) // grace, 0), len(asked) - 1)
    there = (
        next((p for p in (*post.line, *asked) if p in confirmed), None) if at >= post.since + grace else None
    )
    first = there or asked[turn]
    post.line = [first, *(p for p in post.line if p != first)]
    return None if there else post.since + (turn + 1) * grace
