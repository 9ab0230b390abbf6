"""Stand-ins that refuse what the providers' documents say they refuse.

Each checks requests in its own way from the documents cited in `chalicelib.notify.channels`, with none of the
code under test.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.notify.server import Answer, Request

E164 = re.compile(r"\+[1-9]\d{1,14}")


def told(answer: Mapping[str, Any], status: int = 200) -> Answer:
    return status, json.dumps(answer).encode()


@dataclass
class Trouble:
    """What a stand-in does next instead of its work: an answer each, in order."""

    trouble: list[Answer] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class WeCom(Trouble):
    """POST /cgi-bin/webhook/send?key=, text of at most 2048 bytes."""

    key: str = "633a31f6-7f9c-4bc4-97a0-0ec1eefa589"

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        if request.path != "/cgi-bin/webhook/send" or request.query.get("key") != self.key:
            return told({"errcode": 93000, "errmsg": "invalid webhook url"})
        body = json.loads(request.body.decode("utf-8"))
        content = body.get("text", {}).get("content", "")
        if body.get("msgtype") != "text" or not 0 < len(content.encode()) <= 2048:
            return told({"errcode": 40058, "errmsg": "invalid Request Parameter"})
        self.taken.append(body)
        return told({"errcode": 0, "errmsg": "ok"})


@dataclass
class Feishu(Trouble):
    """POST /open-apis/bot/v2/hook/…, signed with the key `timestamp\\nsecret` over nothing."""

    secret: str = "feishu-secret"
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        body = json.loads(request.body)
        stamp = body.get("timestamp", "")
        mac = hmac.new(f"{stamp}\n{self.secret}".encode(), digestmod=hashlib.sha256)
        fresh = stamp.isdigit() and abs(int(stamp) - self.now.timestamp()) <= 3600
        if not fresh or base64.b64encode(mac.digest()).decode() != body.get("sign"):
            return told(
                {"code": 19021, "data": {}, "msg": "sign match fail or timestamp is not within one hour"}
            )
        if not re.fullmatch(r"/open-apis/bot/v2/hook/[\w-]+", request.path):
            return told(
                {"code": 19001, "data": {}, "msg": "param invalid: incoming webhook access token invalid"}
            )
        if body.get("msg_type") != "text" or not body["content"].get("text") or len(request.body) > 20480:
            return told({"code": 9499, "msg": "Bad Request", "data": {}})
        self.taken.append(body)
        return told({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"})


@dataclass
class DingTalk(Trouble):
    """POST /robot/send?access_token=&timestamp=&sign=, signed with the secret over `timestamp\\nsecret`."""

    token: str = "566cc69da782ec"
    secret: str = "SEC0123456789abcdef"
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        query = request.query
        stamp = query.get("timestamp", "")
        mac = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256)
        fresh = len(stamp) == 13 and abs(int(stamp) / 1000 - self.now.timestamp()) <= 3600
        if not fresh or base64.b64encode(mac.digest()).decode() != query.get("sign"):
            return told({"errcode": 310000, "errmsg": "sign not match"})
        if request.path != "/robot/send" or query.get("access_token") != self.token:
            return told({"errcode": 300001, "errmsg": "token is not exist"})
        body = json.loads(request.body)
        if body.get("msgtype") != "text" or "charset=utf-8" not in request.headers["content-type"]:
            return told({"errcode": 43004, "errmsg": "invalid"})
        self.taken.append(body)
        return told({"errcode": 0, "errmsg": "ok"})


@dataclass
class Aliyun(Trouble):
    """ACS3-HMAC-SHA256 over what was sent, a fresh date, a nonce used once, and each action's rules."""

    host: str = "dysmsapi.aliyuncs.com"
    key_id: str = "LTAI-test"
    secret: str = "aliyun-secret"
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)
    nonces: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        if (refusal := self._refusal(request)) is not None:
            return told({"Code": refusal, "Message": refusal, "RequestId": "r"}, 400)
        action, query = request.headers["x-acs-action"], request.query
        code = {"SendSms": sms_refusal, "IvrCall": call_refusal}[action](query)
        if code is None:
            self.taken.append({"action": action, **query})
        name = {"SendSms": "BizId", "IvrCall": "CallId"}[action]
        return told({"Code": code or "OK", "Message": "…", "RequestId": "r", name: "134523^4351232"})

    def _refusal(self, request: Request) -> str | None:
        headers = request.headers
        match = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if match is None or match[1] != self.key_id:
            return "InvalidAccessKeyId.NotFound"
        names = match[2].split(";")
        must = {"host", *(name for name in headers if name.startswith("x-acs-"))}
        if headers["host"] != self.host or not must <= set(names) or names != sorted(names):
            return "IncompleteSignature"
        if headers["x-acs-content-sha256"] != hashlib.sha256(request.body).hexdigest():
            return "InvalidContentSha256"
        date = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs((date - self.now).total_seconds()) > 900 or headers["x-acs-version"] != "2017-05-25":
            return "InvalidTimeStamp.Expired"
        if (nonce := headers["x-acs-signature-nonce"]) in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(nonce)
        query = "&".join(sorted(request.raw_query.split("&")))
        signed = "".join(f"{name}:{headers[name]}\n" for name in names)
        canonical = "\n".join(
            [request.method, request.path, query, signed, match[2], headers["x-acs-content-sha256"]]
        )
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        good = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        return None if good == match[3] else "SignatureDoesNotMatch"


