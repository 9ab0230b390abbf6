"""What people read and hear, in Chinese and English: warm, short, plain.

A lock screen shows title and body to whoever is near: they name a place, never a person, and never what may
be wrong with anyone. Gas and smoke are named, since whoever goes there must know. Spoken texts are short
enough to be heard twice, and end with the key to press.
"""

from enum import StrEnum

from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.model import Words


class MessageKind(StrEnum):
    """What somebody is told."""

    URGENT = "urgent"
    GAS = "gas"
    SMOKE = "smoke"
    LOOK_IN = "look_in"
    TASK = "task"
    CHECK_CALL = "check_call"
    KIN_TOLD = "kin_told"
    KIN_GOING = "kin_going"
    KIN_FALSE = "kin_false"
    KIN_CLOSED = "kin_closed"
    CALL_120 = "call_120"
    SMOKE_119 = "smoke_119"
    GAS_119 = "gas_119"
    DESK = "desk"
    HANDOFF = "handoff"
    SHIFT = "shift"
    DRILL = "drill"
    DRILL_KIN = "drill_kin"
    WISH_BROKEN = "wish_broken"
    STAND_IN = "stand_in"
    RELIEVED = "relieved"
    UNCONFIRMED = "unconfirmed"
    ROTA = "rota"
    HANDSET = "handset"
    SWAP = "swap"


KIN_NEWS = frozenset({MessageKind.KIN_GOING, MessageKind.KIN_FALSE, MessageKind.KIN_CLOSED})
"""What came of it, for kin who were told."""
NEVER_ALARMING = frozenset({MessageKind.CHECK_CALL, MessageKind.DRILL, MessageKind.DRILL_KIN})
"""What must never be said in the words of a call for help, nor in those of a notice."""
NOTICES = frozenset(
    {
        MessageKind.TASK,
        MessageKind.WISH_BROKEN,
        MessageKind.SHIFT,
        MessageKind.STAND_IN,
        MessageKind.RELIEVED,
        MessageKind.UNCONFIRMED,
        MessageKind.ROTA,
        MessageKind.HANDSET,
        MessageKind.SWAP,
        *KIN_NEWS,
    }
)
"""What asks nobody to go to a door: whoever has no words of a provider's for it says that there is news."""

_PRESS = {"zh-CN": "按1，由您负责。", "en": "Press 1 to take it."}
NO_PRESS = NOTICES | {
    MessageKind.KIN_TOLD, MessageKind.CHECK_CALL, MessageKind.DRILL, MessageKind.DRILL_KIN,
}  # fmt: skip
"""Kinds that ask nobody to take charge of an alarm."""

NOT_ASKED = frozenset(
    {
        MessageKind.KIN_TOLD,
        *KIN_NEWS,
        MessageKind.DRILL_KIN,
        MessageKind.WISH_BROKEN,
        MessageKind.RELIEVED,
        MessageKind.HANDSET,
        MessageKind.SWAP,
    }
)
"""Kinds that are told to people who can't take charge of an alarm, whatever they press."""

