"""Who pressed what: believed when signed, new, fresh and about a call of ours; else refused and counted."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.aws.tables import StoreUnavailableError
from chalicelib.kernel.errors import ConflictError
from chalicelib.notify.callbacks import ALIYUN_SMS, ALIYUN_VOICE
from chalicelib.notify.delivery import State
from chalicelib.notify.model import Channel
from chalicelib.notify.signatures import CallbackRefusedError, url_token
from chalicelib.notify.texts import MessageKind
from tests.notify.people import KEY, Desk, address, li, urgent

PHONE = li(addresses=(address(Channel.VOICE), address(Channel.SMS)))
ACCEPTED = ("xinghe", "al-1", "li", "1", "voice")
MINUTE = timedelta(minutes=1)


def ringing(**fields: Any) -> tuple[Desk, str]:
    """A desk that rings Li, and the call's reference."""
    desk = Desk()
    desk.send(urgent(**fields), PHONE)
    return desk, desk.voice.asked[0].reference


def headers(body: bytes, at: datetime, *, key: str = KEY) -> dict[str, str]:
    """Our signature as the documents say, made without our code."""
    stamp = str(int(at.timestamp()))
    mac = hmac.new(key.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
    return {"shouwang-timestamp": stamp, "shouwang-signature": f"v1={mac}"}


def press(desk: Desk, reference: str, digit: str = "1", *, at: datetime | None = None, key: str = KEY) -> str:
    body = json.dumps({"reference": reference, "digit": digit}).encode()
    return desk.callbacks.connect(body, headers(body, at or desk.now, key=key), now=desk.now)


def beijing(at: datetime) -> str:
    return at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")


def pushed(
    desk: Desk, *reports: dict[str, Any], purpose: str = ALIYUN_VOICE, token: str | None = None
) -> int:
    body = json.dumps(reports).encode()
    given = url_token(purpose, key=KEY) if token is None else token
    return desk.callbacks.aliyun(purpose, body, given, now=desk.now)


def pressed(reference: str, digit: str, at: datetime) -> dict[str, str]:
    """Aliyun's VoiceCallReport of a key."""
    return {
        "call_id": "1^2", "status_code": "300000", "dtmf": digit, "status_time": beijing(at),
        "out_id": reference,
    }  # fmt: skip


def refusals(desk: Desk) -> dict[str, int]:
    return desk.book.refusals(desk.now)


def test_one_accepts() -> None:
    desk, reference = ringing()
    desk.wait(seconds=20)
    assert press(desk, reference) == "accepted"
    assert (desk.heard.answers, desk.heard.at) == ([ACCEPTED], [desk.now])
    receipt = desk.send(to=PHONE)
    assert (receipt.state, receipt.next_at) == (State.DELIVERED, None)


def test_one_accepts_through_aliyun_at_the_time_it_was_pressed() -> None:
    desk, reference = ringing()
    at = desk.now + timedelta(seconds=20)
    desk.wait(minutes=1)
    assert pushed(desk, pressed(reference, "1", at)) == 1
    assert (desk.heard.answers, desk.heard.at) == ([ACCEPTED], [at])


@pytest.mark.parametrize("digit", ["2", "9", "#"])
def test_another_key_is_kept_and_accepts_nothing(digit: str) -> None:
    desk, reference = ringing()
    assert press(desk, reference, digit) == "noted"
    assert desk.heard.answers == [("xinghe", "al-1", "li", f"noted {digit}", "voice")]


@pytest.mark.parametrize("digit", ["1", "2", "3"])
def test_in_a_check_call_every_key_is_the_residents_answer(digit: str) -> None:
    desk, reference = ringing(kind=MessageKind.CHECK_CALL)
    press(desk, reference, digit)
    assert desk.heard.answers == [("xinghe", "al-1", "li", f"digit {digit}", "voice")]


def test_whoever_is_too_late_is_told() -> None:
    desk, reference = ringing()
    desk.heard.trouble = [ConflictError("Zhao took charge first.")]
    assert press(desk, reference) == "too_late"


@pytest.mark.parametrize(
    ("minutes", "fine"), [(0, True), (5, True), (-5, True), (6, False), (-6, False), (60 * 24, False)]
)
def test_a_timestamp_is_within_five_minutes(minutes: int, fine: bool) -> None:
    desk, reference = ringing()
    if fine:
        assert press(desk, reference, at=desk.now - minutes * MINUTE) == "accepted"
        return
    with pytest.raises(CallbackRefusedError, match="five minutes"):
        press(desk, reference, at=desk.now - minutes * MINUTE)
    assert (desk.heard.answers, refusals(desk)) == ([], {"connect#old": 1})


def test_a_wrong_signature_is_refused_and_counted() -> None:
    desk, reference = ringing()
    for _ in range(2):
        with pytest.raises(CallbackRefusedError):
            press(desk, reference, key="guessed")
    assert (desk.heard.answers, refusals(desk)) == ([], {"connect#signature": 2})


@pytest.mark.parametrize("change", [{"shouwang-timestamp": "1768478401"}, {"shouwang-signature": "v1="}, {}])
def test_a_changed_request_is_refused(change: dict[str, str]) -> None:
    desk, reference = ringing()
    body = json.dumps({"reference": reference, "digit": "1"}).encode()
    good = headers(body, desk.now)
    told, sent = ({**good, **change}, body) if change else ({}, body)
    with pytest.raises(CallbackRefusedError):
        desk.callbacks.connect(sent, told, now=desk.now)
    with pytest.raises(CallbackRefusedError):
        desk.callbacks.connect(body + b" ", good, now=desk.now)
    assert desk.heard.answers == []


@pytest.mark.parametrize("stamp", ["", "x", "１２", "-1", "9" * 30, "1e9"])
def test_a_timestamp_that_is_none_is_refused(stamp: str) -> None:
    desk, _ = ringing()
    mac = hmac.new(KEY.encode(), f"{stamp}.{{}}".encode(), sha256).hexdigest()
    told = {"Shouwang-Timestamp": stamp, "Shouwang-Signature": f"v1={mac}"}
    with pytest.raises(CallbackRefusedError):
        desk.callbacks.connect(b"{}", told, now=desk.now)


def test_a_replay_is_refused() -> None:
    desk, reference = ringing()
    at = desk.now
    press(desk, reference, at=at)
    desk.wait(minutes=2)
    with pytest.raises(CallbackRefusedError, match="before"):
        press(desk, reference, at=at)
    assert (desk.heard.answers, refusals(desk)) == ([ACCEPTED], {"connect#replay": 1})


def test_what_failed_half_way_is_no_replay() -> None:
    desk, reference = ringing()
    desk.heard.trouble = [StoreUnavailableError("down")]
    with pytest.raises(StoreUnavailableError):
        press(desk, reference)
    assert press(desk, reference) == "accepted"
    assert desk.heard.answers == [ACCEPTED]


def test_a_call_that_we_never_made_is_refused() -> None:
    desk, _ = ringing()
    for reference in ("", "zzzzzzzzzzzzzzz", "Z" * 5000, "呼叫"):
        with pytest.raises(CallbackRefusedError, match="reference"):
            press(desk, reference)
        desk.wait(seconds=1)
    assert refusals(desk) == {"connect#unknown": 4}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"1", b"\xff", b'{"reference": "x", "digit": "12"}', b"[" * 99999]
)
def test_a_body_that_makes_no_sense_is_refused(body: bytes) -> None:
    desk, _ = ringing()
    with pytest.raises(CallbackRefusedError):
        desk.callbacks.connect(body, headers(body, desk.now), now=desk.now)
    with pytest.raises(CallbackRefusedError):
        desk.callbacks.aliyun(ALIYUN_VOICE, body + b"x", url_token(ALIYUN_VOICE, key=KEY), now=desk.now)


