"""What tests of several folders share: the deployed stack, one for the whole session."""

from tests.stack.cloud import cloud, stack

__all__ = ["cloud", "stack"]
