"""Answering an alarm in somebody's stead: what their phone offers, in their language, and doing it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import click

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import IN_CHINESE, State
from chalicelib.alarms.outcome import CAUSES_OF, NEEDS_ACTION, Action, Cause, Outcome, Verdict
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.kernel import clock
from chalicelib.kernel.errors import ShouwangError
from chalicelib.watch.model import ConcernKind

Option = TypeVar("Option")
CHINESE = "zh-CN"


class Answer(StrEnum):
    """What somebody may answer."""

    TAKE = "take"
    DECLINE = "decline"
    ON_MY_WAY = "on-my-way"
    THERE = "there"
    FOUND = "found"


OFFERED: dict[Answer, tuple[str, str, tuple[State, ...]]] = {
    Answer.TAKE: ("我来", "I take it", (State.RAISED, State.SELF_ANSWERED, State.CLEARED)),
    Answer.DECLINE: ("我来不了", "I can't come", (State.ACKNOWLEDGED, State.EN_ROUTE)),
    Answer.ON_MY_WAY: ("我出发了", "I'm on my way", (State.ACKNOWLEDGED,)),
    Answer.THERE: ("我到门口了", "I'm at the door", (State.ACKNOWLEDGED, State.EN_ROUTE)),
    Answer.FOUND: ("情况是这样", "What I found", tuple(s for s in State if s is not State.RESOLVED)),
}
"""Each answer in Chinese and English, and the states in which a phone offers it."""
THANKS = {
    Answer.TAKE: ("由您负责了，别人不会再被叫到。", "It is yours; nobody else is rung."),
    Answer.DECLINE: ("没关系，马上问下一位。", "Never mind; the next are asked."),
    Answer.ON_MY_WAY: ("路上小心。", "Safe way."),
    Answer.THERE: ("好的，看看需要什么。", "Good. See what is needed."),
    Answer.FOUND: ("谢谢您，这件事结束了。", "Thank you. It is closed."),
}
VERDICTS = {
    Verdict.REAL: ("真的有事", "they needed help"),
    Verdict.FALSE: ("平安无事", "all was well"),
    Verdict.DEVICE: ("设备的问题", "a device was at fault"),
    Verdict.DRILL: ("演练", "it was a drill"),
}
CAUSES = {
    Cause.ASLEEP: ("睡着了", "asleep"),
    Cause.AWAY: ("不在家", "away"),
    Cause.LOW_USE: ("用水少", "used little water"),
    Cause.VISITING: ("家里有客", "had visitors"),
    Cause.FELL: ("摔倒了", "fell"),
    Cause.ILL: ("病了", "ill"),
    Cause.DIED: ("去世了", "died"),
    Cause.FIRE: ("着火", "fire"),
    Cause.GAS: ("燃气", "gas"),
    Cause.METER_FAULT: ("水表故障", "the meter is faulty"),
    Cause.NETWORK_FAULT: ("网络故障", "the network failed"),
    Cause.PRESSED_BY_MISTAKE: ("按错了", "pressed by mistake"),
    Cause.TEST: ("测试", "a test"),
    Cause.OTHER: ("其他", "something else"),
}
ACTIONS = {
    Action.HELPED: ("当场帮到了", "helped on the spot"),
    Action.FAMILY: ("通知了家人", "told the family"),
    Action.AMBULANCE: ("叫了120", "called 120"),
    Action.FIRE_BRIGADE: ("叫了119", "called 119"),
    Action.POLICE: ("叫了110", "called 110"),
}
KINDS = {
    ConcernKind.ONE_KEY: ("“1”键求助", "the “1” key"),
    ConcernKind.STILL_WATER: ("家里没有动静", "a quiet home"),
    ConcernKind.ROUTINE: ("比平时安静", "quieter than usual"),
    ConcernKind.GAS: ("燃气报警", "gas alarm"),
    ConcernKind.SMOKE: ("烟雾报警", "smoke alarm"),
    ConcernKind.FALL: ("可能摔倒", "maybe a fall"),
    ConcernKind.FOLLOW_UP: ("回访", "a follow-up"),
    ConcernKind.DEVICE_SILENT: ("设备没有消息", "a silent device"),
    ConcernKind.UNGUARDED: ("没有设备在线", "an unguarded home"),
}


def in_language(words: tuple[str, str], language: str) -> str:
    """One of a pair of words, in Chinese and in English."""
    return words[0] if language == CHINESE else words[1]


def state_of(alarm: Alarm, language: str) -> str:
    """What an alarm is about and where it stands, such as `the “1” key, raised`."""
    kind = in_language(KINDS.get(alarm.kind, (alarm.kind.value, alarm.kind.value)), language)
    if language == CHINESE:
        return f"{kind}，{IN_CHINESE[alarm.state]}"
    return f"{kind}, {alarm.state.replace('_', ' ')}"


def offered(alarm: Alarm) -> list[Answer]:
    """What a phone offers for an alarm as it stands."""
    return [answer for answer, (_, _, states) in OFFERED.items() if alarm.state in states]


def give(
    desk: AlarmDesk, answer: Answer, alarm: Alarm, by: Responder, outcome: Outcome | None, now: datetime
) -> Alarm:
    """Answer an alarm. Raises IllegalMoveError; `outcome` belongs to FOUND alone."""
    match answer:
        case Answer.TAKE:
            return desk.acknowledge(alarm.id, by=by, now=now)
        case Answer.DECLINE:
            return desk.decline(alarm.id, by=by, now=now)
        case Answer.ON_MY_WAY:
            return desk.set_out(alarm.id, by=by, now=now)
        case Answer.THERE:
            return desk.arrive(alarm.id, by=by, now=now)
    if outcome is None:
        raise ShouwangError("Say what you found: a verdict and a cause.", zh="请说明情况。")
    return desk.resolve(alarm.id, outcome, by=by, now=now)


def asked(desk: AlarmDesk, alarm: Alarm, by: Responder, language: str) -> str | None:
    """Ask a person at the terminal what they answer, and do it; what their phone says then."""
    answer = choice({answer: OFFERED[answer][:2] for answer in offered(alarm)}, language)
    if answer is None:
        return None
    outcome = ask_outcome(alarm, language) if answer is Answer.FOUND else None
    give(desk, answer, alarm, by, outcome, clock.now())
    return in_language(THANKS[answer], language)


def outcome_of(alarm: Alarm, cause: Cause, action: Action | None, note: str) -> Outcome:
    """What an alarm was, by its cause and what was done about it. Raises ShouwangError for one that is never
    all well, and about which nothing was done.
    """
    if action is not None:
        verdict = Verdict.REAL
    elif cause in NEEDS_ACTION:
        actions = ", ".join(Action)
        raise ShouwangError(f"{cause} is real: say with --action what was done, one of {actions}.")
    else:
        device = cause in (Cause.METER_FAULT, Cause.NETWORK_FAULT)
        is_drill = alarm.drill and cause in CAUSES_OF[Verdict.DRILL]
        verdict = Verdict.DRILL if is_drill else Verdict.DEVICE if device else Verdict.FALSE
    return Outcome(verdict, cause, note, action)


def ask_outcome(alarm: Alarm, language: str) -> Outcome:
    """Ask what was found: verdict, cause, what was done, a note."""
    never = Verdict.REAL if alarm.drill else Verdict.DRILL
    verdict = must_choose({v: words for v, words in VERDICTS.items() if v is not never}, language)
    cause = must_choose({cause: CAUSES[cause] for cause in CAUSES_OF[verdict]}, language)
    action = must_choose(ACTIONS, language) if verdict is Verdict.REAL else None
    note = click.prompt(in_language(("备注", "A note"), language), default="", show_default=False)
    return Outcome(verdict, cause, note, action)


def choice(words: Mapping[Option, tuple[str, str]], language: str) -> Option | None:
    """Let a person choose one of numbered options. None when there are none, or they only press Enter."""
    options = list(words)
    for number, option in enumerate(options, start=1):
        click.echo(f"  {number}  {in_language(words[option], language)}")
    told = "?" if options else ""
    while told:
        question = in_language(("请选（回车：不选）", "Choose (Enter: nothing)"), language)
        told = click.prompt(question, default="", show_default=False).strip()
        if told.isdecimal() and 1 <= int(told) <= len(options):
            return options[int(told) - 1]
    return None


def must_choose(words: Mapping[Option, tuple[str, str]], language: str) -> Option:
    """Let a person choose one of numbered options; they must, or leave with Ctrl-C."""
    while (chosen := choice(words, language)) is None:
        click.echo(in_language(("请选一个。", "Please choose one."), language))
    return chosen
