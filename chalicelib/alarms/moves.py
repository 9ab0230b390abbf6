"""Where an alarm may stand, where it may move from there, and how severe each kind is. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from chalicelib.kernel.errors import ConflictError
from chalicelib.watch.model import ConcernKind


class State(StrEnum):
    """Where an alarm stands."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    SELF_ANSWERED = "self_answered"
    CLEARED = "cleared"
    RESOLVED = "resolved"


IN_CHINESE = {
    State.RAISED: "待接手",
    State.ACKNOWLEDGED: "已接手",
    State.EN_ROUTE: "在路上",
    State.ON_SITE: "已到门口",
    State.SELF_ANSWERED: "本人已报平安",
    State.CLEARED: "已有动静",
    State.RESOLVED: "已结束",
}
"""What each state is called."""
MOVES: dict[State, tuple[State, ...]] = {
    State.RAISED: (State.ACKNOWLEDGED, State.SELF_ANSWERED, State.CLEARED, State.RESOLVED),
    State.ACKNOWLEDGED: (
        State.EN_ROUTE,
        State.ON_SITE,
        State.RAISED,
        State.SELF_ANSWERED,
        State.CLEARED,
        State.RESOLVED,
    ),
    State.EN_ROUTE: (State.ON_SITE, State.RAISED, State.RESOLVED),
    State.ON_SITE: (State.RESOLVED,),
    State.SELF_ANSWERED: (State.RAISED, State.ACKNOWLEDGED, State.CLEARED, State.RESOLVED),
    State.CLEARED: (State.RAISED, State.ACKNOWLEDGED, State.RESOLVED),
    State.RESOLVED: (State.RAISED,),
}
"""The legal moves. An outcome may be given from anywhere: who is at the door need not press every button."""

ONLY_INACTIVITY = frozenset({State.SELF_ANSWERED, State.CLEARED})
"""Moves that only an alarm about a quiet home may make: nothing else ends by a sign of life."""
INACTIVITY = frozenset({ConcernKind.STILL_WATER, ConcernKind.ROUTINE})
REOPENED_WITHIN = timedelta(hours=2)
"""How long after its outcome an alarm may be opened again; later it is a new one, linked to it."""

SEVERITY: dict[ConcernKind, int] = {
    ConcernKind.ONE_KEY: 1,
    ConcernKind.GAS: 1,
    ConcernKind.SMOKE: 1,
    ConcernKind.FALL: 1,
    ConcernKind.STILL_WATER: 2,
    ConcernKind.ROUTINE: 2,
    ConcernKind.UNGUARDED: 3,
    ConcernKind.DEVICE_SILENT: 3,
    ConcernKind.FOLLOW_UP: 3,
    ConcernKind.DRILL_MISSED: 3,
}
"""1: someone may be dying. 2: someone should look in. 3: a task for working hours."""
TASK = 3
"""The severity of tasks: they may stay open for weeks, and what comes of them tells nothing of that time."""


class IllegalMoveError(ConflictError):
    """The alarm can't make this move from where it stands. The text names the moves that it can make."""

    code = "illegal_move"


def illegal(what: str, zh: str, state: State, moves: Sequence[State]) -> IllegalMoveError:
    """The error that says what is wrong, in both languages, and names the moves that can be made."""
    if state is State.RESOLVED:
        legal = "It is closed; it can be reopened within two hours, and later as a new, linked alarm."
        legal_zh = "它已经结束；两小时内可以重开，之后会另开一个关联的。"
    else:
        legal = f"It can become: {', '.join(moves)}."
        legal_zh = f"可以改成：{'、'.join(IN_CHINESE[move] for move in moves)}。"
    facts = {"moves": [move.value for move in moves]}
    return IllegalMoveError(f"{what} {legal}", zh=zh + legal_zh, facts=facts)
