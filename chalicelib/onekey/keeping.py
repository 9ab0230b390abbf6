"""Keeping the boards of who is on duty, and communities' lines, up to date: one deadline each, every hour."""

from datetime import datetime

from chalicelib.onekey.dialing import HOUR, BoardKeeper
from chalicelib.registry.store import RegistryStore
from chalicelib.watch.deadlines import DeadlineStore, Due

BOARD = "board"


class BoardWatch:
    """Renews a community's board when its deadline has passed, and waits for the next hour."""

    def __init__(self, registry: RegistryStore, boards: BoardKeeper, deadlines: DeadlineStore) -> None:
        self._registry = registry
        self._boards = boards
        self._deadlines = deadlines

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Take the deadline."""
        community = due.pk.partition("#")[2]
        self._renew(community, now)
        self._deadlines.arm(Due(due.pk, BOARD, now + HOUR), instead_of=due)

    def begin(self, community: str, *, now: datetime) -> None:
        """Make a community's board now, and keep it from then on; again after a change of its rota."""
        self._renew(community, now)
        self._deadlines.arm(Due(f"board#{community}", BOARD, now + HOUR))

    def _renew(self, community: str, now: datetime) -> None:
        if (found := self._registry.community(community)) is not None:
            kept = self._registry.retention(community).of_alarms
            self._boards.keep_line(found, alarms_kept=kept)
        grids = [grid.id for grid in self._registry.grids(community)]
        self._boards.renew(community, grids, now=now)