_TEXTS: dict[MessageKind, dict[str, tuple[str, str, str]]] = {
    MessageKind.URGENT: {
        "zh-CN": ("有人需要您", "{place}，请马上过去。打开应用看详情。", "{place}有邻居求助，请马上过去。"),
        "en": ("A neighbour needs you", "{place}. Please go now. Open the app for more.",
               "A neighbour at {place} needs help. Please go now."),
    },
    MessageKind.GAS: {
        "zh-CN": ("燃气报警", "{place}，请马上核实。不要开关电器。", "{place}燃气报警，请马上核实。"),
        "en": ("Gas alarm", "{place}. Please check now. Touch no switches.",
               "Gas alarm at {place}. Please check now."),
    },
    MessageKind.SMOKE: {
        "zh-CN": ("烟雾报警", "{place}，请马上核实。", "{place}烟雾报警，请马上核实。"),
        "en": ("Smoke alarm", "{place}. Please check now.", "Smoke alarm at {place}. Please check now."),
    },
    MessageKind.LOOK_IN: {
        "zh-CN": ("请去看一眼", "{place}，请上门看看。打开应用看详情。", "请到{place}看一眼。"),
        "en": ("Please look in", "{place}. Please knock. Open the app for more.",
               "Please look in at {place}."),
    },
    MessageKind.TASK: {
        "zh-CN": ("有一件小事", "{place}有一件待办，方便时处理。", "{place}有一件待办。"),
        "en": ("A small task", "{place}: one thing to do when you can.", "There is a task at {place}."),
    },
    MessageKind.CHECK_CALL: {
        "zh-CN": ("您好吗？", "我们打电话问候您，请接听。",
                  "您好，社区问候您。一切都好请按1，需要帮忙请按2，稍后再说请按3。"),
        "en": ("How are you?", "We are calling to say hello. Please pick up.",
               "Hello from your community. If all is well, press 1. For help, press 2. For later, press 3."),
    },
    MessageKind.KIN_TOLD: {
        "zh-CN": ("社区正在联系人", "我们正请附近的人过去看看。打开应用看详情。",
                  "社区正请附近的人过去看看，请留意电话。"),
        "en": ("We are asking for help", "We are asking someone nearby to go. Open the app for more.",
               "Your community is asking someone nearby to go. Please keep your phone near."),
    },
    MessageKind.KIN_GOING: {
        "zh-CN": ("有人接下了", "社区已有人负责去看。有了结果再告诉您。",
                  "社区已有人负责去看。有了结果再告诉您。"),
        "en": ("Someone is seeing to it", "Someone has taken it. You hear from us when it is closed.",
               "Someone has taken it. You hear from us when it is closed."),
    },
    MessageKind.KIN_FALSE: {
        "zh-CN": ("虚惊一场", "社区的人看过了，是一场虚惊。", "社区的人看过了，是一场虚惊。"),
        "en": ("A false alarm", "Somebody saw to it: it was a false alarm.",
               "Somebody saw to it: it was a false alarm."),
    },
    MessageKind.KIN_CLOSED: {
        "zh-CN": ("有结果了", "社区的人处理过了。打开应用，或者问问社区。", "社区的人处理过了，请问问社区。"),
        "en": ("It is closed", "Somebody saw to it. Open the app, or ask your community.",
               "Somebody saw to it. Please ask your community."),
    },
    MessageKind.CALL_120: {
        "zh-CN": ("还没有人接", "{place}，请您拨打120并安排人上门。",
                  "{place}的求助还没有人接。请拨打120，并派人上门。"),
        "en": ("Nobody has answered", "{place}. Please call 120 and send someone.",
               "Nobody has answered the call from {place}. Please call 120 and send someone."),
    },
    MessageKind.SMOKE_119: {
        "zh-CN": ("烟雾报警，没人接", "{place}，请您拨打119并安排人过去。",
                  "{place}烟雾报警，还没有人接。请拨打119，并安排人过去。"),
        "en": ("Smoke: nobody answered", "{place}. Please call 119 and send someone.",
               "Smoke alarm at {place}, and nobody has answered. Please call 119 and send someone."),
    },
    MessageKind.GAS_119: {
        "zh-CN": ("燃气报警，没人接", "{place}，请您拨打119并安排人过去。",
                  "{place}燃气报警，还没有人接。请拨打119，并安排人过去。"),
        "en": ("Gas: nobody answered", "{place}. Please call 119 and send someone.",
               "Gas alarm at {place}, and nobody has answered. Please call 119 and send someone."),
    },
    MessageKind.DESK: {
        "zh-CN": ("等您处理", "{place}的事还没有了结，请您看一看。", "{place}的事还没有了结，请您看一看。"),
        "en": ("Waiting for you", "{place} is not closed yet. Please see to it.",
               "The call from {place} is not closed yet. Please see to it."),
    },
    MessageKind.HANDOFF: {
        "zh-CN": ("请您接手", "{place}，前一班交给您。打开应用看详情。", "{place}的事交接给您。"),
        "en": ("Please take over", "{place}: handed over to you. Open the app for more.",
               "{place} is handed over to you."),
    },
    MessageKind.SHIFT: {
        "zh-CN": ("您的值班开始了", "请打开应用确认，辛苦您。", "您的值班开始了，辛苦您。"),
        "en": ("Your shift begins", "Please confirm in the app. Thank you.", "Your shift begins. Thank you."),
    },
    MessageKind.WISH_BROKEN: {
        "zh-CN": ("我们联系了您的家人", "您说过不要打扰他们。当时情况紧急，请您谅解。",
                  "当时情况紧急，我们联系了您的家人，请您谅解。"),
        "en": ("We called your family", "You had asked us not to. It was urgent; we hope you understand.",
               "It was urgent, so we called your family. We hope you understand."),
    },
    MessageKind.DRILL: {
        "zh-CN": ("演练", "{place}的每月演练，不用过去。请在应用里接下。",
                  "这是演练，{place}，不用过去。听到请按1。"),
        "en": ("Drill", "Monthly drill for {place}. Nobody needs to go. Please answer it in the app.",
               "This is a drill for {place}. Nobody needs to go. Press 1 to say that you heard."),
    },
    MessageKind.DRILL_KIN: {
        "zh-CN": ("演练", "这是每月演练，没有人求助，一切照常。",
                  "这是社区的每月演练，没有人求助，一切照常。"),
        "en": ("Drill", "This is the monthly drill. Nobody called for help.",
               "This is the community's monthly drill. Nobody called for help."),
    },
    MessageKind.STAND_IN: {
        "zh-CN": ("请您顶班", "值班的人没有确认，现在由您值班。打开应用确认，辛苦您。",
                  "值班的人没有确认，现在由您值班，辛苦您。"),
        "en": ("Please stand in", "You are on duty now: nobody confirmed. Please confirm in the app.",
               "Whoever was on duty did not confirm. You are on duty now. Thank you."),
    },
    MessageKind.RELIEVED: {
        "zh-CN": ("有人接手了", "{place}已有人接手，您可以休息了，辛苦您。", "{place}已有人接手，辛苦您。"),
        "en": ("You are relieved", "{place}: somebody took over. Thank you.",
               "Somebody took over at {place}. Thank you."),
    },
    MessageKind.UNCONFIRMED: {
        "zh-CN": ("没有人确认值班", "{place}没有人确认值班，也没有人顶班。请您安排。",
                  "{place}没有人确认值班，请您安排。"),
        "en": ("Nobody confirmed duty", "{place}: nobody confirmed, nobody stands in. Please arrange it.",
               "Nobody confirmed duty in {place}. Please arrange it."),
    },
    MessageKind.ROTA: {
        "zh-CN": ("值班表要补", "{place}。请打开应用安排。", "值班表要补：{place}。请安排。"),
        "en": ("The rota needs you", "{place}. Please open the app.",
               "The rota needs you: {place}. Please arrange it."),
    },
    MessageKind.HANDSET: {
        "zh-CN": ("新配对了一台设备", "{place}有住户的手机或平板新配对好了。若您不知情，请联系社区。",
                  "{place}有住户的手机或平板新配对好了。若您不知情，请联系社区。"),
        "en": ("A handset was paired", "{place}: a resident's phone or tablet. If that is news, please ask.",
               "A resident's phone or tablet was paired at {place}. If that is news to you, please ask."),
    },
    MessageKind.SWAP: {
        "zh-CN": ("换班", "{place}。请打开应用看看。", "换班：{place}。请打开应用看看。"),
        "en": ("A swap of shifts", "{place}. Please open the app.",
               "About a swap of shifts: {place}. Please open the app."),
    },
}  # fmt: skip


def words(kind: MessageKind, *, place: str = "") -> dict[str, Words]:
    """A message's words in every language.

    `place` is where to go, such as a building ("3号楼"): never a name, nor anything about someone's health.
    """
    return {language: _in(language, kind, place) for language in LANGUAGES}


def _in(language: str, kind: MessageKind, place: str) -> Words:
    where = place or {"zh-CN": "社区里", "en": "Your community"}[language]
    title, body, spoken = (part.format(place=where) for part in _TEXTS[kind][language])
    if kind not in NO_PRESS:
        spoken += _PRESS[language] if language == "zh-CN" else " " + _PRESS[language]
    return Words(title, body, spoken)
