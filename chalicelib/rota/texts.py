"""What people read in their calendar."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.rota.hours import Period
from chalicelib.rota.icalendar import Event, calendar
from chalicelib.rota.outlook import Stretch

_SUMMARY = {
    "zh-CN": {Period.DAY: "白班", Period.NIGHT: "夜班"},
    "en": {Period.DAY: "Day duty", Period.NIGHT: "Night duty"},
}
_SECOND = {"zh-CN": "（第二联系人）", "en": " (second)"}
_WHOLE = {"zh-CN": "全社区", "en": "whole community"}
_NAME = {"zh-CN": "守望值班", "en": "Shouwang duty"}


def shifts_calendar(
    person: str, stretches: Sequence[Stretch], grids: Mapping[str, str], *, language: str, now: datetime
) -> str:
    """Someone's stretches of duty as an iCalendar file; `grids` names the grids."""
    events = []
    for stretch in stretches:
        duty = stretch.duty
        place = grids.get(duty.grid, duty.grid) or _WHOLE[language]
        rank = "" if duty.first == person else _SECOND[language]
        summary = f"{_SUMMARY[language][duty.shift.period]}{rank} · {place}"
        key = "/".join((person, duty.grid, str(int(stretch.start.timestamp()))))
        events.append(Event(key, stretch.start, stretch.end, summary))
    return calendar(_NAME[language], events, now=now)
