"""Consent, who looked at what, and forgetting."""

from functools import cache

from chalicelib.accounts.access_log import AccessLog
from chalicelib.accounts.look_store import LookStore
from chalicelib.registry.consent_store import ConsentStore
from chalicelib.registry.consenting import Consenting
from chalicelib.telemetry.forgetting import SeriesEraser
from chalicelib.watch.consent_errands import ConsentErrands, Forgetting, Settling
from chalicelib.watch.errands import Errand, Errands
from chalicelib.watch.sealing import Sealing, SealTimes
from chalicelib.wiring import ground, registry, watch


@cache
def access_log() -> AccessLog:
    """The access log."""
    return AccessLog(LookStore(ground.audit_table()), ground.callback_key, SealTimes(watch.deadline_store()))


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
        watch.watchkeeper(),
        ConsentErrands(errands()),
    )


@cache
def errands() -> Errands:
    """Big work in small steps."""
    return Errands(watch.deadline_store())


@cache
def settling() -> Errand:
    """Letting devices speak or not, as was chosen."""
    return Errand(watch.deadline_store(), Settling(consenting()))


@cache
def forgetting() -> Errand:
    """Erasing the series of devices that may speak no more."""
    return Errand(watch.deadline_store(), Forgetting(SeriesEraser(ground.series_table())))
