"""A resident's card and one-key calls: told, and erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Delete, Table, every_item
from chalicelib.onekey.items import community_pk
from chalicelib.registry.holdings import Left, Subject


@dataclass(frozen=True, slots=True)
class CallHoldings:
    """Cards and calls."""

    table: Table
    name: str = "one_key_calls"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """The card, and every call with its presses and where it came from."""
        return [
            {name: value for name, value in item.items() if name not in ("pk", "expires")}
            for item in self._items(subject)
        ]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase them."""
        for item in self._items(subject):
            self.table.write(Delete(item["pk"], item["sk"]))
            if phone := item.get("phone"):
                self.table.write(Delete(item["pk"], f"phone#{phone}"))
        self.table.write(Delete(f"one-key-resident#{subject.resident}", subject.community))
        return None

    def _items(self, subject: Subject) -> list[Item]:
        subjects = [subject.resident, *([f"home-{subject.household}"] if subject.alone else [])]
        pk, card = community_pk(subject.community), f"card#{subject.resident}"
        found = [item for item in (self.table.get(pk, card, consistent=True),) if item]
        for each in subjects:
            asked = Ask(pk, first=f"call#{each}#", last=f"call#{each}$", consistent=True)
            found += every_item(self.table, asked)
        return found
