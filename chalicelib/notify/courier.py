"""What a channel's adapter is to the notifier, and the ways in which it can fail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.kernel.errors import ShouwangError
from chalicelib.notify.model import Address, Message, Words


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in its reader's language. `reference` is the same for each try at one address, 15 characters
    that nobody can guess, and comes back in a provider's reports.
    """

    message: Message
    words: Words
    language: str
    reference: str


class Courier(Protocol):
    """Hands messages to one provider."""

    @property
    def dedupes(self) -> bool:
        """Whether the provider takes one reference once, so that a repeated try can't arrive twice."""

    @property
    def proves_within(self) -> timedelta | None:
        """How soon the provider reports an arrival; None if it never does."""

    def send(self, letter: Letter, to: Address, now: datetime) -> str:
        """Hand over a letter; the provider's name for it, or empty. Raises DeliveryError."""


class DeliveryError(ShouwangError):
    """A provider didn't take a message."""

    code = "not_delivered"


class ProviderDownError(DeliveryError):
    """It did not take it now; it may in a moment. Nothing was sent."""


class UnclearError(DeliveryError):
    """It got the request and didn't say what it did with it: it may or may not have been sent."""


class UndeliverableError(DeliveryError):
    """It will never take it: a wrong address, credential or template. `gone` says the address ended."""

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone
