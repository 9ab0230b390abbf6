"""Who is on duty."""

from functools import cache

from chalicelib.rota.lookup import Duties
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.wiring import ground, onekey, registry


@cache
def store() -> RotaStore:
    """The duty plan as it is stored."""
    return RotaStore(ground.registry_table())


@cache
def duties() -> Duties:
    """Who is on duty, quickly."""
    return Duties(store())


def where_named(community: str, person: str) -> str:
    """The team or office that names somebody, in words; empty when none does."""
    for team in rota().teams(community):
        if person in team.people:
            return f"team '{team.id}'"
    holders = rota().settings(community).holders
    offices = {"coordinator": holders.coordinator, "desk": holders.desk, "secretary": holders.secretary}
    return next((f"the office of {office}" for office, of in offices.items() if person in of), "")


@cache
def rota() -> Rota:
    """The duty plan."""
    return Rota(store(), registry.store(), registry.people(), onekey.drill_keeper())
