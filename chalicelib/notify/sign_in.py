"""One-time codes by SMS. Not through the notifier: a code must lie in no inbox and in no delivery log."""

from base64 import b32encode
from collections.abc import Callable, Mapping
from datetime import datetime
from secrets import token_bytes

from chalicelib.notify.addresses import AddressBook
from chalicelib.notify.courier import Courier, DeliveryError, Letter, ProviderDownError, UnclearError
from chalicelib.notify.model import Address, Channel, Message, Words

KIND = "sign_in"
"""What a provider's template for codes is called; its variable is `code`."""
TRIES = 2
_TEXTS = {
    "zh-CN": ("登录验证码 {code}", "5分钟内有效。工作人员不会向您要它，请别告诉任何人。"),
    "en": ("{code} is your code", "Good for 5 minutes. We never ask you for it; please tell nobody."),
}


class CodePost:
    """Hands codes to a community's SMS provider: the accounts' `Post`."""

    def __init__(
        self,
        book: AddressBook,
        couriers: Mapping[str, Courier],
        *,
        references: Callable[[], str] = lambda: b32encode(token_bytes(10)).decode().lower()[:15],
    ) -> None:
        self._book = book
        self._couriers = couriers
        self._references = references

    def send_code(self, community: str, phone: str, code: str, *, language: str, now: datetime) -> bool:
        """Whether a provider took it, or may have. A provider that is down is asked twice."""
        habits = self._book.habits(community)
        courier = self._couriers.get(habits.sms)
        if courier is None:
            return False
        message = Message(f"{KIND}-{self._references()}", community, "", 1, KIND, code_words(code), code=code)
        letter = Letter(message, message.in_language(language), language, self._references())
        to = Address(Channel.SMS, habits.sms, phone, habits.sms_secret)
        for _ in range(TRIES):
            try:
                courier.send(letter, to, now)
            except ProviderDownError:
                continue
            except UnclearError:  # it may have been sent; twice would cost twice
                return True
            except DeliveryError:
                return False
            return True
        return False


def code_words(code: str) -> dict[str, Words]:
    """What the SMS says, in every language."""
    return {language: Words(title.format(code=code), body, "") for language, (title, body) in _TEXTS.items()}
