"""What happens when duty changes: one deadline a community, at the next moment at which somebody else may be
on duty.

Whoever begins is asked to confirm; without a confirmation the backup is told, then the leader, and where
nobody says that they are there, the coordinator. Open alarms of those who were relieved are offered to those
who are on duty now. It goes by how things stand, never by what it did before: late, twice or after a crash it
comes to the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.alarms.errands import Errand, post
from chalicelib.alarms.relief import Relief
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.kernel.languages import LANGUAGES
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.duty import Duty
from chalicelib.rota.service import Rota
from chalicelib.watch.deadlines import DeadlineStore, Due

SHIFT = "shift"
SETTLES = timedelta(minutes=10)
"""How long after a change of the rota its outlook is told: whoever mends a gap makes others in between."""


class Boards(Protocol):
    """Who must hear at once that others are on duty: the boards that presses are answered from."""

    def renew(self, community: str, grids: Sequence[str], *, now: datetime) -> None:
        """Make a community's board anew."""


class Outlook(Protocol):
    """Tells the coordinator what will go wrong."""

    def tell(self, community: str, *, now: datetime) -> datetime:
        """Tell what is new; returns when to look again."""


class ShiftWatch:
    """Takes a community's deadline of duty, and waits for the next."""

    def __init__(
        self,
        rota: Rota,
        registry: RegistryStore,
        relief: Relief,
        boards: Boards,
        outlook: Outlook,
        deadlines: DeadlineStore,
    ) -> None:
        self._rota = rota
        self._registry = registry
        self._relief = relief
        self._boards = boards
        self._outlook = outlook
        self._deadlines = deadlines

    def begin(self, community: str, *, now: datetime) -> None:
        """Keep a community's duty from now on; again after a change of its rota, which then counts within
        one tick.
        """
        self._deadlines.arm(_due(community, now, look_at=now + SETTLES))

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take the deadline. Whoever may be rung comes first; the outlook can wait for the next tick."""
        community = due.pk.partition("#")[2]
        if self._registry.community(community) is None:
            self._deadlines.disarm(due.pk, due.sk)
            return
        duties, changes_at = self._rota.plan(community, now=now)
        self._boards.renew(community, [duty.grid for duty in duties if duty.grid], now=now)
        self._rota.hand_over(community, self._relief, now=now)
        for errand in self._errands(community, duties, now):
            post(self._deadlines, errand, now=now)
        look_at = from_epoch(int(due.state))
        if look_at <= now:
            look_at = self._outlook.tell(community, now=now)
        self._deadlines.arm(_due(community, min(changes_at, look_at), look_at=look_at), instead_of=due)

    def _errands(self, community: str, duties: Iterable[Duty], now: datetime) -> list[Errand]:
        """Whom to tell about their duty. Who serves in the stead of many grids is told once."""
        posts = {duty.served_by: duty for duty in duties}
        found: dict[str, Errand] = {}
        for duty in posts.values():
            for errand in self._about(community, duty, now):
                found.setdefault(errand.key, errand)
        return list(found.values())

    def _about(self, community: str, duty: Duty, now: datetime) -> list[Errand]:
        if duty.first is None:
            return []  # a gap: the outlook told of it
        shift, until = epoch(duty.shift.start), duty.shift.end
        told = []
        if duty.stood_in_for is not None:
            key = f"duty/{shift}/stand-in/{duty.first}"
            told.append(Errand(community, duty.first, MessageKind.STAND_IN, key, until, severity=2))
        elif duty.confirm_by is not None and now < duty.confirm_by:
            key = f"duty/{epoch(duty.confirm_by)}/confirm/{duty.first}"
            told.append(Errand(community, duty.first, MessageKind.SHIFT, key, duty.confirm_by))
        if duty.confirm_by is not None and now >= duty.confirm_by:
            told += self._nobody_confirmed(community, duty)
        return told

    def _nobody_confirmed(self, community: str, duty: Duty) -> list[Errand]:
        key = f"duty/{epoch(duty.shift.start)}/unconfirmed/{duty.served_by}"
        place, until = self._place(community, duty.served_by), duty.shift.end
        return [
            Errand(
                community, person, MessageKind.UNCONFIRMED, f"{key}/{person}", until, severity=2, place=place
            )
            for person in self._rota.duties.coordinator(community)
        ]

    def _place(self, community: str, grid: str) -> dict[str, str]:
        name = next((g.name for g in self._registry.grids(community) if g.id == grid), "")
        return dict.fromkeys(LANGUAGES, name)


def _due(community: str, at: datetime, *, look_at: datetime) -> Due:
    return Due(f"shift#{community}", SHIFT, at, str(epoch(look_at)))
