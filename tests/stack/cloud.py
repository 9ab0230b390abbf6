"""The deployed stack that stack tests share: one cloud in a home of its own, for the whole session.

`tests/conftest.py` hands it to every test that asks. Environments and layers are the demo's, made once.
"""

from collections.abc import Iterator

import pytest

from infra.embedded.cloud import EmbeddedCloud
from infra.stack import DEFAULT_HOME, Stack


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A running cloud with nothing deployed."""
    with EmbeddedCloud(tmp_path_factory.mktemp("home"), shared=DEFAULT_HOME) as running:
        running.start()
        yield running


@pytest.fixture(scope="session")
def stack(cloud: EmbeddedCloud) -> Stack:
    """The real stack, deployed from the working tree."""
    return cloud.deploy()
