"""Whose phone sounds for what is urgent: what the rota warns of before it hurts."""

from collections.abc import Mapping, Sequence

from chalicelib.notify.addresses import AddressBook, Wishes, recipient
from chalicelib.notify.boxes import box_of
from chalicelib.notify.model import RINGING, Channel
from chalicelib.registry.people import Person
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.outlook import Trouble

URGENT = 1


class Ringing:
    """The rota's `Reach`, through the notify capability."""

    def __init__(self, registry: RegistryStore, book: AddressBook) -> None:
        self._registry = registry
        self._book = book

    def silent(self, community: str, people: Sequence[Person]) -> Mapping[str, Trouble] | None:
        """Those whom no call and no SMS reaches in severity 1, and why; None where there is neither."""
        known, habits = self._registry.community(community), self._book.habits(community)
        if known is None or not (habits.sms or habits.voice):
            return None
        wishes, found = self._book.all_wishes(community), {}
        for person in people:
            own = wishes.get(box_of(person.role, person.id), Wishes())
            channels = recipient(known, person, habits, own).channels(URGENT)
            if not RINGING & set(channels):
                found[person.id] = Trouble.NOT_RUNG if Channel.WEB_PUSH in channels else Trouble.APP_ONLY
        return found
