"""Keeping cards ready: made of the registry whenever homes, residents or people are imported."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.kernel.caller import Role
from chalicelib.kernel.errors import RefusedError
from chalicelib.onekey.model import Card, Contact, Line, Who, dialled
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Community, Household, Resident
from chalicelib.registry.needs import Wish
from chalicelib.registry.people import PeopleStore, Person
from chalicelib.registry.resident_store import Change


class Cards:
    """Writes the cards that presses are answered from."""

    def __init__(self, book: CallBook) -> None:
        self._book = book

    def enrol(
        self,
        line: Line,
        households: Sequence[Household],
        residents: Sequence[Resident],
        people: Sequence[Person] = (),
        kin: Mapping[str, Sequence[Contact]] | None = None,
    ) -> None:
        """Create or replace a community's line and the cards of these residents.

        `kin` holds each resident's kin by the resident's id. Raises RefusedError when two of the residents
        share an id: a press could not tell them apart.
        """
        self._book.put_line(line)
        self._book.put_cards(cards_of(households, residents, people, kin or {}))


class CardKeeper:
    """Keeps cards as residents change: the registry's `Cards`. Kin who may not be called aren't on them."""

    def __init__(self, book: CallBook, people: PeopleStore) -> None:
        self._book = book
        self._people = people

    def community_changed(self, community: Community) -> None:
        """Write a community's line: its name and its own number. How long calls are kept stays as it is."""
        known = self._book.line(community.id)
        line = Line(community.id, community.name, community.phone)
        self._book.put_line(replace(line, calls_kept=known.calls_kept) if known else line)

    def residents_changed(self, changes: Sequence[Change]) -> None:
        """Write the cards of a community's residents as they are to be, and forget their old phones."""
        if changes:
            self._write(changes, [])

    def renew(self, changes: Sequence[Change], people: Sequence[Person]) -> None:
        """Write the cards of residents who stay as they are, with the numbers that `people` have now."""
        self._write(changes, people)

    def _write(self, changes: Sequence[Change], known: Sequence[Person]) -> None:
        community = changes[0][0].community
        staff = self._people.of(community, consistent=True)
        asked = {kin.person for new, *_ in changes for kin in new.kin}
        people = self._people.get_many(community, sorted(asked)) | {person.id: person for person in known}
        made = cards_of(
            [home for _, home, *_ in changes],
            [new for new, *_ in changes],
            staff,
            {new.id: _kin(new, people) for new, *_ in changes},
        )
        self._book.put_cards(made)
        for new, _, old, _ in changes:
            if old and (phone := dialled(old.phone)) != dialled(new.phone):
                self._book.forget_phone(old.community, phone, old.id)

    def resident_removed(self, resident: Resident, home: Household) -> None:
        """Forget a resident's card and phone."""
        self._book.forget_card(cards_of([home], [resident], [], {})[0])


def _kin(resident: Resident, people: Mapping[str, Person]) -> list[Contact]:
    asked = [people[kin.person] for kin in resident.kin if kin.wish is Wish.CALL and kin.person in people]
    return [Contact(Who.KIN, person.name, person.phone) for person in asked if person.phone]


def cards_of(
    households: Sequence[Household],
    residents: Sequence[Resident],
    people: Sequence[Person],
    kin: Mapping[str, Sequence[Contact]],
) -> list[Card]:
    """The cards of these residents. Raises RefusedError when two share an id."""
    homes = {home.id: home for home in households}
    made: dict[str, Card] = {}
    for resident in residents:
        if resident.id in made:
            raise RefusedError(f"Two residents are '{resident.id}'; a press needs an id of its own for each.")
        home = homes.get(resident.household)
        made[resident.id] = Card(
            community=resident.community,
            resident=resident.id,
            household=resident.household,
            grid=home.grid if home else "",
            name=resident.name,
            phone=dialled(resident.phone),
            numbers=(*_workers(people, home.grid if home else ""), *kin.get(resident.id, ())),
            kin=tuple(each.person for each in resident.kin),
        )
    return list(made.values())


def _workers(people: Sequence[Person], grid: str) -> list[Contact]:
    return [
        Contact(Who.GRID_WORKER, person.name, person.phone)
        for person in people
        if person.role is Role.GRID_WORKER and person.phone and grid and person.grid == grid
    ]
