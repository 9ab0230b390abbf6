"""What people read about an alarm, in Chinese and English.

Warm, short and plain, and without any health detail.
"""

from datetime import datetime, timedelta, tzinfo

from chalicelib.alarms.model import Alarm
from chalicelib.kernel.clock import from_epoch
from chalicelib.watch.model import ConcernKind
from chalicelib.watch.routine_days import Calendar
from chalicelib.watch.routine_why import sentence, why_of

_TEXTS: dict[ConcernKind, dict[str, str]] = {
    ConcernKind.STILL_WATER: {
        "zh-CN": "自{since}起只用了{litres}升水；水表最后一次上报在{heard}。请上门看看。",
        "en": "{litres} {litre_word} since {since}; meter last heard {heard}. Please look in.",
    },
    ConcernKind.ROUTINE: {
        "zh-CN": "{why}家里设备最后一次上报在{heard}。请上门看看。",
        "en": "{why} Home last heard {heard}. Please look in.",
    },
    ConcernKind.DEVICE_SILENT: {
        "zh-CN": "设备{device}没有消息，最后一次上报在{heard}。请检查设备。",
        "en": "Device {device} has gone silent, last heard {heard}. Please check it.",
    },
    ConcernKind.UNGUARDED: {
        "zh-CN": "这户没有一个设备在线，最后一次上报在{heard}。请去看一眼，并检查设备。",
        "en": "No device in this home is speaking, last heard {heard}. Please look in and check the devices.",
    },
    ConcernKind.FOLLOW_UP: {
        "zh-CN": "前不久这户有过真实的警报。请去看看现在怎么样。",
        "en": "There was a real alarm here lately. Please see how they are now.",
    },
    ConcernKind.DRILL_MISSED: {
        "zh-CN": "{at}“{who}”的每月演练没有成功。请查明原因，再试一次。",
        "en": "The monthly drill of “{who}” at {at} proved nothing. Please find out why, and test again.",
    },
    ConcernKind.GAS: {
        "zh-CN": "燃气报警器在{at}报警。请立即核实。",
        "en": "The gas alarm went off at {at}. Go at once.",
    },
    ConcernKind.SMOKE: {
        "zh-CN": "烟雾报警器在{at}报警。请立即核实。",
        "en": "The smoke alarm went off at {at}. Go at once.",
    },
    ConcernKind.FALL: {
        "zh-CN": "{at}可能有人跌倒。请立即上门。",
        "en": "Someone may have fallen at {at}. Go at once.",
    },
    ConcernKind.ONE_KEY: {
        "zh-CN": "{at}按下了“1”键。请立即联系。",
        "en": "The “1” key was pressed at {at}. Call at once.",
    },
}
_UNOPENED = {
    "zh-CN": "这户安静得不同寻常。请上门看看。",
    "en": "This home is unusually quiet. Please look in.",
}
"""For whom figures weren't opened to."""
_DRILL = {
    "zh-CN": "{at}的演练：看看按“1”有没有人接。不用上门。",
    "en": "A drill at {at}: does anybody answer the “1” key? Nobody needs to go.",
}


def evidence_text(
    alarm: Alarm, *, language: str, zone: tzinfo, now: datetime, hidden: bool = False, who: str = ""
) -> str:
    """Why the alarm was raised, in one or two sentences, with times in the community's zone and ages at
    `now`; without any figure when they are `hidden`. `who` is what those are called whom it is about, if it
    names anybody.
    """
    if hidden:
        return _UNOPENED[language]
    told = alarm.evidence
    texts = _DRILL if alarm.drill else _TEXTS[alarm.kind]
    litres = told.get("used_litres", 0)
    why = ""
    if alarm.kind is ConcernKind.ROUTINE:
        why = sentence(why_of(told), Calendar(zone), language=language)
    return texts[language].format(
        why=why,
        litres=litres,
        litre_word="litre" if litres == 1 else "litres",
        device=told.get("device", ""),
        who=who or told.get("who", ""),
        since=_clock(told.get("since"), zone, now, language),
        at=_clock(told.get("at"), zone, now, language),
        heard=_ago(told.get("heard_at"), alarm.raised_at, language),
    )


def _clock(at: int | str | None, zone: tzinfo, now: datetime, language: str) -> str:
    if at is None:
        return ""
    then, today = from_epoch(int(at)).astimezone(zone), now.astimezone(zone).date()
    days = (today - then.date()).days
    hour = then.strftime("%H:%M")
    if days == 0:
        return hour
    if days == 1:
        return f"昨天{hour}" if language == "zh-CN" else f"{hour} yesterday"
    return f"{then.month}月{then.day}日{hour}" if language == "zh-CN" else f"{hour} on {then.day} {then:%b}"


def _ago(at: int | str | None, now: datetime, language: str) -> str:
    if at is None:
        return ""
    passed = max(timedelta(0), now - from_epoch(int(at)))
    minutes = int(passed.total_seconds()) // 60
    if minutes < 1:
        return "刚才" if language == "zh-CN" else "just now"
    number, zh, en = next(
        (minutes // size, zh, en)
        for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute"))
        if minutes >= size
    )
    return f"{number}{zh}前" if language == "zh-CN" else f"{number} {en}{'s' if number != 1 else ''} ago"