def test_a_url_that_we_did_not_give_out_is_refused() -> None:
    desk, reference = ringing()
    report = pressed(reference, "1", desk.now)
    for token in ("", "guessed", url_token(ALIYUN_SMS, key=KEY), "令牌"):
        with pytest.raises(CallbackRefusedError):
            pushed(desk, report, token=token)
    assert (desk.heard.answers, refusals(desk)) == ([], {"aliyun-voice#signature": 4})


def test_aliyuns_repetitions_change_nothing_and_stop() -> None:
    desk, reference = ringing()
    report = pressed(reference, "1", desk.now)
    end = {
        "status_code": "200000", "dtmf": "1", "end_time": beijing(desk.now + MINUTE / 2), "call_id": "1^2",
        "out_id": reference,
    }  # fmt: skip
    desk.wait(minutes=1)
    assert [pushed(desk, report, end), pushed(desk, report, end)] == [1, 0]
    assert desk.heard.answers == [ACCEPTED]
    assert refusals(desk) == {"aliyun-voice#replay": 3}


def test_one_report_that_can_not_be_believed_does_not_stop_its_neighbours() -> None:
    desk, reference = ringing()
    old, strange = pressed(reference, "1", desk.now - 6 * MINUTE), pressed("unknown", "1", desk.now)
    timeless: dict[str, Any] = {**pressed(reference, "1", desk.now), "status_time": None}
    good = pressed(reference, "1", desk.now)
    assert pushed(desk, old, strange, timeless, good) == 1
    assert desk.heard.answers == [ACCEPTED]
    assert refusals(desk) == {"aliyun-voice#old": 2, "aliyun-voice#unknown": 1}


