"""Starts ministack as it comes, so that the self-tests of the mends have something to find."""

import sys
from importlib import import_module

if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    import_module("ministack.app").main()
