"""Why now: the figures behind a routine alarm, a sentence of them, and points for a picture. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.watch.routine import Routine
from chalicelib.watch.routine_days import HOUR, NIGHT_ENDS, Calendar

DRAWN_AHEAD = 36 * HOUR


class Reason(StrEnum):
    """What kind of silence it is."""

    MORNING = "morning"
    SILENCE = "silence"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a home is, or will be, looked at. Moments are Unix seconds, times of day minutes since midnight.

    `usual_by` is when half of such silences have ended, `mostly_by` 19 of 20; None beyond a day and a half.
    `usual_minute` and `latest_minute` are of the first life sign on the last `days` such days.
    `silent_sensors` is the mask of those not listening now, `last_by` the sense that gave the last life sign,
    where a home has several and one did. `picture` holds, hour by hour, a moment and the
    share of such silences that still go on.
    """

    reason: Reason
    last_sign_at: int
    deadline: int
    usual_by: int | None
    mostly_by: int | None
    day_off: bool
    days: int
    usual_minute: int | None
    latest_minute: int | None
    silent_sensors: int
    picture: tuple[tuple[int, float], ...]
    last_by: int | None = None

    def figures(self) -> dict[str, int | str]:
        """What an alarm keeps of it: all but the picture."""
        told = {name: getattr(self, name) for name in _FIGURES}
        return {
            "reason": self.reason.value,
            **{name: int(figure) for name, figure in told.items() if figure is not None},
        }


_FIGURES = (
    "last_sign_at", "deadline", "usual_by", "mostly_by", "day_off", "days", "usual_minute", "latest_minute",
    "silent_sensors", "last_by",
)  # fmt: skip


def why_of(figures: Mapping[str, int | str]) -> Why:
    """What `figures` kept."""
    told = {name: int(figures[name]) if name in figures else None for name in _FIGURES}
    return Why(
        Reason(str(figures.get("reason", Reason.SILENCE))),
        told["last_sign_at"] or 0,
        told["deadline"] or 0,
        told["usual_by"],
        told["mostly_by"],
        bool(told["day_off"]),
        told["days"] or 0,
        told["usual_minute"],
        told["latest_minute"],
        told["silent_sensors"] or 0,
        (),
        told["last_by"],
    )


def why(routine: Routine, threshold: float, *, sensors: int = 1) -> Why | None:
    """The figures behind the deadline; None before the first life sign. `sensors` are all the home has."""
    silence, deadline = routine.silence, routine.deadline(threshold)
    if silence is None or deadline is None:
        return None
    picture = tuple(routine.outlook(silence.began + DRAWN_AHEAD))
    off = routine.calendar.slot(deadline) >= 24
    mornings = sorted(m % 1440 for m in routine.habits.mornings if (m >= 1440) == off)
    return Why(
        _reason(routine, silence.began, deadline),
        silence.began,
        deadline,
        _falls_below(picture, 0.5),
        _falls_below(picture, 0.05),
        off,
        len(mornings),
        mornings[len(mornings) // 2] if mornings else None,
        mornings[-1] if mornings else None,
        sensors & ~silence.heard,
        picture,
        _told_apart(routine.mix.senses, silence.last),
    )


def _reason(routine: Routine, began: int, deadline: int) -> Reason:
    if routine.is_out():
        return Reason.OUT
    days = routine.calendar
    first_of_the_day = days.day(began) != days.day(deadline) and days.minute(deadline) >= NIGHT_ENDS * 60
    return Reason.MORNING if first_of_the_day else Reason.SILENCE


def _told_apart(senses: int, last: int) -> int | None:
    """The one of several senses that spoke last, if it was one."""
    return last if senses.bit_count() > 1 and last.bit_count() == 1 else None


def _falls_below(picture: tuple[tuple[int, float], ...], share: float) -> int | None:
    return next((at for at, quiet in picture if quiet <= share), None)


_TEXTS = {
    "zh-CN": {
        Reason.MORNING: "{kind}通常{usual}前就有动静，最近{days}个这样的日子最晚{latest}；今天还没有{by}。",
        Reason.SILENCE: "{last}之后没有动静{by}；平时这段时间，大多在{mostly}前就又有动静了。",
        Reason.OUT: "{last}出门后一直没有回来的动静。",
        "few": "{last}之后没有动静{by}，比这附近人家平时都久。",
        "by": "（最后是{sense}）",
        "by_at": "（最后是{last}，{sense}）",
        "sensor": "{senses}没有消息，所以多等了一会儿。",
        "senses": ("水表", "门磁", "人体传感器", "电表", "床边雷达", "其他传感器"),
        "and": "、",
        "kinds": ("工作日", "休息日"),
    },
    "en": {
        Reason.MORNING: "On {kind} there is usually life by {usual}, by {latest} at the latest "
        "on the last {days} of them; nothing yet today{by}.",
        Reason.SILENCE: "Nothing since {last}{by}; at this time there is mostly life again by {mostly}.",
        Reason.OUT: "Went out at {last} and no sign of coming back.",
        "few": "Nothing since {last}{by}, longer than homes around here mostly are quiet.",
        "by": " (last was {sense})",
        "by_at": " (last was {sense} at {last})",
        "sensor": "Silent: {senses}; so we waited longer.",
        "senses": (
            "the water meter", "the door contact", "the motion sensor", "the electricity meter",
            "the bed radar", "another sensor",
        ),
        "and": ", ",
        "kinds": ("working days", "days off"),
    },
}  # fmt: skip
FEW_MORNINGS = 5


def sentence(told: Why, calendar: Calendar, *, language: str) -> str:
    """One plain sentence, and one more when a sensor is missing. `language` is zh-CN or en."""
    texts, clock = _TEXTS[language], calendar.minute
    key: Reason | str = told.reason
    if told.reason is Reason.MORNING and told.days < FEW_MORNINGS:
        key = Reason.SILENCE
    if key is Reason.SILENCE and told.mostly_by is None:
        key = "few"
    last, by = _time(clock(told.last_sign_at)), ""
    if told.last_by is not None:
        sense = texts["senses"][told.last_by.bit_length() - 1]
        by = str(texts["by_at" if key is Reason.MORNING else "by"]).format(sense=sense, last=last)
    text = str(texts[key]).format(
        kind=texts["kinds"][told.day_off],
        usual=_time(told.usual_minute),
        latest=_time(told.latest_minute),
        days=told.days,
        last=last,
        by=by,
        mostly=_time(None if told.mostly_by is None else clock(told.mostly_by)),
    )
    if not told.silent_sensors:
        return text
    senses = [name for n, name in enumerate(texts["senses"]) if told.silent_sensors >> n & 1]
    joint = "" if language == "zh-CN" else " "
    return text + joint + str(texts["sensor"]).format(senses=str(texts["and"]).join(senses))


def _time(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
