"""Swapping shifts: who asks, who is asked, who takes, and what then holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.errors import NotFoundError, RefusedError
from chalicelib.registry.people import PeopleStore, must_be_known
from chalicelib.rota.arrangements import must_be_here
from chalicelib.rota.duty import on_duty
from chalicelib.rota.editing import edited, retried
from chalicelib.rota.refusals import Refusals
from chalicelib.rota.store import RotaStore
from chalicelib.rota.swaps import Swap

_LOOK_BACK = timedelta(days=2)
"""How long after its shift a swap can still be read, and a repeated move answered."""


class Swaps:
    """The swaps of a community. The owner of a shift is responsible until a swap is taken and confirmed."""

    def __init__(self, store: RotaStore, people: PeopleStore) -> None:
        self._store = store
        self._people = people
        self._refusals = Refusals(people)

    def of(self, community: str, *, now: datetime) -> list[Swap]:
        """The swaps of shifts that aren't long over, by when those end."""
        return self._store.swaps(community, ending_after=now - _LOOK_BACK)

    def get(self, community: str, swap_id: str, *, now: datetime) -> Swap:
        """A swap. Raises NotFoundError."""
        found = next((s for s in self.of(community, now=now) if s.id == swap_id), None)
        if found is None:
            raise NotFoundError(f"There is no swap '{swap_id}'.")
        return found

    def request(self, community: str, grid: str, owner: str, at: datetime, *, now: datetime) -> Swap:
        """Ask that somebody else serve the shift at `at`. Asked again, it is the same swap.

        Raises NotOnDutyError when the shift isn't the asker's, RefusedError when it is over.
        """
        sheet = self._store.sheet(community, grid, at)
        duty = on_duty(sheet, at, now=now)
        if duty.shift.end <= now:
            raise RefusedError("That shift is over.", pointer="/at", zh="那一班已经结束。")
        if duty.first != owner:
            raise self._refusals.not_on_duty(community, owner, first=duty.first)
        asked = now.replace(microsecond=0)
        for known in self._store.swaps(community, ending_after=now):
            if known.is_open and (known.grid, known.owner, known.start) == (
                duty.served_by,
                owner,
                duty.shift.start,
            ):
                return known
        swap = Swap(duty.served_by, owner, duty.shift.start, duty.shift.end, asked)
        self._store.create_swap(community, swap)
        return swap

    def offer(self, community: str, swap_id: str, to: str, *, now: datetime) -> Swap:
        """Ask a person to take it. Raises RefusedError for one unknown, OnLeaveError, SwapMoveError."""
        must_be_known([to], self._people.get_many(community, [to]), pointer="/to")

        def offered(swap: Swap) -> Swap:
            self._must_be_here(community, swap, to, now)
            return swap.offered(to)

        return self._move(community, swap_id, offered, now)

    def take(self, community: str, swap_id: str, by: str, *, now: datetime) -> Swap:
        """Accept it, by the person it is offered to. Raises OnLeaveError, SwapMoveError."""

        def taken(swap: Swap) -> Swap:
            if (new := swap.taken(by)) is not swap:
                self._must_be_here(community, swap, by, now)
            return new

        return self._move(community, swap_id, taken, now)

    def withdraw(self, community: str, swap_id: str, *, now: datetime) -> Swap:
        """Give it up; the owner serves. Raises SwapMoveError."""
        return self._move(community, swap_id, lambda swap: swap.withdrawn(), now)

    def confirm(self, community: str, swap_id: str, *, now: datetime) -> Swap:
        """Make it hold: from its start or, in mid-shift, from now. Raises SwapMoveError, OnLeaveError.

        Nobody gives away what has become another's, nor to somebody who went on leave meanwhile.
        """

        def change() -> Swap:
            old = self.get(community, swap_id, now=now)
            new = old.confirmed(now.replace(microsecond=0))
            entry = new.entry()
            if new is old or entry is None:
                return old
            self._must_be_owners(community, old, now)
            self._must_be_here(community, old, old.to, now)
            changes = edited(
                self._store,
                community,
                entry.grid,
                (entry.start, entry.end),
                lambda m, _: replace(m, entries=(*m.entries, entry)),
            )
            self._store.put_months(community, changes, swap=new)
            return new

        return retried(change)

    def _must_be_here(self, community: str, swap: Swap, person: str, now: datetime) -> None:
        if now < swap.end:
            must_be_here(self._store, self._refusals, community, person, max(swap.start, now), swap.end)

    def _must_be_owners(self, community: str, swap: Swap, now: datetime) -> None:
        at = max(swap.start, now)
        duty = on_duty(self._store.sheet(community, swap.grid, at), at, now=now)
        if swap.owner not in (duty.first, duty.stood_in_for):
            raise self._refusals.become_anothers(community, swap.owner, first=duty.first)

    def _move(self, community: str, swap_id: str, move: Callable[[Swap], Swap], now: datetime) -> Swap:
        def change() -> Swap:
            old = self.get(community, swap_id, now=now)
            if (new := move(old)) is not old:
                self._store.put_swap(community, new)
            return new

        return retried(change)
