"""The in-app inbox: what a person was told, newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.aws.items import Item
from chalicelib.aws.tables import Ask, Delete, Page, Table, every_item
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.notify.model import FALLBACK, Message, Words
from chalicelib.notify.texts import MessageKind

KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Entry:
    """A notification in someone's inbox, in every language it was written in."""

    at: datetime
    key: str
    severity: int
    kind: MessageKind
    alarm: str
    words: dict[str, Words]

    def in_language(self, language: str) -> Words:
        """The words in a language, or else in Chinese."""
        return self.words.get(language, self.words[FALLBACK])


class Inbox:
    """Inboxes. The notifier fills them, together with the notice of each message."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(
        self, community: str, person: str, *, limit: int, after: Item | None = None
    ) -> tuple[list[Entry], Page]:
        """A page of a person's notifications, newest first, and the page itself for its position."""
        ask = Ask(_pk(community, person), newest_first=True, limit=limit, after=after)
        page = self._table.query(ask)
        return [_entry(item) for item in page.items], page

    def erase(self, community: str, person: str) -> None:
        """Keep nothing of a person's. Again changes nothing."""
        for item in every_item(self._table, Ask(_pk(community, person))):
            self._table.write(Delete(item["pk"], item["sk"]))


def inbox_item(message: Message, at: datetime, *, kept: timedelta = KEPT) -> Item:
    """A message as it lies in its person's inbox. Made twice, it is the same item.

    It lies there 90 days, or only as long as `kept`.
    """
    pk, sk = inbox_key(message.community, message.person, message.key, at)
    return {
        "pk": pk,
        "sk": sk,
        "severity": message.severity,
        "kind": message.kind,
        "alarm": message.alarm,
        "words": {
            language: {"title": words.title, "body": words.body} for language, words in message.words.items()
        },
        "expires": epoch(at + min(kept, KEPT)),
    }


def inbox_key(community: str, person: str, key: str, at: datetime) -> tuple[str, str]:
    """Where a message lies in its person's inbox; `at` is when its notice was opened."""
    return _pk(community, person), f"{epoch(at):010d}#{key}"


def _pk(community: str, person: str) -> str:
    return f"inbox#{community}#{person}"


def _entry(item: Item) -> Entry:
    at, _, key = item["sk"].partition("#")
    return Entry(
        at=from_epoch(int(at)),
        key=key,
        severity=item["severity"],
        kind=MessageKind(item["kind"]),
        alarm=item["alarm"],
        words={
            language: Words(words["title"], words["body"], spoken="")
            for language, words in item["words"].items()
        },
    )
