"""How drills are kept: plans that wait in the one index, and a community's rules."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Page, Put, Table, put_all
from chalicelib.kernel.clock import from_epoch
from chalicelib.onekey.drill_plan import DRILL, DrillRules, Plan, Whose, partition, plan_of, sort_key
from chalicelib.watch.deadlines import DeadlineStore, Due


class DrillBook:
    """Plans in the Deadlines table, rules in the Registry."""

    def __init__(self, table: Table, registry: Table, deadlines: DeadlineStore) -> None:
        self._table = table
        self._registry = registry
        self._deadlines = deadlines

    def rules(self, community: str) -> tuple[DrillRules, int]:
        """How a community drills, and the rules' version; 0 were never set."""
        item = self._registry.get(partition(community), "rules", consistent=True)
        return (DrillRules(item["on"], item.get("day")), item["version"]) if item else (DrillRules(), 0)

    def put_rules(self, community: str, rules: DrillRules, *, follows: int) -> int:
        """Set the rules that follow a version; each plan keeps to them when it is next due, within a month.

        Returns their version. Raises ExpectationError when another came first.
        """
        item = {"pk": partition(community), "sk": "rules", "on": rules.on, "day": rules.day}
        expected = {"version": follows} if follows else NEW
        self._registry.write(Put({**item, "version": follows + 1}, expected))
        return follows + 1

    def begin(self, plans: Sequence[Plan]) -> None:
        """Let plans wait, of whoever is new: nothing is read."""
        put_all(self._table, [self._deadlines.item(plan.due) for plan in plans])

    def keep(self, plans: Sequence[Plan]) -> None:
        """Let plans wait that don't yet; those that do stay as they are, but for a resident's new home."""
        keys = [_key(plan) for plan in plans]
        known = {item["sk"]: _plan(item) for item in self._table.get_many(keys)} if keys else {}
        new = [plan for plan in plans if plan.due.sk not in known]
        for plan in plans:
            found = known.get(plan.due.sk)
            if found is not None and found.household != plan.household:
                new.append(replace(found, household=plan.household))  # they moved
        self.begin(new)

    def arm(self, plan: Plan, *, instead_of: Due) -> None:
        """Let a plan wait on. Raises ExpectationError when somebody else moved it."""
        self._deadlines.arm(plan.due, instead_of=instead_of)

    def plan(self, community: str, of: Whose, name: str) -> Plan | None:
        """Somebody's plan."""
        due = self._deadlines.get(partition(community), sort_key(of, name))
        return plan_of(due) if due else None

    def end(self, community: str, of: Whose, name: str) -> None:
        """Let a plan wait no more: whoever it was about is gone."""
        self._deadlines.disarm(partition(community), sort_key(of, name))

    def page(self, community: str, *, limit: int, after: Item | None) -> tuple[list[Plan], Page]:
        """A page of a community's plans, residents first, by id."""
        ask = Ask(partition(community), first=f"{DRILL}#", last=f"{DRILL}$", limit=limit, after=after)
        page = self._table.query(ask)
        return [_plan(item) for item in page.items], page


def _key(plan: Plan) -> tuple[str, str]:
    return plan.due.pk, plan.due.sk


def _plan(item: Item) -> Plan:
    return plan_of(Due(item["pk"], item["sk"], from_epoch(item["due_at"]), item["state"]))
