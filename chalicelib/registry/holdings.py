"""What is held of a resident: every capability tells its part, and erases it.

A capability that comes to hold something of residents adds its Holdings, and export and erasure know of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from chalicelib.kernel.clock import epoch, rfc3339
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.model import Household
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.service import Registry
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.stays import FOREVER, Removed, Span, within
from chalicelib.registry.store import RegistryStore

Left = Mapping[str, Any]
"""How far an erasure came, as plain values; the capability's own."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home of somebody's, now or once: its devices, and the `spans` in which what these said is theirs."""

    household: str
    devices: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an export or erasure is about. `alone` when nobody else lives there: then the home is theirs.

    `household` and `devices` are where they live now, or lived last; `past` are their homes before.
    `taken` once others came to live where they lived last. What that home said is told them from `since` on
    (`theirs_since`).
    """

    community: str
    resident: str
    household: str
    devices: tuple[str, ...]
    alone: bool
    spans: tuple[Span, ...] = ((0, FOREVER),)
    past: tuple[Home, ...] = ()
    taken: bool = False
    since: int = 0

    @property
    def homes(self) -> tuple[Home, ...]:
        """Every home of which something is theirs alone."""
        here = [Home(self.household, self.devices, self.spans)] if self.alone else []
        return (*here, *self.past)

    def owns(self, household: str, at: datetime) -> bool:
        """Whether what was said of a home at an instant is theirs alone."""
        homes = [home for home in self.homes if home.household == household]
        return any(within(home.spans, epoch(at)) for home in homes)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Subject":
        """A subject out of plain values, as `asdict` and JSON make them."""
        past = (
            Home(one["household"], tuple(one["devices"]), _spans(one["spans"]))
            for one in told.get("past", ())
        )
        spans = _spans(told.get("spans", ((0, FOREVER),)))
        return cls(**{**told, "devices": tuple(told["devices"]), "spans": spans, "past": tuple(past)})


def _spans(told: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((begins, ends) for begins, ends in told)


class Holdings(Protocol):
    """A capability's part of what is known of a resident."""

    @property
    def name(self) -> str:
        """What it is called in an export."""

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """All of it, as plain JSON values."""

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase a little of it. Returns what is left, for the next call; None when nothing is."""


@dataclass(frozen=True, slots=True)
class RegistryHoldings:
    """The record, kin and wishes, health notes, consents; of who lives alone the home and devices, too."""

    residents: Residents
    stored: ResidentStore
    registry: Registry
    store: RegistryStore
    care: CareStore
    consents: ConsentStore
    stays: StayStore
    name: str = "registry"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """The record and all around it."""
        community, resident = subject.community, subject.resident
        found = self.stored.get(community, resident, consistent=True)
        return {
            "resident": plain(asdict(found)) if found else None,
            "care": plain(asdict(self.care.care(community, resident))),
            **(self._home(community, subject.household) if subject.household else {}),
            "lived_before": plain([asdict(stay) for stay in self.stays.of_resident(community, resident)]),
            "consents": plain(
                [asdict(choice) for choice in self.consents.get(community, resident).choices.values()]
            ),
            "consent_history": plain(self.consents.history(community, resident)),
        }

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase the record; the devices of who lived alone stay as ids that may never speak again.

        The home goes in the first round alone: when the second comes, it may be another's.
        """
        community, resident = subject.community, subject.resident
        found = self.stored.get(community, resident, consistent=True)
        if found is not None:
            self.residents.remove(found, now=now)
        removed = self.stays.removed(community, resident)
        self.stays.begin_erasure(community, removed or Removed(resident, "", epoch(now)))
        self.consents.remove(community, resident)
        self.stays.forget(community, resident)
        if subject.alone and not subject.taken:
            self._erase_home(subject, now)
        return None

    def _home(self, community: str, household: str) -> dict[str, Any]:
        home = self.store.household(community, household)
        return {
            "household": plain(asdict(home)) if home else None,
            "door_pack": plain(asdict(self.care.door(community, household))),
            "devices": [
                plain(asdict(device)) for device in self.store.household_devices(community, household)
            ],
        }

    def _erase_home(self, subject: Subject, now: datetime) -> None:
        for device in subject.devices:
            known = self.store.device(subject.community, device)
            if known is not None and not (known.revoked_at and known.withheld):
                self.registry.revoke_device(subject.community, device, now=now)
                self.store.withhold(known, withheld=True)  # so that not even a refused message is kept
        door = self.care.door(subject.community, subject.household)
        if door.version:
            self.care.remove_door(door)
        home: Household | None = self.store.household(subject.community, subject.household)
        if home is not None:
            self.registry.remove_household(home)


def plain(value: Any) -> Any:
    """A value as JSON has it: times in RFC 3339, words for enums, seconds for spans, lists for sets."""
    match value:
        case Mapping():
            return {str(plain(name)): plain(each) for name, each in value.items()}
        case frozenset() | set():
            return sorted(plain(each) for each in value)
        case list() | tuple():
            return [plain(each) for each in value]
    return _plain_word(value)


def _plain_word(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
    return value
