"""What every community must have waiting, looked after once a night.

Duty, the board of who is on duty, and drills begin when a rota is edited and when people are enrolled.
Whoever was enrolled before there was such a thing, or whose beginning was cut short, is given them here:
late, but without anybody's doing. What waits already stays as it is, so that again is harmless.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, ExpectationError, Put, Table, put_all
from chalicelib.onekey.drill_keeping import DrillKeeper
from chalicelib.onekey.drill_plan import partition
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.service import Rota
from chalicelib.watch.deadlines import DeadlineStore, Due

UPKEEP = "upkeep"
EVERY = timedelta(days=1)
PAGE = 100


class Begins(Protocol):
    """Keeps something of a community's from now on."""

    def __call__(self, community: str, *, now: datetime) -> None: ...


class Upkeep:
    """Takes the upkeep's own deadline, and one for each community.

    `begins` are what is to begin where nothing waits, by its kind.
    """

    def __init__(
        self,
        registry: RegistryStore,
        residents: ResidentStore,
        rota: Callable[[], Rota],
        drills: DrillKeeper,
        begins: dict[str, Begins],
        table: Table,
        deadlines: DeadlineStore,
    ) -> None:
        self._registry = registry
        self._residents = residents
        self._rota = rota
        self._drills = drills
        self._begins = begins
        self._table = table
        self._deadlines = deadlines

    def begin(self, *, now: datetime) -> None:
        """Let the upkeep wait, if it doesn't yet: one write."""
        try:
            self._table.write(Put(self._deadlines.item(Due(UPKEEP, UPKEEP, now)), NEW))
        except ExpectationError:
            return  # it waits already

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Let each community be looked after by itself, so that one that fails keeps no other waiting."""
        _, _, community = due.pk.partition("#")
        if community:
            self._look_after(community, now)
            self._deadlines.disarm(due.pk, due.sk)
            return
        dues = [Due(f"{UPKEEP}#{each.id}", UPKEEP, now) for each in self._registry.communities()]
        put_all(self._table, [self._deadlines.item(each) for each in dues])
        self._deadlines.arm(Due(UPKEEP, UPKEEP, now + EVERY), instead_of=due)

    def _look_after(self, community: str, now: datetime) -> None:
        for kind, begin in self._begins.items():
            if self._deadlines.get(f"{kind}#{community}", kind) is None:
                begin(community, now=now)
        caught_up = {"pk": partition(community), "sk": "caught_up"}
        if self._table.get(caught_up["pk"], caught_up["sk"]) is None:
            self._catch_up(community, now)
            self._table.write(Put(caught_up))

    def _catch_up(self, community: str, now: datetime) -> None:
        """Drills for everybody there is: once, since whoever comes later is told of."""
        rota = self._rota()
        self._drills.teams_made(community, rota.teams(community), rota.settings(community), now=now)
        after: Item | None = None
        while True:
            residents, page = self._residents.page(community, limit=PAGE, after=after)
            self._drills.catch_up(community, residents)
            after = page.after
            if after is None:
                return
