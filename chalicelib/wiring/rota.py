"""Who is on duty."""

from functools import cache

from chalicelib.rota.lookup import Duties
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.wiring import ground, registry


@cache
def duties() -> Duties:
    """Who is on duty, quickly."""
    return Duties(RotaStore(ground.registry_table()))


@cache
def rota() -> Rota:
    """The duty plan."""
    return Rota(RotaStore(ground.registry_table()), registry.store(), registry.people())
