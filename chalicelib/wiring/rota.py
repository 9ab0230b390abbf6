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


@cache
def rota() -> Rota:
    """The duty plan."""
    return Rota(store(), registry.store(), registry.people(), onekey.drill_keeper())
