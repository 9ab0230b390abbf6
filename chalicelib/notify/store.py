"""How notices are kept: each with its delivery log, found by alarm, and by the reference a provider knows."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.aws.tables import (
    NEW,
    Ask,
    ExpectationError,
    Put,
    StoreUnavailableError,
    Table,
    Write,
    every_item,
)
from chalicelib.kernel.clock import epoch, epoch_ms, from_epoch_ms
from chalicelib.kernel.errors import ConflictError
from chalicelib.kernel.ids import digest, is_id
from chalicelib.notify.delivery import Leg, Notice, Stage
from chalicelib.notify.inbox import inbox_item
from chalicelib.notify.items import (
    Sent,
    group_of,
    notice_item,
    notices_pk,
    reference_item,
    stored_notice,
    stored_sent,
)
from chalicelib.notify.keeping import Keeping, always_kept
from chalicelib.notify.model import Address, Channel, Message

QUIET_GAP = {Channel.VOICE: timedelta(minutes=1), Channel.SMS: timedelta(minutes=1)}
"""A phone is not disturbed twice within this. Nothing limits the channels that make no noise of their own."""

CHATS = frozenset({Channel.WECOM, Channel.FEISHU, Channel.DINGTALK})
SAID_FOR = timedelta(minutes=1)
"""So long what a chat was told stands for all beside whom it is written to: else a rung of ten people would
write the same words ten times, and a robot may write twenty times a minute."""


class StaleNoticeError(ConflictError):
    """Somebody else moved this notice on since it was read; read it again."""


class NoticeStore:
    """Notices in the Deadlines table."""

    def __init__(self, table: Table, keeping: Keeping | None = None) -> None:
        self._table = table
        self._keeping = keeping or always_kept()

    def get(self, message: Message) -> Notice | None:
        """The notice of a message."""
        return self._get(message.community, group_of(message.alarm, message.person), message.key)

    def reread(self, notice: Notice) -> Notice:
        """The notice as it stands now."""
        found = self._get(notice.community, group_of(notice.alarm, notice.person), notice.key)
        if found is None:
            raise StaleNoticeError(f"Notice '{notice.key}' is gone.")
        return found

    def open(self, notice: Notice, message: Message) -> Notice:
        """Write a new notice and its inbox entry; whoever was first, their notice holds."""
        if notice.alarm:
            notice = replace(notice, kept=self._keeping.of(notice.community, now=notice.opened_at))
        entry = inbox_item(message, notice.opened_at, kept=notice.kept)
        try:
            self._table.write_all([Put(notice_item(notice), NEW), Put(entry)])
        except ExpectationError:
            return self.reread(notice)
        return notice

    def save(self, notice: Notice) -> Notice:
        """Write a notice's next version. Raises StaleNoticeError."""
        try:
            self._table.write(Put(notice_item(notice), {"version": notice.version - 1}))
        except ExpectationError as error:
            raise StaleNoticeError(f"Notice '{notice.key}' has moved on.") from error
        return notice

    def begin(self, notice: Notice, index: int) -> Notice:
        """Write the intent of a try, and what its reference stands for. Raises StaleNoticeError."""
        writes: list[Write] = [
            Put(notice_item(notice), {"version": notice.version - 1}),
            Put(reference_item(notice, index)),
        ]
        try:
            self._table.write_all(writes)
        except ExpectationError as error:
            raise StaleNoticeError(f"Notice '{notice.key}' has moved on.") from error
        return notice

    def settle(
        self, notice: Notice, index: int, after: Leg, *, what: str, detail: str, at: datetime
    ) -> Notice:
        """Write how a try ended, whatever happened to the notice meanwhile. Returns it as it stands."""
        tried = notice.legs[index]
        while True:
            if notice.legs[index] != tried:
                after = notice.legs[index]  # its report came first, or another process took it over
            try:
                return self.save(notice.with_leg(index, after, what=what, detail=detail, at=at))
            except StaleNoticeError:
                notice = self.reread(notice)

    def report(self, sent: Sent, *, delivered: bool, what: str, at: datetime) -> None:
        """Write what a provider reported about a try. A report on an earlier address is only logged."""
        while True:
            notice = self._get(sent.community, sent.group, sent.key)
            if notice is None:
                return
            leg = notice.legs[sent.leg]
            if leg.reference == sent.reference and leg.stage in (Stage.TRYING, Stage.SENT):
                leg = leg.delivered() if delivered else leg.passed(at)
            elif delivered and leg.stage is not Stage.DELIVERED:
                leg = leg.delivered()  # late, but it arrived
            try:
                self.save(notice.with_leg(sent.leg, leg, what=what, detail=sent.reference, at=at))
            except StaleNoticeError:
                continue
            return

    def sent(self, reference: str) -> Sent | None:
        """What a reference stands for."""
        if not is_id(reference):
            return None
        item = self._table.get(f"notify#ref#{reference}", "ref", consistent=True)
        return stored_sent(item) if item else None

    def of_alarm(self, community: str, alarm: str) -> list[Notice]:
        """Everything that was told about an alarm, with its delivery log, by key."""
        return self._all(community, group_of(alarm, ""))

    def of_person(self, community: str, person: str) -> list[Notice]:
        """Everything that was told to a person about no alarm, by key."""
        return self._all(community, group_of("", person))

    def busy_until(self, address: Address, notice: Notice, now: datetime) -> datetime | None:
        """Take the right to make a phone sound, for this notice; when it is another's, until when.

        The first of severity 1 always has it: only another of severity 1 in the same minute takes a call
        from it, and nothing ever an SMS. The same notice may repeat its own try.
        """
        gap = QUIET_GAP.get(address.channel)
        if gap is None or (notice.severity == 1 and address.channel is Channel.SMS):
            return None
        pk = f"notify#rung#{digest(notice.community, address.to)}"
        while True:
            last = self._table.get(pk, address.channel.value, consistent=True)
            if last is not None and last["key"] != notice.key and now < from_epoch_ms(last["at"]) + gap:
                outranks = notice.severity == 1 and last["severity"] != 1
                if not outranks:
                    return from_epoch_ms(last["at"]) + gap
            rung = {
                "pk": pk, "sk": address.channel.value, "key": notice.key, "severity": notice.severity,
                "at": epoch_ms(now), "expires": epoch(now + timedelta(days=1)),
            }  # fmt: skip
            try:
                self._table.write(Put(rung, {"at": last["at"], "key": last["key"]} if last else NEW))
            except ExpectationError:
                continue
            return None

    def was_said(self, address: Address, notice: Notice, now: datetime) -> bool:
        """Whether these words about the same alarm stand in a group's chat already, since a moment ago."""
        if address.channel not in CHATS or not notice.alarm:
            return False
        said = self._table.get(_said(address, notice), "said", consistent=True)
        return said is not None and now < from_epoch_ms(said["at"]) + SAID_FOR

    def note_said(self, address: Address, notice: Notice, now: datetime) -> None:
        """Words stand in a group's chat from now on; of other channels nothing is noted."""
        if address.channel not in CHATS or not notice.alarm:
            return
        item = {"pk": _said(address, notice), "sk": "said", "at": epoch_ms(now)}
        with suppress(StoreUnavailableError):  # the next on the ladder doesn't wait for it: it is said twice
            self._table.write(Put({**item, "expires": epoch(now + timedelta(days=1))}))

    def _get(self, community: str, group: str, key: str) -> Notice | None:
        item = self._table.get(notices_pk(community, group), key, consistent=True)
        return stored_notice(item) if item else None

    def _all(self, community: str, group: str) -> list[Notice]:
        return [stored_notice(item) for item in every_item(self._table, Ask(notices_pk(community, group)))]


def _said(address: Address, notice: Notice) -> str:
    chat = (address.channel.value, address.secret)
    return f"notify#said#{digest(notice.community, *chat, notice.alarm, notice.kind)}"
