"""The two queues behind the IoT rules.

Telemetry comes in batches; a flood of it never delays the urgent lane.
"""

import json
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from chalice.app import Blueprint, SQSEvent, SQSRecord

from chalicelib import wiring
from chalicelib.kernel import clock
from chalicelib.kernel.errors import ShouwangError
from chalicelib.kernel.observe import count, observed
from chalicelib.telemetry.messages import UnreadableError
from chalicelib.telemetry.model import Envelope, Reason

triggers = Blueprint(__name__)


@triggers.on_sqs_message(
    queue="telemetry", name="telemetry", batch_size=100, maximum_batching_window_in_seconds=5
)
@observed
def telemetry(event: SQSEvent) -> dict[str, Any]:
    """Take a batch of telemetry."""
    return take(event)


@triggers.on_sqs_message(queue="urgent", name="urgent", batch_size=10)
@observed
def urgent(event: SQSEvent) -> dict[str, Any]:
    """Take what can't wait: what devices say, and presses that found the store closed."""
    devices = [record for record in event if not wiring.onekey.is_press(record.body)]
    letters = [record for record in event if wiring.onekey.is_press(record.body)]
    answer = take(devices)
    for record in letters:
        try:
            wiring.onekey.take_up(record.body, now=clock.now())
        except ShouwangError:
            answer["batchItemFailures"].append({"itemIdentifier": record.to_dict()["messageId"]})
    return answer


def take(event: Iterable[SQSRecord]) -> dict[str, Any]:
    """Hand a batch to the ingest, and tell SQS which of its messages to deliver again."""
    batch = {record.to_dict()["messageId"]: _envelope(record) for record in event}
    intake = wiring.telemetry.ingest().take(batch, now=clock.now())
    count("Messages", intake.stored)
    count("Samples", intake.samples)
    for reason, times in intake.refused.items():
        count(f"Refused_{reason}", times)
    return {"batchItemFailures": [{"itemIdentifier": delivery} for delivery in intake.failed]}


def _envelope(record: SQSRecord) -> Envelope | UnreadableError:
    try:
        told = json.loads(record.body)
        community, device = str(told["community"]), str(told["device"])
        if not community or not device:  # a topic such as `shouwang//x/telemetry`; no key may be empty
            raise ValueError("a level of the topic is empty")
        return Envelope(
            raw=b64decode(told["raw"], validate=True),
            client_id=str(told["client_id"]),
            community=community,
            device=device,
            received_at=clock.from_epoch_ms(int(told["received_at"])),
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as error:
        return UnreadableError(Reason.NOT_AN_ENVELOPE, f"Not what the IoT rule sends: {error!r}")
