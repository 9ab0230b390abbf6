"""How an alarm begins. Pure."""

from datetime import datetime

from chalicelib.alarms.climb import begun
from chalicelib.alarms.drill import climbed_once
from chalicelib.alarms.ladder import DEFAULTS, Ladder, with_check_call
from chalicelib.alarms.model import Alarm, identity
from chalicelib.alarms.moves import INACTIVITY, SEVERITY, State
from chalicelib.watch.model import Concern


def raised(concern: Concern, *, now: datetime, ladder: Ladder | None = None) -> Alarm:
    """The alarm of a concern.

    Its id comes from home, kind and the spell's start: the same spell is the same alarm.
    """
    kind = f"drill-{concern.kind}" if concern.drill else concern.kind.value
    climbs = ladder or DEFAULTS[SEVERITY[concern.kind]]
    if concern.kind in INACTIVITY:
        climbs = with_check_call(climbs)
    if concern.drill:
        climbs = climbed_once(climbs)
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
        climb=begun(climbs, now),
    )
