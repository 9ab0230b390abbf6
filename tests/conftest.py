"""What tests of several folders share: the API in memory, and the deployed stack, one for a session."""

import os

from hypothesis import settings

from tests.api import api
from tests.stack.cloud import cloud, stack

__all__ = ["api", "cloud", "stack"]

os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Shouwang")  # a hundred of one metric are written out
settings.register_profile("patient", deadline=None)  # a busy machine is no fault of ours
settings.load_profile("patient")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Shouwang")  # every hundredth count needs it
