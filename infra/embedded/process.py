"""The cloud's process: its ports and environment, waiting until it is ready, ending it with its workers."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from infra.embedded.errors import CloudError
from infra.embedded.home import Home
from infra.embedded.progress import Progress
from infra.embedded.wrapper import EXIT_NOT_MENDED, LOOPBACK

REGION = "us-east-1"
READY_WITHIN_S = 60
SAVED_WITHIN_S = 30
PREFERRED_HTTP_PORT = 4566
PREFERRED_MQTT_PORT = 8883


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the cloud listens, on loopback."""

    http: int
    mqtt: int

    @property
    def endpoint_url(self) -> str:
        return f"http://{LOOPBACK}:{self.http}"


def choose_ports(preferred: Ports, progress: Progress) -> Ports:
    """The preferred ports where they are free; otherwise others, of which a person is told."""
    return Ports(
        http=_free(preferred.http, "the cloud's HTTP endpoint", progress),
        mqtt=_free(preferred.mqtt, "MQTT", progress),
    )


@contextmanager
def starting_alone() -> Iterator[None]:
    """Wait until no other cloud of this user is between choosing its ports and listening on them."""
    with (Path(gettempdir()) / f"shouwang-starting-{os.getuid()}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class CloudProcess:
    """One ministack, in a session of its own: Ctrl-C reaches us alone, and we end it in order."""

    wrapper = Path(__file__).with_name("wrapper.py")

    def __init__(self, home: Home, ports: Ports) -> None:
        self._home = home
        self.ports = ports
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, python: Path, lambda_python: Path, *, held: int) -> None:
        """Start it and wait until both ports answer. It keeps the descriptor `held` open while it runs."""
        for folder in (self._home.state, self._home.objects, self._home.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        with self._home.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), str(self.wrapper), str(lambda_python), str(self._home.folder)],
                env=self._environment(),
                cwd=self._home.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(held,),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it: it saves its state first. Then its workers, wherever they hang."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(SAVED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin:
            process.stdin.close()

    def _environment(self) -> dict[str, str]:
        """Nothing of ours but the path: workers inherit it, and must see what they would see in Lambda."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._home.folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TMPDIR": str(self._home.temporary),
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.ports.http),
            "IOT_MTLS_PORT": str(self.ports.mqtt),
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._home.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._home.objects),
            "MINISTACK_REGION": REGION,
            "LAMBDA_WARM_TTL_SECONDS": "1800",
            # A socket that isn't there: it must not sweep containers of a docker that happens to run here.
            "DOCKER_HOST": f"unix://{self._home.temporary}/no-docker.sock",
            "LOG_LEVEL": "WARNING",
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            self._refuse_if_ended()
            if _ready(self.ports.endpoint_url).get("iot_mtls") == "listening":
                return
            time.sleep(0.05)
        raise CloudError(f"The embedded cloud was not ready within {READY_WITHIN_S} s.\n{self._last_words()}")

    def _refuse_if_ended(self) -> None:
        code = self._process.poll() if self._process else None
        if code == EXIT_NOT_MENDED:
            raise CloudError(self._last_words())
        if code is not None:
            raise CloudError(f"The embedded cloud ended with code {code}.\n{self._last_words()}")

    def _last_words(self) -> str:
        return self._home.log.read_text(errors="replace")[-2000:].strip()


def _free(port: int, purpose: str, progress: Progress) -> int:
    if _bindable(port):
        return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        other: int = probe.getsockname()[1]
    progress.note(f"Port {port} ({purpose}) is taken by another program; using {other} instead.")
    return other


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _ready(endpoint_url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{endpoint_url}/_ministack/ready", timeout=2) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, urllib.error.URLError, ValueError):
        return {}
