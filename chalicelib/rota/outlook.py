"""What a rota comes to over days: where it fails, whose shifts they are, and how fair it is. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from chalicelib.rota.duty import MOST_ASKED, Commons, Duty, Sheet, on_duty
from chalicelib.rota.hours import Period
from chalicelib.rota.model import COMMON, Holders


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one shift `[start, end)` in which the same people are on duty."""

    start: datetime
    end: datetime
    duty: Duty


class Trouble(StrEnum):
    """Why nobody, or nobody who can be reached, will answer."""

    GAP = "gap"
    NO_PHONE = "no_phone"
    ON_LEAVE = "on_leave"
    UNKNOWN = "unknown"
    NO_DESK = "no_desk"
    NOTHING_RINGS = "nothing_rings"
    """The community has no provider for calls or SMS: what is urgent shows in the app, and no phone rings."""
    NOT_RUNG = "not_rung"
    """Somebody on duty is pushed to, but no call or SMS reaches them."""
    APP_ONLY = "app_only"
    """Somebody on duty hears of what is urgent only by looking into the app."""


@dataclass(frozen=True, slots=True)
class RotaWarning:
    """Something to mend before it hurts.

    A gap is one unbroken stretch, and so is a desk at which nobody sits who can be reached. Trouble with a
    person is told once a grid: from its first stretch to the end of its last, `times` in all.
    """

    trouble: Trouble
    grid: str
    start: datetime
    end: datetime
    person: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody served: shifts in all, nights among them, and nights on which they were woken."""

    person: str
    shifts: int
    nights: int
    woken: int


def stretches(
    sheet: Sheet, start: datetime, end: datetime, *, now: datetime, commons: Commons | None = None
) -> Iterator[Stretch]:
    """Who is on duty through `[start, end)`, without a hole: one stretch after the other."""
    marks = sorted({start, *(m for m in _changes(sheet, start, end) if start < m < end), end})
    held: Stretch | None = None
    for begins, ends in pairwise(marks):
        duty = on_duty(sheet, begins, now=now, commons=commons)
        if held is not None and held.duty == duty:
            held = replace(held, end=ends)
            continue
        if held is not None:
            yield held
        held = Stretch(begins, ends, duty)
    if held is not None:
        yield held


def _changes(sheet: Sheet, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant at which somebody else may be on duty."""
    grace = timedelta(minutes=sheet.settings.confirm_minutes)
    turns = [turn * grace for turn in range(MOST_ASKED + 1 if grace else 1)]
    for shift in sheet.settings.hours.shifts(start, end, sheet.settings.zone):
        yield from (shift.start + turn for turn in turns)
    for entry in sheet.entries:
        yield from (*(entry.start + turn for turn in turns), entry.end)
    for leave in sheet.leaves:
        yield from (leave.start, leave.end)


def next_change(sheets: Sequence[Sheet], after: datetime, until: datetime) -> datetime:
    """When somebody else may be on duty next, by `until` at the latest: shifts and arrangements begin and
    end, and confirmations fall due.
    """
    marks = (mark for sheet in sheets for mark in _changes(sheet, after, until))
    return min((mark for mark in marks if mark > after), default=until)


def warnings(
    sheets: Sequence[Sheet],
    phones: Mapping[str, str],
    start: datetime,
    end: datetime,
    *,
    silent: Mapping[str, Trouble] | None = None,
) -> list[RotaWarning]:
    """Gaps, and people on duty who can't be reached, in `[start, end)`, by time.

    `phones` are those of everyone there is, empty for who has none; `silent` are those who have one on which
    nothing rings, and why.
    """
    troubled = {**(silent or {}), **{person: Trouble.NO_PHONE for person in phones if not phones[person]}}
    found: list[RotaWarning] = []
    alone, commons = len(sheets) == 1, Commons()
    for sheet in sheets:
        gaps: list[RotaWarning] = []
        persons: dict[tuple[Trouble, str], RotaWarning] = {}
        for stretch in stretches(sheet, start, end, now=start, commons=commons):
            if alone or sheet.grid != COMMON:  # the whole community's teams need not cover every hour
                _note_gap(gaps, stretch)
            for trouble, person in _troubles(sheet, stretch, phones, troubled):
                known = persons.get((trouble, person))
                persons[trouble, person] = (
                    replace(known, end=stretch.end, times=known.times + 1)
                    if known
                    else RotaWarning(trouble, sheet.grid, stretch.start, stretch.end, person)
                )
        found += [*gaps, *persons.values()]
    return sorted(found, key=lambda w: (w.start, w.grid, w.trouble, w.person))


