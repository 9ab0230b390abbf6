"""Telling people."""

from collections.abc import Mapping
from functools import cache

from chalicelib.alarms.answers import CallAnswers
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.callbacks import Callbacks
from chalicelib.notify.channels.push_encryption import public_key
from chalicelib.notify.channels.web import opened
from chalicelib.notify.channels.web_push import identity
from chalicelib.notify.choosing import Choosing
from chalicelib.notify.courier import Courier
from chalicelib.notify.couriers import couriers
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.keeping import Keeping
from chalicelib.notify.service import Notifier
from chalicelib.notify.sign_in import CodePost
from chalicelib.notify.store import NoticeStore
from chalicelib.wiring import alarms, ground, registry


@cache
def inbox() -> Inbox:
    """What people were told."""
    return Inbox(ground.deadlines_table())


@cache
def address_book() -> AddressBook:
    """How people are reached."""
    return AddressBook(ground.deadlines_table())


@cache
def choosing() -> Choosing:
    """Where a community, and each person, say how they are reached."""
    return Choosing(address_book(), registry.people())


@cache
def carriers() -> Mapping[str, Courier]:
    """Who carries messages, by the provider that an address names."""
    given = ground.given()
    if given is not None and given.couriers is not None:
        return given.couriers
    return couriers(ground.secret, ground.push_secret())


def public_push_key() -> str:
    """The public half of the deployment's VAPID key."""
    private_key, _ = identity(opened(ground.secret, ground.push_secret()))
    return public_key(private_key)


@cache
def notifier() -> Notifier:
    """Telling people, through every channel there is a courier for."""
    keeping = Keeping(lambda community: registry.store().retention(community).of_alarms)
    return Notifier(NoticeStore(ground.deadlines_table(), keeping), carriers(), address_book())


@cache
def code_post() -> CodePost:
    """Sending one-time codes."""
    return CodePost(address_book(), carriers())


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
