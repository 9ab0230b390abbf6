"""Things, certificates and their policy in IoT Core, and the key files that go into a device."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.mqtt import KeyFiles
from infra.stack import Stack


@dataclass(frozen=True, slots=True)
class Certificate:
    """A device's certificate as IoT Core made it.

    The private key is nowhere else: keep it, or make a new one.
    """

    id: str
    arn: str
    pem: str
    private_key: str


class Provisioner:
    """Gives devices their identity, whole or not at all."""

    def __init__(self, stack: Stack) -> None:
        self._iot: Any = stack.client("iot")
        self._policy = stack.output("DevicePolicyName")

    def provide(self, device: str) -> Certificate:
        """A thing, a new certificate, and the device policy, bound together."""
        made = self._iot.create_keys_and_certificate(setAsActive=True)
        certificate = Certificate(
            made["certificateId"],
            made["certificateArn"],
            made["certificatePem"],
            made["keyPair"]["PrivateKey"],
        )
        try:
            self._iot.create_thing(thingName=device)
            self._iot.attach_policy(policyName=self._policy, target=certificate.arn)
            self._iot.attach_thing_principal(thingName=device, principal=certificate.arn)
        except BaseException:  # even Ctrl-C must not leave an active certificate behind
            self.withdraw(device, certificate.arn)
            raise
        return certificate

    def withdraw(self, device: str, certificate_arn: str) -> None:
        """Deactivate and remove a device's certificate and thing; harmless when they are gone."""
        identity = certificate_arn.rpartition("/")[2]
        for step, names in (
            (self._iot.update_certificate, {"certificateId": identity, "newStatus": "INACTIVE"}),
            (self._iot.detach_thing_principal, {"thingName": device, "principal": certificate_arn}),
            (self._iot.detach_policy, {"policyName": self._policy, "target": certificate_arn}),
            (self._iot.delete_certificate, {"certificateId": identity}),
            (self._iot.delete_thing, {"thingName": device}),
        ):
            try:
                step(**names)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise


def write_keys(folder: Path, device: str, certificate: Certificate) -> KeyFiles:
    """Write a device's certificate and key, readable by their owner alone (0600)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = KeyFiles(folder / f"{device}.cert.pem", folder / f"{device}.key.pem")
    for path, text in ((files.certificate, certificate.pem), (files.private_key, certificate.private_key)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
    return files
