"""Packaging fails where Chalice only warns, and takes along only what Lambda needs."""

import shutil
import tarfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.aws import archive
from infra.aws.package import ROOT, Package, PackagingError, _check_layer, make_package
from infra.commands.package import DEPLOY

HELLO = """
from chalice import Chalice
app = Chalice(app_name="shouwang")
@app.schedule("rate(1 minute)", name="tick")
def tick(event):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as small as can be."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / ".chalice", folder / ".chalice")
    (folder / "chalicelib" / "__pycache__").mkdir(parents=True)
    (folder / "chalicelib" / "__pycache__" / "old.cpython-39.pyc").write_bytes(b"stale")
    (folder / "chalicelib" / "__init__.py").touch()
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").touch()
    (folder / "app.py").write_text(HELLO)
    (folder / "requirements.txt").touch()
    return folder


@pytest.mark.parametrize("missing", ["app.py", "requirements.txt", "chalicelib", ".chalice/config.json"])
def test_a_missing_part_is_named(project: Path, tmp_path: Path, missing: str) -> None:
    part = project / missing
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    with pytest.raises(PackagingError, match=f"{missing} is missing"):
        make_package(tmp_path / "out", project=project)


def test_a_dependency_that_cannot_be_built_fails_the_package(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")
    source = unbuildable(tmp_path)
    (project / "requirements.txt").write_text(f"{source.as_uri()}\n")
    with pytest.raises(PackagingError, match=r"could not be built for Lambda: unbuildable==1\.0\."):
        make_package(tmp_path / "out", project=project)


def test_requirements_that_ask_for_nothing_leave_no_layer_and_fail(project: Path, tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="made no layer"):
        make_package(tmp_path / "out", project=project)


def test_a_layer_without_one_of_the_requirements_fails(package: Package, project: Path) -> None:
    (project / "requirements.txt").write_text("pydantic==0.0.1  # not what is in the layer\n")
    with pytest.raises(PackagingError, match=r"should hold pydantic 0\.0\.1, but it holds \d"):
        _check_layer(package, project / "requirements.txt")


def test_a_template_too_large_for_a_request_is_deployed_through_the_bucket() -> None:
    """Over 51,200 bytes the AWS CLI asks for one; ours is that, as our API describes itself in it."""
    _, deploy = (each for each in DEPLOY.replace("\\\n", "").splitlines() if "cloudformation" in each)
    assert "--s3-bucket YOUR-BUCKET" in deploy


def test_only_the_application_goes_into_the_function(package: Package) -> None:
    with ZipFile(package.code) as zipped:
        names = zipped.namelist()
    assert {name.partition("/")[0] for name in names} == {"app.py", "__pycache__", "chalice", "chalicelib"}
    assert "chalicelib/wiring/ground.py" in names


def test_what_the_runtime_brings_stays_out_of_the_layer(package: Package) -> None:
    assert not archive.IN_THE_RUNTIME & archive.distributions(package.layer).keys()
    with ZipFile(package.layer) as zipped:
        assert not [name for name in zipped.namelist() if "/botocore/" in name]
        assert (
            sum(entry.file_size for entry in zipped.infolist()) < 48e6
        )  # half of it is cryptography, which Web Push needs; 9 MB are the world's holidays


def test_every_module_is_compiled_once_and_for_all(package: Package) -> None:
    with ZipFile(package.code) as zipped:
        (compiled,) = [n for n in zipped.namelist() if n.startswith("chalicelib/wiring/__pycache__/ground.")]
        flags = zipped.read(compiled)[4:8]
    assert flags == b"\x01\x00\x00\x00"  # PEP 552: by hash, never checked against the source


def test_the_same_contents_have_the_same_digest(package: Package, tmp_path: Path) -> None:
    again = Package(Path(shutil.copytree(package.folder, tmp_path / "again")))
    archive.precompile(again.code)
    assert again.digest() == package.digest()
    with ZipFile(again.code, "a") as zipped:
        zipped.writestr("chalicelib/more.py", "")
    assert again.digest() != package.digest()


METADATA = "Metadata-Version: 2.1\nName: unbuildable\nVersion: 1.0\n"


def unbuildable(folder: Path) -> Path:
    """A source distribution whose build fails, needing nothing from any index to do so."""
    backend = f"""
METADATA = {METADATA!r}
def prepare_metadata_for_build_wheel(directory, settings=None):
    import pathlib
    name = "unbuildable-1.0.dist-info"
    pathlib.Path(directory, name).mkdir()
    pathlib.Path(directory, name, "METADATA").write_text(METADATA)
    return name

def build_wheel(directory, settings=None, metadata=None):
    raise SystemExit("no compiler for this")
"""
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": backend,
        "PKG-INFO": METADATA,
    }
    path = folder / "unbuildable-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"unbuildable-1.0/{name}")
            entry.size = len(text.encode())
            packed.addfile(entry, BytesIO(text.encode()))
    return path


def test_an_application_that_does_not_even_load_fails_with_what_it_said(
    project: Path, tmp_path: Path
) -> None:
    (project / "app.py").write_text("import nowhere_to_be_found\n")
    with pytest.raises(PackagingError, match="nowhere_to_be_found"):
        make_package(tmp_path / "out", project=project)


def test_a_function_that_the_template_amends_but_the_application_lost_is_named(
    project: Path, package: Package, tmp_path: Path
) -> None:
    cache = tmp_path / "layers"
    (project / "requirements.txt").write_text("tzdata==2026.6\n")
    with pytest.raises(PackagingError, match=r"no longer declares .*Telemetry"):
        make_package(tmp_path / "out", project=project, cache=cache)
