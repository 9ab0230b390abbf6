"""The other way of a press: a small message on the urgent queue, for when the table can't be written.

    {"one_key": 1, "press": "…", "at": 1768478400, "channel": "page", "session": "good", "kind": "call",
     "community": "xinghe", "resident": "r1", "household": "", "phone": "", "origin": "…",
     "told_at": 1768478399,
     "location": {"latitude_e6": 36061089, "longitude_e6": 103834303, "accuracy_m": 20, "at": 1768478400}}

`one_key` tells it from what the IoT rule sends, and is the envelope's version. `told_at`, `origin` and
`location` may be missing.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.errors import RefusedError
from chalicelib.onekey.items import location_item, press_item, stored_location, stored_press
from chalicelib.onekey.model import Asked, PressKind
from chalicelib.onekey.service import LaneDownError

VERSION = 1
_QUICK = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})


def letter(asked: Asked) -> str:
    """A press as a message."""
    pressed = press_item(asked.press)
    told = {
        "one_key": VERSION,
        "press": pressed.pop("id"),
        **pressed,
        "kind": asked.kind.value,
        "community": asked.community,
        "resident": asked.resident,
        "household": asked.household,
        "phone": asked.phone,
        "origin": asked.origin,
    }
    if asked.location is not None:
        told["location"] = location_item(asked.location)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def is_letter(body: str) -> bool:
    """Whether a message on the urgent queue is a press, rather than what the IoT rule sends."""
    return body.startswith('{"one_key":')


def read_letter(body: str) -> Asked:
    """The press in a message. Raises RefusedError."""
    try:
        told: dict[str, Any] = json.loads(body)
        if told["one_key"] != VERSION:
            raise RefusedError(f"This is a one-key message of version {told['one_key']}, not {VERSION}.")
        return Asked(
            press=stored_press({**told, "id": told["press"]}),
            kind=PressKind(told["kind"]),
            community=str(told["community"]),
            resident=str(told["resident"]),
            household=str(told["household"]),
            phone=str(told["phone"]),
            location=stored_location(told.get("location")),
            origin=str(told.get("origin", "")),
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as error:
        raise RefusedError(f"This is no one-key message: {error!r}") from error


@dataclass(slots=True)
class SqsLane:
    """The urgent queue on SQS. The client is made when it is needed, which is hardly ever."""

    url: str
    _client: Any = field(default=None)

    def send(self, asked: Asked) -> None:
        try:
            if self._client is None:
                self._client = botocore.session.get_session().create_client("sqs", config=_QUICK)
            self._client.send_message(QueueUrl=self.url, MessageBody=letter(asked))
        except (BotoCoreError, ClientError) as error:
            raise LaneDownError("The urgent queue can't be reached.") from error
