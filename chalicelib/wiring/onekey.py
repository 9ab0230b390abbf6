"""One-key calls."""

from datetime import datetime
from functools import cache

from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.kernel.settings import settings
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.enrolment import CardKeeper, Cards
from chalicelib.onekey.keeping import BoardWatch
from chalicelib.onekey.lane import SqsLane, is_letter, read_letter
from chalicelib.onekey.pendant import PendantRules
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.wiring import alarms, ground, registry, rota, watch


@cache
def book() -> CallBook:
    """One-key calls and the cards of residents."""
    return CallBook(ground.deadlines_table())


@cache
def one_key() -> OneKey:
    """Placing one-key calls."""
    lane = SqsLane("" if ground.given() else settings().urgent_queue_url)
    return OneKey(book(), alarms.concerns(), lane, dialing())


def is_press(body: str) -> bool:
    """Whether a message on the urgent lane is a press that found the store closed."""
    return is_letter(body)


def take_up(body: str, *, now: datetime) -> None:
    """Place the call of such a press. Raises StoreUnavailableError: it comes again."""
    one_key().take_up(read_letter(body), now=now)


@cache
def dialing() -> RotaDialing:
    """Whom a resident's call reaches."""
    return RotaDialing(rota.duties(), registry.people())


@cache
def boards() -> BoardKeeper:
    """The boards of who is on duty, ready for a press."""
    return BoardKeeper(book(), dialing())


@cache
def board_watch() -> BoardWatch:
    """Keeping the boards up to date."""
    return BoardWatch(registry.store(), boards(), watch.deadline_store())


@cache
def cards() -> Cards:
    """The cards that a resident's page keeps."""
    return Cards(book())


@cache
def card_keeper() -> CardKeeper:
    """Keeping those cards as the registry changes."""
    return CardKeeper(book(), registry.people())


@cache
def pendants() -> PendantRules:
    """What an urgent sample sets off: a press is a one-key call, anything else an alarm of its own."""
    return PendantRules(one_key(), UrgentConcerns(alarms.concerns()))
