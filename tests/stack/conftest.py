"""Stack tests: against the real stack, deployed into the embedded cloud."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is one, so that `-m 'not stack'` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("stack")
