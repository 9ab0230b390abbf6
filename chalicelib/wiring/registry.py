"""Who and what there is."""

from collections.abc import Iterable
from functools import cache

from chalicelib.kernel import ids
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.ids import Names
from chalicelib.registry.care_store import CareStore
from chalicelib.registry.directory import PhoneDirectory
from chalicelib.registry.intake import Intake
from chalicelib.registry.model import Community
from chalicelib.registry.office import Office
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.records import HomeRecords
from chalicelib.registry.renewal import Renewal
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.residents import Residents
from chalicelib.registry.search import Search
from chalicelib.registry.service import Registry
from chalicelib.registry.stay_store import StayStore
from chalicelib.registry.store import RegistryStore
from chalicelib.wiring import ground, onekey, privacy, watch


@cache
def store() -> RegistryStore:
    """The registry as it is stored."""
    return RegistryStore(ground.registry_table())


@cache
def registry() -> Registry:
    """Enrolling homes and devices."""
    return Registry(store(), watch.watchers(), residents(), privacy.consenting())


@cache
def residents() -> Residents:
    """Enrolling residents."""
    return Residents(
        resident_store(), store(), care(), people(), onekey.residents_keepers(), privacy.settle_at_next_tick,
        renewal(), stays(), privacy.settle_the_removed, privacy.strike_off, private_names(),
        privacy.forget_relative,
    )  # fmt: skip


@cache
def private_names() -> Names:
    """Names that tell nobody's phone number."""
    return ids.names(ground.callback_key)


@cache
def renewal() -> Renewal:
    """Writing cards anew that carry somebody's number."""
    return Renewal(resident_store(), store(), onekey.card_keeper().renew, privacy.strike_off)


@cache
def search() -> Search:
    """Finding residents."""
    return Search(resident_store(), store())


@cache
def office() -> Office:
    """Keeping grids and people."""
    return Office(store(), people(), renewal())


@cache
def intake() -> Intake:
    """Taking in many homes, residents and people at once."""
    return Intake(
        registry(), residents(), store(), resident_store(), people(), care(), renewal(), stays(),
        private_names(),
    )  # fmt: skip


@cache
def resident_store() -> ResidentStore:
    """The residents as they are stored."""
    return ResidentStore(ground.registry_table())


@cache
def stays() -> StayStore:
    """Who lived where before, and who was removed."""
    return StayStore(ground.registry_table())


@cache
def records() -> HomeRecords:
    """All that the registry has of a home, read together."""
    return HomeRecords(ground.registry_table())


@cache
def care() -> CareStore:
    """Health notes and door packs as they are stored."""
    return CareStore(ground.registry_table())


@cache
def people() -> PeopleStore:
    """The people who look after a community."""
    return PeopleStore(ground.registry_table())


def every_resident(community_id: str) -> list[str]:
    """The ids of all residents of a community."""
    return [resident.id for resident in resident_store().of(community_id)]


@cache
def directory() -> PhoneDirectory:
    """Who has a phone number."""
    return PhoneDirectory(
        ground.registry_table(), store(), people(), resident_store(), residents(), private_names()
    )


def community(community_id: str) -> Community:
    """A community. Raises NotFoundError."""
    found = store().community(community_id)
    if found is None:
        raise NotFoundError(f"There is no community '{community_id}'.")
    return found


def names(community_id: str, ids: Iterable[str]) -> dict[str, str]:
    """What those of them who are known are called, people and residents alike, by id."""
    wanted = sorted(ids)
    found = {person.id: person.name for person in people().get_many(community_id, wanted).values()}
    others = [each for each in wanted if each not in found]
    living = resident_store().get_many(community_id, others) if others else []
    return found | {resident.id: resident.name for resident in living}
