"""Writing looks down, reading them, sealing a community's days, and proving that nothing was changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain as joined
from typing import Protocol

from chalicelib.accounts.look_store import LookStore
from chalicelib.accounts.looks import (
    EVERYBODY,
    GENESIS,
    End,
    Head,
    Lately,
    Link,
    LivedIn,
    Look,
    Seal,
    chain_of,
    chain_of_home,
    erasure_mark,
    faults_of,
    linked,
    named,
    root_of,
    seal_faults,
    sealed,
)
from chalicelib.accounts.witness_store import SEALED, WitnessStore
from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest
from chalicelib.kernel.sight import Part, Sight

LANES = ("0", "0", "1", "2", "3", "4", "5", "6", "7")
"""Which lanes a look tries; when somebody is quicker in each, it begins one of its own."""
OWN = ""
OPERATORS = "#operators"
"""Whose chains hold what was taken out by the command line."""
OPERATOR, COMMAND_LINE = "operator", "command_line"
SEALED_AFTER = timedelta(minutes=10)
"""How long after its end (midnight UTC) a day is sealed."""


class SealTimer(Protocol):
    """Comes back to a community's day once it is over. The deadline index does."""

    def seal_later(self, community: str, day: str, *, at: datetime) -> None:
        """Seal a day at `at`; said again, this changes nothing."""


