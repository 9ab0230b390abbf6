"""What the notices' stores promise."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from chalicelib.aws.schema import DEADLINES
from chalicelib.aws.tables import ExpectationError, Table
from chalicelib.kernel.caller import Role
from chalicelib.notify.addresses import AddressBook, Habits, Wishes
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.delivery import Stage, opened
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.model import Address, Channel, Quiet
from chalicelib.notify.store import NoticeStore, StaleNoticeError
from chalicelib.registry.people import Person
from tests.builders import NOON, XINGHE
from tests.contract.conftest import NewTable
from tests.notify.people import LI_PHONE, li, urgent

MINUTE = timedelta(minutes=1)
PUSH = Address(Channel.WEB_PUSH, "web_push", "https://push.example/1", keys={"p256dh": "k", "auth": "a"})


@pytest.fixture
def table(new_table: NewTable) -> Table:
    return new_table(DEADLINES)


@pytest.fixture
def notices(table: Table) -> NoticeStore:
    return NoticeStore(table)


def test_a_notice_comes_back_as_it_was_opened_and_its_message_is_in_the_inbox(
    table: Table, notices: NoticeStore
) -> None:
    to = replace(li(), quiet=Quiet(time(0), time(23, 59)))
    notice = opened(urgent(severity=2), to, NOON + timedelta(milliseconds=123))
    assert notices.open(notice, urgent(severity=2)) == notice
    assert notices.get(urgent(severity=2)) == notice
    assert notices.get(urgent("other")) is None
    entries, _ = Inbox(table).page("xinghe", "li", limit=5)
    assert [(entry.key, entry.alarm, entry.words["en"].title) for entry in entries] == [
        ("m1", "al-1", "A neighbour needs you")
    ]


def test_whoever_opens_first_holds(notices: NoticeStore) -> None:
    first = notices.open(opened(urgent(), li(), NOON), urgent())
    assert notices.open(opened(urgent(), li(), NOON + MINUTE), urgent()) == first


def test_a_change_of_an_older_version_writes_nothing(notices: NoticeStore) -> None:
    notice = notices.open(opened(urgent(), li(), NOON), urgent())
    changed = notices.save(notice.with_leg(0, notice.legs[0].passed(NOON), what="refused", at=NOON))
    with pytest.raises(StaleNoticeError):
        notices.save(notice.with_leg(0, notice.legs[0].delivered(), what="late", at=NOON))
    with pytest.raises(StaleNoticeError):
        notices.begin(notice.with_leg(0, notice.legs[0].begun(NOON, lambda: "r1"), what="trying", at=NOON), 0)
    assert notices.reread(notice) == changed
    assert notices.sent("r1") is None


def test_a_reference_leads_to_its_try(notices: NoticeStore) -> None:
    notice = notices.open(opened(urgent(), li(), NOON), urgent())
    begun = notice.legs[0].begun(NOON, lambda: "r1")
    begun_notice = notices.begin(notice.with_leg(0, begun, what="trying", at=NOON), 0)
    sent = notices.sent("r1")
    assert sent is not None
    assert (sent.person, sent.alarm, sent.channel, sent.begun_at) == ("li", "al-1", Channel.VOICE, NOON)
    notices.report(sent, delivered=True, what="answered", at=NOON)
    settled = notices.settle(begun_notice, 0, begun.sent(NOON, MINUTE), what="sent", detail="c-1", at=NOON)
    assert settled.legs[0].stage is Stage.DELIVERED
    assert [a.what for a in notices.reread(notice).attempts] == ["trying", "answered", "sent"]


def test_the_notices_of_an_alarm_and_of_a_person(notices: NoticeStore) -> None:
    for key, fields in {"a": {}, "b": {"person": "wang"}, "c": {"alarm": ""}, "d": {"alarm": "al-2"}}.items():
        message = urgent(key, **fields)
        notices.open(opened(message, li(), NOON), message)
    assert [n.key for n in notices.of_alarm("xinghe", "al-1")] == ["a", "b"]
    assert [n.key for n in notices.of_person("xinghe", "li")] == ["c"]
    assert notices.of_alarm("yuehu", "al-1") == []


def test_a_phones_minute_belongs_to_one_message(notices: NoticeStore) -> None:
    phone = Address(Channel.VOICE, "voice", LI_PHONE)
    first, second = (opened(urgent(key, severity=2), li(), NOON) for key in ("a", "b"))
    assert notices.busy_until(phone, first, NOON) is None
    assert notices.busy_until(phone, first, NOON) is None
    assert notices.busy_until(phone, second, NOON + MINUTE / 2) == NOON + MINUTE
    assert notices.busy_until(phone, second, NOON + MINUTE) is None
    assert notices.busy_until(phone, opened(urgent("c"), li(), NOON), NOON + MINUTE) is None


def test_an_inbox_is_read_newest_first_page_by_page(table: Table, notices: NoticeStore) -> None:
    for n in range(5):
        message = urgent(f"m{n}", person="li" if n != 3 else "wang")
        notices.open(opened(message, li(), NOON + n * MINUTE), message)
    first, page = Inbox(table).page("xinghe", "li", limit=2)
    second, _ = Inbox(table).page("xinghe", "li", limit=3, after=page.after)
    assert [entry.key for entry in first + second] == ["m4", "m2", "m1", "m0"]
    assert first[0].at == NOON + 4 * MINUTE
    assert Inbox(table).page("yuehu", "li", limit=2)[0] == []


def test_habits_and_wishes_make_a_recipient(table: Table) -> None:
    book = AddressBook(table)
    person = Person("li", "xinghe", "李", Role.VOLUNTEER, phone=LI_PHONE, language="en")
    phoneless = Person("wang", "xinghe", "王", Role.VOLUNTEER)
    assert book.recipients(XINGHE, [person])[0].addresses == ()
    habits = Habits(
        "aliyun_sms", "s1", "aliyun_voice", "s2", {2: ((Channel.SMS,),)}, Quiet(time(23), time(6))
    )
    book.put_habits("xinghe", habits)
    book.add("xinghe", "li", PUSH)
    book.put_wishes("xinghe", "wang", Wishes(steps={1: ((Channel.VOICE,),)}, quiet=Quiet(time(0), time(0))))
    first, second = book.recipients(XINGHE, [person, phoneless])
    assert first.addresses == (
        Address(Channel.SMS, "aliyun_sms", LI_PHONE, "s1"),
        Address(Channel.VOICE, "aliyun_voice", LI_PHONE, "s2"),
        PUSH,
    )
    assert (first.language, first.quiet, first.steps) == ("en", Quiet(time(23), time(6)), habits.steps)
    assert (second.addresses, second.steps[1], second.quiet) == (
        (), ((Channel.VOICE,),), Quiet(time(0), time(0)),
    )  # fmt: skip


def test_an_address_is_kept_once_until_it_is_forgotten(table: Table) -> None:
    book, other = AddressBook(table), replace(PUSH, to="https://push.example/2")
    for address in (PUSH, other, replace(PUSH, keys={"p256dh": "new", "auth": "new"})):
        book.add("xinghe", "li", address)
    assert [a.keys["auth"] for a in book.wishes("xinghe", "li").addresses] == ["a", "new"]
    book.forget("xinghe", "li", PUSH)
    assert book.wishes("xinghe", "li").addresses == (other,)


def test_wishes_are_not_overwritten_unread(table: Table) -> None:
    book = AddressBook(table)
    book.put_wishes("xinghe", "li", Wishes())
    with pytest.raises(ExpectationError):
        book.put_wishes("xinghe", "li", Wishes())
    book.put_wishes("xinghe", "li", replace(book.wishes("xinghe", "li"), quiet=Quiet(time(1), time(2))))
    assert book.wishes("xinghe", "li").quiet == Quiet(time(1), time(2))


def test_callbacks_are_remembered_and_refusals_counted(table: Table) -> None:
    book = CallbackBook(table)
    assert not book.is_known("v1=abc")
    book.remember("v1=abc", now=NOON, keep=MINUTE)
    assert book.is_known("v1=abc")
    for minute in (0, 0, 1):
        book.refused("connect", "old", now=NOON + minute * MINUTE)
    assert book.refusals(NOON) == {"connect#old": 3}
