"""Where the access log is kept: a table of its own; the API may add to it and take nothing away.

`looks#community#chain` holds a resident's looks by lane and number, `seals#community` the seals of its days,
`erased#community` which chains went with their resident.
"""

from contextlib import suppress
from datetime import datetime

from chalicelib.accounts.looks import Link, Look, Seal
from chalicelib.aws.items import Item
from chalicelib.aws.remembered import remembered
from chalicelib.aws.tables import NEW, Ask, Delete, ExpectationError, Put, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch


class LookStore:
    """Looks and seals."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def last(self, community: str, chain: str, lane: str, *, consistent: bool = False) -> Link | None:
        """The newest look of a lane."""
        ask = Ask(
            _looks(community, chain), first=f"{lane}#", last=f"{lane}$", newest_first=True, limit=1,
            consistent=consistent,
        )  # fmt: skip
        items = self._table.query(ask).items
        return _link(items[0]) if items else None

    def last_before(self, community: str, chain: str, lane: str, end: datetime) -> Link | None:
        """The newest look of a lane that was before `end`."""
        after: Item | None = None
        while True:
            ask = Ask(
                _looks(community, chain), first=f"{lane}#", last=f"{lane}$", newest_first=True, limit=10,
                after=after, consistent=True,
            )  # fmt: skip
            page = self._table.query(ask)
            found = [link for link in map(_link, page.items) if link.look.at < end]
            if found or page.after is None:
                return found[0] if found else None
            after = page.after

    def add(self, community: str, chain: str, link: Link) -> None:
        """Write a look in its place. Raises ExpectationError when somebody else's stands there."""
        self._table.write(Put(_link_item(community, chain, link), NEW))

    def all_of(self, community: str, chain: str) -> list[Link]:
        """All looks of a resident's chains, by lane and number."""
        return [_link(i) for i in every_item(self._table, Ask(_looks(community, chain), consistent=True))]

    def mark_at(self, community: str, chain: str, lane: str, number: int) -> str | None:
        """The mark of the look in a place, if one is there."""
        place = _place(lane, number)
        found = self._table.query(Ask(_looks(community, chain), first=place, last=place, consistent=True))
        return found.items[0]["mark"] if found.items else None

    def seals(self, community: str) -> list[Seal]:
        """All seals of a community, first to last."""
        return [_seal(item) for item in every_item(self._table, Ask(f"seals#{community}", consistent=True))]

    def last_seals(self, community: str, count: int) -> list[Seal]:
        """The last seals of a community, newest first."""
        ask = Ask(f"seals#{community}", newest_first=True, limit=count, consistent=True)
        return [_seal(item) for item in self._table.query(ask).items]

    def add_seal(self, community: str, seal: Seal) -> None:
        """Write the next seal. Raises ExpectationError when there is one of that number."""
        self._table.write(
            Put(
                {
                    "pk": f"seals#{community}",
                    "sk": f"{seal.number:06d}",
                    "day": seal.day,
                    "ends": seal.ends,
                    "root": seal.root,
                    "before": seal.before,
                    "mark": seal.mark,
                },
                NEW,
            )
        )

    def erase(self, community: str, chain: str, *, at: int, mark: str) -> None:
        """Erase a resident's chains, and leave word of it. Again changes nothing."""
        with suppress(ExpectationError):
            self._table.write(Put({"pk": f"erased#{community}", "sk": chain, "at": at, "mark": mark}, NEW))
        pk = _looks(community, chain)
        for item in every_item(self._table, Ask(pk, consistent=True)):
            self._table.write(Delete(pk, item["sk"]))

    def erased(self, community: str) -> dict[str, tuple[int, str]]:
        """When each erased chain was erased, and its mark."""
        items = every_item(self._table, Ask(f"erased#{community}", consistent=True))
        return {item["sk"]: (item["at"], item["mark"]) for item in items}


def _looks(community: str, chain: str) -> str:
    return f"looks#{community}#{chain}"


def _place(lane: str, number: int) -> str:
    return f"{lane}#{number:08d}"


def _link_item(community: str, chain: str, link: Link) -> Item:
    look = link.look
    return {
        "pk": _looks(community, chain),
        "sk": _place(link.lane, link.number),
        "at": epoch(look.at),
        "who": look.who,
        "role": look.role,
        "grounds": look.grounds,
        "parts": list(look.parts),
        "case": look.case,
        "before": link.before,
        "mark": link.mark,
        **({"among": list(look.among)} if look.among else {}),
    }


@remembered
def _link(item: Item) -> Link:
    lane, _, number = item["sk"].partition("#")
    look = Look(
        from_epoch(item["at"]),
        item["who"],
        item["role"],
        item["grounds"],
        tuple(item["parts"]),
        item["case"],
        tuple(item.get("among", ())),
    )
    return Link(lane, int(number), item["before"], look, item["mark"])


def _seal(item: Item) -> Seal:
    return Seal(int(item["sk"]), item["day"], item["ends"], item["root"], item["before"], item["mark"])
