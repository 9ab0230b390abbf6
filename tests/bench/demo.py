"""How long a bare clone takes from `make demo` to its first answer over HTTP."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 600
GOODBYE_SECONDS = 60
_TRY = re.compile(r"export API=(?P<api>\S+) TOKEN=(?P<token>\S+)")


class DemoError(Exception):
    """The demo ended, or took too long, without an answer."""


def seconds_to_first_answer() -> float:
    """Clone what is committed, without any virtual environment, and time it until the API answers.

    What pip must fetch is fetched, from its cache if it has one. Raises DemoError.
    """
    with TemporaryDirectory(prefix="shouwang-bench-") as folder:
        clone = Path(folder) / "shouwang"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607
        began = time.monotonic()
        with _demo(clone) as demo:
            api, token = _invitation(demo)
            _await_answer(f"{api}/health", token, until=began + PATIENCE_SECONDS)
            return time.monotonic() - began


@contextmanager
def _demo(clone: Path) -> Iterator["subprocess.Popen[str]"]:
    """`make demo` in a group of its own, so that Ctrl-C reaches all of it and nobody else."""
    with subprocess.Popen(
        ["make", "demo"],  # noqa: S607
        cwd=clone,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "1000"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as demo:
        patience = Timer(PATIENCE_SECONDS, os.killpg, (demo.pid, signal.SIGINT))
        patience.start()
        try:
            yield demo
        finally:
            patience.cancel()
            if demo.poll() is None:
                os.killpg(demo.pid, signal.SIGINT)
            try:
                demo.communicate(timeout=GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(demo.pid, signal.SIGKILL)


def _invitation(demo: "subprocess.Popen[str]") -> tuple[str, str]:
    """The API's address and a token, as the demo prints them."""
    assert demo.stdout is not None
    said = []
    for line in demo.stdout:
        said.append(line)
        if found := _TRY.search(line):
            return found["api"], found["token"]
    raise DemoError("The demo never said how to try its API:\n" + "".join(said[-20:]))


def _await_answer(url: str, token: str, *, until: float) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise DemoError(f"{url} did not answer.")
