"""The only place where services meet stores and settings.

Everything is made at first use and kept for the process. `use` lets tests and simulations stand on other
tables than the deployment's.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pynamodb.connection import Connection

from chalicelib.accounts.model import verify
from chalicelib.alarms.answers import CallAnswers
from chalicelib.alarms.climbing import Climber, NoWaker, QueueWaker
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.service import AlarmDesk, Concerns, UrgentConcerns, Waker
from chalicelib.alarms.store import ALARM, AlarmStore, LadderStore
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.aws.queues import Queue
from chalicelib.aws.schema import DEADLINES, QUARANTINE, REGISTRY, SERIES
from chalicelib.aws.secrets import Secrets
from chalicelib.aws.tables import DynamoTable, Table
from chalicelib.kernel.caller import Caller
from chalicelib.kernel.errors import NotFoundError
from chalicelib.kernel.settings import settings
from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.callbacks import Callbacks
from chalicelib.notify.couriers import couriers
from chalicelib.notify.inbox import Inbox
from chalicelib.notify.service import Notifier
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.dialing import BoardKeeper, RotaDialing
from chalicelib.onekey.enrolment import Cards
from chalicelib.onekey.keeping import BOARD, BoardWatch
from chalicelib.onekey.lane import SqsLane, is_letter, read_letter
from chalicelib.onekey.pendant import PendantRules
from chalicelib.onekey.service import OneKey
from chalicelib.onekey.store import CallBook
from chalicelib.registry.model import Community
from chalicelib.registry.people import PeopleStore
from chalicelib.registry.service import Registry, Roster
from chalicelib.registry.store import RegistryStore
from chalicelib.rota.lookup import Duties
from chalicelib.rota.service import Rota
from chalicelib.rota.store import RotaStore
from chalicelib.telemetry.heard import HeardBook, HeardStore
from chalicelib.telemetry.service import Ingest
from chalicelib.telemetry.store import QuarantineStore, SeriesStore
from chalicelib.watch.deadlines import Deadlines, DeadlineStore, Handler
from chalicelib.watch.service import RollCall, StillWaterWatch, Watchkeeper
from chalicelib.watch.store import ROLL, STILL_WATER, RollStore


@dataclass(frozen=True, slots=True)
class Ground:
    """What the application stands on: its four tables, and the key of its tokens and cursors."""

    registry: Table
    series: Table
    deadlines: Table
    quarantine: Table
    token_key: str
    deadline_shards: int = 1


_given: Ground | None = None


def use(ground: Ground | None) -> None:
    """Stand on `ground` from now on, such as in-memory twins; with None, on the deployment's again.

    Whatever was made before is forgotten, as in a new process.
    """
    global _given
    _given = ground
    for made in list(globals().values()):
        if hasattr(made, "cache_clear") and made.__module__ == __name__:
            made.cache_clear()


@cache
def registry_table() -> Table:
    """Who and what there is."""
    return _given.registry if _given else DynamoTable(settings().registry_table, REGISTRY, _connection())


@cache
def series_table() -> Table:
    """What meters and sensors said."""
    return _given.series if _given else DynamoTable(settings().series_table, SERIES, _connection())


@cache
def deadlines_table() -> Table:
    """Everything that waits, and the alarms."""
    return _given.deadlines if _given else DynamoTable(settings().deadlines_table, DEADLINES, _connection())


@cache
def quarantine_table() -> Table:
    """What was refused."""
    if _given:
        return _given.quarantine
    return DynamoTable(settings().quarantine_table, QUARANTINE, _connection())


@cache
def registry_store() -> RegistryStore:
    """The registry as it is stored."""
    return RegistryStore(registry_table())


@cache
def registry() -> Registry:
    """Enrolling homes and devices."""
    return Registry(registry_store(), watchkeeper())


@cache
def watchkeeper() -> Watchkeeper:
    """Beginning and ending watches."""
    return Watchkeeper(registry_store(), deadline_store(), roll_store())


@cache
def series() -> SeriesStore:
    """The time series."""
    return SeriesStore(series_table())


@cache
def quarantine() -> QuarantineStore:
    """The quarantine."""
    return QuarantineStore(quarantine_table())


@cache
def ingest() -> Ingest:
    """Taking in messages. It keeps the roster and the hints of its process."""
    book = HeardBook(HeardStore(deadlines_table()))
    return Ingest(Roster(registry_store()), series(), quarantine(), book, pendants())


@cache
def deadline_store() -> DeadlineStore:
    """The one index of everything that waits."""
    shards = _given.deadline_shards if _given else settings().deadline_shards
    return DeadlineStore(deadlines_table(), shards=shards)


@cache
def roll_store() -> RollStore:
    """The rolls of the grids."""
    return RollStore(deadlines_table(), deadline_store())


@cache
def still_water() -> StillWaterWatch:
    """The founding rule's watch."""
    return StillWaterWatch(series(), deadline_store(), concerns())


