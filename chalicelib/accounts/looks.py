"""The access log: every look at a resident's record, in chains that can't be changed unseen. Pure.

A look names who looked, in which role and on what grounds, at which parts, for which case. Its mark is an
HMAC (RFC 2104, SHA-256) over all of that, its place and the mark before it: to change, remove or move a look
one needs the key, which is not where the log is kept. People who look at one moment write into chains of
their own (lanes), so that nobody waits for anybody.
"""

import hmac
import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

from chalicelib.kernel.clock import epoch
from chalicelib.kernel.ids import digest

ONE_LOOK = timedelta(minutes=10)
"""The same person at the same parts for the same case within this is one look: an app asks often."""
EVERYBODY = "*"
"""On a list: all residents of the community."""
GENESIS = ""
"""What stands before the first look of a chain."""


class Look(NamedTuple):
    """Somebody's look at a resident's record. `grounds` is their relation, `case` the alarm it was for.

    A look at a list names those on it in `among`, as `named` has them, or EVERYBODY; one at a list of homes
    names homes, and whoever lived there then was looked at.
    """

    at: datetime
    who: str
    role: str
    grounds: str
    parts: tuple[str, ...]
    case: str = ""
    among: tuple[str, ...] = ()

    @property
    def what(self) -> Hashable:
        """All but when it was."""
        return self[1:]

    def goes_on(self, before: "Look") -> bool:
        """Whether this is still the look `before`."""
        return self.what == before.what and before.at <= self.at < before.at + ONE_LOOK


class Lately:
    """The looks that a process wrote of late, by resident: one that goes on need not be sought in the log."""

    def __init__(self, most: int = 5000) -> None:
        self._most = most
        self._looks: dict[Hashable, Look] = {}

    def holds(self, community: str, chain: str, look: Look) -> bool:
        """Whether it goes on with one of these."""
        known = self._looks.get((community, chain, look.what))
        return known is not None and look.goes_on(known)

    def keep(self, community: str, chain: str, look: Look) -> None:
        """Add one; beyond so many all are forgotten, and sought in the log again."""
        if len(self._looks) >= self._most:
            self._looks.clear()
        self._looks[community, chain, look.what] = look

    def forget(self) -> None:
        """Forget them all."""
        self._looks.clear()


class LivedIn(NamedTuple):
    """A home in which a resident lived, from and until in Unix seconds."""

    household: str
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Link:
    """A look in its place: the `number`th of a lane, after the one marked `before`."""

    lane: str
    number: int
    before: str
    look: Look
    mark: str


@lru_cache(maxsize=2000)
def chain_of(key: str, community: str, resident: str) -> str:
    """The name of a resident's chains: it tells nobody without the key whose they are."""
    return digest(_mac(key, ["chain", community, resident]), length=24)


def chain_of_home(key: str, community: str, household: str) -> str:
    """The name of a home on lists, which no resident's is: no id holds a slash."""
    return chain_of(key, community, f"home/{household}")


def linked(key: str, chain: str, lane: str, last: Link | None, look: Look) -> Link:
    """The look as the next of its lane."""
    number, before = (last.number + 1, last.mark) if last else (1, GENESIS)
    return Link(lane, number, before, look, mark_of(key, chain, lane, number, before, look))


def mark_of(key: str, chain: str, lane: str, number: int, before: str, look: Look) -> str:
    """The mark that a look must bear in its place."""
    told = [epoch(look.at), look.who, look.role, look.grounds, list(look.parts), look.case]
    listed = [list(look.among)] if look.among else []
    return _mac(key, ["look", chain, lane, number, before, *told, *listed])


def named(chain: str) -> str:
    """A resident's chain as a list names it."""
    return chain[:10]


def faults_of(key: str, chain: str, links: Iterable[Link]) -> list[str]:
    """What is wrong with a resident's chains, in words; nothing when every look is as it was written."""
    found: list[str] = []
    ordered = sorted(links, key=lambda link: (link.lane, link.number))
    for lane, group in groupby(ordered, key=lambda link: link.lane):
        expected, before = 1, GENESIS
        for link in group:
            place = f"{chain}/{lane}/{link.number}"
            if link.number != expected:
                found.append(f"{place}: look {expected} is missing")
            elif link.before != before:
                found.append(f"{place}: does not follow the look before it")
            if link.mark != mark_of(key, chain, lane, link.number, link.before, link.look):
                found.append(f"{place}: was changed")
            expected, before = link.number + 1, link.mark
    return found


@dataclass(frozen=True, slots=True)
class End:
    """Where a lane stood when a day was sealed."""

    chain: str
    lane: str
    number: int
    mark: str

    @property
    def line(self) -> str:
        """The end as it goes into the day's seal."""
        return f"{self.chain} {self.lane} {self.number} {self.mark}"


@dataclass(frozen=True, slots=True)
class Seal:
    """A day of a community, sealed: the ends of all lanes that grew on it. Seals are a chain, too."""

    number: int
    day: str
    ends: int
    root: str
    before: str
    mark: str


@dataclass(frozen=True, slots=True)
class Head:
    """A seal as it is noted elsewhere: the log must hold it."""

    number: int
    mark: str


def sealed(key: str, community: str, day: str, ends: Sequence[End], last: Seal | Head | None) -> Seal:
    """The seal of a day."""
    number, before = (last.number + 1, last.mark) if last else (1, GENESIS)
    root = root_of(ends)
    return Seal(number, day, len(ends), root, before, _seal_mark(key, community, number, day, root, before))


def root_of(ends: Sequence[End]) -> str:
    """One hash over all ends of a day."""
    return sha256("\n".join(sorted(end.line for end in ends)).encode()).hexdigest()


def seal_faults(key: str, community: str, seals: Sequence[Seal], heads: Iterable[Head] = ()) -> list[str]:
    """What is wrong with a community's chain of seals; each of `heads` must be in it."""
    marks = {seal.number: seal.mark for seal in seals}
    found = [
        f"seal {head.number} is {'not the one that was noted' if head.number in marks else 'missing'}"
        for head in heads
        if marks.get(head.number) != head.mark
    ]
    expected, before = 1, GENESIS
    for seal in sorted(seals, key=lambda seal: seal.number):
        if seal.number != expected:
            found.append(f"seal {expected} is missing")
        elif seal.before != before:
            found.append(f"seal {seal.number}: does not follow the seal before it")
        if seal.mark != _seal_mark(key, community, seal.number, seal.day, seal.root, seal.before):
            found.append(f"seal {seal.number}: was changed")
        expected, before = seal.number + 1, seal.mark
    return found


def erasure_mark(key: str, community: str, chain: str, at: int) -> str:
    """The mark that proves that chains were erased with their resident, and not by somebody else."""
    return _mac(key, ["erased", community, chain, at])


def _seal_mark(key: str, community: str, number: int, day: str, root: str, before: str) -> str:
    return _mac(key, ["seal", community, number, day, root, before])


def _mac(key: str, told: Sequence[object]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.digest(f"access-log:{key}".encode(), text, sha256).hex()
