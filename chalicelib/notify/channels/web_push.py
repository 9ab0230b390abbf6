"""Web Push to browsers and installed pages: RFC 8030, encrypted (RFC 8291), identified (RFC 8292).

POST to the subscription's endpoint with TTL, Urgency and Topic (RFC 8030, sections 5.2–5.4); 201 is taken,
404 and 410 mean that the subscription ended, 413 that it is too large, 429 too often. A repeated try has the
same Topic, by which the service replaces one that it still holds. It never proves that anyone saw it. The
deployment's secret is `{"seed": "<random text>", "subject": "mailto:…"}`, from which the key is derived, or
brings a key of its own: `{"private_key": "<32 bytes, base64url>", "subject": …}`. Apple's service wants the
subject, others go without.

An endpoint comes from a browser, so only the push services' own hosts are spoken to. Google's isn't
reachable in mainland China, where push works through Mozilla's, Microsoft's and Apple's at most.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.notify.channels.push_encryption import derived_key, encrypted, new_key, vapid
from chalicelib.notify.channels.web import GetSecret, Web, checked, must_be_https, must_have, opened
from chalicelib.notify.courier import Letter, UndeliverableError
from chalicelib.notify.model import Address

PROVIDER = "web_push"
HOSTS = ("fcm.googleapis.com", ".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")
URGENCY = {1: "high", 2: "high", 3: "normal"}
TTL_SECONDS = {1: 600, 2: 3600, 3: 86400}
"""How long a service holds a message for a device that is off: an old alarm helps nobody."""


def must_be_push_service(url: str) -> str:
    """The URL, when it is a known push service's. Raises UndeliverableError."""
    host = urlsplit(must_be_https(url)).hostname or ""
    if not any(host == known or (known.startswith(".") and host.endswith(known)) for known in HOSTS):
        raise UndeliverableError("The endpoint is no known push service's.")
    return url


@dataclass(frozen=True, slots=True)
class WebPush:
    """Pushes to browsers. `secret` names the deployment's VAPID key."""

    web: Web
    get_secret: GetSecret
    secret: str
    allowed: Callable[[str], str] = must_be_push_service
    dedupes: bool = True
    proves_within: timedelta | None = None

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Push it. Raises DeliveryError; `gone` when the subscription ended."""
        url, severity = self.allowed(to.to), letter.message.severity
        private_key, subject = identity(opened(self.get_secret, self.secret))
        p256dh, auth = must_have(to.keys, "p256dh", "auth")
        body = encrypted(_told(letter), p256dh=p256dh, auth=auth, salt=os.urandom(16), ephemeral=new_key())
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        headers = {
            "Authorization": vapid(origin, private_key=private_key, subject=subject, now=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_SECONDS[severity]),
            "Urgency": URGENCY[severity],
            "Topic": letter.reference,
        }
        checked(self.web.post(url, body, headers), gone=(404, 410))
        return letter.reference


def identity(secret: Mapping[str, Any]) -> tuple[str, str]:
    """The private key and the subject that a deployment's secret stands for. Raises UndeliverableError."""
    subject = str(secret.get("subject", ""))
    if secret.get("private_key"):
        return str(secret["private_key"]), subject
    (seed,) = must_have(secret, "seed")
    return derived_key(seed), subject


def _told(letter: Letter) -> bytes:
    message = letter.message
    told = {
        "title": letter.words.title,
        "body": letter.words.body,
        "key": message.key,
        "kind": message.kind,
        "severity": message.severity,
        "alarm": message.alarm,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
