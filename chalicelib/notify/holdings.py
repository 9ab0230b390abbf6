"""What people were told about a resident's alarms, and what the resident was told: shown, and erased."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chalicelib.aws.tables import Ask, Delete, Table, every_item
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.boxes import box_of_resident
from chalicelib.notify.delivery import Notice
from chalicelib.notify.inbox import Inbox, inbox_key
from chalicelib.notify.items import group_of, notices_pk
from chalicelib.notify.store import NoticeStore
from chalicelib.registry.holdings import Left, Subject, plain


@dataclass(frozen=True, slots=True)
class NoticeHoldings:
    """Notices and inboxes. The alarms' holdings ask it to forget what was told about an alarm."""

    table: Table
    notices: NoticeStore
    name: str = "notifications"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """What the resident was told themselves."""
        inbox = every_item(self.table, Ask(f"inbox#{subject.community}#{box_of_resident(subject.resident)}"))
        return [{"at": item["sk"].partition("#")[0], "words": plain(item["words"])} for item in inbox]

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """The resident's inbox and notices."""
        box = box_of_resident(subject.resident)
        self._erase_notices(subject.community, self.notices.of_person(subject.community, box))
        Inbox(self.table).erase(subject.community, box)
        return None

    def told_about(self, community: str, alarm: str) -> list[Any]:
        """Whom an alarm was told to, and how."""
        return [plain(asdict(notice)) for notice in self.notices.of_alarm(community, alarm)]

    def forget(self, community: str, alarm: str) -> None:
        """Erase what anybody was told about an alarm. Again changes nothing."""
        self._erase_notices(community, self.notices.of_alarm(community, alarm))

    def _erase_notices(self, community: str, notices: list[Notice]) -> None:
        for notice in notices:
            self.table.write(Delete(*inbox_key(community, notice.person, notice.key, notice.opened_at)))
            for leg in notice.legs:
                if leg.reference:
                    self.table.write(Delete(f"notify#ref#{leg.reference}", "ref"))
            group = group_of(notice.alarm, notice.person)
            self.table.write(Delete(notices_pk(community, group), notice.key))


@dataclass(frozen=True, slots=True)
class WishHoldings:
    """How a resident wants to be reached, and the browsers that they are pushed to."""

    book: AddressBook
    name: str = "channels"

    def about(self, subject: Subject, *, now: datetime) -> Any:
        """Their wishes, without the keys of their browsers."""
        wishes = self.book.wishes(subject.community, box_of_resident(subject.resident))
        return {
            "quiet": [wishes.quiet.start.isoformat(), wishes.quiet.end.isoformat()] if wishes.quiet else None,
            "steps": plain({str(severity): of for severity, of in wishes.steps.items()}),
            "addresses": [{"channel": a.channel.value, "to": a.to} for a in wishes.addresses],
        }

    def erase(self, subject: Subject, left: Left, *, now: datetime) -> Left | None:
        """Their wishes."""
        self.book.erase(subject.community, box_of_resident(subject.resident))
        return None
