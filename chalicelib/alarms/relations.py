"""What a caller is to a home: from the registry and from the alarms that are open there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from chalicelib.accounts.sight import parts
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.store import AlarmStore
from chalicelib.kernel.caller import Caller, Role
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.sight import Part, Relation, Sight
from chalicelib.registry.consent import Audience, DataKind, is_open, opened_to
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Kind, Resident
from chalicelib.registry.proxies import stands_in
from chalicelib.registry.records import HomeRecords, HomeSight
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.store import RegistryStore

RESPONDERS = frozenset({Role.VOLUNTEER, Role.NURSE, Role.GRID_WORKER, Role.COORDINATOR})
"""Roles that may be asked to act on an alarm."""
TIED_BY_RECORD = frozenset({Role.RESIDENT, Role.KIN})
"""Roles that a home is opened to by what stands in its residents' records."""
STAFF_OF_ALL = frozenset({Role.GRID_WORKER, Role.COORDINATOR})
ALL_KINDS: frozenset[str] = frozenset(DataKind)


_AUDIENCES = {
    Role.KIN: Audience.KIN,
    Role.GRID_WORKER: Audience.STAFF,
    Role.COORDINATOR: Audience.STAFF,
}

AnySight = TypeVar("AnySight", bound=Sight)


class UnseenError(NotFoundError):
    """There is no such row, or the caller has no business with it."""


@dataclass(frozen=True, slots=True)
class Relations:
    """Finds what callers see. Every method raises UnseenError for what isn't there or isn't theirs."""

    registry: RegistryStore
    residents: ResidentStore
    alarms: AlarmStore
    consents: ConsentStore
    stays: StayStore
    records: HomeRecords

    def of_household(self, caller: Caller, household: str, *, kind: Kind = Kind.WATER_METER) -> Sight:
        """What a caller sees of a home. Figures are a device's `kind`, and need consent of their own."""
        case = self._case(caller, household)
        about = self.residents.ids_of_household(caller.community, household)
        relation = _relation(caller, self._tying(caller, about), on_case=case is not None)
        opened = partial(self._opened_to, caller.community, about)
        seen, kinds = _opened(caller, relation, kind, opened)
        return Sight(relation, seen, tuple(about), case.id if case else "", kinds)

    def of_home(self, caller: Caller, household: str) -> HomeSight:
        """What a caller sees of a home whose record and open alarms are shown, too: all is read once."""
        alarms = self.alarms.open_alarms(caller.community, household)
        case = _case(caller, alarms)
        record = self.records.of(caller.community, household)
        if record is None:
            raise UnseenError("There is no such home.")
        relation = _relation(caller, self._tying(caller, record.residents), on_case=case is not None)
        seen, kinds = _opened(caller, relation, Kind.WATER_METER, record.opened.__getitem__)
        return HomeSight(
            relation, seen, record.residents, case.id if case else "", kinds,
            record=record, alarms=tuple(alarm.id for alarm in alarms),
        )  # fmt: skip

    def of_resident(self, caller: Caller, resident_id: str) -> Sight:
        """What a caller sees of a resident's own record; of a removed one's, the coordinator alone."""
        resident = self.residents.get(caller.community, resident_id)
        if resident is None:
            return self._of_removed(caller, resident_id)
        consents = self.consents.get(caller.community, resident_id)
        if caller.role is Role.KIN and consents.proxy == caller.name and stands_in(resident, caller.name):
            return Sight(Relation.PROXY, parts(caller.role, Relation.PROXY), (resident_id,))
        return self._seen(caller, [resident], self._case(caller, resident.household))

    def of_alarm(self, caller: Caller, alarm_id: str, *, or_closed_by_them: bool = False) -> Sight:
        """What a caller sees of an alarm and its home. After it closed, a responder sees nothing of it."""
        alarm = self.alarms.get(alarm_id, consistent=True)
        if alarm is None or alarm.community != caller.community:
            raise UnseenError("There is no such alarm.")
        residents = self.residents.of_household(caller.community, alarm.household)
        closed = or_closed_by_them and not alarm.is_open and alarm.resolved_by == caller.name
        on_case = caller.role in RESPONDERS and (closed or alarm.has_on_case(caller.name))
        seen = self._seen(caller, residents, alarm if on_case else None)
        return replace(seen, case=alarm.id)

    def of_device(self, caller: Caller, device_id: str) -> Sight:
        """What a caller sees of a device's home."""
        device = self.registry.device(caller.community, device_id)
        if device is None:
            raise UnseenError("There is no such device.")
        return self.of_household(caller, device.household, kind=device.kind)

    def _of_removed(self, caller: Caller, resident_id: str) -> Sight:
        removed = self.stays.removed(caller.community, resident_id)
        if caller.role is not Role.COORDINATOR or removed is None or removed.erasing:
            raise UnseenError("There is no such resident.")
        return Sight(Relation.COMMUNITY, parts(caller.role, Relation.COMMUNITY), (resident_id,))

    def _case(self, caller: Caller, household: str) -> Alarm | None:
        """The open alarm that brings a responder to a home, if one does."""
        if caller.role not in RESPONDERS:
            return None
        return _case(caller, self.alarms.open_alarms(caller.community, household))

    def _opened_to(self, community: str, living: Sequence[str], audience: Audience) -> frozenset[DataKind]:
        return opened_to(audience, self.consents.get_many(community, living))

    def _tying(self, caller: Caller, living: Sequence[str]) -> Sequence[Resident]:
        """Those who live in a home, where it is by their records that it is opened to a caller."""
        tied = caller.role in TIED_BY_RECORD
        return self.residents.get_many(caller.community, living) if tied else ()

    def _seen(self, caller: Caller, residents: Sequence[Resident], case: Alarm | None) -> Sight:
        relation = _relation(caller, residents, on_case=case is not None)
        return _sight(caller, relation, [resident.id for resident in residents], case)