def unmanned(
    holders: Holders, phones: Mapping[str, str], start: datetime, end: datetime
) -> list[RotaWarning]:
    """That nobody who can be reached sits at the desk, where every alarm ends that nobody takes."""
    manned = any(phones.get(person) for person in holders.desk)
    return [] if manned else [RotaWarning(Trouble.NO_DESK, COMMON, start, end)]


def nothing_rings(start: datetime, end: datetime) -> RotaWarning:
    """That whoever is on duty, no phone rings."""
    return RotaWarning(Trouble.NOTHING_RINGS, COMMON, start, end)


def _note_gap(gaps: list[RotaWarning], stretch: Stretch) -> None:
    if not stretch.duty.is_gap:
        return
    if gaps and gaps[-1].end == stretch.start:
        gaps[-1] = replace(gaps[-1], end=stretch.end)
    else:
        gaps.append(RotaWarning(Trouble.GAP, stretch.duty.grid, stretch.start, stretch.end))


def _troubles(
    sheet: Sheet, stretch: Stretch, known: Collection[str], troubled: Mapping[str, Trouble]
) -> Iterator[tuple[Trouble, str]]:
    duty = stretch.duty
    # Who serves in the grid's stead is told of once: for the whole community.
    for person in duty.team[:2] if duty.served_by == sheet.grid else ():
        if person not in known:
            yield Trouble.UNKNOWN, person
        elif person in troubled:
            yield troubled[person], person
    if duty.away:
        meant = on_duty(replace(sheet, leaves=()), stretch.start, now=stretch.start)
        if meant.first in duty.away and meant.served_by == sheet.grid:
            yield Trouble.ON_LEAVE, str(meant.first)


def shifts_of(
    person: str, sheets: Sequence[Sheet], start: datetime, end: datetime, *, now: datetime
) -> list[Stretch]:
    """The stretches in which a person is first or second on duty, by time."""
    commons = Commons()
    mine = [
        stretch
        for sheet in sheets
        if person in _named(sheet)
        for stretch in stretches(sheet, start, end, now=now, commons=commons)
        if person in (stretch.duty.first, stretch.duty.second)
    ]
    return sorted(mine, key=lambda s: (s.start, s.duty.grid))


def _named(sheet: Sheet) -> Collection[str]:
    teams = (*sheet.teams, *sheet.common)
    return {p for t in teams for p in t.people} | {p for e in sheet.entries for p in e.people}


def shares(
    sheets: Sequence[Sheet], woken: Mapping[str, int], start: datetime, end: datetime, *, now: datetime
) -> list[Share]:
    """How duty was shared in `[start, end)`: a shift counts for who was first for most of it.

    One who answers for several grids in one shift serves one shift. Those who served most come first.
    """
    served: set[tuple[str, Period, datetime]] = set()
    commons = Commons()
    for sheet in sheets:
        longest: dict[datetime, tuple[timedelta, str, Period]] = {}
        held: Counter[tuple[datetime, str]] = Counter()
        for stretch in stretches(sheet, start, end, now=now, commons=commons):
            duty = stretch.duty
            if duty.first is None:
                continue
            held[duty.shift.start, duty.first] += int((stretch.end - stretch.start).total_seconds())
            time = timedelta(seconds=held[duty.shift.start, duty.first])
            if time > longest.get(duty.shift.start, (timedelta(), "", duty.shift.period))[0]:
                longest[duty.shift.start] = (time, duty.first, duty.shift.period)
        served |= {(who, period, at) for at, (_, who, period) in longest.items()}
    shifts = Counter(who for who, _, _ in served)
    nights = Counter(who for who, period, _ in served if period is Period.NIGHT)
    everyone = sorted({*shifts, *woken}, key=lambda p: (-shifts[p], -woken.get(p, 0), p))
    return [Share(p, shifts[p], nights[p], woken.get(p, 0)) for p in everyone]
