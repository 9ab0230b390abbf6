"""Phone numbers as people type them, in E.164; and the names of internet addresses.

Numbers are read by Google's libphonenumber (phonenumberslite), imported only when a number is to be read.
"""

from ipaddress import IPv6Address, ip_address

from chalicelib.kernel.errors import RefusedError
from chalicelib.kernel.ids import digest
from chalicelib.kernel.phones import international

HOME_REGION = "CN"
"""Where a number without a country is from."""
LONGEST = 40
IPV6_HOME_BITS = 64
"""One home or phone has as many IPv6 addresses as it likes within this prefix."""


def e164(text: str, *, region: str = HOME_REGION, pointer: str = "/phone") -> str:
    """A phone number in E.164 (`+8613800138000`). Raises RefusedError for what is none."""
    import phonenumbers

    try:
        number = phonenumbers.parse(international(text[:LONGEST]), region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise RefusedError(
            "This is no phone number, such as +86 138 0013 8000.", pointer=pointer, zh="这不是电话号码。"
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def address_name(address: str) -> str:
    """The name under which the calls of one internet address, or one IPv6 /64, are counted together."""
    try:
        told = ip_address(address)
    except ValueError:
        return digest("address", "unknown")
    if isinstance(told, IPv6Address):
        told = IPv6Address(int(told) >> (128 - IPV6_HOME_BITS) << (128 - IPV6_HOME_BITS))
    return digest("address", str(told))
