"""Whether the three mends hold, asked from outside at every start. A cloud that fails one is not used."""

import io
import json
import socket
import ssl
import time
import urllib.request
import zipfile
from pathlib import Path
from uuid import uuid4

from infra.embedded.deploy import Clients
from infra.embedded.errors import CloudError
from infra.embedded.wrapper import LOOPBACK

# MQTT 3.1.1 CONNECT: protocol name and level, clean session, keep alive 60 s, client id "x".
_CONNECT = bytes.fromhex("100d00044d5154540402003c000178")
_CONNACK = 0x20
# Where a package lies that ministack's own environment holds and a bare Lambda does not.
_PROBE = """
import importlib.util, sys
def handler(event, context):
    return {"prefix": sys.prefix, "leaked": importlib.util.find_spec("hypercorn") is not None}
"""
_FOR_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def check_mends(client: Clients, *, mqtt_port: int, ca_file: Path, lambda_python: Path) -> None:
    """Raises CloudError, saying which mend does not hold. `client` makes boto3 clients for the cloud."""
    require_refused_without_certificate(mqtt_port, ca_file)
    require_loopback_only(mqtt_port)
    require_bare_lambda(client, lambda_python)


def fetch_ca(endpoint_url: str, ca_file: Path) -> None:
    """What devices check the cloud's certificate against; the same for as long as the home exists."""
    with urllib.request.urlopen(f"{endpoint_url}/_ministack/iot/ca.pem", timeout=30) as answer:  # noqa: S310
        ca_file.write_bytes(answer.read())


def require_refused_without_certificate(port: int, ca_file: Path) -> None:
    context = ssl.create_default_context(cafile=str(ca_file))
    try:
        with (
            socket.create_connection((LOOPBACK, port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(_CONNECT)
            answer = secured.recv(4)
    except (ssl.SSLError, ConnectionError):
        return
    if answer[:1] == bytes([_CONNACK]):
        raise CloudError(
            "The embedded cloud lets a device without a certificate connect; it must not be used."
        )


def require_loopback_only(port: int) -> None:
    """A listener on every interface would also answer on the loopback's other addresses, and on our own."""
    for address in {"127.0.0.2", _own_address()} - {LOOPBACK}:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            continue
        raise CloudError(
            f"The embedded cloud's MQTT port answers on {address}, not only on this machine itself."
        )


def require_bare_lambda(client: Clients, lambda_python: Path) -> None:
    """Ask a Lambda, made for this and gone afterwards, what it runs on."""
    functions, iam, name = client("lambda"), client("iam"), f"self-test-{uuid4().hex[:8]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_FOR_LAMBDA)["Role"]["Arn"]
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="probe.handler",
        Role=role,
        Code={"ZipFile": _probe()},
    )
    try:
        answer = json.load(functions.invoke(FunctionName=name)["Payload"])
    finally:
        functions.delete_function(FunctionName=name)
        client("logs").delete_log_group(logGroupName=f"/aws/lambda/{name}")
        iam.delete_role(RoleName=name)
    if answer.get("leaked") is not False or Path(answer["prefix"]) != lambda_python.parent.parent:
        raise CloudError(
            f"Lambdas in the embedded cloud don't run on their own bare Python, but on {answer}."
        )


def _own_address() -> str:
    """This machine's address towards the network, found without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        found: str = probe.getsockname()[0]
        return found


def _probe() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo("probe.py", time.gmtime()[:6]), _PROBE)
    return held.getvalue()