@dataclass(slots=True)
class AccessLog:
    """Every look at a resident's record.

    `get_key` fetches the key of its marks, `get_seal_key` that of seals: who writes looks doesn't hold it.
    """

    store: LookStore
    witness: WitnessStore
    get_key: Callable[[], str]
    get_seal_key: Callable[[], str]
    timer: SealTimer
    _days: set[tuple[str, str]] = field(default_factory=set)
    _lately: Lately = field(default_factory=Lately)

    def note(self, caller: Caller, sight: Sight, *, now: datetime) -> None:
        """Write down that a caller saw parts of residents' records: one small read and two writes for each.

        A look that goes on costs nothing where this process wrote its beginning. Who sees nothing of anybody
        is not noted.
        """
        shown = _names(sight.parts)
        if not shown:
            return
        by = f"; handset paired by {caller.handset}" if caller.handset else ""
        grounds = f"{sight.relation.value}{by}"
        look = Look(_whole(now), caller.name, caller.role.value, grounds, shown, sight.case)
        for resident in sight.residents:
            self._add(caller.community, chain_of(self.get_key(), caller.community, resident), look)

    def note_handset(self, community: str, resident: str, *, by: str, role: str, now: datetime) -> None:
        """Write down that a handset was paired by a code of `by`'s: it sees what its resident sees."""
        look = Look(_whole(now), by, role, "paired", ("handset",))
        self._add(community, chain_of(self.get_key(), community, resident), look)

    def note_list(self, caller: Caller, sight: Sight, *, homes: Iterable[str] = (), now: datetime) -> None:
        """Write down that a caller saw a list of residents, or of homes: one look that names all of them.

        Homes are named as they are, so that nobody need ask who lives in each.
        """
        key, community = self.get_key(), caller.community
        chains = {chain_of(key, community, one) for one in sight.residents}
        chains |= {chain_of_home(key, community, home) for home in homes}
        if not chains:
            return
        among = tuple(sorted(map(named, chains)))
        grounds, parts = sight.relation.value, _names(sight.parts)
        look = Look(_whole(now), caller.name, caller.role.value, grounds, parts, among=among)
        self._add(community, chain_of(key, community, _lists(now)), look)

    def note_operator(
        self,
        community: str,
        who: str,
        parts: frozenset[Part],
        *,
        residents: Sequence[str] = (),
        now: datetime,
    ) -> None:
        """Write down that an operator took records out by the command line: of `residents`, else everybody's.

        `who` is who they are to AWS.
        """
        key = self.get_key()
        among = tuple(sorted(named(chain_of(key, community, one)) for one in residents)) or (EVERYBODY,)
        look = Look(_whole(now), who, OPERATOR, COMMAND_LINE, _names(parts), among=among)
        self._add(community, chain_of(key, community, OPERATORS), look)

    def looks(
        self, community: str, resident: str, *, homes: Iterable[LivedIn] = (), now: datetime | None = None
    ) -> list[Look]:
        """All looks at a resident's record, newest first, operators' among them.

        With `now`, lists that showed the resident, or one of their `homes` while they lived there, too: those
        of this month and the one before.
        """
        key = self.get_key()
        chain = chain_of(key, community, resident)
        lists = [OPERATORS, *dict.fromkeys(map(_lists, (now, _month_before(now))) if now else ())]
        found = [link.look for link in self.store.all_of(community, chain)]
        lived = [(named(chain_of_home(key, community, home.household)), home) for home in homes]
        for each in lists:
            links = self.store.all_of(community, chain_of(key, community, each))
            found += [link.look for link in links if _shows(link.look, named(chain), lived)]
        return sorted(found, key=lambda look: look.at, reverse=True)

    def erase(self, community: str, resident: str, *, now: datetime) -> None:
        """Erase a resident's log with all else that is known of them. Again changes nothing."""
        chain, at = chain_of(self.get_key(), community, resident), epoch(now)
        mark = erasure_mark(self.get_seal_key(), community, chain, at)
        self.store.erase(community, chain, at=at, mark=mark)
        self._lately.forget()

    def seal(self, community: str, day: str) -> None:
        """Seal a day that is over. Sealed already, or never looked at: nothing to do.

        What was noted and is gone is sealed as it was noted: it will be missed for ever.
        """
        noted = self.witness.ends_of_day(community, day)
        if not noted:
            return
        last = self.store.last_seals(community, 60)
        if all(seal.day != day for seal in last):
            ends = [end for one in noted if (end := self._end(community, one, day)).number]
            self.witness.put_ends(community, day, ends)
            before = _later(next(iter(last), None), self.witness.head(community))
            last = [sealed(self.get_seal_key(), community, day, ends, before)]
            self.store.add_seal(community, last[0])
        if head := _later(last[0], self.witness.head(community)):
            self.witness.put_head(community, Head(head.number, head.mark))

    def head(self, community: str) -> Head | None:
        """The last seal. Noted where nobody of the deployment can write, it proves what the log held then."""
        last = self.store.last_seals(community, 1)
        return Head(last[0].number, last[0].mark) if last else None

    def verify(self, community: str, residents: Iterable[str], *, known: Iterable[Head] = ()) -> list[str]:
        """What was tampered with, in words; nothing when the whole log is as it was written.

        `residents` are those of the registry: their chains are checked even where nothing was noted of them.
        `known` are seals that somebody noted elsewhere.
        """
        key = self.get_key()
        seals, noted = self.store.seals(community), self.witness.ends(community)
        of_seals = self.witness.ends(community, SEALED)
        head = self.witness.head(community)
        faults = seal_faults(self.get_seal_key(), community, seals, [*known, *([head] if head else [])])
        faults += _days_not_as_sealed(seals, of_seals) + _days_passed_over(seals, noted)
        ends: dict[str, list[End]] = {}
        for end in joined.from_iterable((*noted.values(), *of_seals.values())):
            ends.setdefault(end.chain, []).append(end)
        chains = {chain_of(key, community, resident) for resident in residents}
        for chain in sorted((chains | ends.keys()) - self._erased(community)):
            links = self.store.all_of(community, chain)
            faults += faults_of(key, chain, links)
            faults += _not_as_noted(links, ends.get(chain, ()))
        return list(dict.fromkeys(faults))

    def _erased(self, community: str) -> set[str]:
        found = self.store.erased(community).items()
        key = self.get_seal_key()
        return {c for c, (at, mark) in found if mark == erasure_mark(key, community, c, at)}

    def _add(self, community: str, chain: str, look: Look) -> None:
        if not self._lately.holds(community, chain, look):
            self._lately.keep(community, chain, self._written(community, chain, look))

    def _written(self, community: str, chain: str, look: Look) -> Look:
        """The look as it stands in the log: it may have begun before."""
        for attempt, name in enumerate((*LANES, OWN)):
            lane = name or digest(chain, look.who, str(epoch(look.at)), *look.parts, look.case, length=12)
            last = self.store.last(community, chain, lane, consistent=attempt > 0)
            if last is not None and look.goes_on(last.look):
                return last.look
            link = linked(self.get_key(), chain, lane, last, look)
            self._open_day(community, chain, lane, last, look.at)
            try:
                self.store.add(community, chain, link)
            except ExpectationError:
                continue  # somebody looked at the same moment: theirs stands there
            mark_at = partial(self.store.mark_at, community, chain, lane)
            self.witness.grown(community, _day(look.at), chain, link, mark_at)
            return look
        return look  # the same one, written by the same person in the same second

    def _open_day(self, community: str, chain: str, lane: str, last: Link | None, at: datetime) -> None:
        day = _day(at)
        if last is None or _day(last.look.at) != day:
            self.witness.open_day(community, day, chain, lane, last)
        if (community, day) not in self._days:
            self.timer.seal_later(community, day, at=_end_of(day) + SEALED_AFTER)
            self._days.add((community, day))

    def _end(self, community: str, noted: End, day: str) -> End:
        link = self.store.last_before(community, noted.chain, noted.lane, _end_of(day))
        found = End(noted.chain, noted.lane, *((link.number, link.mark) if link else (0, GENESIS)))
        stands = self.store.mark_at(community, noted.chain, noted.lane, noted.number)
        return found if not noted.number or stands == noted.mark else noted