@cache
def deadlines() -> Deadlines:
    """The tick: each kind of deadline and who takes it."""
    roll_call = RollCall(roll_store(), HeardStore(deadlines_table()), series(), concerns())
    handlers: dict[str, Handler] = {
        STILL_WATER: still_water(),
        ROLL: roll_call,
        ALARM: climber(),
        BOARD: board_watch(),
    }
    return Deadlines(deadline_store(), handlers)


@cache
def alarm_store() -> AlarmStore:
    """The alarms as they are stored."""
    return AlarmStore(deadlines_table(), shards=deadline_store().shards)


@cache
def ladders() -> LadderStore:
    """The communities' own ladders."""
    return LadderStore(registry_table())


@cache
def concerns() -> Concerns:
    """Raising alarms."""
    return Concerns(alarm_store(), ladders(), waker())


@cache
def one_key_book() -> CallBook:
    """One-key calls and the cards of residents."""
    return CallBook(deadlines_table())


@cache
def one_key() -> OneKey:
    """Placing one-key calls."""
    lane = SqsLane("" if _given else settings().urgent_queue_url)
    return OneKey(one_key_book(), concerns(), lane, one_key_dialing())


def is_one_key_letter(body: str) -> bool:
    """Whether a message on the urgent lane is a press that found the store closed."""
    return is_letter(body)


def take_up_one_key(body: str, *, now: datetime) -> None:
    """Place the call of such a press. Raises StoreUnavailableError: it comes again."""
    one_key().take_up(read_letter(body), now=now)


@cache
def one_key_dialing() -> RotaDialing:
    """Whom a resident's call reaches."""
    return RotaDialing(duties(), people())


@cache
def one_key_boards() -> BoardKeeper:
    """The boards of who is on duty, ready for a press."""
    return BoardKeeper(one_key_book(), one_key_dialing())


@cache
def board_watch() -> BoardWatch:
    """Keeping the boards up to date."""
    return BoardWatch(registry_store(), one_key_boards(), deadline_store())


@cache
def one_key_cards() -> Cards:
    """The cards that a resident's page keeps."""
    return Cards(one_key_book())


@cache
def pendants() -> PendantRules:
    """What an urgent sample sets off: a press is a one-key call, anything else an alarm of its own."""
    return PendantRules(one_key(), UrgentConcerns(concerns()))


@cache
def alarm_desk() -> AlarmDesk:
    """Answering alarms."""
    return AlarmDesk(alarm_store(), concerns())


@cache
def climber() -> Climber:
    """Calling people."""
    teller = AlarmTeller(registry_store(), people(), address_book(), notifier())
    return Climber(alarm_store(), RungPeople(registry_store(), duties()), teller, waker())


@cache
def waker() -> Waker:
    """Coming back to an alarm in seconds."""
    return NoWaker() if _given else QueueWaker(Queue(settings().ladder_queue_url))


@cache
def people() -> PeopleStore:
    """The people who look after a community."""
    return PeopleStore(registry_table())


@cache
def duties() -> Duties:
    """Who is on duty, quickly."""
    return Duties(RotaStore(registry_table()))


@cache
def rota() -> Rota:
    """The duty plan."""
    return Rota(RotaStore(registry_table()), registry_store(), people())


@cache
def inbox() -> Inbox:
    """What people were told."""
    return Inbox(deadlines_table())


@cache
def address_book() -> AddressBook:
    """How people are reached."""
    return AddressBook(deadlines_table())


@cache
def notifier() -> Notifier:
    """Telling people, through every channel there is a courier for."""
    push = "" if _given else settings().push_secret
    return Notifier(NoticeStore(deadlines_table()), couriers(_secrets().get, push), address_book())


@cache
def callbacks() -> Callbacks:
    """What providers tell us of calls and messages."""
    answers = CallAnswers(alarm_desk())
    return Callbacks(NoticeStore(deadlines_table()), CallbackBook(deadlines_table()), answers, _callback_key)


def community(community_id: str) -> Community:
    """A community. Raises NotFoundError."""
    found = registry_store().community(community_id)
    if found is None:
        raise NotFoundError(f"There is no community '{community_id}'.")
    return found


def verified(token: str) -> Caller:
    """The caller that a bearer token names. Raises TokenError."""
    return verify(token, key=_token_key())


def cursor_key() -> str:
    """The key that cursors are signed with."""
    return _token_key()


def _token_key() -> str:
    return _given.token_key if _given else _secrets().get(settings().token_key_secret)


def _callback_key() -> str:
    return _given.token_key if _given else _secrets().get(settings().callback_key_secret)


@cache
def _secrets() -> Secrets:
    return Secrets()


@cache
def _connection() -> Connection:
    connection = Connection(read_timeout_seconds=5, connect_timeout_seconds=2, max_retry_attempts=2)
    _ = connection.client  # made once, here, since making clients isn't safe in the tick's threads
    return connection
