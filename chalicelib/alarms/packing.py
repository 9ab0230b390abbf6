"""How a climb and its ladder are written down in the alarm: one compact text."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from chalicelib.alarms.climb import Climb, Reminder, Told
from chalicelib.alarms.ladder import Ladder, Rung, Who
from chalicelib.kernel.clock import epoch, from_epoch


def packed_climb(climb: Climb) -> str:
    """A climb as text. Times are whole seconds, rounded down: early is allowed, late is not.

    Only when to go on with a message is rounded up: before that nothing can be done.
    """
    fields = {
        "ladder": packed_ladder(climb.ladder),
        "began": epoch(climb.began_at),
        "rung_at": epoch(climb.rung_at),
        "rung": climb.rung,
        "round": climb.round,
        "telling": list(climb.telling),
        "standing": climb.standing,
        "as": climb.told_as,
        "reminder": climb.reminder,
        "sent": [[one.person, one.who, one.told_as] for one in climb.sent],
        "pending": [
            [one.person, one.who, one.told_as, one.reached, _not_before(one.again_at)]
            for one in climb.pending
            if one.again_at is not None
        ],
    }
    return json.dumps(fields, separators=(",", ":"))


def _not_before(at: datetime) -> int:
    return epoch(at) + (at.microsecond > 0)


@lru_cache(maxsize=1024)
def unpacked_climb(text: str) -> Climb:
    """The climb that `packed_climb` packed. Remembered: lists are read far more often than alarms move."""
    fields: dict[str, Any] = json.loads(text)
    pending = tuple(
        Told(person, Who(who), told_as, reached, from_epoch(at))
        for person, who, told_as, reached, at in fields["pending"]
    )
    stood = fields.get("standing")
    return Climb(
        ladder=unpacked_ladder(fields["ladder"]),
        began_at=from_epoch(fields["began"]),
        rung_at=from_epoch(fields["rung_at"]),
        rung=fields["rung"],
        round=fields["round"],
        telling=tuple(Who(who) for who in fields["telling"]),
        standing=None if stood is None else tuple((person, Who(who)) for person, who in stood),
        told_as=fields["as"],
        sent=tuple(Told(person, Who(who), as_, True) for person, who, as_ in fields.get("sent", ())),
        pending=pending,
        pending_at=min((one.again_at for one in pending if one.again_at is not None), default=None),
        reminder=Reminder(fields.get("reminder", "")),
    )


def packed_ladder(ladder: Ladder) -> list[Any]:
    """A ladder as plain values."""
    rungs = [[rung.after, list(rung.ask)] for rung in ladder.rungs]
    return [rungs, ladder.set_out_within, ladder.arrive_within, ladder.repeat_every, ladder.repeats]


def unpacked_ladder(values: list[Any]) -> Ladder:
    """The ladder that `packed_ladder` packed."""
    rungs, set_out, arrive, every, repeats = values
    return Ladder(
        tuple(Rung(after, tuple(Who(who) for who in ask)) for after, ask in rungs),
        set_out, arrive, every, repeats,
    )  # fmt: skip
