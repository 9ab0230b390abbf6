"""Phone numbers: the one way in which they are written (E.164), and their names. Pure.

Everywhere that a number is typed, imported or told by a telephone system it is first read here, so that one
phone is one number wherever it came from. The login also asks libphonenumber whether there can be such a
number; a test holds the two to one reading.
"""

import re

from chalicelib.kernel.ids import digest

COUNTRY = "86"
"""Of numbers that don't name theirs."""
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width signs, as Chinese keyboards write them."""
_MARKS = re.compile(r"[\s\-()./·‐-―]")
_OF_CHINA = re.compile(r"1\d{10}|[48]00\d{7}", re.ASCII)
"""Mobile and service numbers, which are written without an area code."""
_MOBILE_WITH_COUNTRY = re.compile(COUNTRY + r"1\d{10}", re.ASCII)
_TRUNK = f"+{COUNTRY}0"


def international(text: str) -> str:
    """A number as E.164 writes it (`+8613800000000`), as far as it can be told from what was written.

    A Chinese mobile number, and a landline with its area code, are given their country; blanks, dashes,
    brackets and full-width digits don't matter. What can't be told is left as it is, without those marks.
    """
    plain = _MARKS.sub("", text.translate(_NARROW))
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("0"):
        plain = f"+{COUNTRY}{plain[1:]}"
    elif _OF_CHINA.fullmatch(plain):
        plain = f"+{COUNTRY}{plain}"
    elif _MOBILE_WITH_COUNTRY.fullmatch(plain):
        plain = f"+{plain}"
    return f"+{COUNTRY}{plain[len(_TRUNK) :].lstrip('0')}" if plain.startswith(_TRUNK) else plain


def phone_name(phone: str) -> str:
    """The name under which a number (E.164) is looked up and counted: keys of items hold no numbers."""
    return digest("phone", phone)
