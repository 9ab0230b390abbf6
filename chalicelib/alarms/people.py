"""Who stands on a rung: from the rota, the household and the community's offices."""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.alarms.ladder import Who
from chalicelib.alarms.model import Alarm
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.duty import Duty
from chalicelib.rota.lookup import Duties

_ON_DUTY: dict[Who, Callable[[Duty], Sequence[str | None]]] = {
    Who.DUTY_FIRST: lambda duty: [duty.first],
    Who.DUTY_SECOND: lambda duty: [duty.second],
    Who.TEAM: lambda duty: duty.team,
    Who.BACKUP: lambda duty: [duty.backup],
}


class RungPeople:
    """The climber's `People`."""

    def __init__(self, registry: RegistryStore, duties: Duties) -> None:
        self._registry = registry
        self._duties = duties

    def asked(self, alarm: Alarm, who: Who, *, now: datetime) -> Sequence[str]:
        """The ids of those people, in the order in which to ask them, as duty stands at `now`."""
        if who in _ON_DUTY:
            duty = self._duties.on_duty(alarm.community, self._grid(alarm), now)
            return [person for person in _ON_DUTY[who](duty) if person]
        match who:
            case Who.STEWARD:
                home = self._registry.household(alarm.community, alarm.household)
                return [home.steward] if home and home.steward else []
            case Who.GRID_WORKER:
                return self._registry.grid_workers(alarm.community, self._grid(alarm))
            case Who.KIN:
                return self._registry.kin(alarm.community, alarm.household)
            case Who.SECRETARY:
                return self._duties.secretary(alarm.community)
            case Who.COORDINATOR:
                return self._duties.coordinator(alarm.community)
        return self._duties.desk(alarm.community)

    def _grid(self, alarm: Alarm) -> str:
        """The home's grid; for a caller whom nobody knows, the whole community."""
        home = self._registry.household(alarm.community, alarm.household)
        return home.grid if home else ""
