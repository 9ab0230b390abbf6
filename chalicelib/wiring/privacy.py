"""Consent, who looked at what, and forgetting."""

from datetime import datetime
from functools import cache

from chalicelib.accounts.access_log import AccessLog
from chalicelib.accounts.look_store import LookStore
from chalicelib.accounts.looks import LivedIn, Look
from chalicelib.accounts.sessions import As
from chalicelib.accounts.witness_store import WitnessStore
from chalicelib.alarms.holdings import AlarmHoldings
from chalicelib.aws.memos import MemoStore
from chalicelib.kernel import clock
from chalicelib.kernel.caller import Role
from chalicelib.notify.holdings import NoticeHoldings, WishHoldings
from chalicelib.notify.store import NoticeStore
from chalicelib.onekey.holdings import CallHoldings, DrillHoldings
from chalicelib.registry.answer_holdings import AnswerHoldings
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.consenting import Consenting
from chalicelib.registry.erasing import Everything
from chalicelib.registry.holdings import Holdings, RegistryHoldings
from chalicelib.registry.look_holdings import LookHoldings
from chalicelib.registry.model import Resident
from chalicelib.registry.sign_in_holdings import SignInHoldings
from chalicelib.registry.stays import FOREVER
from chalicelib.registry.subjects import Subjects
from chalicelib.telemetry.forgetting import RefusedEraser, SeriesEraser
from chalicelib.telemetry.holdings import QuarantineHoldings, SeriesHoldings
from chalicelib.watch.consent_errands import SETTLE, ConsentErrands, Forgetting, Settling
from chalicelib.watch.errands import Errand, Errands
from chalicelib.watch.holdings import AbsenceHoldings, RoutineHoldings
from chalicelib.watch.sealing import Sealing, SealTimes
from chalicelib.wiring import accounts, alarms, ground, notify, onekey, registry, telemetry, watch


def looks_at(community: str, resident: str, *, now: datetime) -> list[Look]:
    """Who looked at a resident's record, newest first: at lists of homes, too, while they lived in one."""
    here = registry.resident_store().get(community, resident)
    before = registry.stays().of_resident(community, resident)
    homes = [LivedIn(stay.household, stay.since, stay.until) for stay in before]
    homes += [LivedIn(here.household, here.since, FOREVER)] if here else []
    return access_log().looks(community, resident, homes=homes, now=now)


@cache
def access_log() -> AccessLog:
    """The access log."""
    return AccessLog(
        LookStore(ground.audit_table()),
        WitnessStore(ground.witness_table()),
        ground.callback_key,
        ground.seal_key,
        SealTimes(watch.deadline_store()),
    )


@cache
def sealing() -> Sealing:
    """Sealing the access log's days."""
    return Sealing(access_log(), watch.deadline_store())


@cache
def consents() -> ConsentStore:
    """Consents as they are stored."""
    return ConsentStore(ground.registry_table())


@cache
def consenting() -> Consenting:
    """Giving and taking back consent."""
    return Consenting(
        consents(),
        registry.resident_store(),
        registry.store(),
        watch.watchers(),
        ConsentErrands(errands()),
    )


def settle_at_next_tick(community: str, household: str) -> None:
    """Somebody moved in: let the next tick ask anew what may watch that home."""
    errands().send(SETTLE, community, household, {}, at=clock.from_epoch(0))


def strike_off(community: str, resident: str, person: str) -> None:
    """Somebody is no relative of a resident any longer, and so not their proxy."""
    consenting().strike_off(community, resident, person, now=clock.now())


def forget_relative(community: str, person: str) -> None:
    """Somebody is nobody's relative any longer: no sign-in, address or notification of theirs is kept."""
    accounts.sessions().forget(As(community, Role.KIN, person), now=clock.now())
    notify.address_book().erase(community, person)
    notify.inbox().erase(community, person)


def settle_the_removed(resident: Resident, now: datetime) -> None:
    """Somebody is being removed: no consent of theirs holds any more, no proxy, no handset, no invitation."""
    consents().end(resident.community, resident.id)
    accounts.handsets().forget(resident.community, resident.id, now=now)
    accounts.store().uninvite(resident.community, resident.id, now=now)


@cache
def errands() -> Errands:
    """Big work in small steps."""
    return Errands(watch.deadline_store())


@cache
def everything() -> Everything:
    """All that is held of residents: a capability that comes to hold something adds its Holdings here."""
    eraser = SeriesEraser(ground.series_table())
    table = ground.deadlines_table()
    notices = NoticeHoldings(table, NoticeStore(table))
    of_alarms = AlarmHoldings(alarms.store(), notices)
    holdings: list[Holdings] = [
        RegistryHoldings(
            registry.residents(), registry.resident_store(), registry.registry(), registry.store(),
            registry.care(), consents(), registry.stays(),
        ),
        SignInHoldings(accounts.store()), AnswerHoldings(MemoStore(table)),
        CallHoldings(table),
        DrillHoldings(onekey.drill_book(), onekey.proofs()),
        SeriesHoldings(telemetry.series(), eraser),
        QuarantineHoldings(ground.quarantine_table()),
        of_alarms,
        notices, WishHoldings(notify.address_book()),
        LookHoldings(access_log(), looks_at),
        RoutineHoldings(watch.habits()),
        AbsenceHoldings(watch.absences().store),
    ]  # fmt: skip
    subjects = Subjects(registry.resident_store(), registry.store(), registry.stays())
    return Everything(subjects, holdings, errands(), of_alarms.has_open)


@cache
def erasing() -> Errand:
    """Erasing residents, step by step."""
    return Errand(watch.deadline_store(), everything().step)


@cache
def settling() -> Errand:
    """Letting devices speak or not, as was chosen."""
    return Errand(watch.deadline_store(), Settling(consenting(), watch.absences(), watch.routine_homes()))


@cache
def forgetting() -> Errand:
    """Erasing what devices said that may speak no more."""
    series, refused = SeriesEraser(ground.series_table()), RefusedEraser(ground.quarantine_table())
    return Errand(watch.deadline_store(), Forgetting(series, refused))
