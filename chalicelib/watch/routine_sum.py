"""The Shiryaev-Roberts sum of a silence, and its inverse. Pure; sums in hours, moments in Unix seconds."""

from dataclasses import dataclass
from math import expm1, log

from chalicelib.watch.routine_days import HOUR

FOREVER = 1e30


@dataclass(slots=True)
class Candidate:
    """A life sign that the sum may count from, and the sum since."""

    sign_at: int
    reached: float = 0.0


@dataclass(slots=True)
class Silence:
    """The silence since the last life sign, known until `until`. `last` spoke last, `heard` are listening.

    `peak` is the sum it has proved to have reached; `learn` is false when it must teach nothing.
    """

    until: int
    candidates: list[Candidate]
    last: int = 0
    heard: int = 1
    learn: bool = True
    peak: float = 0.0

    @property
    def began(self) -> int:
        return self.candidates[-1].sign_at

    @property
    def reached(self) -> float:
        """The sum: the least over the life signs it may count from."""
        return min(c.reached for c in self.candidates)

    def copy(self) -> "Silence":
        """Another one that may go on by itself."""
        own = [Candidate(c.sign_at, c.reached) for c in self.candidates]
        return Silence(self.until, own, self.last, self.heard, self.learn, self.peak)


def kept(candidates: list[Candidate], *, now: int, old: int) -> list[Candidate]:
    """Those that may still be the least: silences that are old grow alike, so of them only the least one."""
    alike = [c for c in candidates if now - c.sign_at >= old]
    if not alike:
        return candidates
    least = Candidate(alike[-1].sign_at, min(c.reached for c in alike))
    return [least, *(c for c in candidates if now - c.sign_at < old)]


def grown(reached: float, rate: float, hours: float) -> float:
    """The sum after so many more quiet hours, in which habit brings life signs at `rate` an hour."""
    after = reached + (reached + 1 / rate) * expm1(rate * hours)
    return after if after < FOREVER else FOREVER


def seconds_to(threshold: float, reached: float, rate: float) -> int:
    """After how many quiet seconds the sum is at the threshold; rounded up."""
    hours = log((threshold + 1 / rate) / (reached + 1 / rate)) / rate
    return -int(-hours * HOUR // 1)
