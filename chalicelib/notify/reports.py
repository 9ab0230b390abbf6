"""What providers' callbacks say, read into one shape. Pure.

Aliyun: a JSON array per request (HTTP batch push), sent as soon as something happens and again after 1, 5 and
10 minutes until it is answered with HTTP 200 and a numeric `code`. Sources: help.aliyun.com/zh/vms/
developer-reference/http-batch-delivery-mode-1, voicecallreport-4 (status_code 300000 carries `dtmf`),
zh/vms/voicereport-6 (the end of a call, with `dtmf` again), document_detail/112804 and 55085 (status codes),
zh/sms/developer-reference/smsreport-2. Times are Beijing's; no page says that a request is signed.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from chalicelib.notify.signatures import CallbackRefusedError

BEIJING = timezone(timedelta(hours=8))
LONG_AGO = datetime(2000, 1, 1, tzinfo=BEIJING)
MOST_REPORTS = 1000

_PRESSED = "300000"
_HEARD = {"200000", "200001", "200008", "200102"}
"""Heard it all, hung up early, pressed nothing, picked up (of a single call)."""
_MISSED = {
    "200002", "200003", "200004", "200005", "200006", "200007", "200010", "200011", "200012",
    "200104", "200105", "200117", "200118", "200119", "200121", "999999", "500", "400", "482", "476",
}  # fmt: skip
"""Busy, no answer, no such number, out of reach, switched off, suspended, limited, failed."""


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened to a try of ours.

    `digit` is the key that was pressed, if any; `delivered` is None when this proves nothing either way.
    """

    reference: str
    at: datetime
    digit: str = ""
    delivered: bool | None = None
    code: str = ""


def connect_report(body: bytes, now: datetime) -> Report:
    """Our own webhook's: `{"reference": "…", "digit": "1", "answered": true}`; digit and answered may be
    missing. Raises CallbackRefusedError.
    """
    told = _json(body)
    if not isinstance(told, dict):
        raise CallbackRefusedError("unreadable", "The body is no JSON object.")
    digit, answered = str(told.get("digit") or ""), told.get("answered")
    if digit and not _is_key(digit):
        raise CallbackRefusedError("unreadable", "A digit is one of 0-9, * and #.")
    delivered = True if digit else answered if isinstance(answered, bool) else None
    return Report(
        str(told.get("reference", "")), now, digit, delivered, "answered" if delivered else "missed"
    )


def voice_reports(body: bytes) -> list[Report]:
    """Aliyun's VoiceCallReport and VoiceReport. Raises CallbackRefusedError."""
    return [_voice(item) for item in _batch(body)]


def sms_reports(body: bytes) -> list[Report]:
    """Aliyun's SmsReport. Raises CallbackRefusedError."""
    return [_sms(item) for item in _batch(body)]


def _voice(item: dict[str, Any]) -> Report:
    code = str(item.get("status_code", ""))
    digit = str(item.get("dtmf") or "")[:1]
    heard = code == _PRESSED or code in _HEARD or bool(digit)
    return Report(
        reference=str(item.get("out_id", "")),
        at=_beijing(item.get("status_time") or item.get("end_time")),
        digit=digit if _is_key(digit) else "",
        delivered=True if heard else False if code in _MISSED else None,
        code=code,
    )


def _sms(item: dict[str, Any]) -> Report:
    success = item.get("success")
    return Report(
        reference=str(item.get("out_id", "")),
        at=_beijing(item.get("report_time")),
        delivered=success if isinstance(success, bool) else None,
        code=str(item.get("err_code", "")),
    )


def _batch(body: bytes) -> list[dict[str, Any]]:
    told = _json(body)
    if not isinstance(told, list) or len(told) > MOST_REPORTS or not all(isinstance(i, dict) for i in told):
        raise CallbackRefusedError(
            "unreadable", f"The body is no JSON array of up to {MOST_REPORTS} objects."
        )
    return told


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallbackRefusedError("unreadable", "The body isn't JSON.") from error


def _beijing(text: Any) -> datetime:
    """A time as Aliyun writes it; one that can't be read is too long ago to be believed."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return LONG_AGO


def _is_key(digit: str) -> bool:
    return len(digit) == 1 and digit in "0123456789*#"
