"""What knocks for nothing have taught of a home, and what somebody decided about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.aws.tables import Ask, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.watch.routine_advice import WITHIN, FalseKnock, Proposal, proposals
from chalicelib.watch.routine_store import HabitsStore, routine_key

KNOCK, SETTLED = "knock", "settled"
KEPT_FOR = WITHIN + timedelta(days=1)


class LessonStore:
    """Beside a home's habits: knocks for nothing with their causes, and proposals that were settled.

    `habits` are told of what was real, and learn nothing of it.
    """

    def __init__(self, table: Table, habits: HabitsStore | None = None) -> None:
        self._table = table
        self._habits = habits

    def learn(self, community: str, household: str, alarm: str, knock: FalseKnock) -> None:
        """Note a knock that found all well; the same alarm again is the same."""
        item = {
            "pk": routine_key(community, household)[0],
            "sk": f"{KNOCK}#{alarm}",
            "at": epoch(knock.at),
            "cause": knock.cause,
            "expires": epoch(knock.at + KEPT_FOR),
        }
        self._table.write(Put(item))

    def spare(self, community: str, household: str, *, began: datetime, ended: datetime) -> None:
        """Learn nothing of a time that ended in a real outcome. Again changes nothing."""
        if self._habits is not None:
            self._habits.unlearn(community, household, began, ended)

    def proposals(self, community: str, household: str, *, now: datetime) -> list[Proposal]:
        """What a home's causes propose, and nobody has settled."""
        pk = routine_key(community, household)[0]
        asked = Ask(pk, first=f"{KNOCK}#", last=f"{KNOCK}$")
        knocks = [
            FalseKnock(from_epoch(item["at"]), item["cause"]) for item in every_item(self._table, asked)
        ]
        found = proposals(sorted(knocks, key=lambda knock: knock.at), now=now)
        return [each for each in found if not self._is_settled(pk, each)]

    def settle(
        self, community: str, household: str, proposal: Proposal, *, by: str, accepted: bool, now: datetime
    ) -> None:
        """Note who decided about a proposal: it comes again only with as many new knocks."""
        item = {
            "pk": routine_key(community, household)[0],
            "sk": f"{SETTLED}#{proposal.cause}",
            "until": epoch(max(proposal.knocks)),
            "by": by,
            "accepted": accepted,
            "at": epoch(now),
        }
        self._table.write(Put(item))

    def _is_settled(self, pk: str, proposal: Proposal) -> bool:
        item = self._table.get(pk, f"{SETTLED}#{proposal.cause}")
        return item is not None and len(_after(proposal.knocks, item["until"])) < len(proposal.knocks)


def _after(knocks: Sequence[datetime], until: int) -> list[datetime]:
    return [at for at in knocks if epoch(at) > until]
