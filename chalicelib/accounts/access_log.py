"""Writing looks down, reading them, sealing a community's days, and proving that nothing was changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from chalicelib.accounts.look_store import LookStore
from chalicelib.accounts.looks import (
    End,
    Link,
    Look,
    chain_of,
    erasure_mark,
    faults_of,
    linked,
    root_of,
    seal_faults,
    sealed,
)
from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest
from chalicelib.kernel.sight import Part, Sight

LANES = ("0", "0", "1", "2", "3", "4", "5", "6", "7")
"""Which lanes a look tries; when somebody is quicker in each, it begins one of its own."""
OWN = ""
SEALED_AFTER = timedelta(minutes=10)
"""How long after its end (midnight UTC) a day is sealed."""


class SealTimer(Protocol):
    """Comes back to a community's day once it is over. The deadline index does."""

    def seal_later(self, community: str, day: str, *, at: datetime) -> None:
        """Seal a day at `at`; said again, this changes nothing."""


@dataclass(slots=True)
class AccessLog:
    """Every look at a resident's record. `get_key` fetches the key of its marks."""

    store: LookStore
    get_key: Callable[[], str]
    timer: SealTimer
    _days: set[tuple[str, str]] = field(default_factory=set)

    def note(self, caller: Caller, sight: Sight, *, now: datetime) -> None:
        """Write down that a caller saw parts of residents' records: one small read and one write for each.

        Who sees nothing of anybody is not noted.
        """
        shown = _names(sight.parts)
        if not shown:
            return
        look = Look(_whole(now), caller.name, caller.role.value, sight.relation.value, shown, sight.case)
        for resident in sight.residents:
            self._add(caller.community, resident, look)

    def looks(self, community: str, resident: str) -> list[Look]:
        """All looks at a resident's record, newest first."""
        chain = chain_of(self.get_key(), community, resident)
        links = self.store.all_of(community, chain)
        return sorted((link.look for link in links), key=lambda look: look.at, reverse=True)

    def erase(self, community: str, resident: str, *, now: datetime) -> None:
        """Erase a resident's log with all else that is known of them. Again changes nothing."""
        chain, at = chain_of(self.get_key(), community, resident), epoch(now)
        mark = erasure_mark(self.get_key(), community, chain, at)
        self.store.erase(community, chain, at=at, mark=mark)

    def seal(self, community: str, day: str) -> None:
        """Seal a day that is over. Sealed already, or never looked at: nothing to do."""
        lanes = self.store.lanes_of_day(community, day)
        last = self.store.last_seals(community, 60)
        if not lanes or any(seal.day == day for seal in last):
            return
        ends = [end for chain, lane in lanes if (end := self._end(community, chain, lane, day))]
        self.store.put_ends(community, day, ends)
        self.store.add_seal(community, sealed(self.get_key(), community, day, ends, next(iter(last), None)))

    def verify(self, community: str, residents: Iterable[str]) -> list[str]:
        """What was tampered with, in words; nothing when the whole log is as it was written.

        `residents` are those of the registry: their chains are checked even where no seal covers them yet.
        """
        key = self.get_key()
        seals, erased = self.store.seals(community), self._erased(community)
        faults = seal_faults(key, community, seals)
        chains = {chain_of(key, community, resident) for resident in residents}
        ends: list[End] = []
        for seal in seals:
            of_day = self.store.ends_of_day(community, seal.day)
            if root_of(of_day) != seal.root:
                faults.append(f"the ends of {seal.day} are not those that were sealed")
            ends += of_day
        for chain in sorted(chains | {end.chain for end in ends}):
            if chain in erased:
                continue
            links = self.store.all_of(community, chain)
            faults += faults_of(key, chain, links)
            faults += _not_as_sealed(links, [end for end in ends if end.chain == chain])
        return faults

    def _erased(self, community: str) -> set[str]:
        found = self.store.erased(community).items()
        key = self.get_key()
        return {c for c, (at, mark) in found if mark == erasure_mark(key, community, c, at)}

    def _add(self, community: str, resident: str, look: Look) -> None:
        key = self.get_key()
        chain = chain_of(key, community, resident)
        for attempt, name in enumerate((*LANES, OWN)):
            lane = name or digest(chain, look.who, str(epoch(look.at)), *look.parts, look.case, length=12)
            last = self.store.last(community, chain, lane, consistent=attempt > 0)
            if last is not None and look.goes_on(last.look):
                return None
            self._note_day(community, chain, lane, last, look.at)
            try:
                return self.store.add(community, chain, linked(key, chain, lane, last, look))
            except ExpectationError:
                continue  # somebody looked at the same moment: theirs stands there
        return None  # the same look, written by the same person in the same second

    def _note_day(self, community: str, chain: str, lane: str, last: Link | None, at: datetime) -> None:
        day = _day(at)
        if last is None or _day(last.look.at) != day:
            self.store.note_day(community, day, chain, lane)
        if (community, day) not in self._days:
            self.timer.seal_later(community, day, at=_end_of(day) + SEALED_AFTER)
            self._days.add((community, day))

    def _end(self, community: str, chain: str, lane: str, day: str) -> End | None:
        link = self.store.last_before(community, chain, lane, _end_of(day))
        return End(chain, lane, link.number, link.mark) if link else None


def _not_as_sealed(links: Sequence[Link], ends: Sequence[End]) -> list[str]:
    """Sealed ends that the chains no longer reach, or reach with another look."""
    marks = {(link.lane, link.number): link.mark for link in links}
    return [
        f"{end.chain}/{end.lane}/{end.number}: is not the look that was sealed"
        for end in ends
        if marks.get((end.lane, end.number)) != end.mark
    ]


@lru_cache(maxsize=100)
def _names(parts: frozenset[Part]) -> tuple[str, ...]:
    return tuple(sorted(part.value for part in parts))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def _end_of(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
