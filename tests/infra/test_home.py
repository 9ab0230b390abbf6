"""Ports, homes and the file that describes a running stack."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.embedded import venvs
from infra.embedded.errors import CloudError, HomeInUseError
from infra.embedded.home import Home, HomeLock
from infra.embedded.process import Ports, choose_ports
from infra.embedded.progress import Quiet
from infra.stack import HOME_VARIABLE, Stack, StackNotReachableError, current_stack, embedded_stack


class Notes(Quiet):
    """Keeps what a person would have been told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.told.append(text)


@contextmanager
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_named_and_another_used() -> None:
    notes = Notes()
    with listener() as taken, listener() as other:
        ports = choose_ports(Ports(http=taken, mqtt=other), notes)
    assert taken != ports.http
    assert notes.told == [
        f"Port {taken} (the cloud's HTTP endpoint) is taken by another program; using {ports.http} instead.",
        f"Port {other} (MQTT) is taken by another program; using {ports.mqtt} instead.",
    ]


def test_free_ports_are_taken_as_they_are() -> None:
    notes = Notes()
    with listener() as one, listener() as two:
        free = Ports(one, two)
    assert choose_ports(free, notes) == free
    assert notes.told == []


def test_a_home_has_one_run_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path)
    first, second = HomeLock(home), HomeLock(home)
    first.take()
    with pytest.raises(HomeInUseError, match=r"Another run \(process \d+\) is using"):
        second.take()
    first.give()
    second.take()
    second.give()


def test_a_requirement_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match=r"Could not install \./nowhere for the embedded cloud"):
        venvs._python_with(tmp_path, "cloud", ("./nowhere",))


def stack(port: int, ca_file: Path) -> Stack:
    names = "RegistryTable SeriesTable DeadlinesTable QuarantineTable AuditTable WitnessTable"
    names += " TokenKeyArn DeadlineShards PushKeyArn CallbackKeyArn SealKeyArn LadderQueueUrl UrgentQueueUrl"
    outputs = {name: name.lower() for name in names.split()}
    url = f"http://127.0.0.1:{port}"
    return Stack(
        "shouwang", "us-east-1", outputs, f"{url}/api/", "localhost", 1, ca_file, url, "key", "secret"
    )


def test_a_stack_is_read_as_it_was_written_and_by_its_owner_alone(tmp_path: Path) -> None:
    with listener() as port:
        written = stack(port, tmp_path / "ca.pem")
        written.write(tmp_path / "stack.json")
        assert embedded_stack(tmp_path) == written
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600
    assert "secret'" not in repr(written)


def test_a_stack_that_is_not_there_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOUWANG_STACK", raising=False)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    with pytest.raises(StackNotReachableError, match="Start one with `shouwang demo`"):
        current_stack()


def test_a_stack_that_has_ended_says_so(tmp_path: Path) -> None:
    with listener() as port:
        stack(port, tmp_path / "ca.pem").write(tmp_path / "stack.json")
    with pytest.raises(StackNotReachableError, match="no longer answers"):
        embedded_stack(tmp_path)


def test_an_output_that_is_missing_asks_for_a_deployment(tmp_path: Path) -> None:
    with pytest.raises(StackNotReachableError, match="has no output TickFunction"):
        stack(1, tmp_path).output("TickFunction")


def test_the_applications_own_code_can_run_against_it(tmp_path: Path) -> None:
    found = stack(4566, tmp_path).environment()
    assert found["REGISTRY_TABLE"] == "registrytable"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
