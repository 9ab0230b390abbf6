"""The mends of the embedded cloud, each against something shaped like what it mends."""

import asyncio
import shutil
import ssl
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from infra.embedded import wrapper
from infra.embedded.wrapper import NotMendedError


def test_the_broker_asks_for_a_certificate() -> None:
    iot = ModuleType("ministack.services.iot")
    iot._mtls_build_ssl_context = lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # type: ignore[attr-defined]
    wrapper.require_client_certificates(iot)
    assert iot._mtls_build_ssl_context().verify_mode is ssl.CERT_REQUIRED


def test_a_listener_on_every_interface_is_brought_back_to_loopback() -> None:
    class Loop(asyncio.SelectorEventLoop):
        pass

    wrapper.listen_on_loopback_only(Loop)
    loop = Loop()
    try:
        server = loop.run_until_complete(loop.create_server(asyncio.Protocol, host="0.0.0.0", port=0))  # noqa: S104
        assert [sock.getsockname()[0] for sock in server.sockets] == ["127.0.0.1"]
        server.close()
    finally:
        loop.close()


def test_lambdas_run_on_the_python_they_are_given() -> None:
    runtime = ModuleType("ministack.core.lambda_runtime")
    runtime.sys = sys  # type: ignore[attr-defined]
    runtime._detect_runtime_binary = lambda _: (runtime.sys.executable, "script")  # type: ignore[attr-defined]
    wrapper.run_lambdas_on("/bare/python", runtime)
    assert runtime.sys.executable == "/bare/python"
    assert runtime.sys.platform == sys.platform


def test_a_runtime_that_looks_elsewhere_for_its_python_is_refused() -> None:
    runtime = ModuleType("ministack.core.lambda_runtime")
    runtime.sys = sys  # type: ignore[attr-defined]
    runtime._detect_runtime_binary = lambda _: (sys.executable, "script")  # type: ignore[attr-defined]
    with pytest.raises(NotMendedError, match="not with the bare Python at /bare/python"):
        wrapper.run_lambdas_on("/bare/python", runtime)


def test_workers_share_a_layer_and_each_has_its_own_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runtime = ModuleType("ministack.core.lambda_runtime")
    runtime.zipfile = zipfile  # type: ignore[attr-defined]
    wrapper.unpack_layers_once(runtime)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/word.py", "WORD = 1")

    def unpacked(worker: int, name: str) -> Path:
        folder = tmp_path / f"worker-{worker}" / name
        folder.mkdir(parents=True)
        with runtime.zipfile.ZipFile(packed) as archive:
            archive.extractall(folder)
        return folder / "python" / "word.py"

    with ThreadPoolExecutor(4) as pool:
        layers = list(pool.map(lambda worker: unpacked(worker, "layer_0"), range(8)))
        codes = list(pool.map(lambda worker: unpacked(worker, "code"), range(8)))
    assert {file.read_text() for file in (*layers, *codes)} == {"WORD = 1"}
    assert (len({file.resolve() for file in layers}), len({file.resolve() for file in codes})) == (1, 8)
    shutil.rmtree(tmp_path / "worker-0")  # as when a worker is replaced: the others keep theirs
    assert layers[1].exists()
    with pytest.raises(runtime.zipfile.BadZipFile):
        runtime.zipfile.ZipFile(tmp_path / "worker-1" / "code" / "python" / "word.py")


def test_a_private_name_that_is_gone_is_named() -> None:
    with pytest.raises(NotMendedError, match="has no _mtls_build_ssl_context any more"):
        wrapper.require_client_certificates(ModuleType("ministack.services.iot"))
    with pytest.raises(NotMendedError, match="has no zipfile any more"):
        wrapper.unpack_layers_once(ModuleType("ministack.core.lambda_runtime"))
    with pytest.raises(NotMendedError, match="has no _detect_runtime_binary any more"):
        wrapper.run_lambdas_on("/bare/python", ModuleType("ministack.core.lambda_runtime"))
