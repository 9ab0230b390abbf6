"""SMS through Aliyun (Dysms), which works in China.

Source: help.aliyun.com/document_detail/419273.html and 55284.html (SendSms, 2017-05-25): PhoneNumbers,
SignName, TemplateCode, TemplateParam (JSON), OutId; `Code` OK and a BizId when taken. It says itself that it
is not idempotent. A notification template reaches a phone up to 50 times in 24 h (document_detail/2881383).

Only approved templates may be sent, so the words are Aliyun's copy of ours. The secret:
`{"access_key_id", "access_key_secret", "sign_name", "templates": {"urgent": {"code": "SMS_1", "params":
["place"]}, "sign_in": {"code": "SMS_2", "params": ["code"]}, "default": {…}, "notice": {…}}}`; `default`
calls for help, `notice` says that the app has news. Reports come to `/v1/callbacks/sms/aliyun`; see
`reports`.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.notify.channels.aliyun import Aliyun, domestic, template_of, template_parameters
from chalicelib.notify.channels.web import GetSecret, must_have, opened
from chalicelib.notify.courier import Letter
from chalicelib.notify.model import Address

PROVIDER = "aliyun_sms"


@dataclass(frozen=True, slots=True)
class AliyunSms:
    """Sends SMS."""

    aliyun: Aliyun
    get_secret: GetSecret
    dedupes: bool = False
    proves_within: timedelta | None = timedelta(minutes=2)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Send it; returns the BizId. Raises DeliveryError."""
        settings = opened(self.get_secret, to.secret)
        template = template_of(settings, letter.message.kind)
        values = {
            "place": letter.message.place,
            "title": letter.words.title,
            "code": letter.message.code,
        }
        (sign_name,), (code,) = must_have(settings, "sign_name"), must_have(template, "code")
        parameters = {
            "PhoneNumbers": domestic(to.to),
            "SignName": sign_name,
            "TemplateCode": code,
            "OutId": letter.reference,
        }
        if variables := template_parameters(template, values):
            parameters["TemplateParam"] = json.dumps(variables, ensure_ascii=False)
        return str(self.aliyun.call("SendSms", parameters, settings, now).get("BizId", ""))