def once_moved(caller: Caller, sight: Sight, alarm: Alarm) -> Sight:
    """What a caller sees of an alarm that they have moved just now: who took charge is on the case since, and
    who gave it back is not. Whom it is nothing to any more is answered with what they saw.
    """
    relation = _relation(caller, (), on_case=caller.role in RESPONDERS and alarm.has_on_case(caller.name))
    seen = parts(caller.role, relation)
    return replace(sight, relation=relation, parts=seen, case=alarm.id) if seen else sight


def _sight(caller: Caller, relation: Relation, about: Sequence[str], case: Alarm | None) -> Sight:
    return Sight(relation, _parts(caller, relation), tuple(about), case.id if case else "")


def _parts(caller: Caller, relation: Relation) -> frozenset[Part]:
    seen = parts(caller.role, relation)
    if not seen:
        raise UnseenError("There is no such home.")
    return seen


def _opened(
    caller: Caller, relation: Relation, kind: Kind, opened: Callable[[Audience], frozenset[DataKind]]
) -> tuple[frozenset[Part], frozenset[str]]:
    """What is seen of a home, and the kinds of data that were opened: figures as far as those who live there
    opened them; to the resident's own eyes they always are.
    """
    seen = _parts(caller, relation)
    if relation is Relation.SELF:
        return seen, ALL_KINDS
    audience = _AUDIENCES.get(caller.role)
    if audience is None:
        return seen, frozenset()
    kinds = opened(audience)
    changes = is_open(kind, audience, kinds) != (Part.SERIES in seen)
    return seen ^ {Part.SERIES} if changes else seen, kinds


def _case(caller: Caller, alarms: Sequence[Alarm]) -> Alarm | None:
    """The one of a home's open alarms that brings a responder there, if one does."""
    if caller.role not in RESPONDERS:
        return None
    return next((alarm for alarm in alarms if alarm.has_on_case(caller.name)), None)


def _relation(caller: Caller, residents: Sequence[Resident], *, on_case: bool) -> Relation:
    if on_case:
        return Relation.ON_CASE
    if caller.role in STAFF_OF_ALL:
        return Relation.COMMUNITY
    if caller.role is Role.RESIDENT and any(resident.id == caller.name for resident in residents):
        return Relation.SELF
    if caller.role is Role.KIN and any(
        kin.person == caller.name for resident in residents for kin in resident.kin
    ):
        return Relation.KIN
    return Relation.NONE


def narrowed(sight: AnySight, needs: Part, shows: frozenset[Part]) -> AnySight:
    """The sight of a route that shows these parts alone. Raises UnseenError without the one it needs."""
    if needs not in sight.parts:
        raise UnseenError("This part isn't the caller's to see.")
    return sight if sight.parts <= shows else replace(sight, parts=sight.parts & shows)
