"""Whose alarms are told without figures: staff who aren't asked read of a home what was opened to staff.

Whoever is on the case reads all: an alarm is told to whom it asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.alarms.model import Alarm
from chalicelib.alarms.relations import STAFF_OF_ALL
from chalicelib.kernel.caller import Caller
from chalicelib.registry.consent import DATA, Audience, opened_to
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.model import ConcernKind


@dataclass(frozen=True, slots=True)
class Discretion:
    """Finds alarms whose figures a caller isn't shown."""

    registry: RegistryStore
    residents: ResidentStore
    consents: ConsentStore

    def hides(self, caller: Caller, alarms: Sequence[Alarm]) -> frozenset[str]:
        """The ids of those alarms. A read, mostly of nothing; some more for each of a learned routine."""
        if caller.role not in STAFF_OF_ALL:
            return frozenset()  # they see no alarm but their own cases
        told = [alarm for alarm in alarms if alarm.evidence and not alarm.has_on_case(caller.name)]
        water = [alarm for alarm in told if alarm.kind is ConcernKind.STILL_WATER]
        learned = [alarm for alarm in told if alarm.kind is ConcernKind.ROUTINE]
        closed = self._closed_homes(caller.community) if water else frozenset()
        closed |= {home for home in {each.household for each in learned} if not self._is_open(caller, home)}
        return frozenset(alarm.id for alarm in [*water, *learned] if alarm.household in closed)

    def _closed_homes(self, community: str) -> frozenset[str]:
        """The homes of those who closed their water to staff."""
        found = self.residents.get_many(community, self.consents.water_closed_to_staff(community))
        return frozenset(resident.household for resident in found)

    def _is_open(self, caller: Caller, household: str) -> bool:
        """Whether staff may read every sense of a home: what was learned came of them all."""
        living = self.residents.ids_of_household(caller.community, household)
        opened = opened_to(Audience.STAFF, self.consents.get_many(caller.community, living))
        devices = self.registry.household_devices(caller.community, household)
        senses: Iterable[object] = (DATA.get(one.kind) for one in devices if one.revoked_at is None)
        return all(sense is None or sense in opened for sense in senses)
