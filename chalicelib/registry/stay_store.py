"""Where past stays are kept, and who was removed. The present stay is the resident's record itself."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Delete, Put, Table, every_item
from chalicelib.registry.stays import ERASED, Removed, Stay
from chalicelib.registry.store import home_partition


class StayStore:
    """Past stays, by resident and by home, and removed residents."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_resident(self, community: str, resident: str) -> list[Stay]:
        """Where somebody lived before."""
        items = every_item(self._table, Ask(_homes(community, resident), consistent=True))
        return [Stay(resident, item["household"], item["since"], item["until"]) for item in items]

    def of_household(self, community: str, household: str) -> list[Stay]:
        """Who lived in a home before."""
        ask = Ask(home_partition(community, household), first="stay#", last="stay$", consistent=True)
        items = every_item(self._table, ask)
        return [Stay(item["resident"], household, item["since"], item["until"]) for item in items]

    def removed(self, community: str, resident: str) -> Removed | None:
        """Somebody who was removed, and not erased since."""
        item = self._table.get(removed_pk(community), resident, consistent=True)
        return _removed(item) if item else None

    def all_removed(self, community: str) -> frozenset[str]:
        """The ids that are nobody else's."""
        return frozenset(item["sk"] for item in every_item(self._table, Ask(removed_pk(community))))

    def begin_erasure(self, community: str, removed: Removed) -> None:
        """Keep an id from others while its holder is erased; nobody finds them any more."""
        self._table.write(Put(removed_item(community, replace(removed, erasing=True))))

    def forget(self, community: str, resident: str) -> None:
        """Forget where somebody lived. Again changes nothing.

        That their homes were somebody's stays: whoever comes next is not taken for them.
        """
        for stay in self.of_resident(community, resident):
            theirs, homes = stay_items(community, stay)
            nobodys = {**homes, "sk": f"stay#{stay.since:010d}#/{stay.until}", "resident": ERASED}
            for write in (Put(nobodys), Delete(homes["pk"], homes["sk"]), Delete(theirs["pk"], theirs["sk"])):
                self._table.write(write)

    def release(self, community: str, resident: str) -> None:
        """An erased resident's id may be another's from now on."""
        self._table.write(Delete(removed_pk(community), resident))


def stay_items(community: str, stay: Stay) -> Sequence[Item]:
    """A past stay as it is stored, under the resident and under the home."""
    facts = {"since": stay.since, "until": stay.until}
    return [
        {
            "pk": _homes(community, stay.resident), "sk": f"{stay.since:010d}#{stay.household}",
            "household": stay.household, **facts,
        },
        {
            "pk": home_partition(community, stay.household), "sk": f"stay#{stay.since:010d}#{stay.resident}",
            "resident": stay.resident, **facts,
        },
    ]  # fmt: skip


def _homes(community: str, resident: str) -> str:
    return f"homes#{community}#{resident}"


def removed_pk(community: str) -> str:
    """The partition of those who were removed."""
    return f"removed#{community}"


def removed_item(community: str, removed: Removed) -> Item:
    """A removed resident as they are stored."""
    return {
        "pk": removed_pk(community), "sk": removed.resident, "household": removed.household,
        "at": removed.at, "erasing": removed.erasing,
    }  # fmt: skip


def _removed(item: Item) -> Removed:
    return Removed(item["sk"], item["household"], item["at"], item["erasing"])