def _later(seal: Seal | Head | None, head: Head | None) -> Seal | Head | None:
    """The later of the last seal and what is noted of it."""
    if seal is None or (head is not None and head.number > seal.number):
        return head
    return seal


def _days_not_as_sealed(seals: Sequence[Seal], ends: Mapping[str, Sequence[End]]) -> list[str]:
    return [
        f"the ends of {seal.day} are not those that were sealed"
        for seal in seals
        if root_of(ends.get(seal.day, ())) != seal.root
    ]


def _days_passed_over(seals: Sequence[Seal], noted: Iterable[str]) -> list[str]:
    days = {seal.day for seal in seals}
    missing = sorted(day for day in noted if day not in days and day < max(days, default=""))
    return [f"{day} was never sealed, though a later day was" for day in missing]


def _not_as_noted(links: Sequence[Link], ends: Sequence[End]) -> list[str]:
    """Noted ends that the chains no longer reach, or reach with another look."""
    marks = {(link.lane, link.number): link.mark for link in links}
    return [
        f"{end.chain}/{end.lane}/{end.number}: is not the look that was noted"
        for end in ends
        if end.number and marks.get((end.lane, end.number)) != end.mark
    ]


@lru_cache(maxsize=100)
def _names(parts: frozenset[Part]) -> tuple[str, ...]:
    return tuple(sorted(part.value for part in parts))


def _lists(at: datetime) -> str:
    """Whose chains hold the lists of a month: no resident's id has such a character."""
    return f"#{at.astimezone(UTC):%Y-%m}"


def _month_before(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1) - timedelta(days=1)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def _end_of(day: str) -> datetime:
    return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)


def _shows(look: Look, resident: str, lived: Sequence[tuple[str, LivedIn]]) -> bool:
    """Whether a list showed a resident, by name or by the home in which they lived then."""
    at = epoch(look.at)
    there = {name for name, home in lived if home.since <= at <= home.until}
    return bool({EVERYBODY, resident, *there} & {*look.among})