def sms_refusal(query: Mapping[str, str]) -> str | None:
    """What SendSms refuses."""
    if not re.fullmatch(r"(\+|\+86|0086|86)?1\d{10}|[1-9]\d{5,14}", query.get("PhoneNumbers", "")):
        return "isv.MOBILE_NUMBER_ILLEGAL"
    if query.get("SignName") != "星禾里社区":
        return "isv.SMS_SIGNATURE_ILLEGAL"
    if query.get("TemplateCode") not in ("SMS_1", "SMS_2"):
        return "isv.SMS_TEMPLATE_ILLEGAL"
    if query["TemplateCode"] == "SMS_1" and set(json.loads(query.get("TemplateParam", "{}"))) != {"place"}:
        return "isv.TEMPLATE_MISSING_PARAMETERS"
    return None


def call_refusal(query: Mapping[str, str]) -> str | None:
    """What IvrCall refuses."""
    if not re.fullmatch(r"1\d{10}|0\d{9,11}", query.get("CalledNumber", "")):
        return "isv.INVALID_PARAMETERS"
    if query.get("CalledShowNumber") != "05710000001":
        return "isv.DISPLAY_NUMBER_ILLEGAL"
    if query.get("StartCode") != "TTS_1" or set(json.loads(query.get("StartTtsParams", "{}"))) != {"place"}:
        return "isv.TTS_TEMPLATE_ILLEGAL"
    if query.get("MenuKeyMap.1.Key") != "1" or query.get("MenuKeyMap.1.Code") != "TTS_2":
        return "isv.INVALID_JSON_PARAM"
    if not 1 <= len(query.get("OutId", "")) <= 15 or query.get("PlayTimes") not in ("1", "2", "3"):
        return "isv.INVALID_PARAMETERS"
    return None if query.get("Timeout", "").isdigit() else "isv.INVALID_PARAMETERS"


