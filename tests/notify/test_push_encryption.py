"""Web Push's cryptography against the RFC's own example and a receiver of another make."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.notify.channels.push_encryption import LONGEST, encrypted, new_key, vapid
from chalicelib.notify.courier import UndeliverableError
from tests.builders import NOON
from tests.notify.standins import Browser, padded, unpadded

# RFC 8291, section 5 and appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
    "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(padded(text), "big"), ec.SECP256R1())


def test_the_rfcs_example_byte_for_byte() -> None:
    body = encrypted(PLAINTEXT, p256dh=P256DH, auth=AUTH, salt=padded(SALT), ephemeral=key(SENDER))
    assert unpadded(body) == BODY


def test_the_stand_ins_browser_reads_the_rfcs_example() -> None:
    assert Browser(private=key(RECEIVER), auth=padded(AUTH)).read(padded(BODY)) == PLAINTEXT


@pytest.mark.parametrize("text", [b"", "守望".encode(), b"\x02" * 10, b"x" * LONGEST])
def test_what_is_encrypted_is_read(text: bytes) -> None:
    browser = Browser()
    body = encrypted(text, **browser.keys, salt=b"s" * 16, ephemeral=new_key())
    assert browser.read(body) == text
    assert len(body) <= 4096


def test_a_longer_text_does_not_fit() -> None:
    with pytest.raises(UndeliverableError):
        encrypted(b"x" * (LONGEST + 1), **Browser().keys, salt=b"s" * 16, ephemeral=new_key())


@pytest.mark.parametrize("p256dh", ["", "AAAA", "é", unpadded(b"\x04" + bytes(64))])
def test_a_subscription_with_nonsense_for_keys_is_undeliverable(p256dh: str) -> None:
    with pytest.raises(UndeliverableError):
        encrypted(b"x", p256dh=p256dh, auth=AUTH, salt=b"s" * 16, ephemeral=new_key())


def test_a_push_service_can_tell_who_sends() -> None:
    told = vapid("https://push.example.net", private_key=SENDER, subject="mailto:a@b.example", now=NOON)
    scheme, _, rest = told.partition(" ")
    token, k = (part.partition("=")[2] for part in rest.split(", "))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(k))
    claims = jwt.decode(
        token, public, algorithms=["ES256"], audience="https://push.example.net",
        options={"verify_exp": False},
    )  # fmt: skip
    assert (scheme, claims["sub"]) == ("vapid", "mailto:a@b.example")
    assert 0 < claims["exp"] - NOON.timestamp() <= 24 * 3600