@pytest.mark.parametrize("code", ["200002", "200003", "200005", "200010", "200011", "200119"])
def test_a_call_that_was_not_answered_goes_to_the_next_channel(code: str) -> None:
    desk, reference = ringing()
    desk.wait(seconds=30)
    pushed(desk, {"status_code": code, "end_time": beijing(desk.now), "out_id": reference})
    assert desk.send(to=PHONE).channels == (Channel.SMS,)
    assert desk.heard.answers == []


@pytest.mark.parametrize("code", ["200000", "200001", "200008", "200102"])
def test_a_call_that_was_heard_has_arrived_but_nobody_accepted(code: str) -> None:
    desk, reference = ringing()
    pushed(desk, {"status_code": code, "status_time": beijing(desk.now), "out_id": reference})
    assert desk.send(to=PHONE).state is State.DELIVERED
    assert desk.heard.answers == []


@pytest.mark.parametrize("code", ["200101", "200201", "200100", "new"])
def test_a_call_in_between_proves_nothing(code: str) -> None:
    desk, reference = ringing()
    pushed(desk, {"status_code": code, "status_time": beijing(desk.now), "out_id": reference})
    assert desk.send(to=PHONE).state is State.SENT


def test_connect_tells_whether_anyone_picked_up() -> None:
    desk, reference = ringing()
    body = json.dumps({"reference": reference, "answered": False}).encode()
    assert desk.callbacks.connect(body, headers(body, desk.now), now=desk.now) == "noted"
    assert desk.send(to=PHONE).channels == (Channel.SMS,)


@pytest.mark.parametrize(("success", "state"), [(True, State.DELIVERED), (False, State.UNREACHABLE)])
def test_an_sms_report_says_whether_it_arrived_even_late(success: bool, state: State) -> None:
    desk, to = Desk(), li(addresses=(address(Channel.SMS),))
    desk.send(to=to)
    report = {
        "out_id": desk.sms.asked[0].reference, "success": success, "err_code": "DELIVERED",
        "report_time": beijing(desk.now), "biz_id": "1",
    }  # fmt: skip
    desk.wait(minutes=1)
    assert pushed(desk, report, purpose=ALIYUN_SMS) == 1
    assert desk.send(to=to).state is state
    late = Desk()
    late.send(to=to)
    late.wait(minutes=16)
    report["out_id"] = late.sms.asked[0].reference
    assert pushed(late, report, purpose=ALIYUN_SMS) == 1


def test_an_sms_report_on_an_earlier_channel_does_not_stop_the_present_one() -> None:
    desk, reference = ringing()
    desk.wait(seconds=80)
    assert desk.send(to=PHONE).channels == (Channel.SMS,)
    pushed(desk, {"status_code": "200003", "end_time": beijing(desk.now), "out_id": reference})
    assert desk.send(to=PHONE).state is State.SENT
    assert desk.log()[-1] == "sms reported 200003"


def test_refusals_are_counted_by_day() -> None:
    desk, reference = ringing()
    with pytest.raises(CallbackRefusedError):
        press(desk, reference, key="guessed")
    assert desk.book.refusals(datetime(2026, 1, 16, tzinfo=UTC)) == {}
