"""What providers call back: a call was answered, "1" was pressed, an SMS arrived or didn't.

A callback is believed when it is signed (our HMAC over `timestamp.body`, or our HMAC in the URL for Aliyun,
which documents no signature), is at most five minutes old, tells of a try of ours (its reference is random,
75 bits), and is new. What is refused is counted and logged.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from aws_lambda_powertools import Logger

from chalicelib.aws.tables import ExpectationError
from chalicelib.kernel.errors import ConflictError, NotFoundError
from chalicelib.notify.book import CallbackBook
from chalicelib.notify.boxes import whose
from chalicelib.notify.items import REFERENCE_KEPT, Sent
from chalicelib.notify.reports import Report, connect_report, sms_reports, voice_reports
from chalicelib.notify.signatures import (
    TOLERANCE,
    CallbackRefusedError,
    must_be_fresh,
    must_be_our_url,
    must_be_signed,
)
from chalicelib.notify.store import NoticeStore
from chalicelib.notify.texts import NOT_ASKED, MessageKind

CONNECT = "connect"
ALIYUN_VOICE = "aliyun-voice"
ALIYUN_SMS = "aliyun-sms"

ACCEPTED = "accepted"
NOTED = "noted"
TOO_LATE = "too_late"

log = Logger(child=True)


class Answers(Protocol):
    """Who hears what people press: it was at `at` by the provider's clock, and is known `now`."""

    def accepted(
        self, community: str, alarm_id: str, person: str, at: datetime, channel: str, *, now: datetime
    ) -> None:
        """Someone pressed 1: they take charge. Again by the same person it must change nothing.

        Raises ConflictError or NotFoundError when there is nothing left to take charge of.
        """

    def noted(
        self,
        community: str,
        alarm_id: str,
        person: str,
        digit: str,
        at: datetime,
        channel: str,
        *,
        now: datetime,
    ) -> None:
        """A key that means nothing here, as of someone who was told and not asked, is kept. As above."""

    def pressed(
        self,
        community: str,
        alarm_id: str,
        person: str,
        digit: str,
        at: datetime,
        channel: str,
        *,
        now: datetime,
    ) -> None:
        """A resident pressed a key in a check call (1 fine, 2 help, 3 later).

        Again it must change nothing. Raises as above.
        """

    def unheard(self, community: str, alarm_id: str, person: str, at: datetime, channel: str) -> None:
        """Somebody who was rung wasn't reached: busy, switched off. What else there is follows at once."""


class Callbacks:
    """Takes callbacks in. `get_key` fetches the key they are signed with, where it is used."""

    def __init__(
        self, notices: NoticeStore, book: CallbackBook, answers: Answers, get_key: Callable[[], str]
    ) -> None:
        self._notices = notices
        self._book = book
        self._answers = answers
        self._get_key = get_key

    def connect(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> str:
        """Our signed webhook, called from an Amazon Connect flow.

        Returns what the flow may say: accepted, noted or too_late. Raises CallbackRefusedError.
        """
        with self._refusing(CONNECT, now):
            signature = must_be_signed(body, headers, key=self._get_key(), now=now)
            return self._take_once(connect_report(body, now), once=signature, now=now)

    def aliyun(self, purpose: str, body: bytes, token: str, *, now: datetime) -> int:
        """A batch that Aliyun pushed to the URL for `purpose`; how many of its reports were taken.

        A report that can't be believed is refused alone: Aliyun repeats whole batches, and neither age nor
        replay gets better by that. Raises CallbackRefusedError when the URL or the batch is wrong.
        """
        with self._refusing(purpose, now):
            must_be_our_url(token, purpose, key=self._get_key())
            reports = voice_reports(body) if purpose == ALIYUN_VOICE else sms_reports(body)
        return sum(self._taken(purpose, report, now) for report in reports)

    def _taken(self, purpose: str, report: Report, now: datetime) -> bool:
        # A press is reported when it happens and again when the call ends: both are one.
        once = f"{purpose}#{report.reference}#{_what(report)}"
        try:
            with self._refusing(purpose, now):
                if report.digit:
                    must_be_fresh(report.at, now)
                self._take_once(report, once=once, now=now)
        except CallbackRefusedError:
            return False
        return True

    def _take_once(self, report: Report, *, once: str, now: datetime) -> str:
        """Note an arrival, pass on a key, and only then remember that it was done.

        If this fails half way, the provider's repetition must not be refused as a replay.
        """
        sent = self._notices.sent(report.reference)
        if sent is None:
            raise CallbackRefusedError("unknown", "No call or message of ours has this reference.")
        if report.at < sent.begun_at - TOLERANCE:
            raise CallbackRefusedError("old", "This is older than the call or message that it is about.")
        if self._book.is_known(once):
            raise CallbackRefusedError("replay", "This was taken in before.")
        if report.delivered is not None:
            self._notices.report(sent, delivered=report.delivered, what=_what(report), at=now)
        if report.delivered is False and sent.alarm:
            self._answers.unheard(sent.community, sent.alarm, whose(sent.person), now, sent.channel.value)
        outcome = self._pass_on(sent, report, now) if report.digit and sent.alarm else NOTED
        self._book.remember(once, now=now, keep=max(2 * TOLERANCE, REFERENCE_KEPT))
        return outcome

    def _pass_on(self, sent: Sent, report: Report, now: datetime) -> str:
        answers, channel = self._answers, sent.channel.value
        what = (sent.community, sent.alarm, whose(sent.person))
        try:
            if sent.kind == MessageKind.CHECK_CALL:
                answers.pressed(*what, report.digit, report.at, channel, now=now)
            elif report.digit == "1" and sent.kind not in NOT_ASKED:
                answers.accepted(*what, report.at, channel, now=now)
                return ACCEPTED
            else:
                answers.noted(*what, report.digit, report.at, channel, now=now)
        except ExpectationError:
            raise  # many wrote at once: the provider tells us again, and nobody is told that they are late
        except (ConflictError, NotFoundError) as error:
            log.info("A key was pressed too late", alarm=sent.alarm, person=sent.person, why=str(error))
            return TOO_LATE
        return NOTED

    @contextmanager
    def _refusing(self, purpose: str, now: datetime) -> Iterator[None]:
        try:
            yield
        except CallbackRefusedError as error:
            self._book.refused(purpose, error.reason, now=now)
            log.warning("A callback was refused", purpose=purpose, reason=error.reason)
            raise


def _what(report: Report) -> str:
    return f"pressed {report.digit}" if report.digit else f"reported {report.code}"
