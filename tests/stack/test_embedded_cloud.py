"""The embedded cloud as such: it is closed, it ends cleanly, and it keeps what it held."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded import selftest, venvs
from infra.embedded.cloud import EmbeddedCloud
from infra.embedded.deploy import Deployer
from infra.embedded.errors import CloudError, HomeInUseError
from infra.embedded.home import Home
from infra.embedded.process import CloudProcess, Ports, choose_ports
from infra.embedded.progress import Quiet
from infra.stack import DEFAULT_HOME, Stack, current_stack, embedded_stack

RUN = """
import signal, sys, time
from pathlib import Path
from infra.embedded.cloud import EmbeddedCloud
from infra.stack import DEFAULT_HOME
signal.signal(signal.SIGINT, signal.default_int_handler)
with EmbeddedCloud(Path(sys.argv[1]), shared=DEFAULT_HOME) as cloud:
    cloud.start()
    print("running", flush=True)
    time.sleep(600)
"""
"""Ctrl-C as at a terminal: in a shell's background job, which a test run may be, it is ignored."""


class Unmended(CloudProcess):
    """ministack as it comes."""

    wrapper = Path(__file__).with_name("unmended.py")


@pytest.fixture(scope="module")
def unmended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    folder = tmp_path_factory.mktemp("unmended")
    process = Unmended(Home(folder, DEFAULT_HOME), choose_ports(Ports(4566, 8883), Quiet()))
    with (folder / "held").open("w") as held:
        process.start(venvs.cloud_python(DEFAULT_HOME / "venvs"), Path(sys.executable), held=held.fileno())
        try:
            yield process.ports
        finally:
            process.stop()


def test_the_self_tests_notice_a_cloud_that_was_not_mended(
    cloud: EmbeddedCloud, unmended: Ports, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    selftest.fetch_ca(unmended.endpoint_url, ca_file)
    with pytest.raises(CloudError, match="without a certificate"):
        selftest.require_refused_without_certificate(unmended.mqtt, ca_file)
    with pytest.raises(CloudError, match="not only on this machine itself"):
        selftest.require_loopback_only(unmended.mqtt)
    with pytest.raises(CloudError, match="don't run on their own bare Python"):
        selftest.require_bare_lambda(cloud.client, Path("/elsewhere/bin/python"))


def test_a_second_run_in_the_same_home_is_refused(cloud: EmbeddedCloud) -> None:
    with pytest.raises(HomeInUseError), EmbeddedCloud(cloud.home, shared=DEFAULT_HOME) as second:
        second.start()


def test_lambdas_take_their_dependencies_from_the_layer(stack: Stack) -> None:
    """The bare Python that they run on has none of them, and they run."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.output("TelemetryFunction"), Payload=b'{"Records": []}'
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_a_stack_is_described_by_its_outputs_alone_as_on_aws(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SHOUWANG_STACK", stack.name)
    found = current_stack()
    told = {name: value.replace("localhost", "127.0.0.1") for name, value in found.environment().items()}
    assert told.items() <= stack.environment().items()
    assert found.api_url.endswith(".amazonaws.com/api/")
    assert found.ca_file is None
    assert found.endpoint_url is None


def test_times_to_live_are_set(stack: Stack) -> None:
    for table in ("SeriesTable", "DeadlinesTable", "QuarantineTable"):
        found = stack.client("dynamodb").describe_time_to_live(TableName=stack.output(table))
        assert found["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_what_is_deployed_already_is_not_deployed_again(cloud: EmbeddedCloud, stack: Stack) -> None:
    changes = stack.client("cloudformation").describe_stack_events(StackName=stack.name)
    assert cloud.deploy() == stack
    again = stack.client("cloudformation").describe_stack_events(StackName=stack.name)
    assert len(again["StackEvents"]) == len(changes["StackEvents"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_a_run_ends_nothing_of_it_stays(tmp_path: Path, number: signal.Signals) -> None:
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", RUN, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "running\n"
    assert len(cloud_processes(tmp_path)) >= 2
    child.send_signal(number)
    child.wait(90)  # what it was packaging is finished first
    child.stdout.close()
    gone_by = time.monotonic() + 30
    while cloud_processes(tmp_path) and time.monotonic() < gone_by:
        time.sleep(0.1)
    assert not cloud_processes(tmp_path)
    assert (tmp_path / "state").is_dir()
    assert not (tmp_path / "stack.json").exists()
    if number is not signal.SIGKILL:
        assert not (tmp_path / "tmp").exists()


def test_a_home_keeps_its_stack_and_data_from_run_to_run(tmp_path: Path) -> None:
    item = {"pk": {"S": "communities"}, "sk": {"S": "lanzhou"}}
    with EmbeddedCloud(tmp_path, shared=DEFAULT_HOME) as first:
        first.start()
        before = first.deploy()
        assert embedded_stack(tmp_path) == before
        before.client("dynamodb").put_item(TableName=before.output("RegistryTable"), Item=item)
    with EmbeddedCloud(tmp_path, shared=DEFAULT_HOME) as second:
        second.start()
        assert Deployer(second.client, before.name).outputs() is not None
        table = second.client("dynamodb").scan(TableName=before.output("RegistryTable"))
        assert table["Items"] == [item]


def cloud_processes(home: Path) -> list[str]:
    """Processes that name `home`: whoever runs the cloud, the cloud, and its workers."""
    found = subprocess.run(["ps", "-ewwo", "command"], capture_output=True, text=True, check=True)  # noqa: S607
    return [line for line in found.stdout.splitlines() if str(home) in line]
