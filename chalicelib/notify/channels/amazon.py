"""SMS through Amazon SNS and calls through Amazon Connect. AWS China has neither: there it is Aliyun.

SNS (docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html; Publish, 2010-03-31): PhoneNumber in E.164,
Message, and the attribute AWS.SNS.SMS.SMSType = Transactional. It returns a MessageId, knows no dedupe token
for SMS, and tells of deliveries in CloudWatch Logs only, so here they count as unproven.

Connect (docs.aws.amazon.com/connect/latest/APIReference/API_StartOutboundVoiceContact.html): ClientToken
makes it idempotent for 7 days while the call is up ("if the contact is disconnected, a new contact is
started"). The flow reads the attribute `spoken` (language in `language`) with text-to-speech, stores what is
pressed, and has a Lambda function POST `{"reference", "digit", "answered"}` to `/v1/callbacks/voice/connect`,
signed as `chalicelib.notify.signatures` says. The secret: `{"instance_id", "contact_flow_id",
"source_phone_number"}`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

from chalicelib.notify.channels.web import (
    CONNECT_SECONDS,
    READ_SECONDS,
    GetSecret,
    must_have,
    opened,
    translated,
)
from chalicelib.notify.courier import Letter, UndeliverableError
from chalicelib.notify.model import Address

SNS = "sns"
CONNECT = "connect"
RING_SECONDS = 45


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """A client that gives up soon and repeats nothing: the notifier does that."""
    config = Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}
    )
    return botocore.session.get_session().create_client(service, endpoint_url=endpoint, config=config)


@dataclass(frozen=True, slots=True)
class SnsSms:
    """Sends SMS. The sender's name, where a country shows one, is set for the account."""

    client: Callable[[], Any] = lambda: client("sns")
    dedupes: bool = False
    proves_within: timedelta | None = None

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Send it; returns the MessageId. Raises DeliveryError."""
        kind = {"DataType": "String", "StringValue": "Transactional"}
        with translated():
            answer = self.client().publish(
                PhoneNumber=to.to,
                Message=f"{letter.words.title}\n{letter.words.body}",
                MessageAttributes={"AWS.SNS.SMS.SMSType": kind},
            )
        return str(answer["MessageId"])


@dataclass(frozen=True, slots=True)
class ConnectVoice:
    """Rings phones."""

    get_secret: GetSecret
    client: Callable[[], Any] = lambda: client("connect")
    dedupes: bool = True
    proves_within: timedelta | None = timedelta(seconds=75)

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Ring; returns the ContactId. Raises DeliveryError."""
        settings = opened(self.get_secret, to.secret)
        instance, flow, source = must_have(settings, "instance_id", "contact_flow_id", "source_phone_number")
        if not to.to.startswith("+"):
            raise UndeliverableError("Connect wants a phone number in E.164.")
        with translated():
            answer = self.client().start_outbound_voice_contact(
                InstanceId=instance,
                ContactFlowId=flow,
                SourcePhoneNumber=source,
                DestinationPhoneNumber=to.to,
                ClientToken=letter.reference,
                RingTimeoutInSeconds=RING_SECONDS,
                Attributes={
                    "reference": letter.reference,
                    "spoken": letter.words.spoken,
                    "language": letter.language,
                    "kind": letter.message.kind,
                },
            )
        return str(answer["ContactId"])
