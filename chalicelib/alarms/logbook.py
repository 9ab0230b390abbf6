"""What an alarm's log is made of. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.notify.model import Channel

SYSTEM = "shouwang"
"""Who the log names when no person acted."""
ERASED = "erased"
"""The household, and whoever acted, of an alarm that was stripped of who it was about."""
NOT_REACHED, RELIEVES, HANDED_TO = " (not reached)", "relieves ", " → "
"""How notes say it of people, whom they name by id."""


class CheckCall(StrEnum):
    """What becomes of a check call. None of it proves anything: it is evidence."""

    WAITS = "check_call_waits"
    RANG = "check_call"
    ANSWERED = "check_call_answered"
    UNANSWERED = "check_call_unanswered"
    FAILED = "check_call_failed"
    IMPOSSIBLE = "check_call_impossible"


class Happened(StrEnum):
    """What a line of an alarm's log tells of."""

    RAISED = "raised"
    AGAIN = "again"
    HEARD_AGAIN = "heard_again"
    LOCATION = "location"
    CANCEL_ASKED = "cancel_asked"
    RUNG = "rung"
    TOLD = "told"
    NOBODY_REACHED = "nobody_reached"
    PURSUED = "pursued"
    REMINDED = "reminded"
    HELD = "held"
    WISH_BROKEN = "wish_broken"
    NOT_ANSWERED = "not_answered"
    ACKNOWLEDGED = "acknowledged"
    OFFERED = "offered"
    DECLINED = "declined"
    TOO_LONG = "too_long"
    EN_ROUTE = "en_route"
    NOT_ON_SITE = "not_on_site"
    ON_SITE = "on_site"
    CHECK_CALL_WAITS = CheckCall.WAITS.value
    CHECK_CALL = CheckCall.RANG.value
    CHECK_CALL_ANSWERED = CheckCall.ANSWERED.value
    CHECK_CALL_UNANSWERED = CheckCall.UNANSWERED.value
    CHECK_CALL_FAILED = CheckCall.FAILED.value
    CHECK_CALL_IMPOSSIBLE = CheckCall.IMPOSSIBLE.value
    SELF_ANSWERED = "self_answered"
    ANSWER_LAPSED = "answer_lapsed"
    ASKED_TO_BE_CALLED_BACK = "asked_to_be_called_back"
    CLEARED = "cleared"
    NOTED = "noted"
    DRILL_UNANSWERED = "drill_unanswered"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Via(StrEnum):
    """Through what it came to be known: the API, a telephone, or a part of the system itself."""

    API = "api"
    VOICE = Channel.VOICE.value
    SMS = Channel.SMS.value
    PHONES = "phones"
    """The demo's telephones."""
    WATCH = "watch"
    LADDER = "ladder"
    ROTA = "rota"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an alarm's log. `at` is when it happened, `known_at` when we learned of it."""

    at: datetime
    known_at: datetime
    what: Happened
    by: str
    channel: Via
    on_behalf_of: str | None = None
    note: str = ""
