"""Run the tests over recorded exchanges, where there are recordings.

They are answers of real services and no part of the repository: a clone without them has nothing
to compare, says so, and is not red.
"""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests" / "recordings"


def main() -> int:
    """Run pytest with the arguments of the command line; return its exit code."""
    for folder in (TESTS, Path(os.environ["RECORDINGS_DIR"])):
        if not folder.is_dir():
            print(f"recordings: nothing to compare, {folder} is absent")
            return 0
    return pytest.main([str(TESTS), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
