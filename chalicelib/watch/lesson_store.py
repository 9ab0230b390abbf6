"""What knocks for nothing have taught of a home, and what somebody decided about it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.aws.items import Item
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

    def learn(
        self, community: str, household: str, alarm: str, knock: FalseKnock, *, began: datetime | None = None
    ) -> None:
        """Note a knock that found all well; the same alarm again is the same. One at the door of those who
        lived there before, whose silence `began` then, teaches nothing of those who do now.
        """
        if began is not None and self._is_of_others(community, household, began):
            return
        item = {
            "pk": routine_key(community, household)[0],
            "sk": f"{KNOCK}#{alarm}",
            "at": epoch(knock.at),
            "cause": knock.cause,
            "expires": epoch(knock.at + KEPT_FOR),
        }
        self._table.write(Put(item))

    def _is_of_others(self, community: str, household: str, at: datetime) -> bool:
        known = self._habits.watch_of(community, household) if self._habits else None
        return known is not None and epoch(at) < (known[0].since or 0)

    def spare(self, community: str, household: str, *, began: datetime, ended: datetime) -> None:
        """Learn nothing of a time that ended in a real outcome. Again changes nothing."""
        if self._habits is not None:
            self._habits.unlearn(community, household, began, ended)

    def proposals(self, community: str, household: str, *, now: datetime) -> list[Proposal]:
        """What a home's causes propose, and nobody has settled."""
        pk = routine_key(community, household)[0]
        knocks = [FalseKnock(from_epoch(item["at"]), item["cause"]) for item in self._items(pk, KNOCK)]
        settled = {
            item["sk"].partition("#")[2]: from_epoch(item["until"]) for item in self._items(pk, SETTLED)
        }
        return proposals(sorted(knocks, key=lambda knock: knock.at), now=now, settled=settled)

    def settle(
        self, community: str, household: str, proposal: Proposal, *, by: str, accepted: bool, now: datetime
    ) -> None:
        """Note who decided about a proposal: only knocks since then can propose the same again."""
        item = {
            "pk": routine_key(community, household)[0],
            "sk": f"{SETTLED}#{proposal.cause}",
            "until": epoch(max(proposal.knocks)),
            "by": by,
            "accepted": accepted,
            "at": epoch(now),
        }
        self._table.write(Put(item))

    def _items(self, pk: str, kind: str) -> Iterable[Item]:
        return every_item(self._table, Ask(pk, first=f"{kind}#", last=f"{kind}$"))
