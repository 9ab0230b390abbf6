"""Web Push's cryptography: RFC 8291 (aes128gcm, RFC 8188) and RFC 8292 (VAPID, ES256).

`cryptography` is imported where it is used: most functions never push.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.kernel.clock import epoch
from chalicelib.notify.courier import UndeliverableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

RECORD = 4096
"""One record is all that a push service must take (RFC 8291, section 4)."""
LONGEST = RECORD - 86 - 17
"""What fits: the record less the header (16 + 4 + 1 + 65), the padding delimiter and the tag."""
POINT, AUTH = 65, 16
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2, section 2.4.2)."""
TOKEN_LIFE = timedelta(hours=12)
"""Push services refuse tokens that live longer than 24 hours (RFC 8292, section 2)."""


def encrypted(
    text: bytes, *, p256dh: str, auth: str, salt: bytes, ephemeral: "EllipticCurvePrivateKey"
) -> bytes:
    """A push message's body (RFC 8291, sections 3.4 and 4). `salt` has 16 random bytes, `ephemeral` is a new
    key; both are used once. Raises UndeliverableError for a subscription's wrong keys.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(text) > LONGEST:
        raise UndeliverableError(f"A push message has at most {LONGEST} bytes.")
    theirs, secret = _unpadded(p256dh), _unpadded(auth)
    try:
        receiver = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    except ValueError as error:
        raise UndeliverableError("The subscription's p256dh is no point of P-256.") from error
    ours = _point(ephemeral)
    shared = ephemeral.exchange(ec.ECDH(), receiver)
    keying = _hkdf(secret, shared, b"WebPush: info\0" + theirs + ours, 32)
    key = _hkdf(salt, keying, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, keying, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + len(ours).to_bytes(1, "big") + ours
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)  # 2 delimits the last record


def vapid(origin: str, *, private_key: str, subject: str, now: datetime) -> str:
    """The Authorization header for a push service's origin (RFC 8292, section 3).

    `private_key` is the 32-byte key in base64url, `subject` a mailto: or https: URL; empty, nobody is named.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key = ec.derive_private_key(int.from_bytes(_unpadded(private_key), "big"), ec.SECP256R1())
    claims: dict[str, str | int] = {"aud": origin, "exp": epoch(now + TOKEN_LIFE)}
    claims |= {"sub": subject} if subject else {}
    head = _b64(_json({"typ": "JWT", "alg": "ES256"})) + "." + _b64(_json(claims))
    r, s = decode_dss_signature(key.sign(head.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"vapid t={head}.{_b64(signature)}, k={_b64(_point(key))}"


def must_be_keys(p256dh: str, auth: str) -> None:
    """Nothing, when a subscription's keys are a point of P-256 and 16 bytes (RFC 8291, sections 2 and 3.1).

    Raises UndeliverableError.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    point = _unpadded(p256dh)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise UndeliverableError("The subscription's p256dh is no point of P-256.") from error
    if len(point) != POINT or len(_unpadded(auth)) != AUTH:
        raise UndeliverableError("The subscription's p256dh has 65 bytes and its auth 16.")


def derived_key(seed: str) -> str:
    """The private key, as in `vapid`, that a deployment's random seed stands for: the same one each time.

    FIPS 186-5, A.2.1: 128 bits more than the order's are reduced, so that no key is likelier than another.
    """
    raw = int.from_bytes(_hkdf(b"", seed.encode(), b"shouwang: vapid, p-256", 48), "big")
    return _b64((raw % (_ORDER - 1) + 1).to_bytes(32, "big"))


def public_key(private_key: str) -> str:
    """What a page hands to `pushManager.subscribe` as applicationServerKey: the point, in base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return _b64(_point(ec.derive_private_key(int.from_bytes(_unpadded(private_key), "big"), ec.SECP256R1())))


def new_key() -> "EllipticCurvePrivateKey":
    """A new P-256 key."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _hkdf(salt: bytes, keying: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(hashes.SHA256(), length, salt, info).derive(keying)


def _point(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _json(told: Mapping[str, str | int]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _unpadded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise UndeliverableError("A key is no base64url.") from error
