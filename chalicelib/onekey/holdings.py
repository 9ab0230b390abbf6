"""A resident's card, one-key calls and drills: told, and erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.alarms.proof import ProofStore, resident_key
from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Delete, Table, every_item
from chalicelib.kernel.clock import from_epoch, rfc3339
from chalicelib.kernel.ids import digest
from chalicelib.onekey.drill_book import DrillBook
from chalicelib.onekey.drill_plan import Whose
from chalicelib.onekey.items import community_pk, phone_sk
from chalicelib.registry.holdings import Left, Subject


@dataclass(frozen=True, slots=True)
class CallHoldings:
    """Cards and calls."""

    table: Table
    name: str = "one_key_calls"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """The card, and every call with its presses and where it came from; those, too, that came by their
        phone before it was known as theirs.
        """
        return [
            {name: value for name, value in item.items() if name not in ("pk", "expires")}
            for item in self._items(subject)
        ]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase them; the card last, since it is what finds the calls of its phone."""
        for item in reversed(self._items(subject)):
            self.table.write(Delete(item["pk"], item["sk"]))
            if phone := item.get("phone"):
                self.table.write(Delete(item["pk"], phone_sk(phone, subject.resident)))
        self.table.write(Delete(f"one-key-resident#{subject.resident}", subject.community))
        return None

    def _items(self, subject: Subject) -> list[Item]:
        pk, card = community_pk(subject.community), f"card#{subject.resident}"
        found = [item for item in (self.table.get(pk, card, consistent=True),) if item]
        homes = {home.household for home in subject.homes}
        for home in sorted(homes):
            calls = self._calls(pk, f"home-{home}")
            found += [call for call in calls if subject.owns(home, from_epoch(call["began_at"]))]
        by_phone = [self._calls(pk, f"phone-{digest(each['phone'])}") for each in found if each.get("phone")]
        return found + self._calls(pk, subject.resident) + [call for calls in by_phone for call in calls]

    def _calls(self, pk: str, whose: str) -> list[Item]:
        return every_item(self.table, Ask(pk, first=f"call#{whose}#", last=f"call#{whose}$", consistent=True))


@dataclass(frozen=True, slots=True)
class DrillHoldings:
    """When a resident is drilled, and when it was last proven that a press of theirs is answered."""

    book: DrillBook
    proofs: ProofStore
    name: str = "drills"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """The next drill, and the last proofs."""
        proofs = self.proofs.of_many(subject.community, _proofs(subject)).values()
        plan = self.book.plan(subject.community, Whose.RESIDENT, subject.resident)
        return {
            "next_at": rfc3339(plan.due_at) if plan else None,
            "proven": [{"at": rfc3339(p.at), "by": p.by, "seconds": p.seconds} for p in proofs],
        }

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Erase both."""
        self.book.end(subject.community, Whose.RESIDENT, subject.resident)
        self.proofs.forget(subject.community, _proofs(subject))
        return None


def _proofs(subject: Subject) -> list[str]:
    is_theirs = subject.alone and not subject.taken
    subjects = [subject.resident, *([f"home-{subject.household}"] if is_theirs else [])]
    return [resident_key(each) for each in subjects]
