"""Who is on duty."""

from datetime import datetime
from functools import cache

from chalicelib.alarms.reach import Ringing
from chalicelib.rota.lookup import Duties
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.wiring import alarms, ground, notify, onekey, registry


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
    reach = Ringing(registry.store(), notify.address_book())
    return Rota(store(), registry.store(), registry.people(), onekey.drill_keeper(), reach)


def changed(community: str, *, now: datetime) -> None:
    """The rota was edited: a press dials by the new one at once, all else follows with the next tick."""
    onekey.board_watch().begin(community, now=now)
    alarms.shift_watch().begin(community, now=now)
