"""What tests of several folders share: the API in memory, and the deployed stack, one for a session."""

from tests.api import api
from tests.stack.cloud import cloud, stack

__all__ = ["api", "cloud", "stack"]
