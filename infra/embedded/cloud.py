"""The embedded cloud as one thing: start it, deploy into it, stop it. For demos and tests only."""

import signal
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from infra.aws.package import ROOT, Package, local_architecture, make_package
from infra.embedded import venvs
from infra.embedded.deploy import Deployer
from infra.embedded.errors import CloudError
from infra.embedded.home import Home, HomeLock, sweep
from infra.embedded.prewarm import prewarm
from infra.embedded.process import (
    PREFERRED_HTTP_PORT,
    PREFERRED_MQTT_PORT,
    REGION,
    CloudProcess,
    Ports,
    choose_ports,
    starting_alone,
)
from infra.embedded.progress import Progress, Quiet
from infra.embedded.selftest import check_mends, fetch_ca
from infra.embedded.wrapper import LOOPBACK
from infra.stack import DEFAULT_HOME, STACK_NAME, Stack

# The account's own key, which ministack knows by this name. It opens everything, on this machine alone.
OPERATOR_KEY = "test"
_PREFERRED = {"http": PREFERRED_HTTP_PORT, "mqtt": PREFERRED_MQTT_PORT}


class EmbeddedCloud:
    """One cloud in one home. Use it as a context manager: leaving it stops the cloud and keeps its state.

    `shared` holds virtual environments and layers and may be another home's; `project` is what gets deployed.
    """

    def __init__(
        self,
        home: Path = DEFAULT_HOME,
        *,
        shared: Path | None = None,
        project: Path = ROOT,
        progress: Progress | None = None,
    ) -> None:
        self._home = Home(home.resolve(), (shared or home).resolve())
        self._project = project
        self._progress = progress or Quiet()
        self._lock = HomeLock(self._home)
        self._process: CloudProcess | None = None
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="embedded-cloud")
        self._packaging: Future[Package] | None = None
        self._previous_sigterm: Any = None

    @property
    def home(self) -> Path:
        return self._home.folder

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous_sigterm = signal.signal(signal.SIGTERM, _exit)
            signal.signal(signal.SIGHUP, _exit)  # a terminal that was closed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._previous_sigterm is not None:
            signal.signal(signal.SIGTERM, self._previous_sigterm)

    def start(self) -> None:
        """Start the cloud with what it held last time, and check its mends. Packaging begins beside it.

        Raises HomeInUseError when another run holds the home, CloudError when the cloud is not as it must be.
        """
        self._lock.take()
        sweep(self._home)
        self._packaging = self._pool.submit(self._package)
        with self._progress.step("preparing the virtual environments"):
            bare = self._pool.submit(venvs.lambda_python, self._home.venvs)
            python, lambda_python = venvs.cloud_python(self._home.venvs), bare.result()
        with self._progress.step("starting the embedded cloud"), starting_alone():
            ports = choose_ports(Ports(**self._home.remembered().get("ports", _PREFERRED)), self._progress)
            self._process = CloudProcess(self._home, ports)
            self._process.start(python, lambda_python, held=self._lock.descriptor)
            fetch_ca(ports.endpoint_url, self._home.ca_file)
        with self._progress.step("checking that it is closed to strangers"):
            check_mends(
                self.client, mqtt_port=ports.mqtt, ca_file=self._home.ca_file, lambda_python=lambda_python
            )

    def deploy(self, parameters: Mapping[str, str] | None = None) -> Stack:
        """Package and deploy the stack, unless just this is deployed already; then wake its functions.

        Raises PackagingError or DeployError.
        """
        with self._progress.step("packaging the application"):
            package = (self._packaging or self._pool.submit(self._package)).result()
            self._packaging = None
        deployer = Deployer(self.client, STACK_NAME)
        wanted = {"package": package.digest(), "parameters": dict(parameters or {})}
        outputs = deployer.outputs() if self._home.remembered().get("deployed") == wanted else None
        if outputs is None:
            with self._progress.step("deploying the stack"):
                outputs = deployer.deploy(package, parameters or {})
        ports = self._running().ports
        self._home.remember({"ports": {"http": ports.http, "mqtt": ports.mqtt}, "deployed": wanted})
        with self._progress.step("waking the functions"):
            prewarm(self.client("lambda"), outputs, self._progress)
        stack = self._describe(outputs)
        stack.write(self._home.stack_file)
        return stack

    def stop(self) -> None:
        """Shut down in order: state is saved, workers end, temporary folders go. Harmless when idle."""
        previous = _ignore_ctrl_c()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._process:
            self._home.stack_file.unlink(missing_ok=True)
            with self._progress.step("shutting the embedded cloud down"):
                self._process.stop()
                self._process = None
                sweep(self._home)
        self._lock.give()
        if previous is not None:
            signal.signal(signal.SIGINT, previous)

    def client(self, service: str) -> Any:
        """A boto3 client with the operator's rights."""
        config = Config(signature_version="s3v4" if service == "s3" else None)
        return boto3.Session(OPERATOR_KEY, OPERATOR_KEY, region_name=REGION).client(
            service, endpoint_url=self._running().ports.endpoint_url, config=config
        )

    def _running(self) -> CloudProcess:
        if self._process is None:
            raise CloudError("The embedded cloud is not running; start() it first.")
        return self._process

    def _package(self) -> Package:
        return make_package(
            self._home.package,
            project=self._project,
            architecture=local_architecture(),
            cache=self._home.layers,
            for_this_machine=True,
        )

    def _describe(self, outputs: Mapping[str, str]) -> Stack:
        ports = self._running().ports
        api = outputs["RestAPIId"]
        return Stack(
            name=STACK_NAME,
            region=REGION,
            outputs={name: _at_present(value, ports) for name, value in outputs.items()},
            # By path: not every resolver knows names under localhost. Browsers do, and need an origin.
            api_url=f"{ports.endpoint_url}/_aws/execute-api/{api}/api/",
            browser_url=f"http://{api}.execute-api.localhost:{ports.http}/api/",
            mqtt_host="localhost",
            mqtt_port=ports.mqtt,
            ca_file=self._home.ca_file,
            endpoint_url=ports.endpoint_url,
            access_key_id=OPERATOR_KEY,
            secret_access_key=OPERATOR_KEY,
        )


def _at_present(value: str, ports: Ports) -> str:
    """Addresses among the outputs keep the port of the day they were deployed; it may be another today."""
    parts = urlsplit(value)
    if parts.hostname in {"localhost", LOOPBACK}:
        return parts._replace(netloc=f"{LOOPBACK}:{ports.http}").geturl()
    return value


def _ignore_ctrl_c() -> Any:
    """A second Ctrl-C must not break off the saving of the state. Returns the handler to restore, if any."""
    if threading.current_thread() is threading.main_thread():
        return signal.signal(signal.SIGINT, signal.SIG_IGN)
    return None


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
