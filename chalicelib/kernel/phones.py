"""Phone numbers as names."""

from chalicelib.kernel.ids import digest


def phone_name(phone: str) -> str:
    """The name under which a number (E.164) is looked up and counted: keys of items hold no numbers."""
    return digest("phone", phone)
