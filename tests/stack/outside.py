"""The deployed stack from outside, as people and devices reach it: the command line, HTTP, MQTT."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from chalicelib.kernel.caller import Caller, Role
from infra.commands.token import signed_token
from infra.mqtt import KeyFiles
from infra.stack import HOME_VARIABLE, Stack

ROOT = Path(__file__).resolve().parents[2]
TICK = ROOT / "events" / "tick.json"
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Outside:
    """A deployed stack, and the folder where its home and its devices' keys are."""

    stack: Stack
    home: Path
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def shouwang(self, *words: str, fails: bool = False) -> str:
        """Run a command as a person would; returns what it printed for people and scripts."""
        environment = {**os.environ, HOME_VARIABLE: str(self.home)}
        command = [sys.executable, "-c", "from infra.cli import main; main()", *words]
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr if fails else done.stdout

    def add_device(self, device: str, community: str, household: str, *more: str) -> KeyFiles:
        """Register a device; returns its key files."""
        told = json.loads(
            self.shouwang(
                "device", "add", device, "--community", community, "--household", household,
                "--keys", str(self.home / "devices"), "--json", *more,
            )
        )  # fmt: skip
        return KeyFiles(Path(told["certificate"]), Path(told["private_key"]))

    def call(
        self,
        method: str,
        path: str,
        *,
        community: str = "lanzhou",
        role: str = "grid_worker",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the API with a token of a role in a community; with no role, without a token."""
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, community=community, role=role, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        data: bytes | None,
        *,
        community: str,
        role: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The same with a body of any bytes."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if role:
            sent["Authorization"] = f"Bearer {self.token(community, role)}"
        request = urllib.request.Request(f"{self.stack.api_url}v1/{path}", data, sent, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return _answer(answer)
        except urllib.error.HTTPError as error:
            return _answer(error)

    def ticking_until(self, look: Callable[[], Found]) -> Found:
        """What `look` finds once the deployed tick has run, asked to now instead of at its minute.

        It runs as it would, with its own role. That it comes by itself is shown by the main line's alarm.
        """
        found = look()
        for _ in range(10):
            if found:
                break
            told = self.stack.client("lambda").invoke(
                FunctionName=self.stack.output("TickFunction"), Payload=TICK.read_bytes()
            )
            assert "FunctionError" not in told, told["Payload"].read()
            found = look()
        return found or eventually(look)

    def token(self, community: str, role: str) -> str:
        """A token of a role in a community."""
        if (community, role) not in self._tokens:
            self._tokens[community, role] = signed_token(
                self.stack, Caller(f"a {role}", Role(role), community)
            )
        return self._tokens[community, role]


def eventually(look: Callable[[], Found], *, seconds: float = 100) -> Found:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"nothing in {seconds} s"
        time.sleep(0.5)
    return found


def _answer(answer: Any) -> Answer:
    text = answer.read().decode()
    is_json = "json" in (answer.headers.get("Content-Type") or "json")
    return Answer(answer.status, answer.headers, json.loads(text) if text and is_json else text or None)
