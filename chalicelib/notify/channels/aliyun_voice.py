"""Calls through Aliyun (Dyvms) with "press 1 to accept", which work in China.

Source: help.aliyun.com/document_detail/393521.htm and 114037.html (IvrCall, 2017-05-25): CalledShowNumber,
CalledNumber (mainland only), StartCode and StartTtsParams, PlayTimes 1–3, MenuKeyMap.N.Key and .Code,
Timeout in milliseconds, OutId of 1–15 bytes; `Code` OK and a CallId when taken. Aliyun limits calls to one
phone by itself (document_detail/114036 on notifications: 1 a minute, 5 an hour, 20 a day) and reports that as
200118 or 200119, or as an error.

The words are an approved text-to-speech template. The secret: `{"access_key_id", "access_key_secret",
"called_show_number", "accepted_code": "TTS_2", "templates": {"urgent": {"code": "TTS_1", "params":
["place"]}, "default": {…}, "notice": {…}}}`; `default` calls for help, `notice` says that the app has news;
`accepted_code` is what is said after the key, and a template may have its own,
as a check call should. What was pressed comes to `/v1/callbacks/voice/aliyun`; see `reports`.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.notify.channels.aliyun import Aliyun, domestic, template_of, template_parameters
from chalicelib.notify.channels.web import GetSecret, must_have, opened
from chalicelib.notify.courier import Letter, UndeliverableError
from chalicelib.notify.model import Address
from chalicelib.notify.texts import MessageKind

PROVIDER = "aliyun_voice"
KEY_TIMEOUT_MS = 8000


@dataclass(frozen=True, slots=True)
class AliyunVoice:
    """Rings phones."""

    aliyun: Aliyun
    get_secret: GetSecret
    dedupes: bool = False
    proves_within: timedelta | None = timedelta(seconds=75)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Ring; returns the CallId. Raises DeliveryError."""
        if not to.to.startswith("+86"):
            raise UndeliverableError("Aliyun's IvrCall rings mainland phones only.")
        settings = opened(self.get_secret, to.secret)
        template = template_of(settings, letter.message.kind)
        shown, accepted = must_have(settings, "called_show_number", "accepted_code")
        (code,) = must_have(template, "code")
        parameters = {
            "CalledShowNumber": shown,
            "CalledNumber": domestic(to.to),
            "StartCode": code,
            "PlayTimes": "2",
            "Timeout": str(KEY_TIMEOUT_MS),
            "OutId": letter.reference,
        }
        said = str(template.get("accepted_code", accepted))
        for n, key in enumerate("123" if letter.message.kind == MessageKind.CHECK_CALL else "1", start=1):
            parameters |= {f"MenuKeyMap.{n}.Key": key, f"MenuKeyMap.{n}.Code": said}
        if variables := template_parameters(template, {"place": letter.message.place}):
            parameters["StartTtsParams"] = json.dumps(variables, ensure_ascii=False)
        return str(self.aliyun.call("IvrCall", parameters, settings, now).get("CallId", ""))
