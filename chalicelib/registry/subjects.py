"""Whom an export or an erasure is about: where they live, lived before, and what of it is theirs alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.errors import NotFoundError
from chalicelib.registry.holdings import Home, Subject
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.stays import ERASED, FOREVER, Removed, Stay, theirs, theirs_since
from chalicelib.registry.store import RegistryStore


@dataclass(frozen=True, slots=True)
class Subjects:
    """Finds them."""

    residents: ResidentStore
    registry: RegistryStore
    stays: StayStore

    def of(self, community: str, resident: str) -> Subject:
        """A resident, or somebody whose record was removed. Raises NotFoundError."""
        found = self.residents.get(community, resident, consistent=True)
        before = self.stays.of_resident(community, resident)
        if found is not None:
            here = Stay(resident, found.household, found.since)
            return self._subject(community, here, before)
        removed = self.stays.removed(community, resident)
        if removed is None or removed.erasing:
            raise NotFoundError(f"There is no resident '{resident}'.")
        return self._removed(community, removed, before)

    def still(self, subject: Subject, *, asked_at: datetime, again: bool) -> Subject:
        """A subject some time after erasure was asked for: what their home says since others came is others'.

        `again` when the home itself was erased before: if it is there, it is another's.
        """
        community, asked = subject.community, epoch(asked_at)
        came = [
            max(stay.since, asked) for stay in self._living(community, subject.household, subject.resident)
        ]
        after = self._before(community, subject.household, subject.resident)
        came += [stay.since for stay in after if stay.since >= asked]
        if again and self.registry.household(community, subject.household) is not None:
            came = came or [asked]
        if not came:
            return subject
        spans = tuple((begins, min(ends, *came)) for begins, ends in subject.spans)
        return replace(subject, spans=spans, taken=True)

    def _removed(self, community: str, removed: Removed, before: Sequence[Stay]) -> Subject:
        """Their last home is theirs as long as nobody came there since; else it is a past one."""
        last = max(before, key=lambda stay: stay.until, default=Stay(removed.resident, removed.household, 0))
        others = self._others(community, last)
        if any(other.until > last.until for other in others):
            return self._subject(community, replace(last, household=""), before)
        past = [stay for stay in before if stay != last]
        return self._subject(community, replace(last, until=FOREVER), past)

    def _subject(self, community: str, here: Stay, before: Sequence[Stay]) -> Subject:
        others = self._others(community, here) if here.household else []
        return Subject(
            community,
            here.resident,
            here.household,
            self._devices(community, here.household),
            alone=bool(here.household) and all(other.until < FOREVER for other in others),
            spans=theirs(here, others),
            past=tuple(self._home(community, stay) for stay in before),
            since=theirs_since(here.since, others),
        )

    def _home(self, community: str, stay: Stay) -> Home:
        spans = theirs(stay, self._others(community, stay))
        return Home(stay.household, self._devices(community, stay.household), spans)

    def _others(self, community: str, mine: Stay) -> list[Stay]:
        """When others lived in a home: that time is theirs, too, until they are erased."""
        return [
            *self._before(community, mine.household, mine.resident),
            *self._living(community, mine.household, mine.resident),
        ]

    def _before(self, community: str, household: str, resident: str) -> list[Stay]:
        stays = self.stays.of_household(community, household)
        return [stay for stay in stays if stay.resident not in (resident, ERASED)]

    def _living(self, community: str, household: str, resident: str) -> list[Stay]:
        living = self.residents.of_household(community, household)
        return [Stay(one.id, household, one.since) for one in living if one.id != resident]

    def _devices(self, community: str, household: str) -> tuple[str, ...]:
        return tuple(device.id for device in self.registry.household_devices(community, household))
