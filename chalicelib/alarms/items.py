"""Alarms and their logs as items of the table, and back."""

from datetime import timedelta
from typing import Any

from chalicelib.alarms.logbook import Happened, Via
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Action, Cause, Outcome, Verdict
from chalicelib.alarms.packing import packed_climb, unpacked_climb
from chalicelib.aws.items import Item
from chalicelib.aws.remembered import remembered
from chalicelib.aws.tables import NEW, Put
from chalicelib.kernel.clock import epoch, from_epoch
from chalicelib.registry.retention import Retention
from chalicelib.watch.model import ConcernKind

_TIMES = (
    "raised_at",
    "began_at",
    "acknowledged_at",
    "en_route_at",
    "on_site_at",
    "self_answered_at",
    "cleared_at",
    "resolved_at",
    "offered_at",
)

_LINE = "log#"
KEPT = timedelta(days=Retention().alarm_days)
"""How long a closed alarm is kept, unless its community says otherwise."""


def alarm_pk(alarm_id: str) -> str:
    """The partition of an alarm and its log."""
    return f"alarm#{alarm_id}"


def home_pk(community: str, household: str) -> str:
    """The partition of a home's claims: its open alarms."""
    return f"home#{community}#{household}"


def claimed(kind: ConcernKind, drill: bool) -> str:
    """The sort key of a home's one open alarm of a kind; a drill stands beside a real one."""
    return f"open#{kind}#drill" if drill else f"open#{kind}"


def claim(alarm: Alarm) -> Put:
    """That this is the home's one open alarm of its kind."""
    pk = home_pk(alarm.community, alarm.household)
    return Put({"pk": pk, "sk": claimed(alarm.kind, alarm.drill), "alarm": alarm.id}, NEW)


def listing_of(community: str, is_open: bool) -> str:
    """The partition, in the index of alarms, of a community's open or closed ones."""
    return f"{community}#{'open' if is_open else 'closed'}"


def alarm_item(alarm: Alarm) -> Item:
    """An alarm as it is stored."""
    times = {name: epoch(at) for name in _TIMES if (at := getattr(alarm, name)) is not None}
    outcome = alarm.outcome
    return {
        "pk": alarm_pk(alarm.id),
        "sk": "alarm",
        "listing": listing_of(alarm.community, alarm.is_open),
        "listed_at": f"{epoch(alarm.raised_at):010d}#{alarm.id}",
        "kind": alarm.kind.value,
        "severity": alarm.severity,
        "community": alarm.community,
        "household": alarm.household,
        "alarm_state": alarm.state.value,
        "evidence": alarm.evidence,
        "drill": alarm.drill or None,
        "linked_to": alarm.linked_to,
        "asked": list(alarm.asked) or None,
        "acknowledged_by": alarm.acknowledged_by,
        "offered_to": alarm.offered_to,
        "resolved_by": alarm.resolved_by,
        "outcome": _without_none(_fields(outcome)) if outcome else None,
        "climb": packed_climb(alarm.climb) if alarm.climb else None,
        "version": alarm.version,
        **times,
    }


def _fields(outcome: Outcome) -> dict[str, Any]:
    """An outcome's fields as plain values."""
    return {
        "verdict": outcome.verdict.value,
        "cause": outcome.cause.value,
        "note": outcome.note,
        "action": outcome.action.value if outcome.action else None,
    }


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@remembered
def stored_alarm(item: Item) -> Alarm:
    """An alarm out of the store."""
    outcome = item.get("outcome")
    return Alarm(
        id=item["pk"].removeprefix("alarm#"),
        kind=ConcernKind(item["kind"]),
        severity=item["severity"],
        community=item["community"],
        household=item["household"],
        state=State(item["alarm_state"]),
        evidence=item["evidence"],
        drill=item.get("drill", False),
        linked_to=item.get("linked_to"),
        asked=tuple(item.get("asked", ())),
        acknowledged_by=item.get("acknowledged_by"),
        offered_to=item.get("offered_to"),
        outcome=_outcome(outcome) if outcome else None,
        resolved_by=item.get("resolved_by"),
        climb=unpacked_climb(item["climb"]) if "climb" in item else None,
        version=item["version"],
        raised_at=from_epoch(item["raised_at"]),
        began_at=from_epoch(item["began_at"]),
        **{name: from_epoch(item[name]) for name in _TIMES[2:] if name in item},
    )


def _outcome(fields: dict[str, Any]) -> Outcome:
    action = fields.get("action")
    return Outcome(
        Verdict(fields["verdict"]), Cause(fields["cause"]), fields["note"], Action(action) if action else None
    )


def number_of(line: Item) -> int:
    """The place of a stored line in its log, from 1."""
    return int(line["sk"].removeprefix(_LINE))


def log_item(alarm: Alarm, line: int, entry: LogEntry) -> Item:
    """A line of an alarm's log as it is stored, its number among its key."""
    return {
        "pk": alarm_pk(alarm.id),
        "sk": f"{_LINE}{line:06d}",
        "at": epoch(entry.at),
        "known_at": epoch(entry.known_at),
        "what": entry.what.value,
        "by": entry.by,
        "channel": entry.channel.value,
        "on_behalf_of": entry.on_behalf_of,
        "note": entry.note,
        "expires": epoch(entry.known_at + KEPT),
    }


def stored_entry(item: Item) -> LogEntry:
    """A line of an alarm's log out of the store."""
    return LogEntry(
        at=from_epoch(item["at"]),
        known_at=from_epoch(item["known_at"]),
        what=Happened(item["what"]),
        by=item["by"],
        channel=Via(item["channel"]),
        on_behalf_of=item.get("on_behalf_of"),
        note=item["note"],
    )
