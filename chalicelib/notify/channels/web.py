"""How couriers speak to providers: short timeouts, no redirects, and failures in our own words.

HTTP goes through botocore's session (urllib3), which every Lambda of ours has already. What an error says
never contains the URL, since some providers' URLs are credentials.
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError

from chalicelib.notify.courier import ProviderDownError, UnclearError, UndeliverableError

CONNECT_SECONDS = 3
READ_SECONDS = 5
GetSecret = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider answered."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises UnclearError for anything else."""
        try:
            told = json.loads(self.body)
        except ValueError as error:
            raise UnclearError(f"The provider answered {self.status} without JSON.") from error
        if not isinstance(told, dict):
            raise UnclearError(f"The provider answered {self.status} without a JSON object.")
        return told


class Web(Protocol):
    """POSTs to a provider."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Raises ProviderDownError when nothing was sent, UnclearError when that isn't known."""


class BotocoreWeb:
    """The web as botocore's HTTP session reaches it. It follows no redirects."""

    def __init__(self, *, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS) -> None:
        self._session = URLLib3Session(timeout=(connect, read))

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        request = AWSRequest(method="POST", url=url, data=body, headers=dict(headers)).prepare()
        with translated():
            answer = self._session.send(request)
            return Reply(answer.status_code, answer.content)


def checked(reply: Reply, *, gone: Container[int] = ()) -> Reply:
    """The reply, when it is a 2xx.

    Raises ProviderDownError (429, 5xx) or UndeliverableError; `gone` lists what means that an address ended.
    """
    if 200 <= reply.status < 300:
        return reply
    if reply.status in (408, 425, 429) or reply.status >= 500:
        raise ProviderDownError(f"The provider answered {reply.status}.")
    raise UndeliverableError(f"The provider answered {reply.status}.", gone=reply.status in gone)


@contextmanager
def translated() -> Iterator[None]:
    """Turns botocore's errors into ours, without the URLs that they quote."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 or status == 429 or "Throttl" in code or "Limit" in code:
            raise ProviderDownError(f"AWS answered {code}.") from None
        raise UndeliverableError(f"AWS answered {code}.") from None
    except (ConnectTimeoutError, EndpointConnectionError, SSLError) as error:
        raise ProviderDownError(f"The provider can't be reached: {type(error).__name__}.") from None
    except (HTTPClientError, ResponseParserError) as error:
        raise UnclearError(f"The provider didn't answer: {type(error).__name__}.") from None
    except BotoCoreError as error:
        raise UndeliverableError(f"The provider can't be asked: {type(error).__name__}.") from None


def opened(get_secret: GetSecret, name: str) -> dict[str, Any]:
    """A secret that is a JSON object. Raises ProviderDownError when it can't be fetched now,
    UndeliverableError when it isn't one.
    """
    try:
        text = get_secret(name)
    except (BotoCoreError, ClientError) as error:
        raise ProviderDownError(f"Secret '{name}' can't be fetched: {type(error).__name__}.") from error
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise UndeliverableError(f"Secret '{name}' is no JSON object.")
    return told


def must_have(settings: Mapping[str, Any], *names: str) -> list[str]:
    """Settings that must be there as text. Raises UndeliverableError."""
    values = [settings.get(name) for name in names]
    missing = [
        name for name, value in zip(names, values, strict=True) if not isinstance(value, str) or not value
    ]
    if missing:
        raise UndeliverableError(f"The provider's secret lacks {', '.join(missing)}.")
    return [str(value) for value in values]


def must_be_https(url: str) -> str:
    """The URL, when it is one of https. Raises UndeliverableError."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise UndeliverableError("The address must be an https URL.")
    return url


def any_url(url: str) -> str:
    """Any URL, for stand-ins on this machine."""
    return url
