"""Who looked at a resident's record: told, and erased with the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.accounts.access_log import AccessLog
from chalicelib.accounts.looks import Look
from chalicelib.registry.holdings import Left, Subject, plain


class LooksAt(Protocol):
    """Finds who looked at a resident's record, newest first."""

    def __call__(self, community: str, resident: str, *, now: datetime) -> list[Look]: ...


@dataclass(frozen=True, slots=True)
class LookHoldings:
    """The access log of a resident."""

    log: AccessLog
    looks_at: LooksAt
    name: str = "access_log"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Every look, newest first; of the lists that showed them, those of this month and the one before."""
        return [plain(look._asdict()) for look in self.looks_at(subject.community, subject.resident, now=now)]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase the log, and leave a mark that it was erased rightly."""
        self.log.erase(subject.community, subject.resident, now=now)
        return None
