"""When it was last proven that a press is answered: kept when a drill is, in the same write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.alarms.drill import whose
from chalicelib.alarms.model import SYSTEM, Alarm
from chalicelib.aws.items import Item
from chalicelib.aws.tables import Delete, Table
from chalicelib.kernel.clock import epoch, from_epoch


@dataclass(frozen=True, slots=True)
class Proof:
    """A drill that somebody answered, and how many seconds that took."""

    at: datetime
    by: str
    alarm: str
    seconds: int


class ProofStore:
    """The last proof of each team, resident and pendant."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_many(self, community: str, keys: Sequence[str]) -> Mapping[str, Proof]:
        """The last proofs, by `resident_key` and `team_key`."""
        found = self._table.get_many([(_pk(community), key) for key in keys]) if keys else []
        return {
            item["sk"]: Proof(from_epoch(item["at"]), item["by"], item["alarm"], item["seconds"])
            for item in found
        }

    def forget(self, community: str, keys: Sequence[str]) -> None:
        """Erase proofs."""
        for key in keys:
            self._table.write(Delete(_pk(community), key))


def resident_key(subject: str) -> str:
    """The key of a resident's proof, or, by the subject `home-h001`, of a home's pendant's."""
    return f"resident#{subject}"


def team_key(team: str) -> str:
    """The key of a team's proof."""
    return f"team#{team}"


def proof_item(alarm: Alarm) -> Item | None:
    """What a drill that was just closed proves; None when nobody answered it."""
    answered_at = alarm.acknowledged_at or alarm.resolved_at
    by = alarm.acknowledged_by or alarm.resolved_by
    subject = whose(alarm.evidence)
    if not alarm.drill or answered_at is None or by in (None, SYSTEM) or not subject:
        return None
    if alarm.drilled is not None and by not in alarm.drilled:
        return None
    return {
        "pk": _pk(alarm.community),
        "sk": team_key(subject) if alarm.drilled is not None else resident_key(subject),
        "at": epoch(answered_at),
        "by": by,
        "alarm": alarm.id,
        "seconds": int((answered_at - alarm.raised_at).total_seconds()),
    }


def _pk(community: str) -> str:
    return f"proofs#{community}"
