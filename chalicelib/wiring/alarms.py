"""Raising alarms, calling people, answering."""

from collections.abc import Iterable
from functools import cache, partial

from chalicelib.alarms.checking import QuietAnswers, QuietChecks
from chalicelib.alarms.climbing import Climber
from chalicelib.alarms.concerns import Concerns, Waker
from chalicelib.alarms.errands import Errands
from chalicelib.alarms.handset_news import HandsetNews
from chalicelib.alarms.kin_news import KinNews, KinTeller
from chalicelib.alarms.model import Alarm
from chalicelib.alarms.outlook import RotaOutlook
from chalicelib.alarms.people import RungPeople
from chalicelib.alarms.relief import Relief
from chalicelib.alarms.service import AlarmDesk
from chalicelib.alarms.shifts import ShiftWatch
from chalicelib.alarms.store import AlarmStore, LadderStore
from chalicelib.alarms.swap_news import SwapNews
from chalicelib.alarms.telling import AlarmTeller
from chalicelib.alarms.views import Faces
from chalicelib.alarms.waking import NoWaker, QueueWaker
from chalicelib.aws.functions import Function
from chalicelib.aws.queues import Queue
from chalicelib.kernel.observe import count
from chalicelib.kernel.settings import settings
from chalicelib.watch.model import ConcernKind
from chalicelib.wiring import ground, notify, onekey, registry, rota, watch


@cache
def store() -> AlarmStore:
    """The alarms as they are stored."""
    return AlarmStore(
        ground.deadlines_table(),
        shards=watch.deadline_store().shards,
        keep=lambda community: registry.store().retention(community).of_alarms,
    )


@cache
def ladders() -> LadderStore:
    """The communities' own ladders."""
    return LadderStore(ground.registry_table())


@cache
def concerns() -> Concerns:
    """Raising alarms."""
    return Concerns(store(), ladders(), waker())


@cache
def desk() -> AlarmDesk:
    """Answering alarms."""
    return AlarmDesk(store(), concerns(), watch.lessons(), relief(), waker(), KinNews(watch.deadline_store()))


@cache
def relief() -> Relief:
    """Offering open alarms to those whose shift begins."""
    return Relief(store(), registry.store(), watch.deadline_store())


@cache
def errands() -> Errands:
    """What people are told by the tick."""
    return Errands(
        watch.deadline_store(), store(), registry.store(), registry.people(), notify.address_book(),
        notify.notifier(),
    )  # fmt: skip


@cache
def shift_watch() -> ShiftWatch:
    """What happens when duty changes."""
    plan = rota.rota()
    outlook = RotaOutlook(
        plan, registry.store(), registry.people(), ground.deadlines_table(), watch.deadline_store()
    )
    return ShiftWatch(plan, registry.store(), relief(), onekey.boards(), outlook, watch.deadline_store())


@cache
def handset_news() -> HandsetNews:
    """Telling of handsets that were paired."""
    return HandsetNews(registry.resident_store(), registry.people(), watch.deadline_store())


@cache
def swap_news() -> SwapNews:
    """Telling of swaps that moved."""
    return SwapNews(registry.store(), watch.deadline_store())


@cache
def rung_people() -> RungPeople:
    """Who stands on a rung."""
    return RungPeople(registry.store(), registry.resident_store(), rota.duties(), registry.people())


@cache
def kin_teller() -> KinTeller:
    """Telling kin what came of an alarm."""
    return KinTeller(store(), rung_people(), watch.deadline_store())


@cache
def teller() -> AlarmTeller:
    """Telling people of alarms."""
    return AlarmTeller(
        registry.store(),
        registry.resident_store(),
        registry.people(),
        notify.address_book(),
        notify.notifier(),
        rota.rota(),
    )


@cache
def climber() -> Climber:
    """Calling people."""
    unheard = partial(count, "UnheardAtTheDesk")
    return Climber(store(), rung_people(), teller(), waker(), concerns(), unheard)


@cache
def quiet_checks() -> QuietChecks:
    """Ringing a quiet home before anybody walks there."""
    return QuietChecks(registry.resident_store(), teller())


@cache
def quiet_answers() -> QuietAnswers:
    """What residents answer to that."""
    return QuietAnswers(registry.resident_store(), watch.habits(), concerns())


@cache
def waker() -> Waker:
    """Coming back to an alarm in seconds."""
    if ground.given():
        return NoWaker()
    ladder = settings().ladder_function
    return QueueWaker(Queue(settings().ladder_queue_url), Function(ladder) if ladder else None)


@cache
def faces() -> Faces:
    """Alarms as they were shown before."""
    return Faces()


def called(community: str, alarms: Iterable[Alarm]) -> dict[str, str]:
    """What those are called whose drills proved nothing, by alarm: a resident's name, or a team's. Reads
    nothing for any other alarm.
    """
    missed = [alarm for alarm in alarms if alarm.kind is ConcernKind.DRILL_MISSED]
    whose = {alarm.id: str(who) for alarm in missed if (who := alarm.evidence.get("who"))}
    if not whose:
        return {}
    teams = {team.id: team.name for team in rota.rota().teams(community)}
    names = teams | registry.names(community, set(whose.values()) - teams.keys())
    return {alarm: names.get(who, who) for alarm, who in whose.items()}
