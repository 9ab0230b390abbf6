"""Where one-key calls are kept, and what is kept ready for them: cards, a community's line, the duty board.

A press costs one read: all that it needs stands under keys that are known beforehand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.aws.bulk import put_very_many
from chalicelib.aws.items import Item
from chalicelib.aws.tables import NEW, Ask, Delete, Put, Table, every_item
from chalicelib.onekey.items import (
    Board,
    board_item,
    call_item,
    call_sk,
    card_items,
    community_pk,
    line_items,
    phone_sk,
    stored_board,
    stored_call,
    stored_card,
    stored_line,
)
from chalicelib.onekey.model import Asked, Call, Card, Line, PressKind, minute_of

Read = Callable[[str, Sequence[tuple[str, str]]], Sequence[Item]]
"""Reads a press's items in a community, and may read ahead what comes next."""
MINUTES_BACK = 1
"""A call that a press may belong to began in its own minute or the one before."""
CASE_MINUTES = 30
"""So far back a press looks for earlier calls of the same subject, whose alarm may still be open: in the read
that it makes anyway, which finds the alarm without looking for it."""

LAST_MINUTE = 9_999_999_999


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of whoever presses."""

    community: str
    card: Card | None = None
    line: Line | None = None
    board: Board = field(default_factory=Board)
    calls: tuple[Call, ...] = ()


class CallBook:
    """One-key calls and their cards. What isn't there is None, never an error.

    With `read`, a press's items are read through it.
    """

    def __init__(self, table: Table, read: Read | None = None) -> None:
        self._table = table
        self._read = read or (lambda community, keys: table.get_many(keys))

    def look_up(self, community: str, asked: Asked, *, back: int = MINUTES_BACK) -> Found:
        """All that a press needs, in one read; its subject's calls of so many minutes back, newest first."""
        pk, minute = community_pk(community), minute_of(asked.press.at)
        calls = [call_sk(asked.subject, asked.kind, minute - ago) for ago in range(back + 1)]
        keys = ["line", "board", f"card#{asked.subject}", *calls]
        items = {item["sk"]: item for item in self._read(community, [(pk, key) for key in keys])}
        card, line = items.get(f"card#{asked.subject}"), items.get("line")
        return Found(
            community=community,
            card=stored_card(card) if card else None,
            line=stored_line(line) if line else None,
            board=stored_board(items.get("board")),
            calls=tuple(stored_call(items[key]) for key in calls if key in items),
        )

    def communities_of(self, resident: str) -> list[str]:
        """The communities that have a resident of this id."""
        page = self._table.query(Ask(f"one-key-resident#{resident}", limit=2))
        return [item["sk"] for item in page.items]

    def any_community(self) -> str | None:
        """Some community: rather a stranger's volunteer than nobody."""
        page = self._table.query(Ask("one-key-lines", limit=1))
        return str(page.items[0]["sk"]) if page.items else None

    def resident_of_phone(self, community: str, phone: str) -> str | None:
        """Whose phone this is; of several who share it, one: they live together."""
        ask = Ask(community_pk(community), first=phone_sk(phone, ""), last=phone_sk(phone, "~"), limit=1)
        return next((str(item["resident"]) for item in self._table.query(ask).items), None)

    def call(self, community: str, subject: str, kind: PressKind, minute: int) -> Call | None:
        """A call by its subject and id; consistent."""
        item = self._table.get(community_pk(community), call_sk(subject, kind, minute), consistent=True)
        return stored_call(item) if item else None

    def calls_of(self, community: str, subject: str, kind: PressKind, *, since: datetime) -> list[Call]:
        """A subject's calls from the minute of an instant on, oldest first; consistent."""
        pk, first = community_pk(community), call_sk(subject, kind, minute_of(since))
        last = call_sk(subject, kind, LAST_MINUTE)
        found = every_item(self._table, Ask(pk, first=first, last=last, consistent=True))
        return [stored_call(item) for item in found]

    def put(self, call: Call) -> None:
        """Write a call's next version. Raises ExpectationError when it moved on, or began already."""
        self._table.write(Put(call_item(call), NEW if call.version == 1 else {"version": call.version - 1}))

    def card(self, community: str, resident: str) -> Card | None:
        """A resident's card."""
        item = self._table.get(community_pk(community), f"card#{resident}")
        return stored_card(item) if item else None

    def put_cards(self, cards: Sequence[Card]) -> None:
        """Create or replace cards, in batches."""
        items = {(item["pk"], item["sk"]): item for card in cards for item in card_items(card)}
        put_very_many(self._table, list(items.values()))

    def forget_card(self, card: Card) -> None:
        """Remove a card, and what finds it."""
        self._table.write_all([Delete(item["pk"], item["sk"]) for item in card_items(card)])

    def forget_phone(self, community: str, phone: str, resident: str) -> None:
        """A phone is a resident's no more; whoever shares it with them keeps it."""
        if phone:
            self._table.write(Delete(community_pk(community), phone_sk(phone, resident)))

    def line(self, community: str) -> Line | None:
        """A community's line."""
        item = self._table.get(community_pk(community), "line")
        return stored_line(item) if item else None

    def put_line(self, line: Line) -> None:
        """Create or replace a community's line."""
        self._table.write_all([Put(item) for item in line_items(line)])

    def put_board(self, community: str, board: Board) -> None:
        """Replace a community's duty board."""
        self._table.write(Put(board_item(community, board)))

    def is_known_hook(self, name: str) -> bool:
        """Whether a hook of this name was taken in before."""
        return self._table.get(f"one-key-hook#{name}", "seen", consistent=True) is not None

    def remember_hook(self, name: str, *, until: int) -> None:
        """A hook was taken in; it is known until Unix second `until`."""
        self._table.write(Put({"pk": f"one-key-hook#{name}", "sk": "seen", "expires": until}))
