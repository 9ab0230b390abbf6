"""The deployed stack that stack tests share: one cloud in a home of its own, for the whole session.

`tests/conftest.py` hands it to every test that asks. Environments and layers are the demo's, made once.
"""

import shutil
from collections.abc import Iterator

import pytest

from infra.aws.package import ROOT
from infra.embedded.cloud import EmbeddedCloud
from infra.stack import DEFAULT_HOME, Stack


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A running cloud with nothing deployed, for the sources as they are when the session begins."""
    project = tmp_path_factory.mktemp("project")
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, project / name)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, project)
    home = tmp_path_factory.mktemp("home")
    with EmbeddedCloud(home, shared=DEFAULT_HOME, project=project) as running:
        running.start()
        yield running


@pytest.fixture(scope="session")
def stack(cloud: EmbeddedCloud) -> Stack:
    """The real stack."""
    return cloud.deploy()
