"""The app's home screen in one answer: one's homes, one's cases, what is open, what one was told.

It is what a phone asks for most, so it is frugal: keys that are known beforehand, batches, and reads that may
be a moment old.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.caller import Caller, Role
from chalicelib.notify.boxes import box_of_caller
from chalicelib.notify.inbox import Entry, Inbox
from chalicelib.registry.model import Household, Resident
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.absence import Absence
from chalicelib.watch.absence_service import Absences
from chalicelib.watch.model import HomeState, home_state
from chalicelib.watch.service import StillWaterWatch

SHOWN = 5
"""So many alarms and notifications are on the screen; the rest is in their own lists."""
LOOKED_THROUGH = 10
"""So many of the newest notifications are looked through for cases that are still open."""
LOOKED_AT, CASES = 6, 3
"""So many of their alarms are looked at, and so many cases shown: nobody is at more doors at once."""


@dataclass(frozen=True, slots=True)
class HomeNow:
    """A home of the caller's, how it is, and what was declared of it that holds just now."""

    home: Household
    residents: tuple[str, ...]
    state: HomeState
    alarm_open: bool
    stays: Sequence[Absence] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """An open alarm, and its home."""

    alarm: Alarm
    home: Household | None


@dataclass(frozen=True, slots=True)
class Screen:
    """What is on the screen. `more` says that more alarms are open than are shown."""

    homes: Sequence[HomeNow] = ()
    cases: Sequence[Case] = ()
    open: Sequence[Case] = ()
    more: bool = False
    told: Sequence[Entry] = ()
    residents: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class HomeScreen:
    """Makes screens."""

    registry: RegistryStore
    residents: ResidentStore
    alarms: AlarmStore
    inbox: Inbox
    water: StillWaterWatch
    absences: Absences

    def of_family(self, caller: Caller, *, now: datetime) -> Screen:
        """A resident's own home, or those of the residents whose relative somebody is."""
        mine = self._mine(caller)
        homes = self.registry.some_households(caller.community, sorted({one.household for one in mine}))
        shown = [self._now(home, mine, now) for home in homes.values()]
        return Screen(homes=shown, told=self._told(caller, SHOWN), residents=tuple(one.id for one in mine))

    def of_responder(self, caller: Caller) -> Screen:
        """The open cases that somebody was asked to act on."""
        told = self._told(caller, LOOKED_THROUGH)
        asked = list(dict.fromkeys(entry.alarm for entry in told if entry.alarm))[:LOOKED_AT]
        alarms = self.alarms.get_many(asked)
        mine = [a for a in alarms if a.community == caller.community and a.has_on_case(caller.name)]
        shown = self._cases(caller.community, mine[:CASES])
        return Screen(cases=shown, more=len(mine) > CASES, told=told[:SHOWN])

    def of_community(self, caller: Caller) -> Screen:
        """What is open in the community, newest first, one's own cases among it."""
        alarms, page = self.alarms.page(caller.community, is_open=True, limit=SHOWN, after=None)
        cases = self._cases(caller.community, alarms)
        mine = [case for case in cases if case.alarm.has_on_case(caller.name)]
        return Screen(cases=mine, open=cases, more=page.after is not None, told=self._told(caller, SHOWN))

    def _mine(self, caller: Caller) -> list[Resident]:
        """Whom the caller speaks for: as their token says, and as the registry still has it."""
        known = caller.residents or (
            (caller.name,)
            if caller.role is Role.RESIDENT
            else self.residents.of_kin(caller.community, caller.name)
        )
        found = self.residents.get_many(caller.community, known)
        if caller.role is Role.RESIDENT:
            return [one for one in found if one.id == caller.name]
        return [one for one in found if any(kin.person == caller.name for kin in one.kin)]

    def _now(self, home: Household, mine: Sequence[Resident], now: datetime) -> HomeNow:
        watched = self.water.watch_of(home.community, home.id)
        state = HomeState()
        if watched is not None:
            watch, _ = watched
            state = home_state(watch, self.water.history(watch, now=now), now=now)
        living = tuple(one.id for one in mine if one.household == home.id)
        is_open = bool(self.alarms.open_of(home.community, home.id, consistent=False))
        stays = self.absences.in_force(home.community, home.id, now=now)
        return HomeNow(home, living, state, is_open, stays)

    def _cases(self, community: str, alarms: Sequence[Alarm]) -> list[Case]:
        homes = self.registry.some_households(community, sorted({alarm.household for alarm in alarms}))
        return [Case(alarm, homes.get(alarm.household)) for alarm in alarms]

    def _told(self, caller: Caller, limit: int) -> list[Entry]:
        return self.inbox.page(caller.community, box_of_caller(caller), limit=limit)[0]
