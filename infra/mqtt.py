"""A device's side of MQTT: TLS with its own certificate, client id = device id, QoS 1."""

import json
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from chalicelib.kernel.errors import ShouwangError
from infra.stack import Stack

PATIENCE_SECONDS = 20


class LinkError(ShouwangError):
    """The broker refused the device, or can't be reached."""

    code = "link"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a device's certificate and private key lie."""

    certificate: Path
    private_key: Path


class DeviceLink:
    """One device's connection.

    Use it as a context manager; raises LinkError when it can't connect or publish.
    """

    def __init__(self, stack: Stack, device: str, keys: KeyFiles, *, client_id: str | None = None) -> None:
        self._stack = stack
        self._device = device
        self._answered = threading.Event()
        self._refusal = ""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id or device, protocol=MQTTProtocolVersion.MQTTv311
        )
        context = ssl.create_default_context(cafile=str(stack.ca_file) if stack.ca_file else None)
        context.load_cert_chain(keys.certificate, keys.private_key)
        self._client.tls_set_context(context)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected

    def __enter__(self) -> Self:
        try:
            self._client.connect(self._stack.mqtt_host, self._stack.mqtt_port, keepalive=60)
        except (OSError, ValueError) as error:
            raise LinkError(f"Device '{self._device}' can't connect: {error}") from error
        self._client.loop_start()
        if not self._answered.wait(PATIENCE_SECONDS) or self._refusal:
            self._client.loop_stop()
            raise LinkError(f"Device '{self._device}' was refused: {self._refusal or 'no answer'}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes | dict[str, Any]) -> None:
        """Publish and wait until the broker has taken it. Raises LinkError."""
        self.sent(self.send(topic, payload))

    def send(self, topic: str, payload: bytes | dict[str, Any]) -> MQTTMessageInfo:
        """Publish without waiting; pass what this returns to `sent`."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
        return self._client.publish(topic, raw, qos=1)

    def sent(self, message: MQTTMessageInfo) -> None:
        """Wait until the broker has taken a message. Raises LinkError."""
        try:
            message.wait_for_publish(PATIENCE_SECONDS)
        except (RuntimeError, ValueError) as error:
            raise LinkError(f"Device '{self._device}' could not publish: {error}") from error
        if not message.is_published():
            raise LinkError(f"Device '{self._device}' could not publish: {self._refusal or 'no answer'}")

    def _connected(
        self, _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        self._refusal = str(code) if code.is_failure else ""
        self._answered.set()

    def _disconnected(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _more: Properties | None,
    ) -> None:
        if code.is_failure:
            self._refusal = f"disconnected ({code})"
            self._answered.set()


def telemetry_topic(community: str, device: str) -> str:
    """Where a device publishes samples (Basic Ingest)."""
    return f"$aws/rules/shouwang_telemetry/shouwang/{community}/{device}/telemetry"


def urgent_topic(community: str, device: str) -> str:
    """Where a device publishes what can't wait (Basic Ingest)."""
    return f"$aws/rules/shouwang_urgent/shouwang/{community}/{device}/urgent"
