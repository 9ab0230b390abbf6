"""Who looked at what."""

from functools import cache

from chalicelib.accounts.access_log import AccessLog
from chalicelib.accounts.look_store import LookStore
from chalicelib.watch.sealing import Sealing, SealTimes
from chalicelib.wiring import ground, watch


@cache
def access_log() -> AccessLog:
    """The access log."""
    return AccessLog(LookStore(ground.audit_table()), ground.callback_key, SealTimes(watch.deadline_store()))


@cache
def sealing() -> Sealing:
    """Sealing the access log's days."""
    return Sealing(access_log(), watch.deadline_store())
