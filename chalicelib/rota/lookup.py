"""Who is on duty, quickly: what the ladder and the one-key call ask. Loads nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.rota.duty import Commons, Duty, on_duty
from chalicelib.rota.model import COMMON, Holders
from chalicelib.rota.store import RotaStore

_MOMENT = timedelta(seconds=1)


class Duties:
    """Looks up people by duty and by office. Every lookup is one store call.

    It may be a moment old, as DynamoDB's cheaper reads are: until then whoever had it is still asked.
    """

    def __init__(self, store: RotaStore) -> None:
        self._store = store

    def on_duty(self, community: str, grid: str, at: datetime) -> Duty:
        """Who answers for a grid at an instant, as far as is known at that instant.

        Raises nothing of its own: a grid without teams is served by the whole community's, or is a gap.
        """
        return on_duty(self._store.sheet(community, grid, at), at, now=at)

    def away(self, community: str, at: datetime) -> frozenset[str]:
        """Who is on leave at an instant, and can't be asked."""
        leaves = self._store.sheet(community, COMMON, at).leaves
        return frozenset(leave.person for leave in leaves if leave.start <= at < leave.end)

    def coordinator(self, community: str) -> tuple[str, ...]:
        """The community's coordinators, in the order in which they are asked."""
        return self.holders(community).coordinator

    def desk(self, community: str) -> tuple[str, ...]:
        """Who sits at the desk, in order."""
        return self.holders(community).desk

    def secretary(self, community: str) -> tuple[str, ...]:
        """The community's secretaries, in order."""
        return self.holders(community).secretary

    def everyone_on_duty(
        self, community: str, grids: Sequence[str], at: datetime, *, now: datetime
    ) -> list[Duty]:
        """Who answers for each grid, and last for the whole community, at any instant, as known at `now`."""
        sheets = self._store.sheets(community, [*grids, COMMON], at, at + _MOMENT)
        commons = Commons()
        return [on_duty(sheet, at, now=now, commons=commons) for sheet in sheets]

    def holders(self, community: str) -> Holders:
        """All the offices at once."""
        settings, _ = self._store.settings(community)
        return settings.holders if settings else Holders()
