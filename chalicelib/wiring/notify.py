"""Telling people."""

from functools import cache

from chalicelib.alarms.answers import CallAnswers
from chalicelib.kernel.settings import settings
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.callbacks import Callbacks
from chalicelib.notify.couriers import couriers
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.service import Notifier
from chalicelib.notify.sign_in import CodePost
from chalicelib.notify.store import NoticeStore
from chalicelib.wiring import alarms, ground


@cache
def inbox() -> Inbox:
    """What people were told."""
    return Inbox(ground.deadlines_table())


@cache
def address_book() -> AddressBook:
    """How people are reached."""
    return AddressBook(ground.deadlines_table())


@cache
def notifier() -> Notifier:
    """Telling people, through every channel there is a courier for."""
    push = "" if ground.given() else settings().push_secret
    return Notifier(
        NoticeStore(ground.deadlines_table()), couriers(ground.secrets().get, push), address_book()
    )


@cache
def code_post() -> CodePost:
    """Sending one-time codes."""
    return CodePost(address_book(), couriers(ground.secrets().get, ""))


@cache
def callbacks() -> Callbacks:
    """What providers tell us of calls and messages."""
    answers = CallAnswers(alarms.desk(), alarms.quiet_answers())
    return Callbacks(
        NoticeStore(ground.deadlines_table()),
        CallbackBook(ground.deadlines_table()),
        answers,
        ground.callback_key,
    )
