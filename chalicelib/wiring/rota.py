"""Who is on duty."""

from functools import cache

from chalicelib.rota.lookup import Duties
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.wiring import ground, onekey, registry


@cache
def duties() -> Duties:
    """Who is on duty, quickly."""
    return Duties(RotaStore(ground.registry_table()))


@cache
def rota() -> Rota:
    """The duty plan."""
    store = RotaStore(ground.registry_table())
    return Rota(store, registry.store(), registry.people(), onekey.drill_keeper())
