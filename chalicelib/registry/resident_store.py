"""Where residents are kept.

A resident has one record, in the community's list, and items made of it: a link in the household, one in each
relative's list, and those by which the resident is found. They are written together with the record, or
before it: whatever a crash leaves half done, the next write of the same mends, since what the record says was
there is worked out from it. Health notes and the door pack lie in items of their own, beside no others.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from chalicelib.aws.bulk import put_very_many
from chalicelib.aws.items import Item
from chalicelib.aws.remembered import remembered
from chalicelib.aws.tables import (
    NEW,
    Ask,
    Delete,
    ExpectationError,
    Page,
    Put,
    Table,
    Write,
    every_item,
)
from chalicelib.kernel.errors import ConflictError
from chalicelib.registry.finding import END, Hit, buildings_key, hit, hit_items, is_first, names_key, tag_key
from chalicelib.registry.model import Category, Household, Kin, Resident
from chalicelib.registry.needs import Wish
from chalicelib.registry.phone_links import phone_link
from chalicelib.registry.stay_store import removed_item, stay_items
from chalicelib.registry.stays import Removed, Stay
from chalicelib.registry.store import MOVED_ON, home_partition

DELETES = 100
Change = tuple[Resident, Household, Resident | None, Household | None]
"""A resident and the home as they are to be, and as they were stored, if they were."""


class ResidentStore:
    """Residents, their kin, and finding them. What isn't there is None, never an error."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, community: str, resident: str, *, consistent: bool = False) -> Resident | None:
        """A resident by id."""
        item = self._table.get(_list(community), resident, consistent=consistent)
        return _resident(item, community) if item else None

    def get_many(self, community: str, residents: Sequence[str]) -> list[Resident]:
        """Those of several residents who exist, by id."""
        found = self._table.get_many([(_list(community), one) for one in residents]) if residents else []
        return sorted((_resident(item, community) for item in found), key=lambda resident: resident.id)

    def of(self, community: str) -> list[Resident]:
        """Every resident of a community, by id: one query, for imports and exports alone."""
        return [_resident(item, community) for item in every_item(self._table, Ask(_list(community)))]

    def of_household(self, community: str, household: str) -> list[Resident]:
        """Who lives in a household."""
        return self.get_many(community, self.ids_of_household(community, household))

    def stays_in(self, community: str, household: str) -> list[Stay]:
        """Since when those who live in a household do, past any replica's lag."""
        ids = self.ids_of_household(community, household, consistent=True)
        living = [one for name in ids if (one := self.get(community, name, consistent=True))]
        return [Stay(one.id, household, one.since) for one in living if one.household == household]

    def ids_of_household(self, community: str, household: str, *, consistent: bool = False) -> list[str]:
        """The ids of those who live in a household."""
        home = home_partition(community, household)
        links = Ask(home, first="resident#", last="resident$", consistent=consistent)
        return [item["sk"].partition("#")[2] for item in every_item(self._table, links)]

    def of_kin(self, community: str, person: str) -> list[str]:
        """The ids of the residents whose relative somebody is."""
        ask = Ask(_kin_list(community, person), consistent=True)
        return [str(item["sk"]) for item in every_item(self._table, ask)]

    def put(
        self, resident: Resident, home: Household, known: Resident | None, before: Household | None, *,
        at: int = 0,
    ) -> Resident:  # fmt: skip
        """Write a resident with all that is made of it, all or nothing.

        `known` and `before` are the resident and home as they were read; whoever moved, moved `at`.

        Returns the resident as stored. Raises ConflictError when they changed since.
        """
        stored = _following(resident, known, at)
        record = Put(_record(stored), {"version": known.version} if known else NEW)
        made, gone = _difference((stored, home, known, before), at)
        self._write(record, [Put(item) for item in made], gone)
        return stored

    def put_many(self, changes: Sequence[Change], *, at: int = 0) -> None:
        """Write many residents, in batches and whatever their version; the records come last."""
        made: dict[tuple[str, str], Item] = {}
        gone: dict[tuple[str, str], Delete] = {}
        for change in changes:
            new, old = _difference(change, at)
            made |= {(item["pk"], item["sk"]): item for item in new}
            gone |= {(delete.pk, delete.sk): delete for delete in old}
        put_very_many(self._table, list(made.values()))
        deletes: list[Write] = [delete for key, delete in gone.items() if key not in made]
        for start in range(0, len(deletes), DELETES):
            self._table.write_all(deletes[start : start + DELETES])
        records = [_record(_following(new, old, at)) for new, _, old, _ in changes]
        put_very_many(self._table, records)

    def remove(self, resident: Resident, home: Household, *, at: int = 0) -> None:
        """Remove a resident, with all that was made of it and the health notes. Raises ConflictError.

        That they were there, until `at`, is remembered until they are erased.
        """
        gone = [Delete(item["pk"], item["sk"]) for item in _made_of(resident, home)]
        gone.append(Delete(*care_key(resident.community, resident.id)))
        record = Delete(_list(resident.community), resident.id, {"version": resident.version})
        left = Removed(resident.id, resident.household, at)
        kept = [removed_item(resident.community, left), *_left(resident, at)]
        self._write(record, [Put(item) for item in kept], gone)

    def named(self, community: str, prefix: str, *, limit: int, after: Item | None) -> tuple[list[Hit], Page]:
        """Residents whose name, given name or pinyin initials begin so (folded, not empty), each once."""
        page = self._page(names_key(community, prefix), prefix, limit, after)
        return [hit(item) for item in page.items if is_first(item, prefix)], page

    def in_building(
        self, community: str, prefix: str, *, limit: int, after: Item | None
    ) -> tuple[list[Hit], Page]:
        """Residents of buildings whose name begins so (folded)."""
        page = self._page(buildings_key(community), prefix, limit, after)
        return [hit(item) for item in page.items], page

    def tagged(self, community: str, tag: str, *, limit: int, after: Item | None) -> tuple[list[Hit], Page]:
        """Residents with a tag (folded) or a category."""
        page = self._page(tag_key(community, tag), "", limit, after)
        return [hit(item) for item in page.items], page

    def page(self, community: str, *, limit: int, after: Item | None) -> tuple[list[Resident], Page]:
        """One page of residents by id, and the page itself for its position."""
        page = self._page(_list(community), "", limit, after)
        return [_resident(item, community) for item in page.items], page

    def _page(self, pk: str, prefix: str, limit: int, after: Item | None) -> Page:
        last = prefix + END if prefix else None
        return self._table.query(Ask(pk, first=prefix or None, last=last, limit=limit, after=after))

    def _write(self, record: Write, made: Sequence[Put], gone: Sequence[Delete]) -> None:
        try:
            self._table.write_all([record, *made, *gone])
        except ExpectationError as error:
            raise ConflictError(MOVED_ON) from error


