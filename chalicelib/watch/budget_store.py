"""A home's own budgets, where somebody chose other ones than the community's, and every change of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.watch.routine_rule import Budget
from chalicelib.watch.routine_store import BUDGET, routine_key
from chalicelib.watch.store import until_undisturbed


@dataclass(frozen=True, slots=True)
class OwnBudget:
    """A home's own budget; None means the community's. `version` counts its changes; `rehearsed` are the
    figures on which it was approved: a rehearsal's, or when the last knock for an accepted proposal was.
    """

    budget: Budget | None
    set_by: str = ""
    set_at: datetime | None = None
    version: int = 0
    rehearsed: Mapping[str, int] = field(default_factory=dict)


class BudgetStore:
    """Beside a home's habits: its budget, and a line for every change."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, community: str, household: str) -> OwnBudget:
        """What holds for a home now."""
        item = self._table.get(routine_key(community, household)[0], BUDGET, consistent=True)
        return _own(item) if item else OwnBudget(None)

    def put(self, community: str, household: str, known: OwnBudget, changed: OwnBudget) -> OwnBudget:
        """Change it from what is known, and log the change. Raises ExpectationError when it has moved on."""
        version = known.version + 1
        item = {
            "pk": routine_key(community, household)[0],
            "sk": BUDGET,
            "checks": changed.budget.checks_a_year if changed.budget else None,
            "knocks": changed.budget.knocks_a_year if changed.budget else None,
            "by": changed.set_by,
            "at": epoch(changed.set_at) if changed.set_at else 0,
            "version": version,
            "rehearsed": json.dumps(dict(changed.rehearsed), sort_keys=True),
        }
        expect = {"version": known.version} if known.version else NEW
        self._table.write_all([Put(item, expect), Put({**item, "sk": f"{BUDGET}#{version:06d}"}, NEW)])
        return _own(item)

    def take_back(self, community: str, household: str, *, by: str, now: datetime) -> None:
        """Let the community's hold for a home again, and log it. Again changes nothing."""
        until_undisturbed(partial(self._take_back, community, household, by, now))

    def _take_back(self, community: str, household: str, by: str, now: datetime) -> None:
        if (known := self.get(community, household)).budget is not None:
            self.put(community, household, known, OwnBudget(None, by, now))

    def changes(self, community: str, household: str) -> list[OwnBudget]:
        """Every budget there was, oldest first."""
        asked = Ask(routine_key(community, household)[0], first=f"{BUDGET}#", last=f"{BUDGET}$")
        return [_own(item) for item in every_item(self._table, asked)]


def _own(item: Item) -> OwnBudget:
    checks, knocks = item.get("checks"), item.get("knocks")
    budget = Budget(int(checks), int(knocks)) if checks and knocks else None
    rehearsed = json.loads(item["rehearsed"])
    return OwnBudget(budget, item["by"], from_epoch(item["at"]), int(item["version"]), rehearsed)
