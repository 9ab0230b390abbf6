"""All that the registry has of one home, read together: what a look at a home begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.aws.items import Item
from chalicelib.aws.remembered import Remembered
from chalicelib.aws.tables import Ask, Table, every_item
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.sight import Sight
from chalicelib.registry.consent import Audience, Consents, DataKind, opened_to
from chalicelib.registry.consent_store import consents_partition, stored_consents
from chalicelib.registry.items import stored_community, stored_device, stored_household
from chalicelib.registry.model import Device, Household, StillWaterSettings
from chalicelib.registry.service import effective
from chalicelib.registry.store import home_partition

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class HomeRecord:
    """A home, the numbers that hold for it, its devices, revoked or not, the ids of who lives there, and the
    kinds of data that all of these opened, by audience.

    One and the same object as long as everything in it reads the same, so none is compared with another.
    """

    household: Household
    numbers: StillWaterSettings
    devices: tuple[Device, ...]
    residents: tuple[str, ...]
    opened: Mapping[Audience, frozenset[DataKind]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSight(Sight):
    """What somebody sees of a home, with what had to be read to tell: nobody need read it again.

    `alarms` are the ids of those that are open there.
    """

    record: HomeRecord
    alarms: tuple[str, ...]

    @classmethod
    def of(cls, sight: Sight) -> "HomeSight":
        """The sight that a rule found which reads homes. Raises TypeError for any other rule's."""
        if not isinstance(sight, cls):
            raise TypeError("The rule of this route reads no home.")
        return sight


class HomeRecords:
    """Reads homes' records."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._keys: Remembered[_Keys] = Remembered()
        self._read: Remembered[HomeRecord] = Remembered()

    def of(self, community: str, household: str) -> HomeRecord | None:
        """The record of a home, in two reads; None where there is no such home.

        Raises NotFoundError where there is no such community.
        """
        ask = Ask(home_partition(community, household), first="device#", last="resident$")
        links = [link["sk"] for link in every_item(self._table, ask)]
        keys = self._keys.of((community, household), links, lambda: _keys(community, household, links))
        found = {(item["pk"], item["sk"]): item for item in self._table.get_many(keys.all)}
        if keys.home not in found:
            return None
        if keys.community not in found:
            raise NotFoundError(f"There is no community '{community}'.")
        return self._read.of(keys.home, (keys, found), lambda: _record(keys, found))


class _Keys(NamedTuple):
    """Where everything about a home is."""

    home: Key
    community: Key
    devices: Sequence[Key]
    choices: Sequence[Key]
    all: Sequence[Key]


def _keys(community: str, household: str, links: Sequence[str]) -> _Keys:
    home, whole = (f"households#{community}", household), ("communities", community)
    named = [link.partition("#") for link in links]
    devices = [(f"devices#{community}", name) for kind, _, name in named if kind == "device"]
    choices = [(consents_partition(community), name) for kind, _, name in named if kind == "resident"]
    return _Keys(home, whole, devices, choices, [home, whole, *devices, *choices])


def _record(keys: _Keys, found: Mapping[Key, Item]) -> HomeRecord:
    community = stored_community(found[keys.community])
    household = stored_household(found[keys.home], community.id)
    consents = [
        stored_consents(found[key], community.id) if key in found else Consents(community.id, key[1])
        for key in keys.choices
    ]
    return HomeRecord(
        household=household,
        numbers=effective(community, household),
        devices=tuple(stored_device(found[key], community.id) for key in keys.devices if key in found),
        residents=tuple(resident for _, resident in keys.choices),
        opened={each: opened_to(each, consents) for each in Audience},
    )
