"""A call that nobody answers is followed: by the next channel, and by the next person."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.alarms.answers import CallAnswers
from chalicelib.alarms.ladder import Who
from chalicelib.alarms.logbook import Via
from chalicelib.alarms.service import AlarmDesk, Responder
from chalicelib.notify.courier import Letter, ProviderDownError
from chalicelib.notify.delivery import Stage
from chalicelib.notify.model import Address
from chalicelib.notify.store import NoticeStore
from chalicelib.watch.model import Concern, ConcernKind
from tests.scenarios.neighbourhood import Neighbourhood
from tests.scenarios.quarter import Quarter, X, clock
from tests.scenarios.telephones import PHONES, CrashError, Telephones

TEN = clock("01-15 10:00")


@pytest.fixture
def town() -> Quarter:
    """Providers take every call and message, and never prove that one arrived."""
    made = Quarter(TEN)
    made.rang.clear()
    made.voice.proves_within, made.sms.proves_within = timedelta(seconds=75), timedelta(minutes=2)
    return made


def rung(town: Quarter, person: str) -> list[tuple[int, str]]:
    return [(int((at - TEN).total_seconds()), channel) for at, channel, who, _ in town.rang if who == person]


def test_the_message_follows_the_unanswered_call_though_the_next_rung_was_rung_meanwhile(
    town: Quarter,
) -> None:
    town.press_one_key()
    town.wait(seconds=100)
    for person in ("li", "zhou"):
        assert rung(town, person) == [(0, "voice"), (75, "sms")]
    assert rung(town, "wang") == [(60, "voice")]


def test_what_waits_is_dropped_once_somebody_has_it(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=65)
    town.takes(alarm, "wang")
    town.rang.clear()
    town.wait(seconds=110)
    assert town.rang == []


def test_the_next_person_follows_when_nobody_of_the_rung_answered_on_any_channel(town: Quarter) -> None:
    town.goes_quiet()
    town.wait(minutes=5)
    assert rung(town, "zhou") == [(0, "sms"), (120, "voice")]
    assert rung(town, "li")[0] == (195, "sms")


@pytest.mark.parametrize("seconds", [5, 70])
def test_who_is_busy_gets_the_message_as_soon_as_the_provider_says_so(town: Quarter, seconds: int) -> None:
    references, send = {}, town.voice.send
    woken: list[str] = []

    def remember(letter: Letter, to: Address, now: datetime) -> str:
        references[letter.message.person] = letter.reference
        return send(letter, to, now)

    class Waker:
        def wake(self, alarm_id: str, at: datetime, *, now: datetime) -> None:
            woken.append(alarm_id)

    town.voice.send = remember  # type: ignore[method-assign]
    alarm = town.press_one_key()
    town.wait(seconds=seconds)
    notices = NoticeStore(town.table)
    notices.report(notices.sent(references["li"]), delivered=False, what="busy", at=town.now)  # type: ignore[arg-type]
    answers = CallAnswers(AlarmDesk(town.alarms, waker=Waker()))
    answers.unheard(X, alarm, "li", town.now, "voice")
    assert woken == [alarm]
    town.wait()
    assert rung(town, "li") == [(0, "voice"), (seconds, "sms")]
    assert rung(town, "zhou") == [(0, "voice")]
    assert "not_answered li" in town.log(alarm)
    answers.unheard(X, alarm, "stranger", town.now, "voice")
    answers.unheard(X, "al-gone", "li", town.now, "voice")
    assert woken == [alarm]


def fails_later(town: Quarter, alarm: str, person: str) -> None:
    """A provider that had taken a call says, too late for any waiting, that it reached nobody."""
    notices = NoticeStore(town.table)
    (notice,) = [n for n in notices.of_alarm(X, alarm) if n.person == person]
    reference = next(leg.reference for leg in notice.legs if leg.stage is Stage.SENT)
    notices.report(notices.sent(reference), delivered=False, what="failed", at=town.now)  # type: ignore[arg-type]
    CallAnswers(AlarmDesk(town.alarms)).unheard(X, alarm, person, town.now, "voice")
    town.wait()


def test_who_turns_out_not_to_have_heard_gets_the_message_though_no_proof_was_promised(town: Quarter) -> None:
    town.voice.proves_within = None
    alarm = town.press_one_key()
    town.wait(seconds=20)
    fails_later(town, alarm, "li")
    assert rung(town, "li") == [(0, "voice"), (20, "sms")]
    assert rung(town, "zhou") == [(0, "voice")]


@pytest.mark.parametrize("state", ["raised", "en_route"])
def test_when_nobody_of_the_rung_turns_out_to_have_heard_the_next_is_asked_at_once(
    town: Quarter, state: str
) -> None:
    town.voice.proves_within = town.sms.proves_within = None
    alarm = town.goes_quiet()
    last = "zhou"
    if state == "en_route":
        town.takes(alarm, "zhou")
        town.sets_out(alarm, "zhou")
        town.wait(minutes=30)
        last = "li"
    asked_at = int((town.now - TEN).total_seconds())
    town.wait(seconds=40)
    fails_later(town, alarm, last)
    assert rung(town, last) == [(asked_at, "sms"), (asked_at + 40, "voice")]
    following = {"zhou": "li", "li": "wang"}[last]
    fails_later(town, alarm, last)
    assert rung(town, following)[0][0] == asked_at + 40


def test_a_report_that_comes_twice_or_after_somebody_took_it_rings_nobody(town: Quarter) -> None:
    town.voice.proves_within = None
    alarm = town.press_one_key()
    town.takes(alarm, "zhou")
    rung_before = len(town.rang)
    fails_later(town, alarm, "li")
    assert len(town.rang) == rung_before


def test_busy_while_others_of_the_rung_are_still_being_rung_loses_neither(town: Quarter) -> None:
    told: list[str] = []
    send = town.voice.send

    def reported(letter: Letter, to: Address, now: datetime) -> str:
        if letter.message.person == "zhou" and not told:
            told.append("li")
            town.desk.unheard(letter.message.alarm, by=Responder("li", X, Via.VOICE), now=now)
        return send(letter, to, now)

    town.voice.send = reported  # type: ignore[method-assign]
    town.press_one_key()
    town.wait(seconds=90)
    assert rung(town, "zhou")[0] == (0, "voice")
    assert [channel for _, channel in rung(town, "li")] == ["voice", "sms"]


@pytest.mark.parametrize("why", ["nobody there", "not reached"])
def test_not_at_the_door_in_time_asks_the_next_who_can_be_reached(why: str) -> None:
    town = Neighbourhood()
    if why == "nobody there":
        town.people[Who.DUTY_SECOND] = []
    else:
        town.unreachable = {"Wang"}
    alarm = town.press_one_key()
    town.takes(alarm)
    town.sets_out(alarm)
    town.wait(minutes=15)
    told = town.phones_rung(since=900)
    assert "Zhao" in told
    assert "Li" not in told, "who is on the way is not their own help"
    assert town.state(alarm) == "en_route"


def test_beside_who_is_on_the_way_an_unanswered_call_is_followed_too(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.takes(alarm, "li")
    town.sets_out(alarm, "li")
    town.wait(minutes=19)
    assert rung(town, "wang")[:2] == [(900, "voice"), (975, "sms")]
    assert rung(town, "zhao")[0] == (1095, "voice"), "nobody of the rung heard: the next"
    assert town.alarm(alarm).state == "en_route"


def test_late_on_the_way_and_nobody_at_all_reached_begins_anew_later() -> None:
    town = Neighbourhood()
    alarm = town.press_one_key()
    town.takes(alarm)
    town.sets_out(alarm)
    town.unreachable = {"Wang", "Zhao", "Chen", "desk", "Zhou", "daughter", "Li"}
    town.wait(minutes=16)
    town.unreachable = set()
    town.wait(minutes=20)
    assert set(town.phones_rung(since=901)) == {"Zhou", "daughter"}


def test_nobody_is_rung_once_somebody_has_it_though_a_provider_is_being_tried_again(town: Quarter) -> None:
    send = town.voice.send

    def fails(letter: Letter, to: Address, now: datetime) -> str:
        if letter.message.person != "li":
            return send(letter, to, now)
        town.takes(letter.message.alarm, "zhou")
        raise ProviderDownError("500, and meanwhile somebody took it")

    town.voice.send = fails  # type: ignore[method-assign]
    alarm = town.press_one_key()
    town.wait(minutes=2)
    assert town.rang == []
    assert town.alarm(alarm).acknowledged_by == "zhou"


def test_no_phone_rings_twice_in_a_minute_after_a_crash_and_the_next_person_is_rung() -> None:
    town = Telephones()
    town.exchange.trouble = {PHONES["li"]: [CrashError()]}
    pressed = Concern(ConcernKind.ONE_KEY, X, "h001", town.now, {"at": 1})
    town.concerns().raise_once(pressed, now=town.now)
    with suppress(CrashError):
        town.tick()
    town.wait(seconds=200)
    times = town.rung_at(PHONES["li"])
    assert times[0] == 0
    assert all(later - earlier >= 60 for earlier, later in pairwise(times))
    assert town.rung_at(PHONES["zhou"])[0] == 8


def test_who_declines_what_they_were_asked_is_bothered_no_more_and_the_next_is_asked_at_once(
    town: Quarter,
) -> None:
    alarm = town.goes_quiet()
    town.wait(seconds=10)
    town.declines(alarm, "zhou")
    town.wait(minutes=4)
    assert rung(town, "zhou") == [(0, "sms")], "no call follows the message"
    assert rung(town, "li")[0] == (10, "sms")


def test_while_others_of_the_rung_may_go_one_refusal_hurries_nobody(town: Quarter) -> None:
    alarm = town.press_one_key()
    town.wait(seconds=10)
    town.declines(alarm, "li")
    town.wait(seconds=49)
    assert rung(town, "wang") == []
    town.wait(seconds=1)
    assert rung(town, "wang") == [(60, "voice")]
    assert rung(town, "li") == [(0, "voice")]