def care_key(community: str, resident: str) -> tuple[str, str]:
    """The key of a resident's health notes."""
    return f"care#{community}", resident


def _list(community: str) -> str:
    return f"residents#{community}"


def _kin_list(community: str, person: str) -> str:
    return f"kin#{community}#{person}"


def _made_of(resident: Resident, home: Household) -> list[Item]:
    """All items that are made of a resident's record."""
    link = {"pk": home_partition(resident.community, resident.household), "sk": f"resident#{resident.id}"}
    kin = [{"pk": _kin_list(resident.community, one.person), "sk": resident.id} for one in resident.kin]
    phone = phone_link(resident.community, "resident", resident.id, resident.phone)
    return [link, *kin, *phone, *hit_items(resident, home)]


def _following(resident: Resident, known: Resident | None, at: int) -> Resident:
    """A resident as the next version of what is stored."""
    stays = known is not None and known.household == resident.household
    since = known.since if known and stays else at
    return replace(resident, since=since, version=known.version + 1 if known else 1)


def _left(resident: Resident, at: int) -> Sequence[Item]:
    """What tells that somebody left their home; nothing when nobody noted when."""
    until = max(at, resident.since)
    return stay_items(resident.community, Stay(resident.id, resident.household, resident.since, until))


def _difference(change: Change, at: int) -> tuple[list[Item], list[Delete]]:
    """Which of the items that are made of a resident are to be written, and which removed."""
    resident, home, known, before = change
    new = _by_key(_made_of(resident, home))
    old = _by_key(_made_of(known, before)) if known and before else {}
    made = [item for key, item in new.items() if old.get(key) != item]
    if known is not None and known.household != resident.household:
        made += _left(known, at)
    return made, [Delete(*key) for key in old if key not in new]


def _by_key(items: Sequence[Item]) -> dict[tuple[str, str], Item]:
    return {(item["pk"], item["sk"]): item for item in items}


def _record(resident: Resident) -> Item:
    return {
        "pk": _list(resident.community),
        "sk": resident.id,
        "household": resident.household,
        "name": resident.name,
        "phone": resident.phone,
        "kin": [[one.person, one.relation, one.wish.value, one.note] for one in resident.kin],
        "categories": sorted(resident.categories),
        "tags": list(resident.tags),
        "born": _day(resident.born),
        "agreed_on": _day(resident.agreed_on),
        "agreed_by": resident.agreed_by,
        "language": resident.language,
        "since": resident.since,
        "version": resident.version,
    }


@remembered
def _resident(item: Item, community: str) -> Resident:
    return Resident(
        id=item["sk"],
        community=community,
        household=item["household"],
        name=item["name"],
        phone=item["phone"],
        kin=tuple(Kin(person, what, Wish(wish), note) for person, what, wish, note in item["kin"]),
        categories=frozenset(Category(one) for one in item["categories"]),
        tags=tuple(item["tags"]),
        born=_read_day(item.get("born")),
        agreed_on=_read_day(item.get("agreed_on")),
        agreed_by=item["agreed_by"],
        language=item["language"],
        since=item.get("since", 0),
        version=item["version"],
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
