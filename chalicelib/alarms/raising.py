"""How an alarm begins. Pure."""

from datetime import datetime

from chalicelib.alarms.climb import begun
from chalicelib.alarms.drill import climbed_once
from chalicelib.alarms.ladder import DEFAULTS, Ladder, with_check_call
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import INACTIVITY, SEVERITY, State
from chalicelib.alarms.spell import identity
from chalicelib.watch.model import Concern


def raised(concern: Concern, *, now: datetime, ladder: Ladder | None = None) -> Alarm:
    """The alarm of a concern.

    Its id comes from home, kind and the spell's start: the same spell is the same alarm.
    """
    kind = f"drill-{concern.kind}" if concern.drill else concern.kind.value
    return Alarm(
        id=identity(concern.community, concern.household, kind, concern.began_at),
        kind=concern.kind,
        severity=SEVERITY[concern.kind],
        community=concern.community,
        household=concern.household,
        state=State.RAISED,
        raised_at=now,
        began_at=concern.began_at,
        evidence=concern.evidence,
        drill=concern.drill,
        climb=begun(climbs(concern, ladder), now),
    )


def climbs(concern: Concern, ladder: Ladder | None) -> Ladder:
    """What an alarm of a concern climbs: its community's own ladder, or else the design's."""
    chosen = ladder or DEFAULTS[SEVERITY[concern.kind]]
    if concern.kind in INACTIVITY:
        chosen = with_check_call(chosen)
    return climbed_once(chosen) if concern.drill else chosen
