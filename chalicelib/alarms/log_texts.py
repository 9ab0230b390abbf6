"""The lines of an alarm's log as people read them, in Chinese and English, with people's names."""

import re
from collections.abc import Iterable, Mapping

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import ERASED, HANDED_TO, NOT_REACHED, RELIEVES, SYSTEM, Happened, LogEntry

_NAMES_NOBODY = frozenset(
    {Happened.RUNG, Happened.AGAIN, Happened.RESOLVED, Happened.REOPENED, Happened.NOTED}
)
"""Lines whose notes name no people, or were written by one in their own words."""
_RELIEVING = frozenset({Happened.ACKNOWLEDGED, Happened.ON_SITE})
"""Lines that may say who is relieved."""
_TOLD = frozenset({Happened.TOLD, Happened.PURSUED, Happened.REMINDED, Happened.NOT_ON_SITE})
"""Lines that say of each whether they were reached."""
_TEXTS: Mapping[Happened, tuple[str, str]] = {
    Happened.RAISED: ("发起警报。", "Raised."),
    Happened.AGAIN: ("同样的情况又出现了。", "Its cause came again."),
    Happened.HEARD_AGAIN: ("设备又有消息了。", "The device speaks again."),
    Happened.LOCATION: ("知道了来电人的位置。", "The caller told where they are."),
    Happened.CANCEL_ASKED: (
        "来电人说不用了，还是会有人去看看。",
        "The caller asked to cancel; somebody still looks.",
    ),
    Happened.RUNG: ("现在联系：{who}。", "Now asked: {who}."),
    Happened.TOLD: ("已通知：{who}。", "Told: {who}."),
    Happened.NOBODY_REACHED: ("谁也没联系上：{who}。", "Nobody was reached: {who}."),
    Happened.PURSUED: ("继续联系：{who}。", "Tried on: {who}."),
    Happened.REMINDED: ("再次提醒：{who}。", "Reminded: {who}."),
    Happened.HELD: (
        "{who}正在这户或路上，先不再叫别人。",
        "{who} is there or on the way; nobody else is rung.",
    ),
    Happened.WISH_BROKEN: (
        "情况紧急，通知了住户不愿打扰的{who}。",
        "It is urgent: {who} is told against the resident's wish.",
    ),
    Happened.NOT_ANSWERED: ("没打通{by}的电话。", "{by} wasn't reached by phone."),
    Happened.ACKNOWLEDGED: ("{by}接手{who}。", "{by} takes charge{who}."),
    Happened.OFFERED: ("换班，请{taker}接替{giver}。", "Duty changed: {taker} is asked to relieve {giver}."),
    Happened.DECLINED: ("{by}去不了，再请别人。", "{by} can't come; others are asked."),
    Happened.TOO_LONG: ("还没有人出发，再请别人。", "Nobody set out in time; others are asked."),
    Happened.EN_ROUTE: ("{by}出发了。", "{by} is on the way."),
    Happened.NOT_ON_SITE: ("还没有人到，也请了：{who}。", "Nobody is there yet; asked too: {who}."),
    Happened.ON_SITE: ("{by}到了{who}。", "{by} is at the door{who}."),
    Happened.CHECK_CALL_WAITS: ("等会儿给{who}打问候电话。", "The check call to {who} waits."),
    Happened.CHECK_CALL: ("给{who}打了问候电话。", "{who} is rung, to ask how they are."),
    Happened.CHECK_CALL_ANSWERED: ("{who}接了问候电话。", "{who} answered the check call."),
    Happened.CHECK_CALL_UNANSWERED: ("{who}没有接问候电话。", "{who} didn't answer the check call."),
    Happened.CHECK_CALL_FAILED: (
        "给{who}的问候电话没打出去。",
        "The check call to {who} didn't get through.",
    ),
    Happened.CHECK_CALL_IMPOSSIBLE: ("{who}没有可以拨打的电话。", "{who} has no telephone to ring."),
    Happened.SELF_ANSWERED: ("{by}：住户说一切都好。", "{by}: the resident says that all is well."),
    Happened.ANSWER_LAPSED: (
        "住户说过都好，但一直没有动静，重新请人。",
        "All was said to be well, but no life sign followed; somebody is asked again.",
    ),
    Happened.ASKED_TO_BE_CALLED_BACK: ("{by}请我们晚点再打。", "{by} asked to be rung later."),
    Happened.CLEARED: ("又有了动静，不再叫人。", "There was a life sign; nobody is rung any more."),
    Happened.NOTED: ("{by}：{note}。", "{by}: {note}."),
    Happened.DRILL_UNANSWERED: ("没有人应答这次演练。", "Nobody answered this drill."),
    Happened.RESOLVED: ("{by}了结了它。{note}", "{by} closed it. {note}"),
    Happened.REOPENED: ("{by}重新发起：{note}", "{by} raised it again: {note}"),
}
_IN_CHINESE: Mapping[str, str] = {
    "heard the drill": "听到了演练",
    "asked for help": "请求帮忙",
    "asked to be called back": "请我们晚点再打",
    "said that all is well": "说一切都好",
}
"""What the system notes of what somebody did on the phone."""
_PRESSED = re.compile(r"pressed (.)")
_WHO: Mapping[Who, tuple[str, str]] = {
    Who.DUTY_FIRST: ("值班人员", "whoever is on duty"),
    Who.DUTY_SECOND: ("第二值班人员", "the second on duty"),
    Who.TEAM: ("全队", "the whole team"),
    Who.GRID_WORKER: ("网格员", "the grid worker"),
    Who.STEWARD: ("贴心管家", "the steward"),
    Who.KIN: ("家人", "kin"),
    Who.BACKUP: ("后备人员", "the backup"),
    Who.SECRETARY: ("书记", "the secretary"),
    Who.COORDINATOR: ("社区协调员", "the coordinator"),
    Who.DESK: ("值班台", "the desk"),
    Who.RESIDENT: ("住户本人", "the resident"),
}
_SYSTEM, _GONE = ("系统", "The system"), ("（已删除）", "(erased)")


