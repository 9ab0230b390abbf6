"""Calling Aliyun's RPC interfaces, signed with ACS3-HMAC-SHA256 (signature method V3; V2 is discontinued).

Source: help.aliyun.com and alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature.
Parameters travel in the query of a POST with an empty body; the canonical request is method, URI, query,
headers, their names, and the body's SHA-256; the string to sign is `ACS3-HMAC-SHA256` and the canonical
request's SHA-256; the signature is its HMAC-SHA256 in hex. The page's own example is among the tests.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from chalicelib.notify import texts
from chalicelib.notify.channels.web import Reply, Web, must_have
from chalicelib.notify.courier import ProviderDownError, UndeliverableError

ALGORITHM = "ACS3-HMAC-SHA256"
TRY_LATER = (
    "Throttling", "ServiceUnavailable", "InternalError", "isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_TIMEOUT",
    "isp.GATEWAY_ERROR", "isv.CONCURRENT",
)  # fmt: skip
"""Beginnings of the codes that mean: not now."""

DEFAULT, NOTICE = "default", "notice"


@dataclass(frozen=True, slots=True)
class Interface:
    """One of Aliyun's products: its host and the version of its interface."""

    host: str
    version: str


SMS = Interface("dysmsapi.aliyuncs.com", "2017-05-25")
VOICE = Interface("dyvmsapi.aliyuncs.com", "2017-05-25")


@dataclass(frozen=True, slots=True)
class Aliyun:
    """Calls an interface. `base` replaces `https://<host>`, for stand-ins."""

    web: Web
    interface: Interface
    nonce: Callable[[], str]
    base: str = ""

    def call(
        self, action: str, parameters: Mapping[str, str], settings: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Do it. Raises DeliveryError unless Aliyun says that it is OK."""
        key_id, secret = must_have(settings, "access_key_id", "access_key_secret")
        query = canonical_query(parameters)
        headers = {
            "host": self.interface.host,
            "x-acs-action": action,
            "x-acs-version": self.interface.version,
            "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self.nonce(),
            "x-acs-content-sha256": sha256(b"").hexdigest(),
        }
        headers["Authorization"] = authorization(query, headers, key_id=key_id, secret=secret)
        url = f"{self.base or 'https://' + self.interface.host}/?{query}"
        return _must_be_ok(self.web.post(url, b"", headers))


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Parameters sorted by name, percent-encoded as RFC 3986 says."""
    pairs = sorted(parameters.items())
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


def authorization(query: str, headers: Mapping[str, str], *, key_id: str, secret: str) -> str:
    """The Authorization header of a POST to `/` with an empty body; `headers` have lower-case names."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", query, lines, names, headers["x-acs-content-sha256"]])
    to_sign = f"{ALGORITHM}\n{sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(secret.encode(), to_sign.encode(), sha256).hex()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"


def domestic(phone: str) -> str:
    """A mainland number without +86, any other with its country's code alone, as Aliyun wants them."""
    return phone[3:] if phone.startswith("+86") else phone.removeprefix("+")


def template_parameters(template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """Those values that an approved template has variables for. Raises UndeliverableError."""
    names = template.get("params", [])
    if not isinstance(names, list) or any(name not in values for name in names):
        raise UndeliverableError("A template wants a variable that messages don't have.")
    return {name: values[name] for name in names}


def template_of(settings: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The approved template for a kind of message, or the one for all of its sort. Raises UndeliverableError.

    `default` has the words of a call for help, `notice` those of news that the app tells. What must sound
    like neither has a template of its own or isn't sent.
    """
    templates, usual = settings.get("templates"), usual_template(kind)
    found = templates.get(kind, templates.get(usual)) if isinstance(templates, dict) else None
    if not isinstance(found, dict):
        raise UndeliverableError(f"There is no template for '{kind}', and no '{usual or kind}' one.")
    return found


def usual_template(kind: str) -> str:
    """The template that stands in for a kind without one of its own; empty where none may."""
    if kind in texts.NEVER_ALARMING:
        return ""
    return NOTICE if kind in texts.NOTICES else DEFAULT


def _must_be_ok(reply: Reply) -> dict[str, Any]:
    if reply.status >= 500 or reply.status == 429:
        raise ProviderDownError(f"Aliyun answered {reply.status}.")
    told = reply.json()
    code = str(told.get("Code", ""))
    if code == "OK":
        return told
    if code.startswith(TRY_LATER):
        raise ProviderDownError(f"Aliyun answered {code}.")
    raise UndeliverableError(f"Aliyun answered {reply.status} {code}.")
