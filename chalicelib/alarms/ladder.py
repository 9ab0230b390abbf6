"""Ladders: who is told, in what order, and how long each may take. Data that a community edits; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from chalicelib.kernel.errors import RefusedError

MINUTE = 60
HOUR = 60 * MINUTE
LONGEST_WAIT_SECONDS = {1: 30 * MINUTE, 2: 2 * HOUR, 3: 48 * HOUR}
"""By severity, the longest between two rungs, and until who took it must have set out, or be there."""
SHORTEST_REPEAT_SECONDS = 5 * MINUTE
LONGEST_SECONDS = 48 * HOUR


class Who(StrEnum):
    """Whom a rung asks. The rota and the registry know who that is at the moment.

    RESIDENT is asked how they are, in a check call: of a quiet home only, and beside those who are to act.
    """

    DUTY_FIRST = "duty_first"
    DUTY_SECOND = "duty_second"
    TEAM = "team"
    GRID_WORKER = "grid_worker"
    STEWARD = "steward"
    KIN = "kin"
    BACKUP = "backup"
    SECRETARY = "secretary"
    COORDINATOR = "coordinator"
    DESK = "desk"
    RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Rung:
    """One stage: `after` seconds from the ladder's start, these are asked."""

    after: int
    ask: tuple[Who, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """What happens while nobody has said what they found. Times in seconds.

    `set_out_within` counts from taking charge, `arrive_within` from setting out. After the last rung it
    begins anew `repeat_every` later, `repeats` times (None: until a human closes); then the desk alone is
    reminded.
    """

    rungs: tuple[Rung, ...]
    set_out_within: int
    arrive_within: int
    repeat_every: int
    repeats: int | None

    def must_be_sound(self, severity: int) -> "Ladder":
        """The ladder, if it can never go silent. Raises RefusedError with what must change, and where."""
        for pointer, wrong, why, zh in _faults(self, severity):
            if wrong:
                raise RefusedError(why, pointer=pointer, zh=zh)
        return self


_Fault = tuple[str, bool, str, str]
"""Where, whether it is wrong, and what must change, in English and in Chinese."""


def _faults(ladder: Ladder, severity: int) -> Sequence[_Fault]:
    return [*_faulty_rungs(ladder, severity), *_faulty_times(ladder, severity)]


def _faulty_rungs(ladder: Ladder, severity: int) -> Sequence[_Fault]:
    times = [rung.after for rung in ladder.rungs]
    waits = [b - a for a, b in pairwise(times)]
    return [
        ("/rungs", not times, "A ladder needs at least one rung.", "至少要有一级。"),
        (
            "/rungs/0/after",
            bool(times) and times[0] != 0,
            "The first rung is asked at once: after_seconds = 0.",
            "第一级立即通知：after_seconds = 0。",
        ),
        (
            "/rungs",
            any(wait <= 0 for wait in waits),
            "Each rung comes later than the one before.",
            "每一级都要晚于上一级。",
        ),
        (
            "/rungs",
            any(set(rung.ask) <= {Who.RESIDENT} for rung in ladder.rungs),
            "A rung asks somebody, and not the resident alone.",
            "每一级都要有人可叫，不能只有居民本人。",
        ),
        (
            "/rungs",
            bool(times) and set(ladder.rungs[0].ask) <= {Who.KIN, Who.RESIDENT},
            "The first rung asks somebody who can go: kin are told, and the resident is rung, beside them.",
            "第一级要有能上门的人；家属和居民本人只是同时知会。",
        ),
        (
            "/rungs",
            not any(Who.DESK in rung.ask for rung in ladder.rungs[-1:]),
            "The desk stands on the last rung: a ladder must never go silent.",
            "最后一级必须有值班台：不能就此无人过问。",
        ),
        (
            "/rungs",
            max(waits, default=0) > LONGEST_WAIT_SECONDS[severity],
            f"In severity {severity} nobody waits longer than {_longest(severity)} for the next rung.",
            f"{severity} 级警情下一级最多等 {_minutes(severity)} 分钟。",
        ),
        (
            "/rungs",
            bool(times) and times[-1] > LONGEST_SECONDS,
            "The last rung comes within 48 hours.",
            "最后一级要在 48 小时内。",
        ),
    ]


def _faulty_times(ladder: Ladder, severity: int) -> Sequence[_Fault]:
    times = {name: getattr(ladder, name) for name in ("set_out_within", "arrive_within", "repeat_every")}
    return [
        *((f"/{name}_seconds", not 0 < t <= LONGEST_SECONDS, "Times lie between a second and 48 hours.",
           "时间在 1 秒到 48 小时之间。")
          for name, t in times.items()),
        *((f"/{name}_seconds", t > LONGEST_WAIT_SECONDS[severity],
           f"In severity {severity} the next are asked within {_longest(severity)}, whoever has taken it.",
           f"{severity} 级警情不论谁已接手，{_minutes(severity)} 分钟内都要叫下一个人。")
          for name, t in times.items()),
        (
            "/repeats",
            (ladder.repeats or 0) < 0,
            "A ladder is repeated no times or more.",
            "重复次数不能小于 0。",
        ),
        (
            "/repeats",
            severity == 1 and ladder.repeats is not None,
            "Severity 1 is repeated until a human closes it: repeats = null.",
            "1 级警情要一直重复，直到有人处理完：repeats = null。",
        ),
        (
            "/repeat_every_seconds",
            ladder.repeat_every < SHORTEST_REPEAT_SECONDS,
            "A ladder begins anew at least 5 minutes later, so that people can act.",
            "至少隔 5 分钟才从头再来，让人来得及行动。",
        ),
    ]  # fmt: skip


def _longest(severity: int) -> str:
    return f"{_minutes(severity)} minutes"


def _minutes(severity: int) -> int:
    return LONGEST_WAIT_SECONDS[severity] // MINUTE


def with_check_call(ladder: Ladder) -> Ladder:
    """The ladder of a quiet home. It rings the resident at once, unless the community put that on a later
    rung."""
    if any(Who.RESIDENT in rung.ask for rung in ladder.rungs):
        return ladder
    first, *others = ladder.rungs
    return replace(ladder, rungs=(replace(first, ask=(*first.ask, Who.RESIDENT)), *others))


DEFAULTS: dict[int, Ladder] = {
    1: Ladder(
        rungs=(
            Rung(0, (Who.DUTY_FIRST, Who.GRID_WORKER, Who.KIN)),
            Rung(1 * MINUTE, (Who.DUTY_SECOND,)),
            Rung(3 * MINUTE, (Who.TEAM, Who.DESK)),
            Rung(5 * MINUTE, (Who.COORDINATOR, Who.DESK)),
        ),
        set_out_within=3 * MINUTE,
        arrive_within=15 * MINUTE,
        repeat_every=5 * MINUTE,
        repeats=None,
    ),
    2: Ladder(
        rungs=(
            Rung(0, (Who.STEWARD, Who.RESIDENT)),
            Rung(5 * MINUTE, (Who.DUTY_FIRST,)),
            Rung(10 * MINUTE, (Who.KIN, Who.BACKUP)),
            Rung(20 * MINUTE, (Who.SECRETARY,)),
            Rung(30 * MINUTE, (Who.TEAM, Who.DESK)),
        ),
        set_out_within=10 * MINUTE,
        arrive_within=30 * MINUTE,
        repeat_every=10 * MINUTE,
        repeats=3,
    ),
    3: Ladder(
        rungs=(Rung(0, (Who.STEWARD,)), Rung(24 * HOUR, (Who.COORDINATOR, Who.DESK))),
        set_out_within=24 * HOUR,
        arrive_within=24 * HOUR,
        repeat_every=24 * HOUR,
        repeats=3,
    ),
}
"""The design's ladders, by severity."""
