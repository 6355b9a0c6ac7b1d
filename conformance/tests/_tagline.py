"""The invented protocol of the guide, loaded as the command loads it."""

import sys
from pathlib import Path

from provider_conformance import find_harness

FILE = Path(__file__).parents[2] / "docs" / "wires" / "examples" / "harness.py"
HARNESS, _ = find_harness(str(FILE))
TaglineProvider = HARNESS.provider
# The harness imported these; their folder is not on the path any more.
dialect = sys.modules["tagline._dialect"]
decoder = sys.modules["tagline._decoder"]
