"""Names that are taken once: who comes second finds what the first left under them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, Expectation, ExpectationError, Put, Table, every_item
from chalicelib.kernel.clock import epoch


class MemoStore:
    """Memos on a table. They lapse by the clock; the table's own expiry only tidies up."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(
        self, name: str, facts: Mapping[str, str], *, now: datetime, lapses_at: datetime
    ) -> Mapping[str, str] | None:
        """Take a name with these facts; None when it was free, else the facts that stand under it."""
        mine = _item(name, facts, lapses_at)
        if self._taken(mine, NEW):
            return None
        theirs = self._table.get(_pk(name), "memo", consistent=True)
        if theirs is None or theirs["expires"] <= epoch(now):
            expect: Expectation = {"facts": theirs["facts"], "expires": theirs["expires"]} if theirs else NEW
            if self._taken(mine, expect):
                return None
            theirs = self._table.get(_pk(name), "memo", consistent=True) or mine
        found: Mapping[str, str] = json.loads(theirs["facts"])
        return found

    def finish(
        self, name: str, facts: Mapping[str, str], *, keep_until: datetime, about: Sequence[str] = ()
    ) -> None:
        """Replace a taken name's facts; `about` says whose they are."""
        for each in about:  # first: what can't be found can't be forgotten
            self._table.write(Put({"pk": _about(each), "sk": name, "expires": epoch(keep_until)}))
        self._table.write(Put(_item(name, facts, keep_until)))

    def forget_about(self, whose: str) -> None:
        """Forget all facts that are about somebody. Again changes nothing."""
        for link in every_item(self._table, Ask(_about(whose), consistent=True)):
            self.forget(link["sk"])
            self._table.write(Delete(link["pk"], link["sk"]))

    def count_about(self, whose: str) -> int:
        """How many facts are kept about somebody."""
        return len(every_item(self._table, Ask(_about(whose), consistent=True)))

    def forget(self, name: str) -> None:
        """Give a name back."""
        self._table.write(Delete(_pk(name), "memo"))

    def _taken(self, item: Item, expect: Expectation) -> bool:
        try:
            self._table.write(Put(item, expect))
        except ExpectationError:
            return False
        return True


def _about(whose: str) -> str:
    return f"once-about#{whose}"


def _pk(name: str) -> str:
    return f"once#{name}"


def _item(name: str, facts: Mapping[str, str], until: datetime) -> Item:
    return {"pk": _pk(name), "sk": "memo", "facts": json.dumps(facts), "expires": epoch(until)}
