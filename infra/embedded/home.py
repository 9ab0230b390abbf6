"""Where the embedded cloud lives: one folder, used by one run at a time."""

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.embedded.errors import HomeInUseError


@dataclass(frozen=True, slots=True)
class Home:
    """The folder's parts. `shared` holds what several homes may use: virtual environments and layers."""

    folder: Path
    shared: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def objects(self) -> Path:
        return self.folder / "objects"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def package(self) -> Path:
        return self.folder / "package"

    @property
    def log(self) -> Path:
        return self.folder / "cloud.log"

    @property
    def ca_file(self) -> Path:
        return self.folder / "iot-ca.pem"

    @property
    def stack_file(self) -> Path:
        return self.folder / "stack.json"

    @property
    def venvs(self) -> Path:
        return self.shared / "venvs"

    @property
    def layers(self) -> Path:
        return self.shared / "layers"

    def remembered(self) -> dict[str, Any]:
        """What the last run left for this one (its ports, what it deployed), or nothing."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "remembered.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def remember(self, facts: dict[str, Any]) -> None:
        (self.folder / "remembered.json").write_text(json.dumps(facts, indent=1) + "\n")


class HomeLock:
    """Held by one run, and by the cloud that it started for as long as that still shuts down."""

    def __init__(self, home: Home) -> None:
        self._path = home.folder / "lock"
        self._file = -1

    @property
    def descriptor(self) -> int:
        return self._file

    def take(self) -> None:
        """Raises HomeInUseError, naming the process, when another run holds it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._file, 32).decode().strip() or "unknown"
            self.give()
            raise HomeInUseError(
                f"Another run (process {owner}) is using {self._path.parent}."
                " Stop it with Ctrl-C, or wait a moment if it is already ending."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def give(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def sweep(home: Home) -> None:
    """Remove what Lambda workers leave behind: gigabytes, and never needed again."""
    shutil.rmtree(home.temporary, ignore_errors=True)
