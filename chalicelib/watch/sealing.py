"""Sealing the access log: a community's day waits in the index like everything else that waits."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.accounts.access_log import AccessLog
from chalicelib.watch.deadlines import DeadlineStore, Due

SEAL = "seal"


@dataclass(frozen=True, slots=True)
class SealTimes:
    """The access log's `SealTimer`."""

    deadlines: DeadlineStore

    def seal_later(self, community: str, day: str, *, at: datetime) -> None:
        """Let a day wait to be sealed; again is the same."""
        self.deadlines.arm(Due(f"{SEAL}#{community}", f"{SEAL}#{day}", at))


@dataclass(frozen=True, slots=True)
class Sealing:
    """Takes the deadline of a day that is over: sealed first, and disarmed then, so none is left open."""

    log: AccessLog
    deadlines: DeadlineStore

    def __call__(self, due: Due, *, now: datetime) -> None:
        """Seal the day."""
        self.log.seal(due.pk.partition("#")[2], due.sk.partition("#")[2])
        self.deadlines.disarm(due.pk, due.sk)