@dataclass
class Aws(Trouble):
    """SNS's Publish and Connect's StartOutboundVoiceContact, behind Signature Version 4."""

    key_id: str = "AKIATEST"
    secret: str = "aws-secret"

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        if not self._is_signed(request):
            return told({"__type": "SignatureDoesNotMatch"}, 403)
        if request.path == "/contact/outbound-voice" and request.method == "PUT":
            return self._connect(json.loads(request.body))
        return self._sns({name: values[0] for name, values in parse_qs(request.body.decode()).items()})

    def _sns(self, form: dict[str, str]) -> Answer:
        kind = {form.get(f"MessageAttributes.entry.1.{part}") for part in ("Name", "Value.StringValue")}
        good = (
            form.get("Action") == "Publish"
            and form.get("Version") == "2010-03-31"
            and E164.fullmatch(form.get("PhoneNumber", ""))
            and kind == {"AWS.SNS.SMS.SMSType", "Transactional"}
            and form.get("MessageAttributes.entry.1.Value.DataType") == "String"
            and 0 < len(form.get("Message", "")) <= 1600
        )
        if not good:
            return 400, (
                b"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code></Error></ErrorResponse>"
            )
        self.taken.append(form)
        return (
            200,
            b"<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>",
        )

    def _connect(self, call: dict[str, Any]) -> Answer:
        phones = [call.get("DestinationPhoneNumber", ""), call.get("SourcePhoneNumber", "")]
        if call.get("InstanceId") != "i-1" or call.get("ContactFlowId") != "f-1":
            return told({"message": "no such flow", "__type": "ResourceNotFoundException"}, 404)
        if not all(E164.fullmatch(phone) for phone in phones):
            return told({"message": "phone", "__type": "InvalidParameterException"}, 400)
        if not 15 <= call.get("RingTimeoutInSeconds", 15) <= 60 or len(call.get("ClientToken", "")) > 500:
            return told({"message": "range", "__type": "InvalidParameterException"}, 400)
        if call["ClientToken"] not in {c["ClientToken"] for c in self.taken}:
            self.taken.append(call)
        return told({"ContactId": f"contact-of-{call['ClientToken']}"})

    def _is_signed(self, request: Request) -> bool:
        """docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
            r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
            request.headers.get("authorization", ""),
        )
        if found is None or found[1] != self.key_id:
            return False
        names = found[5].split(";")
        lines = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        body = hashlib.sha256(request.body).hexdigest()
        canonical = "\n".join([request.method, request.path, request.raw_query, lines, found[5], body])
        scope = f"{found[2]}/{found[3]}/{found[4]}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest])
        key = f"AWS4{self.secret}".encode()
        for part in (*scope.split("/")[:3], "aws4_request", to_sign):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex() == found[6]


@dataclass
class Receiver(Trouble):
    """A community's webhook: checks our signature, takes each Idempotency-Key once."""

    secret: str = "webhook-secret"
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)
    keys: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        stamp = request.headers.get("shouwang-timestamp", "")
        mac = hmac.new(self.secret.encode(), digestmod=hashlib.sha256)
        mac.update(stamp.encode() + b"." + request.body)
        signed = f"v1={mac.hexdigest()}" == request.headers.get("shouwang-signature")
        if not signed or abs(int(stamp) - self.now.timestamp()) > 300:
            return 401, b""
        if (key := request.headers["idempotency-key"]) not in self.keys:
            self.keys.add(key)
            self.taken.append(json.loads(request.body))
        return 202, b""


@dataclass
class Browser(Trouble):
    """A push service and, behind it, a browser that decrypts (RFC 8030, 8188, 8291, 8292)."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"
    origin: str = ""
    now: datetime = datetime(2026, 1, 15, 12, tzinfo=UTC)
    salts: set[bytes] = field(default_factory=set)

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        """The subscription's keys, as a browser tells them."""
        return {"p256dh": unpadded(self.point), "auth": unpadded(self.auth)}

    def __call__(self, request: Request) -> Answer:
        if self.trouble:
            return self.trouble.pop(0)
        headers = request.headers
        if request.method != "POST" or not headers.get("ttl", "").isdigit():
            return 400, b"TTL"
        if headers.get("content-encoding") != "aes128gcm" or len(request.body) > 4096:
            return 413, b""
        if headers.get("urgency") not in ("very-low", "low", "normal", "high"):
            return 400, b"Urgency"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "x")):
            return 400, b"Topic"
        if not self._identified(headers.get("authorization", "")):
            return 403, b""
        self.taken.append(
            {**json.loads(self.read(request.body)), **{k: headers[k] for k in ("ttl", "topic", "urgency")}}
        )
        return 201, b""

    def _identified(self, authorization: str) -> bool:
        found = re.fullmatch(r"vapid t=([\w.-]+), ?k=([\w-]+)", authorization)
        if found is None:
            return False
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(found[2]))
        options: Any = {"verify_exp": False}
        claims = jwt.decode(found[1], key, algorithms=["ES256"], audience=self.origin, options=options)
        life = claims["exp"] - self.now.timestamp()
        return 0 < life <= 86400 and str(claims["sub"]).startswith(("mailto:", "https:"))

    def read(self, body: bytes) -> bytes:
        """Decrypt a message with nothing but the RFCs' own steps."""
        salt, size, idlen = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + idlen], body[21 + idlen :]
        if salt in self.salts or idlen != 65 or len(sealed) > size:
            raise AssertionError("a salt is used once, a key id is a point, one record is all")
        self.salts.add(salt)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), point)
        first = hmac.new(self.auth, shared, hashlib.sha256).digest()
        keying = hmac.new(first, b"WebPush: info\0" + self.point + sender + b"\1", hashlib.sha256).digest()
        second = hmac.new(salt, keying, hashlib.sha256).digest()
        key = hmac.new(second, b"Content-Encoding: aes128gcm\0\1", hashlib.sha256).digest()[:16]
        nonce = hmac.new(second, b"Content-Encoding: nonce\0\1", hashlib.sha256).digest()[:12]
        text, delimiter, _ = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\2")
        assert delimiter
        return text


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
