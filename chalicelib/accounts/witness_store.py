"""What the access log must hold, kept apart from it: who cuts the log short leaves this behind.

`ends#community` holds how far each lane had grown on each day (by day, chain and lane), `sealed#community`
those ends as they were sealed, `head#community` the last seal. A lane's end is written after its look: after
a crash it may lag, and it never says more than was written.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from chalicelib.accounts.looks import GENESIS, End, Head, Link
from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, ExpectationError, Put, Table, every_item, put_all

ENDS, SEALED = "ends", "sealed"


class WitnessStore:
    """How far the lanes grew, by day, and the last seal."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open_day(self, community: str, day: str, chain: str, lane: str, last: Link | None) -> None:
        """Note that a lane grows on a day, and from where; noted already, it stays."""
        end = End(chain, lane, last.number, last.mark) if last else End(chain, lane, 0, GENESIS)
        with suppress(ExpectationError):
            self._table.write(Put(_item(community, day, end), NEW))

    def grown(
        self, community: str, day: str, chain: str, link: Link, mark_at: Callable[[int], str | None]
    ) -> None:
        """Note that a lane has grown by `link`.

        An end that the lane no longer bears stays as it is: it is the proof that a look was taken away.
        `mark_at` tells the mark of the look that stands at a place now.
        """
        item = _item(community, day, End(chain, link.lane, link.number, link.mark))
        try:
            self._table.write(Put(item, {"number": link.number - 1, "mark": link.before}))
        except ExpectationError:
            held = self._table.get(item["pk"], item["sk"], consistent=True)
            if held is None or _lags(_end(held), link, mark_at):
                self._table.write(Put(item, held and {"number": held["number"], "mark": held["mark"]}))

    def ends_of_day(self, community: str, day: str) -> list[End]:
        """Where the lanes of a day stood, as far as they grew on it."""
        ask = Ask(f"{ENDS}#{community}", first=f"{day}#", last=f"{day}$", consistent=True)
        return [_end(item) for item in every_item(self._table, ask)]

    def ends(self, community: str, of: str = ENDS) -> dict[str, list[End]]:
        """Where the lanes of every day stood, by day; of SEALED, as they were sealed."""
        found: dict[str, list[End]] = {}
        for item in every_item(self._table, Ask(f"{of}#{community}", consistent=True)):
            found.setdefault(item["sk"].partition("#")[0], []).append(_end(item))
        return found

    def put_ends(self, community: str, day: str, ends: Sequence[End]) -> None:
        """Write down where the lanes of a day stand as it is sealed; again writes the same."""
        put_all(self._table, [_item(community, day, end, of=SEALED) for end in ends])

    def head(self, community: str) -> Head | None:
        """The last seal, as it was noted."""
        item = self._table.get(f"head#{community}", "-", consistent=True)
        return Head(item["number"], item["mark"]) if item else None

    def put_head(self, community: str, head: Head) -> None:
        """Note the last seal."""
        self._table.write(
            Put({"pk": f"head#{community}", "sk": "-", "number": head.number, "mark": head.mark})
        )


def _lags(held: End, link: Link, mark_at: Callable[[int], str | None]) -> bool:
    """Whether an end is only behind, because whoever wrote the looks since didn't come to note them."""
    if held.number >= link.number:
        return False
    return held.number == 0 or mark_at(held.number) == held.mark


def _item(community: str, day: str, end: End, of: str = ENDS) -> Item:
    return {
        "pk": f"{of}#{community}",
        "sk": f"{day}#{end.chain}#{end.lane}",
        "number": end.number,
        "mark": end.mark,
    }


def _end(item: Item) -> End:
    _, chain, lane = item["sk"].split("#")
    return End(chain, lane, item["number"], item["mark"])
