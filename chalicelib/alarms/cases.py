"""Several alarms of one home are one case: what is open there, and who is on it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.moves import State

NEAR_FOR = timedelta(hours=1)
"""How long somebody who set out, or arrived, counts as being near without another word."""
_NEAR = {State.ON_SITE: 0, State.EN_ROUTE: 1}
_TAKEN = 2


@dataclass(frozen=True, slots=True)
class OnIt:
    """Somebody who is on a case: nearest to the door first, then who took charge first."""

    person: str
    state: State
    since: datetime
    alarm: str


@dataclass(frozen=True, slots=True)
class Case:
    """A home's open alarms, the most severe first, then the oldest; a drill comes after what is real."""

    household: str
    alarms: tuple[Alarm, ...]

    @property
    def severity(self) -> int:
        """That of its most severe alarm."""
        return self.alarms[0].severity

    @property
    def drill(self) -> bool:
        """Whether nothing of it is real."""
        return all(alarm.drill for alarm in self.alarms)

    @property
    def since(self) -> datetime:
        """When the first of its alarms was raised."""
        return min(alarm.raised_at for alarm in self.alarms)

    @property
    def on_it(self) -> tuple[OnIt, ...]:
        """Everybody who took charge of one of its alarms, each once, by what brings them nearest."""
        found: dict[str, OnIt] = {}
        for one in sorted(map(_on_it, self._taken()), key=lambda o: (_NEAR.get(o.state, _TAKEN), o.since)):
            found.setdefault(one.person, one)
        return tuple(found.values())

    def has_on_it(self, person: str) -> bool:
        """Whether one of its alarms is a person's case."""
        return any(alarm.has_on_case(person) for alarm in self.alarms)

    @property
    def place(self) -> list[int | str]:
        """Its place among the cases: the real, the most severe and the oldest first."""
        return [int(self.drill), self.severity, int(self.since.timestamp()), self.household]

    def _taken(self) -> Iterable[Alarm]:
        return (alarm for alarm in self.alarms if alarm.acknowledged_by is not None)


def cases_of(alarms: Iterable[Alarm]) -> list[Case]:
    """Open alarms as cases, in the order in which somebody should look at them."""
    homes: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        homes.setdefault(alarm.household, []).append(alarm)
    found = [
        Case(home, tuple(sorted(those, key=lambda a: (a.drill, a.severity, a.raised_at, a.id))))
        for home, those in homes.items()
    ]
    return sorted(found, key=lambda case: case.place)


def _on_it(alarm: Alarm) -> OnIt:
    times = {State.ON_SITE: alarm.on_site_at, State.EN_ROUTE: alarm.en_route_at}
    since = times.get(alarm.state) or alarm.acknowledged_at or alarm.raised_at
    return OnIt(alarm.acknowledged_by or "", alarm.state, since, alarm.id)


def brings_somebody(near: Alarm, alarm: Alarm, *, now: datetime) -> bool:
    """Whether who goes to a home for `near` is to see to another alarm of it too.

    They are on the way or there, and that is no more than `NEAR_FOR` ago: later they may have left. Of
    severity 1 everybody near is to know, of anything else only who came for something as severe. A drill
    holds nothing real, and disturbs nobody who is on a real alarm.
    """
    if near.state not in _NEAR or near.drill or alarm.drill or now - _on_it(near).since > NEAR_FOR:
        return False
    return alarm.severity == 1 or near.severity <= alarm.severity
