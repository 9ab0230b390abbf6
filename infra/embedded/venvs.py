"""The two virtual environments of the embedded cloud, apart from the project's own.

`cloud` holds ministack, which pins its own botocore. `lambda` holds what the Lambda runtime holds: boto3.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from infra.embedded.errors import CloudError

MINISTACK_VERSION = "1.5.33"
# Of ministack's extra `full` we need two; the rest (databases, docker, SFTP) is 100 MB nothing here uses.
CLOUD_REQUIREMENTS = (
    f"ministack=={MINISTACK_VERSION}",
    "aws-sam-translator==1.115.0",
    "botocore==1.43.106",
    "cryptography==50.0.2",
    "defusedxml==0.7.1",
    "graphql-core==3.2.12",
    "h11==0.16.0",
    "hypercorn==0.18.0",
    "jsonata-python==0.7.1",
    "pyyaml==6.0.3",
)
LAMBDA_REQUIREMENTS = ("boto3==1.43.106",)


def cloud_python(venvs: Path) -> Path:
    """The Python that runs ministack; made on first use, which takes some ten seconds."""
    # Most of what is installed is never imported, so it is compiled when it is.
    return _python_with(venvs, "cloud", CLOUD_REQUIREMENTS, "--no-compile")


def lambda_python(venvs: Path) -> Path:
    """The Python that runs Lambdas."""
    return _python_with(venvs, "lambda", LAMBDA_REQUIREMENTS, "--compile")


def _python_with(venvs: Path, name: str, requirements: tuple[str, ...], *options: str) -> Path:
    """A virtual environment named after its contents, so that other pins never meet an old one."""
    version = ".".join(map(str, sys.version_info[:3]))
    key = sha256("\n".join([version, sys.base_prefix, *requirements]).encode()).hexdigest()[:12]
    folder = venvs / f"{name}-{key}"
    python = folder / "bin" / "python"
    complete = folder / "complete"
    if not complete.exists() or not python.exists():
        venvs.mkdir(parents=True, exist_ok=True)
        with (venvs / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be making the same one
            if not complete.exists():
                _make(folder, python, requirements, options)
                complete.touch()
    return python


def _make(folder: Path, python: Path, requirements: tuple[str, ...], options: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run("make a virtual environment", sys.executable, "-m", "venv", "--without-pip", str(folder))
    pip = (sys.executable, "-m", "pip", "--python", str(python))
    install = ("install", "--quiet", "--disable-pip-version-check", "--no-input", *options)
    _run(f"install {requirements[0]}", *pip, *install, *requirements)


def _run(purpose: str, *command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip())[-2000:]
        raise CloudError(f"Could not {purpose} for the embedded cloud:\n{said}")
