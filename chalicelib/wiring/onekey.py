"""One-key calls."""

from datetime import datetime
from functools import cache

from chalicelib.alarms.proof import ProofStore
from chalicelib.alarms.shifts import SHIFT
from chalicelib.alarms.urgent import UrgentConcerns
from chalicelib.kernel import clock
from chalicelib.kernel.settings import settings
from chalicelib.onekey.calls_from import CallsFrom
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.drill_book import DrillBook
from chalicelib.onekey.drill_keeping import Both, DrillKeeper
from chalicelib.onekey.drills import Drills
from chalicelib.onekey.enrolment import CardKeeper, Cards
from chalicelib.onekey.keeping import BOARD, BoardWatch
from chalicelib.onekey.lane import SqsLane, is_letter, read_letter
from chalicelib.onekey.pendant import PendantRules
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.onekey.upkeep import Upkeep
from chalicelib.wiring import alarms, ground, registry, rota, watch


@cache
def book() -> CallBook:
    """One-key calls and the cards of residents."""
    return CallBook(ground.deadlines_table())


@cache
def calls_from() -> CallsFrom:
    """Where the calls of an alarm came from."""
    return CallsFrom(book())


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


def residents_keepers() -> Both:
    """Who must hear that residents change: cards and drills."""
    return Both(card_keeper(), drill_keeper())


@cache
def drill_book() -> DrillBook:
    """The drills that wait, and the communities' rules."""
    return DrillBook(ground.deadlines_table(), ground.registry_table(), watch.deadline_store())


@cache
def drill_keeper() -> DrillKeeper:
    """Beginning drills."""
    return DrillKeeper(drill_book(), lambda community: rota.rota().settings(community), clock.now)


@cache
def proofs() -> ProofStore:
    """When drills were last answered."""
    return ProofStore(ground.deadlines_table())


@cache
def drills() -> Drills:
    """Drilling."""
    return Drills(
        drill_book(), proofs(), registry.resident_store(), rota.rota(), one_key(), alarms.concerns(),
        alarms.desk(),
    )  # fmt: skip


@cache
def upkeep() -> Upkeep:
    """What every community must have waiting."""
    return Upkeep(
        registry.store(), registry.resident_store(), rota.rota, drill_keeper(),
        {BOARD: board_watch().begin, SHIFT: alarms.shift_watch().begin},
        ground.deadlines_table(), watch.deadline_store(),
    )  # fmt: skip


@cache
def upkeep_begun() -> bool:
    """Let the upkeep wait; once in each process, so that a new deployment looks after everybody at once."""
    upkeep().begin(now=clock.now())
    return True


@cache
def pendants() -> PendantRules:
    """What an urgent sample sets off: a press is a one-key call, anything else an alarm of its own."""
    return PendantRules(one_key(), UrgentConcerns(alarms.concerns()))
