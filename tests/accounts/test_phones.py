"""One phone is one number, be it typed at the login, imported, or told by a telephone system."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from chalicelib.accounts.phones import e164
from chalicelib.kernel.phones import international
from chalicelib.onekey.model import dialled
from chalicelib.registry.sheets import phone

DIALLED_FROM_ABROAD = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL)
KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)


def examples() -> list[tuple[str, str]]:
    """How libphonenumber writes its example numbers, and what they are; Chinese ones as at home, too."""
    found: list[tuple[str, str]] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in KINDS:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            is_number = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            ways = (*DIALLED_FROM_ABROAD, *([PhoneNumberFormat.NATIONAL] if region == "CN" else []))
            found += [(phonenumbers.format_number(number, way), is_number) for way in ways]
    return found


def test_libphonenumber_and_ours_read_alike() -> None:
    odd = [(w, n) for w, n in examples() if not international(w) == n == e164(w) == dialled(w)]
    assert not odd


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013-8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("+86 13800138000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("0931-123 4567", "+869311234567"),
        ("(0931) 1234567", "+869311234567"),
        ("＋86（0931）1234567", "+869311234567"),
        ("+86 (0)931 1234567", "+869311234567"),
        ("400-100-8888", "+864001008888"),
        ("00852 6123 4567", "+85261234567"),
    ],
)
def test_one_number_however_it_is_written_and_whoever_reads_it(written: str, number: str) -> None:
    narrow = written.replace("＋", "+")
    assert {international(written), phone(written), e164(written)} == {number}
    if narrow.isascii():  # a telephone system tells no others
        assert dialled(narrow) == number


@given(st.text(max_size=30))
def test_reading_again_changes_nothing(text: str) -> None:
    assert international(international(text)) == international(text)


@given(st.sampled_from([number for _, number in examples()]))
def test_a_number_stays_as_it_is(number: str) -> None:
    assert international(number) == number
