"""What happens to the archives that Chalice made: lighter, compiled, and the same for the same contents."""

import compileall
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The Lambda runtime brings boto3 and what that needs; nothing of ours asks for another version of these.
IN_THE_RUNTIME = frozenset({"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"})
_MODULES_OF = {"python-dateutil": "dateutil"}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DIST_INFO = re.compile(r"(?:^|/)([^/]+)-([^/-]+)\.dist-info/METADATA$")


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(archive: Path) -> dict[str, str]:
    """Version by normalised name of every distribution installed in `archive`."""
    with ZipFile(archive) as zipped:
        found = (_DIST_INFO.search(name) for name in zipped.namelist())
        return {normalised(match[1]): match[2] for match in found if match}


def digest(archive: Path) -> str:
    """Of names and contents; when it was made and how it was compressed don't matter."""
    with ZipFile(archive) as zipped:
        entries = sorted(f"{entry.filename} {entry.CRC:08x} {entry.file_size}" for entry in zipped.infolist())
    return sha256("\n".join(entries).encode()).hexdigest()


def slim(archive: Path) -> None:
    """Take out what the runtime has anyway (botocore is two thirds of a layer), and compile the rest."""
    with TemporaryDirectory(prefix="shouwang-layer-") as scratch:
        folder = Path(scratch)
        _unpack(archive, folder)
        for site in folder.glob("python/lib/*/site-packages"):
            _remove_runtime(site)
        _compile(folder, unpacked_at="/opt")
        _pack(folder, archive)


def precompile(archive: Path) -> None:
    """Add bytecode: Lambda's folders are read-only, so every cold start would compile every module again."""
    with TemporaryDirectory(prefix="shouwang-code-") as scratch:
        folder = Path(scratch)
        _unpack(archive, folder)
        _compile(folder, unpacked_at="/var/task")
        _pack(folder, archive)


def install(requirements: Path, archive: Path) -> None:
    """Make a layer that runs on this machine, whatever its system. Raises CalledProcessError."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    with TemporaryDirectory(prefix="shouwang-layer-") as scratch:
        site = Path(scratch, "python", "lib", version, "site-packages")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(site)]
        command = [*pip, "--requirement", str(requirements)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        _pack(Path(scratch), archive)
    slim(archive)


def _remove_runtime(site: Path) -> None:
    for entry in list(site.iterdir()):
        name = normalised(entry.name.partition("-")[0].removesuffix(".py"))
        if name in IN_THE_RUNTIME | {_MODULES_OF.get(runtime, "") for runtime in IN_THE_RUNTIME}:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _compile(folder: Path, unpacked_at: str) -> None:
    # Unchecked: nobody edits a module in Lambda, and file times don't survive packing.
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(
        folder, stripdir=str(folder), prependdir=unpacked_at, quiet=2, invalidation_mode=mode
    )


def _unpack(archive: Path, folder: Path) -> None:
    with ZipFile(archive) as zipped:
        zipped.extractall(folder)


def _pack(folder: Path, archive: Path) -> None:
    with ZipFile(archive, "w", ZIP_DEFLATED) as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())
