"""Where an alarm may stand, where it may move from there, and how severe each kind is. Pure."""

from collections.abc import Mapping, Sequence
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


class TakenError(IllegalMoveError):
    """Somebody else has it in hand. `who` is their id; the texts name them by it until they are `named`."""

    def __init__(
        self, text: str, *, zh: str, who: str, name: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        shown = {"who": name or who}
        super().__init__(text.format_map(shown), zh=zh.format_map(shown), facts=facts)
        self.who = who
        self._texts = text, zh

    def named(self, name: str) -> "TakenError":
        """The same, for somebody who may know their name."""
        text, zh = self._texts
        return TakenError(text, zh=zh, who=self.who, name=name, facts=self.facts)


def taken(what: str, zh: str, *, who: str, moves: Sequence[State]) -> TakenError:
    """The error for whoever would move what somebody else has in hand: `what` and `zh` say so with `{who}`;
    `moves` are those that are left to them.
    """
    left, left_zh = ", ".join(moves), "、".join(IN_CHINESE[move] for move in moves)
    return TakenError(
        f"{what} From you it can become: {left}." if moves else what,
        zh=f"{zh}您可以改成：{left_zh}。" if moves else zh,
        who=who,
        facts={"moves": [move.value for move in moves]},
    )


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
