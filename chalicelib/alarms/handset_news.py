"""A handset was paired: those who are near the resident hear of it, for it sees what the resident sees."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.alarms.errands import Errand, post
from chalicelib.kernel.caller import Role
from chalicelib.notify.texts import MessageKind
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.resident_store import ResidentStore
from chalicelib.watch.deadlines import DeadlineStore

TOLD_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class HandsetNews:
    """Tells a resident's relatives and the coordinators, but not whoever paired the handset.

    No place is named: what was told outlives the resident's erasure. Whose it is stands in the access log.
    """

    residents: ResidentStore
    people: PeopleStore
    deadlines: DeadlineStore

    def tell(self, community: str, resident: str, handset: str, *, by: str, now: datetime) -> None:
        """Let the next tick tell them; again is harmless."""
        known = self.residents.get(community, resident)
        if known is None:
            return
        staff = [one.id for one in self.people.of(community) if one.role is Role.COORDINATOR]
        for person in {*staff, *(kin.person for kin in known.kin)} - {by}:
            errand = Errand(
                community, person, MessageKind.HANDSET, f"handset/{handset}/{person}", now + TOLD_FOR,
                on_duty=False,
            )  # fmt: skip
            post(self.deadlines, errand, now=now)
