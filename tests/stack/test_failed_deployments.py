"""A deployment that fails says why, and the next one works."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.aws.package import Package
from infra.embedded.cloud import EmbeddedCloud
from infra.embedded.deploy import Deployer
from infra.embedded.errors import DeployError
from infra.stack import Stack

UNKNOWN_TYPE = {"Type": "AWS::Nowhere::Thing", "Properties": {}}
FAILS_TO_CREATE = {"Type": "Custom::Thing", "Properties": {}}


@pytest.fixture
def package(cloud: EmbeddedCloud, stack: Stack, tmp_path: Path) -> Package:
    """What the shared stack was made of, to be deployed under another name with fewer of its resources."""
    copied = Package(Path(shutil.copytree(cloud.home / "package", tmp_path / "package")))
    resources = json.loads(copied.template.read_text())["Resources"]
    few = {name: resources[name] for name in ("Registry", "TelemetryDeadLetters")}
    _write(copied, few)
    return copied


def test_a_template_that_is_refused(cloud: EmbeddedCloud, package: Package) -> None:
    deployer = Deployer(cloud.client, "refused")
    with broken(package, UNKNOWN_TYPE), pytest.raises(DeployError, match="Unrecognized resource types"):
        deployer.deploy(package, {})


def test_a_stack_that_fails_at_first_is_deployed_once_it_is_mended(
    cloud: EmbeddedCloud, package: Package
) -> None:
    deployer = Deployer(cloud.client, "fails-at-first")
    with broken(package, FAILS_TO_CREATE), pytest.raises(DeployError, match="Broken: Custom resource"):
        deployer.deploy(package, {})
    assert deployer.outputs() is None
    deployer.deploy(package, {})
    assert deployer.outputs() is not None


def test_a_change_that_fails_leaves_the_stack_as_it_was(cloud: EmbeddedCloud, package: Package) -> None:
    deployer = Deployer(cloud.client, "fails-later")
    deployer.deploy(package, {})
    with broken(package, FAILS_TO_CREATE), pytest.raises(DeployError, match="rolled back"):
        deployer.deploy(package, {})
    assert deployer.outputs() is not None
    deployer.deploy(package, {})


class broken:  # noqa: N801 - read as a word in `with broken(...)`
    """For a while, the package's template has a resource that can't be."""

    def __init__(self, package: Package, resource: dict[str, Any]) -> None:
        self._package = package
        self._sound = json.loads(package.template.read_text())["Resources"]
        self._resource = resource

    def __enter__(self) -> None:
        _write(self._package, {**self._sound, "Broken": self._resource})

    def __exit__(self, *error: object) -> None:
        _write(self._package, self._sound)


def _write(package: Package, resources: dict[str, Any]) -> None:
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
    package.template.write_text(json.dumps(template))
