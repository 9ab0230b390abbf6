"""Starts ministack with four of its faults mended. Runs in the cloud's own virtual environment.

The mends touch private names. When one is gone, this says so and stops, rather than running an open cloud.
Usage: `python wrapper.py PYTHON_OF_THE_LAMBDAS HOME`, the home only to be seen in a list of processes, with a
pipe as standard input: when that closes, it ends.
"""

import asyncio
import hashlib
import os
import signal
import ssl
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

LOOPBACK = "127.0.0.1"
EXIT_NOT_MENDED = 70


class NotMendedError(Exception):
    """A fault of ministack could not be mended, because it has changed inside."""


def require_client_certificates(iot: ModuleType) -> None:
    """Without this, a client that shows no certificate may publish as any device."""
    build: Callable[[], ssl.SSLContext] = _private(iot, "_mtls_build_ssl_context")

    def strict() -> ssl.SSLContext:
        context = build()
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    iot._mtls_build_ssl_context = strict  # type: ignore[attr-defined]


def listen_on_loopback_only(loops: type[asyncio.BaseEventLoop]) -> None:
    """Without this, the MQTT port is open to the whole network whatever BIND_HOST says."""
    create: Callable[..., Any] = loops.create_server

    async def on_loopback(
        loop: asyncio.BaseEventLoop, factory: Any, host: Any = None, port: Any = None, **more: Any
    ) -> Any:
        return await create(loop, factory, LOOPBACK if port is not None else host, port, **more)

    loops.create_server = on_loopback  # type: ignore[assignment,method-assign]


def run_lambdas_on(python: str, runtime: ModuleType) -> None:
    """Without this, Lambdas see ministack's own packages, and nobody notices one that our layer forgot."""
    _private(runtime, "_detect_runtime_binary")
    real = _private(runtime, "sys")

    class Sys:
        executable = python

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    runtime.sys = Sys()  # type: ignore[attr-defined]
    binary = runtime._detect_runtime_binary("python3.12")[0]
    if binary != python:
        raise NotMendedError(f"ministack starts Lambdas with {binary}, not with the bare Python at {python}.")


def unpack_layers_once(runtime: ModuleType) -> None:
    """Without this, every worker unpacks the layer for itself: thousands of files, to be removed at the end.

    They share one copy beside their own folders, compiled by whoever comes first.
    """
    if _private(runtime, "zipfile") is not zipfile:
        raise NotMendedError("ministack unpacks layers with something else than zipfile.")
    unpacking = threading.Lock()

    class Archive(zipfile.ZipFile):
        def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
            if path is None or not Path(path).name.startswith("layer_"):
                super().extractall(path, members, pwd)
                return
            content = Path(str(self.filename)).read_bytes()
            shared = Path(tempfile.gettempdir()) / "layers" / hashlib.sha256(content).hexdigest()
            with unpacking:
                if not shared.exists():
                    unfinished = shared.with_suffix(".unfinished")
                    super().extractall(unfinished, members, pwd)
                    unfinished.rename(shared)
            Path(path).rmdir()
            Path(path).symlink_to(shared)

    class Zipfile:
        ZipFile = Archive

        def __getattr__(self, name: str) -> Any:
            return getattr(zipfile, name)

    runtime.zipfile = Zipfile()  # type: ignore[attr-defined]


def shut_down_with_parent() -> None:
    """Whoever started us holds the other end of standard input. However they end, we save and end."""

    def wait() -> None:
        # Not through sys.stdin: its lock, held by a daemon thread, would break the interpreter's own ending.
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()


def mend(python: str) -> None:
    """Make all four mends. Raises NotMendedError with what is gone."""
    require_client_certificates(import_module("ministack.services.iot"))
    listen_on_loopback_only(asyncio.BaseEventLoop)
    runtime = import_module("ministack.core.lambda_runtime")
    run_lambdas_on(python, runtime)
    unpack_layers_once(runtime)


def _private(module: ModuleType, name: str) -> Any:
    found = getattr(module, name, None)
    if found is None:
        raise NotMendedError(
            f"{module.__name__} has no {name} any more, so one of its faults can't be mended."
            " Use the ministack version that infra/embedded/venvs.py pins."
        )
    return found


def main() -> None:
    try:
        mend(sys.argv[1])
    except NotMendedError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_NOT_MENDED) from error
    shut_down_with_parent()
    sys.argv = sys.argv[:1]
    import_module("ministack.app").main()


if __name__ == "__main__":
    main()
