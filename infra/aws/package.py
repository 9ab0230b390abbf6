"""Packages what runs in Lambda: Chalice's own packaging, checked, and failing where Chalice only warns."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import yaml

from chalicelib.kernel.errors import ShouwangError
from infra.aws import archive

ROOT = Path(__file__).resolve().parents[2]
MERGED_TEMPLATE = ROOT / "infra" / "aws" / "template.yaml"
STAGE = "dev"
_CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
# All that Chalice does about a dependency it could not build is to print this.
_UNBUILT = re.compile(r"Could not install dependencies:\n(.+?)\nYou will have to build", re.DOTALL)

Architecture = Literal["x86_64", "arm64"]


class PackagingError(ShouwangError):
    """The package for Lambda could not be made, or would not work there."""

    code = "packaging_failed"


@dataclass(frozen=True, slots=True)
class Package:
    """What is deployed: a SAM template beside the two archives it names."""

    folder: Path

    @property
    def template(self) -> Path:
        return self.folder / "template.json"

    @property
    def code(self) -> Path:
        return self.folder / "deployment.zip"

    @property
    def layer(self) -> Path:
        return self.folder / "layer-deployment.zip"

    def digest(self) -> str:
        """The same for the same contents, whenever they were packaged."""
        parts = [self.template.read_text(), archive.digest(self.code), archive.digest(self.layer)]
        return sha256("\n".join(parts).encode()).hexdigest()


def make_package(
    out: Path,
    *,
    project: Path = ROOT,
    architecture: Architecture = "x86_64",
    cache: Path | None = None,
    for_this_machine: bool = False,
) -> Package:
    """Package `project` into `out`, which is emptied first.

    The runtime is that of the Python running this. `cache` keeps built layers, by requirements. A layer
    `for_this_machine` also runs where Lambda's Linux doesn't, in the embedded cloud.
    Raises PackagingError, with what Chalice said, when anything that Lambda needs is missing.
    """
    _require_inputs(project)
    out, project = out.resolve(), project.resolve()  # Chalice runs elsewhere
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with TemporaryDirectory(prefix="shouwang-package-") as scratch:
        stage = Path(scratch)
        _stage(project, stage, architecture)
        _build(stage, out, _layer_cache(cache or project / "build" / "layers"))
    package = Package(out)
    if for_this_machine and sys.platform != "linux":
        _install_here(project / "requirements.txt", package.layer)
    _check_layer(package, project / "requirements.txt")
    merged = out / "sam.yaml"
    template = yaml.safe_load(merged.read_text())
    _check_resources(template)
    # Written anew, because Chalice writes YAML with aliases, which CloudFormation doesn't read.
    package.template.write_text(json.dumps(template, indent=1, sort_keys=True) + "\n")
    merged.unlink()
    return package


def local_architecture() -> Architecture:
    """The architecture of this machine, as Lambda calls it."""
    return "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"


def _require_inputs(project: Path) -> None:
    for needed in ("app.py", "chalicelib", "requirements.txt", ".chalice/config.json"):
        if not (project / needed).exists():
            raise PackagingError(
                f"{needed} is missing in {project}, so nothing that works could be packaged."
            )


def _stage(project: Path, stage: Path, architecture: Architecture) -> None:
    """Copy what belongs in Lambda and nothing else: no tests, no data, no bytecode of another machine."""
    for name in ("app.py", "requirements.txt"):
        shutil.copy(project / name, stage)
    clean = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "deployments", "deployed")
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(project / name, stage / name, ignore=clean)
    config = stage / ".chalice" / "config.json"
    config.write_text(re.sub(r'("lambda_architecture": )"\w+"', rf'\1"{architecture}"', config.read_text()))


def _layer_cache(cache: Path) -> Path:
    """Layers built by other rules than today's must not be found again."""
    return cache / sha256(Path(archive.__file__).read_bytes()).hexdigest()[:12]


def _build(stage: Path, out: Path, cache: Path) -> None:
    """Run Chalice in `stage`; it finds the layer in `cache` by its own name for it, or builds it."""
    deployments = stage / ".chalice" / "deployments"
    deployments.mkdir()
    known = {Path(shutil.copy(layer, deployments)).name for layer in cache.glob("managed-layer-*.zip")}
    _run_chalice(stage, out)
    package = Package(out)
    archive.precompile(package.code)
    for layer in deployments.glob("managed-layer-*.zip"):
        if layer.name in known:  # not "is in the cache": another process may have put it there meanwhile
            continue
        archive.slim(package.layer)
        cache.mkdir(parents=True, exist_ok=True)
        part = cache / f"{layer.name}.{os.getpid()}"
        shutil.copy(package.layer, part)
        part.replace(cache / layer.name)


def _run_chalice(stage: Path, out: Path) -> None:
    # A region only decides service principals, which are the same in every region and partition we deploy to.
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("AWS_PROFILE", None)
    command = [sys.executable, "-c", _CHALICE, "--project-dir", str(stage), "package"]
    command += ["--stage", STAGE, "--merge-template", str(MERGED_TEMPLATE), str(out)]
    ran = subprocess.run(command, cwd=stage, env=environment, capture_output=True, text=True, check=False)
    if unbuilt := _UNBUILT.search(ran.stdout):
        raise PackagingError(f"Dependencies could not be built for Lambda: {', '.join(unbuilt[1].split())}.")
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip())[-3000:]
        raise PackagingError(f"Chalice could not package the application:\n{said}")


def _install_here(requirements: Path, layer: Path) -> None:
    try:
        archive.install(requirements, layer)
    except subprocess.CalledProcessError as error:
        raise PackagingError(
            f"pip could not install what the layer needs:\n{error.stderr[-3000:]}"
        ) from error


def _check_layer(package: Package, requirements: Path) -> None:
    """Every requirement is in the layer, in its version; Chalice passes over what it could not build."""
    if not package.layer.exists():
        raise PackagingError(
            "Chalice made no layer, so the application would start without its dependencies."
        )
    packed = archive.distributions(package.layer)
    for line in requirements.read_text().splitlines():
        name, _, version = line.partition("#")[0].strip().partition("==")
        if name and packed.get(archive.normalised(name)) != version:
            found = packed.get(archive.normalised(name), "none")
            raise PackagingError(f"The layer should hold {name} {version}, but it holds {found}.")


def _check_resources(template: dict[str, Any]) -> None:
    """What our template amends is still made by Chalice."""
    lost = [name for name, resource in template["Resources"].items() if "Type" not in resource]
    if lost:
        raise PackagingError(f"app.py no longer declares what template.yaml amends: {', '.join(lost)}.")
