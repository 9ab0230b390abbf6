"""One package for all tests of the template."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.aws.package import Package, make_package
from infra.stack import DEFAULT_HOME


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What would be deployed to AWS."""
    return make_package(tmp_path_factory.mktemp("package"), cache=DEFAULT_HOME / "layers")


@pytest.fixture(scope="session")
def template(package: Package) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(package.template.read_text())
    return found


@pytest.fixture(scope="session")
def policies() -> Path:
    return Path(__file__).parents[2] / ".chalice"