def people_in(log: Iterable[LogEntry]) -> set[str]:
    """The ids of everybody whom the lines of a log speak of."""
    found = {person for entry in log for person in (entry.by, entry.on_behalf_of or "", *_about(entry))}
    return found - {"", SYSTEM, ERASED}


def log_text(entry: LogEntry, names: Mapping[str, str], *, language: str) -> str:
    """A line of a log as a sentence; who has no name in `names` is told by id."""
    zh = language == "zh-CN"

    def named(person: str) -> str:
        own = {SYSTEM: _SYSTEM[not zh], ERASED: _GONE[not zh]}
        return own.get(person) or names.get(person, person)

    about = [named(person) for person in _about(entry)]
    told = _TEXTS[entry.what][not zh].format(
        by=named(entry.by),
        who=_who(entry, about, zh=zh),
        giver=about[0] if about else "",
        taker=about[-1] if about else "",
        note=_noted(entry.note) if zh and entry.what is Happened.NOTED else entry.note,
    )
    return told.strip()


def _about(entry: LogEntry) -> list[str]:
    """The ids of those whom a line's note names, in the order in which they stand there."""
    note = entry.note
    if entry.by == ERASED:
        return [] if entry.what in _NAMES_NOBODY | _RELIEVING else [ERASED]
    match entry.what:
        case what if what in _RELIEVING:
            return [note.removeprefix(RELIEVES)] if note else []
        case Happened.OFFERED:
            return note.split(HANDED_TO)
        case Happened.HELD:
            return [note.partition(": ")[0]]
        case what if what in _NAMES_NOBODY:
            return []
    return [one.removesuffix(NOT_REACHED) for one in note.split(", ") if one]


def _who(entry: LogEntry, names: list[str], *, zh: bool) -> str:
    comma = "、" if zh else ", "
    match entry.what:
        case Happened.RUNG if entry.by == ERASED:
            return _GONE[not zh]
        case Happened.RUNG:
            return comma.join(_WHO[Who(who)][not zh] for who in entry.note.split(", ") if who)
        case what if what in _RELIEVING:
            return "".join(f"，换下{name}" if zh else f" and relieves {name}" for name in names)
        case what if what in _TOLD and names:
            missed = [one.endswith(NOT_REACHED) for one in entry.note.split(", ")]
            not_reached = "（没联系上）" if zh else NOT_REACHED
            names = [f"{name}{not_reached * no}" for name, no in zip(names, missed, strict=True)]
    return comma.join(names) or ("没有人" if zh else "nobody")


def _noted(note: str) -> str:
    """What the system noted, in Chinese. What somebody wrote themselves stays as they wrote it."""
    pressed = _PRESSED.fullmatch(note)
    return f"按了{pressed[1]}" if pressed else _IN_CHINESE.get(note, note)
