"""A signed webhook, for whatever a community runs itself.

POST of a JSON object, signed as `chalicelib.notify.signatures` says, with the message's reference in
`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a receiver that keeps it takes each once. The
secret is `{"url": "https://…", "secret": "…"}`. Any 2xx is taken as received.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.kernel.clock import rfc3339
from chalicelib.notify.channels.web import GetSecret, Web, checked, must_be_https, must_have, opened
from chalicelib.notify.courier import Letter
from chalicelib.notify.model import Address
from chalicelib.notify.signatures import signed

PROVIDER = "webhook"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts messages to a community's own URL."""

    web: Web
    get_secret: GetSecret
    allowed: Callable[[str], str] = must_be_https
    dedupes: bool = True
    proves_within: timedelta | None = None

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """POST it. Raises DeliveryError."""
        url, secret = must_have(opened(self.get_secret, to.secret), "url", "secret")
        body = json.dumps(_told(letter, now), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f'"{letter.reference}"',
            **signed(body, key=secret, now=now),
        }
        checked(self.web.post(self.allowed(url), body, headers))
        return letter.reference


def _told(letter: Letter, now: datetime) -> dict[str, str | int]:
    message = letter.message
    return {
        "key": message.key,
        "community": message.community,
        "person": message.person,
        "severity": message.severity,
        "kind": message.kind,
        "alarm": message.alarm,
        "language": letter.language,
        "title": letter.words.title,
        "body": letter.words.body,
        "sent_at": rfc3339(now),
    }
