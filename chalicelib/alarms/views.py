"""The alarm as the API shows it."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Annotated

from pydantic import Field

from chalicelib.alarms.log_texts import log_text
from chalicelib.alarms.logbook import Happened, Via
from chalicelib.alarms.model import Alarm, LogEntry
from chalicelib.alarms.moves import State
from chalicelib.alarms.outcome import Action, Cause, Verdict
from chalicelib.alarms.texts import evidence_text
from chalicelib.alarms.whence import Place
from chalicelib.http.shapes import Instant, KeptView, Versioned, View
from chalicelib.kernel.clock import from_epoch, rfc3339
from chalicelib.registry.model import Household
from chalicelib.watch.model import ConcernKind

MOST_FACES = 2000
MOMENTS = frozenset(
    {"at", "since", "newest_at", "heard_at", "last_sign_at", "deadline", "usual_by", "mostly_by"}
)
"""What evidence keeps as Unix seconds."""


class OutcomeView(View):
    """What was found at the door, as it was said."""

    verdict: Verdict
    cause: Cause
    note: str
    action: Action | None


class AlarmView(Versioned):
    """An alarm as staff see it. `text` is its evidence in the caller's language.

    `evidence` is empty, and `text` without figures, where these weren't opened to staff: whoever is on the
    case sees them. Its keys say their unit; moments in it are RFC 3339, as everywhere.
    """

    id: str
    kind: ConcernKind
    severity: Annotated[int, Field(ge=1, le=3)]
    state: State
    household: str
    household_name: str
    building: str
    steward: str
    text: str
    evidence: dict[str, int | str]
    raised_at: Instant
    drill: bool
    linked_to: str | None
    moves: list[State]
    acknowledged_by: str | None
    acknowledged_at: Instant | None
    offered_to: str | None
    en_route_at: Instant | None
    on_site_at: Instant | None
    self_answered_at: Instant | None
    cleared_at: Instant | None
    outcome: OutcomeView | None
    resolved_by: str | None
    resolved_at: Instant | None
    version: int


class LogEntryView(View):
    """What happened at a moment, and when we learned of it. `text` says it in the caller's language, with
    names; `by` and `note` are as they were written down, people by their ids. `by` is `shouwang` where nobody
    acted but the system.
    """

    at: Instant
    known_at: Instant
    what: Happened
    text: str
    by: str
    channel: Via
    on_behalf_of: str | None
    note: str


class CallerPlace(View):
    """Where a caller was, by WGS 84, give or take so many metres."""

    latitude: float
    longitude: float
    accuracy_m: int
    at: Instant


class AlarmWithLog(AlarmView):
    """With its log. `names` are those of people whose ids stand in it, by id.

    For who is on the case, too: the home's `address`; the latest `location` that the caller of a one-key
    call sent; and `caller_phone` (E.164), to ring back, of a caller by telephone whom nobody knows.
    """

    address: str | None
    location: CallerPlace | None
    caller_phone: str | None
    names: dict[str, str]
    log: list[LogEntryView]


class AlarmPage(KeptView):
    items: list[AlarmView]
    next_cursor: str | None


def alarm_view(
    alarm: Alarm,
    home: Household | None,
    *,
    zone: tzinfo,
    language: str,
    now: datetime,
    hidden: bool = False,
    who: str = "",
) -> AlarmView:
    """An alarm of a home, in words of `language`, with times by the community's clock; its figures may be
    `hidden`. `who` is what those are called whom it names.
    """
    outcome = alarm.outcome
    return AlarmView(
        id=alarm.id,
        kind=alarm.kind,
        severity=alarm.severity,
        state=alarm.state,
        household=alarm.household,
        household_name=home.name if home else "",
        building=home.building if home else "",
        steward=home.steward if home else "",
        text=evidence_text(alarm, language=language, zone=zone, now=now, hidden=hidden, who=who),
        evidence={} if hidden else _evidence(alarm),
        raised_at=rfc3339(alarm.raised_at),
        drill=alarm.drill,
        linked_to=alarm.linked_to,
        moves=list(alarm.moves),
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_at=_time(alarm.acknowledged_at),
        offered_to=alarm.offered_to,
        en_route_at=_time(alarm.en_route_at),
        on_site_at=_time(alarm.on_site_at),
        self_answered_at=_time(alarm.self_answered_at),
        cleared_at=_time(alarm.cleared_at),
        outcome=OutcomeView(
            verdict=outcome.verdict, cause=outcome.cause, note=outcome.note, action=outcome.action
        ) if outcome else None,
        resolved_by=alarm.resolved_by,
        resolved_at=_time(alarm.resolved_at),
        version=alarm.version,
    )  # fmt: skip


def _evidence(alarm: Alarm) -> dict[str, int | str]:
    return {
        key: rfc3339(from_epoch(told)) if key in MOMENTS and isinstance(told, int) else told
        for key, told in alarm.evidence.items()
    }


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def place_view(place: Place) -> CallerPlace:
    """A caller's place, in degrees."""
    return CallerPlace(
        latitude=place.latitude_e6 / 1_000_000,
        longitude=place.longitude_e6 / 1_000_000,
        accuracy_m=place.accuracy_m,
        at=rfc3339(place.at),
    )


def log_view(entry: LogEntry, names: Mapping[str, str], *, language: str) -> LogEntryView:
    """A line of an alarm's log, with the names of those who have one."""
    return LogEntryView(
        at=rfc3339(entry.at),
        known_at=rfc3339(entry.known_at),
        what=entry.what,
        text=log_text(entry, names, language=language),
        by=entry.by,
        channel=entry.channel,
        on_behalf_of=entry.on_behalf_of,
        note=entry.note,
    )


class Faces:
    """Alarms as they were shown before. One that hasn't moved reads the same, as long as it is that day."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], AlarmView] = {}

    def of(
        self,
        alarm: Alarm,
        home: Household | None,
        *,
        zone: tzinfo,
        language: str,
        now: datetime,
        hidden: bool = False,
        who: str = "",
    ) -> AlarmView:
        """What `alarm_view` makes, if need be."""
        named = (home.name, home.building, home.steward) if home else None
        key = (alarm.id, alarm.version, named, language, hidden, who, now.astimezone(zone).toordinal())
        if (known := self._made.get(key)) is not None:
            return known
        if len(self._made) >= MOST_FACES:
            self._made.clear()
        made = self._made[key] = alarm_view(
            alarm, home, zone=zone, language=language, now=now, hidden=hidden, who=who
        )
        return made
